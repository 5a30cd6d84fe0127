"""Homes to measure on, and leadq as a command on them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from benchmarks import rows
from leadq import config
from leadq.doctor import refold
from leadq.domain import events as ev
from leadq.ledger import INSERT_EVENT
from leadq.paths import Home
from leadq.rulebook import template_text
from leadq.sqlite import Store
from leadq.uids import uuid7

ME = "zoe"


def home_at(folder: Path) -> Home:
    """The home inside `folder`, as `LEADQ_HOME` means it."""
    return Home(folder / "config", folder / "data", folder / "state")


def build(folder: Path, count: int, events: int = 0) -> Home:
    """A home with `count` open leads of our own, on a calendar that never closes, and with `events` in all.

    So the first screenful counts down by the second at whatever hour this runs.
    """
    home = home_at(folder)
    config.write(home, ME)
    always = re.sub(r'(?m)^(mon|tue|wed|thu) = ".*"$', r'\1 = "00:00-24:00"', template_text("pme-fr"))
    always = re.sub(r'(?m)^fri = ".*"$', "\n".join(f'{day} = "00:00-24:00"' for day in ("fri", "sat", "sun")), always)
    home.contract.write_text(always.replace('country = "FR"', 'country = ""'), "utf-8")
    file = folder / "leads.csv"
    rows.write(file, count, datetime.now(UTC))
    run(leadq("import", str(file)), environment(folder))
    file.unlink()
    if events > count:
        fill(Store(home), events // count - 1)
    return home


def fill(store: Store, each: int) -> None:
    """Give every lead a past of `each` more events: what a campaign sent by itself, and notes.

    Neither moves a state or a clock, so that the rows can follow in one statement instead of a fold for each; a sample
    is folded afterwards. Raises RuntimeError when it does not fold to its rows.
    """
    with store.transaction() as db:
        (device,) = db.execute("SELECT value FROM meta WHERE key = 'device'").fetchone()
        leads = db.execute("SELECT uid, handed_off_ms FROM lead ORDER BY id").fetchall()
        db.executemany(INSERT_EVENT, (row for lead in leads for row in _past(*lead, each, device)))
        db.execute(_FOLLOW)
    with store.read() as db:
        wrong = [lead_id for lead_id, same in islice(refold(db), _SAMPLE) if not same]
    if wrong:
        raise RuntimeError(f"{len(wrong)} of {_SAMPLE} leads are not what their events say")


def _past(lead_uid: str, handed_off_ms: int, each: int, device: str) -> Iterator[tuple[Any, ...]]:
    for number in range(each):
        at_ms = handed_off_ms + number * 1_000
        uid = uuid7(at_ms)
        if number % 3:
            yield uid, device, lead_uid, uid, ev.TOUCHED, 1, at_ms, at_ms, "", "bot", _MAILED
        else:
            yield uid, device, lead_uid, uid, ev.NOTED, 1, at_ms, at_ms, ME, "human", "{}"


_MAILED: Final = '{"channel":"email","outcome":"no_answer"}'
_SAMPLE: Final = 500
_FOLLOW: Final = f"""
    UPDATE lead SET (version, last_touch_ms) = (
        SELECT max(seq), max(CASE WHEN type = '{ev.TOUCHED}' THEN occurred_ms END)
        FROM event WHERE lead_uid = lead.uid)"""


def leadq(*words: str) -> list[str]:
    """The command line of leadq."""
    return [sys.executable, "-m", "leadq", *words]


def environment(folder: Path | None = None) -> dict[str, str]:
    """An environment without the developer's own settings; `folder` is the home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEADQ_", "LC_", "PYTHON"))}
    home = {} if folder is None else {"LEADQ_HOME": str(folder)}
    return kept | {"LC_ALL": "C.UTF-8", "LEADQ_LANG": "en", "TERM": "xterm-256color", "COLORTERM": "truecolor"} | home


def run(words: list[str], env: dict[str, str]) -> None:
    """Run to the end. Raises RuntimeError with what it said when it fails: a figure of a failure means nothing."""
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr[-2000:]}")
