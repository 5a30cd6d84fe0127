"""What was asked of the service, in order, beside what came of it: for the rules about what must be looked at first."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from leadq.testing.book import marker_of
from leadq.testing.invariants import Violation

if TYPE_CHECKING:
    from leadq.sync.wire import Request
    from leadq.testing.book import Book


class Journal:
    """Times are counts of effects: two things of one millisecond have an order too.

    Nothing is added twice that a look would have shown: whoever sends an entry again has, since the last sending, read
    the lead's timeline by its id, and it was not there. What happened after that read cannot be known, and is excused:
    that is what the audit is for.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self._looks: dict[str, int] = {}
        self._sendings: defaultdict[str, int] = defaultdict(int)
        self._unseen: dict[str, str] = {}
        self._found: list[Violation] = []

    def sent(self, request: Request) -> None:
        """A request leaves."""
        match (request.method, *request.steps):
            case "POST", "leads", lead, "notes":
                self._adds(lead, marker_of(str(json.loads(request.body).get("text"))))

    def answered(self, request: Request) -> None:
        """The service has done with a request, whatever comes of its answer."""
        match (request.method, *request.steps):
            case "GET", "leads", lead, "notes":
                self._looks[lead] = len(self._book.effects)
                self._unseen = {op_id: where for op_id, where in self._unseen.items() if where != lead}

    def violations(self) -> list[Violation]:
        """What was sent again without a look, or against it."""
        return self._found

    def _adds(self, lead: str, op_id: str) -> None:
        before = self._book.effects[: self._looks.get(lead, 0)]
        there = [each for each in before if each.op_id == op_id and each.kind == "append"]
        if op_id in self._unseen:
            self._found.append(Violation("I1", f"{op_id}: sent again without a look"))
        elif self._sendings[op_id] and there:
            self._found.append(Violation("I1", f"{op_id}: sent again, though it was there to be seen"))
        self._sendings[op_id] += 1
        self._unseen[op_id] = lead
