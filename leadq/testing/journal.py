"""What one laptop asked of the service, in order, beside what came of it: the rules about what must be looked at first.

Order is counted in effects, not in time: two things of one millisecond have an order too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from leadq.testing.book import OP_FIELD, marker_of
from leadq.testing.invariants import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadq.sync.wire import Request
    from leadq.testing.book import Book, Effect
    from leadq.testing.laptop import Laptop


class Journal:
    """Three rules, asked whenever something is sent.

    I1. Nothing is added twice that a look would have shown: whoever sends an entry again has, since the last sending,
    read the lead's timeline by its id, and it was not there.

    I3. Nobody's status is written over that the last read by id showed, unless the person had seen it when deciding.
    No CRM here offers a conditional write, so an edit by somebody else can land between our read and our write: it is
    excused exactly when it happened after the last read by id that preceded the write was answered, and nothing else
    is. Lists do not count as reads: they are behind.

    I5. Once a lead is known to have left, nothing is set on it; its timeline may be added to.
    """

    def __init__(self, book: Book, laptop: Laptop) -> None:
        self._book = book
        self._laptop = laptop
        self._reads: dict[str, int] = {}
        self._looks: dict[str, int] = {}
        self._sendings: set[str] = set()
        self._unseen: dict[str, str] = {}
        self.violations: list[Violation] = []

    def sent(self, request: Request) -> None:
        """A request leaves."""
        match (request.method, *request.steps):
            case "POST", "leads", lead, "notes":
                self._adds(lead, marker_of(str(json.loads(request.body).get("text"))))
            case ("PATCH", "leads", _) | ("POST", "leads", "batch"):
                for lead, properties in _writes(request):
                    self._sets(lead, properties)

    def answered(self, request: Request, *, refused: bool) -> None:
        """The service has done with a request. `refused`: it said, or the network did, that nothing was done."""
        now = len(self._book.effects)
        match (request.method, *request.steps):
            case "POST", "leads", lead, "notes" if not refused:
                op_id = marker_of(str(json.loads(request.body).get("text")))
                self._sendings.add(op_id)
                self._unseen[op_id] = lead
            case "GET", "leads", lead, "notes":
                self._looks[lead] = now
                self._unseen = {op_id: where for op_id, where in self._unseen.items() if where != lead}
            case "GET", "leads", lead:
                self._reads[lead] = now
            case "GET", "leads" if "ids" in request.query:
                self._reads |= dict.fromkeys(request.query["ids"].split(","), now)

    def _adds(self, lead: str, op_id: str) -> None:
        before = self._book.effects[: self._looks.get(lead, 0)]
        there = [each for each in before if each.op_id == op_id and each.kind == "append"]
        if op_id in self._unseen:
            self._broken("I1", f"{op_id}: sent again without a look")
        elif op_id in self._sendings and there:
            self._broken("I1", f"{op_id}: sent again, though it was there to be seen")

    def _sets(self, lead: str, properties: Mapping[str, str]) -> None:
        op_id, status = str(properties.get(OP_FIELD, "")), properties.get("status")
        departed = self._laptop.departed(lead)
        if departed:
            self._broken("I5", f"{op_id} sets {lead}, known to be {departed}")
        last = self._status_as_read(lead)
        if status is None or last is None or last.op_id in self._laptop.ordered:
            return
        theirs = str(last.fields["status"])
        if theirs not in (status, self._laptop.seen.get(op_id)):
            self._broken("I3", f"{op_id} writes {status} over {theirs}, which was read on {lead}")

    def _status_as_read(self, lead: str) -> Effect | None:
        """The last that was done to the status before we read it, or by ourselves since, if anything was."""
        read = self._reads.get(lead, 0)
        for index, each in reversed(list(enumerate(self._book.effects))):
            known = index < read or each.op_id in self._laptop.ordered
            if known and each.lead == lead and each.kind == "set" and "status" in each.fields:
                return each
        return None

    def _broken(self, rule: str, what: str) -> None:
        self.violations.append(Violation(rule, what))


def _writes(request: Request) -> Iterator[tuple[str, Mapping[str, str]]]:
    body = json.loads(request.body)
    if request.method == "PATCH":
        yield request.steps[1], body["properties"]
    for each in body.get("inputs", ()):
        yield str(each["id"]), each["properties"]
