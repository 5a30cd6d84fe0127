"""The worked example of docs/metrics.md, lived through the command line: examples/figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from leadq import config
from leadq.clock import Clock, iso, to_ms
from leadq.domain.events import DEAL_CHANGED, Draft
from leadq.ledger import ADAPTER
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.cli.runner import Leadq, Result

FOLDER: Final = Path(__file__).parent.parent / "examples" / "figures"
PARIS: Final = ZoneInfo("Europe/Paris")
AS_OF: Final = "2026-07-15T09:00"
PERIOD: Final = ("--from", "2026-06-01", "--to", "2026-07-01")


def paris(text: str) -> int:
    """A local time of the example, in milliseconds UTC."""
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=PARIS))


def live(leadq: Leadq) -> Leadq:
    """Live through `june.txt` in an empty home; the home, at the as-of instant of the example."""
    config.write(leadq.home, "zoe")
    leadq.home.contract.write_text((FOLDER / "contract.toml").read_text("utf-8"), "utf-8")
    file = (FOLDER / "leads.csv").read_text("utf-8").splitlines()
    rows = {row["id"]: row for row in csv.DictReader(file)}
    for line in (FOLDER / "june.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            when, verb, *words = line.split()
            at = replace(leadq, now=iso(paris(when)) or "")
            result = _DOES.get(verb, _typed)(at, verb, words, rows)
            assert (result.status, result.err) == (0, ""), (line, result)
    return replace(leadq, now=iso(paris(AS_OF)) or "")


Rows = Mapping[str, Mapping[str, str]]
_Does = Callable[[Leadq, str, list[str], Rows], Result]


def _import(leadq: Leadq, _verb: str, words: list[str], rows: Rows) -> Result:
    row, text = rows[words[0]], io.StringIO()
    writer = csv.DictWriter(text, list(row))
    writer.writeheader()
    writer.writerow(row)
    return leadq("import", leadq.file("row.csv", text.getvalue()))


def _typed(leadq: Leadq, verb: str, words: list[str], _rows: Rows) -> Result:
    named = [f"csv:{word}" if word.startswith("A") and word[1:].isdigit() else word for word in words]
    return leadq(verb, *named)


def _answer(leadq: Leadq, _verb: str, words: list[str], _rows: Rows) -> Result:
    config.write(leadq.home, "marie")
    result = leadq("feedback", "answer", f"csv:{words[0]}", words[1])
    config.write(leadq.home, "zoe")
    return result


def _deal(leadq: Leadq, _verb: str, words: list[str], _rows: Rows) -> Result:
    """As a CRM tells it, without one."""
    lead, state, amount, currency = words
    at_ms = to_ms(datetime.fromisoformat(leadq.now))
    with Queue(Store(leadq.home), Clock(at_ms)).desk() as desk:
        (uid,) = desk.db.execute("SELECT uid FROM lead WHERE external_id = ?", (lead,)).fetchone()
        said = {"deal": f"D{lead}", "state": state, "amount": amount, "currency": currency}
        desk.ledger.append(uid, [Draft(DEAL_CHANGED, at_ms, said)], desk.batch, ADAPTER)
    return Result(0, "", "")


def _inputs(leadq: Leadq, verb: str, words: list[str], _rows: Rows) -> Result:
    return leadq(verb, *words[:-1], str(FOLDER / words[-1]))


def _survey(leadq: Leadq, _verb: str, words: list[str], _rows: Rows) -> Result:
    return leadq("survey", "import", str(FOLDER / words[0]))


_DOES: Final[Mapping[str, _Does]] = {
    "import": _import, "answer": _answer, "deal": _deal, "inputs": _inputs, "survey": _survey,
}  # fmt: skip
