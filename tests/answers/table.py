"""The table of verdicts as marketing has it in hand: exported, filled in, and saved as Excel would."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import BytesIO, StringIO
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl

from leadq import feedback
from leadq.answers import rows as table
from leadq.answers.columns import COLUMNS
from leadq.answers.reading import read
from leadq.answers.taking import Taken, take
from leadq.answers.workbook import as_workbook
from leadq.answers.writing import as_csv
from leadq.domain import verbs
from leadq.queue import Queue
from leadq.rulebook import in_force
from tests.leads import hand_over

PARIS = ZoneInfo("Europe/Paris")
AT = {column: number for number, column in enumerate(COLUMNS)}
VERDICTS = (
    verbs.Reject("rej.spam", 1),
    verbs.Reject("rej.off_icp", 2, criterion="size", note="too small"),
    verbs.Reject("rej.incomplete", 3, missing=("phone", "budget")),
    verbs.Reject("rej.bad_data", 2, missing=("email",)),
    verbs.Reject("rej.below_threshold", 2, criterion="size"),
)
"""What was said of leads 1 to 5."""

Cells = list[Any]


def judged(queue: Queue) -> Queue:
    """Five leads of two campaigns, each with its verdict."""
    hand_over(queue, *({"campaign": f"campaign-{number % 2}"} for number in range(len(VERDICTS))))
    for lead_id, verdict in enumerate(VERDICTS, start=1):
        queue.perform([str(lead_id)], verdict)
    return queue


def exported(queue: Queue, campaign: str = "") -> list[table.Row]:
    """What `feedback export` writes, as rows."""
    with queue.store.read() as db:
        agreed = in_force(db)
        assert agreed is not None
        return table.rows(feedback.listing(db, campaign=campaign), agreed[0], PARIS)


def filled(rows: Sequence[table.Row], answers: Mapping[int, Sequence[str]]) -> list[Cells]:
    """The rows with an answer, a note and a name for some leads."""
    found = [list(row) for row in rows]
    for cells in found:
        for column, text in zip(("answer", "note", "by"), answers.get(int(cells[AT["lead"]]), ()), strict=False):
            cells[AT[column]] = text
    return found


def header() -> Cells:
    """The header in the language in use."""
    return next(csv.reader([as_csv([]).splitlines()[0].lstrip("\ufeff")], delimiter=delimiter()))


def delimiter() -> str:
    """What stands between cells in the language in use."""
    return ";" if ";" in as_csv([]) else ","


def saved_csv(rows: Sequence[Cells], encoding: str = "utf-8-sig") -> bytes:
    """As French Excel saves a CSV: semicolons, CRLF, dates in its own way."""
    stream = StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(header())
    for cells in rows:
        day, _space, time = str(cells[AT["at"]]).partition(" ")
        written = "/".join(reversed(day.split("-")))
        writer.writerow([f"{written} {time}" if at == AT["at"] else cell for at, cell in enumerate(cells)])
    return stream.getvalue().encode(encoding, "replace")


def saved_xlsx(rows: Sequence[table.Row], answers: Mapping[int, Sequence[str]]) -> bytes:
    """The workbook itself, opened, filled in and saved again."""
    book = openpyxl.load_workbook(BytesIO(as_workbook(rows)))
    sheet = book.worksheets[0]
    for number, cells in enumerate(filled(rows, answers), start=2):
        for column in ("answer", "note", "by"):
            sheet.cell(number, AT[column] + 1).value = cells[AT[column]] or None
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def given(queue: Queue, content: bytes, *, rehearsal: bool = False) -> Taken:
    """What `feedback import` does with a file."""
    return take(queue, read(BytesIO(content), "answers"), rehearsal=rehearsal)


def answers(queue: Queue) -> list[tuple[Any, ...]]:
    """Each lead with its state, the answer that stands and its note; and how often it was answered."""
    with queue.store.read() as db:
        return db.execute(
            "SELECT l.id, l.state, l.answer, (SELECT t.text FROM event e JOIN event_text t ON t.event_uid = e.uid"
            "  WHERE e.lead_uid = l.uid AND e.type = 'answered' AND t.kind = 'note' ORDER BY e.seq DESC LIMIT 1),"
            " (SELECT count(*) FROM event e WHERE e.lead_uid = l.uid AND e.type = 'answered') FROM lead l ORDER BY l.id"
        ).fetchall()
