"""The one who decides what goes wrong: from a seed, so that what went wrong once goes wrong again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from leadq.sync.wire import Request
    from leadq.testing.book import Book

Fault = Literal[
    "deliver",
    "refuse",  # nobody listens
    "drop",  # the request is lost on the way
    "lose_reply",  # it is done, and the answer is lost
    "late",  # it is done later, after what came after it
    "duplicate",  # it is done twice
    "limited",
    "error_before",  # 5xx, and nothing was done
    "error_after",  # 5xx, and it was done
    "partial",  # a batch half done and half told
    "truncated",
    "html",
    "expired",
    "drip",
    "stale",  # a list as it was some time ago
    "lag",  # an index that is far behind
]

WEIGHTS: Final[Mapping[Fault, int]] = {
    "refuse": 3, "drop": 3, "lose_reply": 4, "late": 4, "duplicate": 2, "limited": 3, "error_before": 3,
    "error_after": 3, "partial": 3, "truncated": 2, "html": 2, "expired": 1, "drip": 1, "stale": 2, "lag": 2,
}  # fmt: skip
"""How often each happens, against the others."""

Act = Literal["edit", "reassign", "merge", "archive", "convert", "delete", "rename", "remove"]
ACTS: Final[tuple[Act, ...]] = ("edit", "edit", "edit", "reassign", "merge", "archive", "convert", "delete", "rename")
"""What a story has by itself. `remove` is asked for: after it no status can be set, and little is left to tell."""

PAUSES: Final = ("17", "date", "", "soon")
"""Forms of Retry-After: seconds, an instant (40 s from now), none, garbage."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to one request. `delay_s` is virtual; `dice` decides what is left open (which half of a batch)."""

    fault: Fault = "deliver"
    delay_s: float = 0.0
    status: int = 503
    pause: str = ""
    dice: int = 0


class Nemesis:
    """`rate` of the requests go wrong, until `budget` did. `only` limits it to some faults; people do `acts`."""

    def __init__(
        self,
        seed: int,
        *,
        rate: float = 0.3,
        budget: int = 10,
        only: tuple[Fault, ...] = (),
        acts: tuple[Act, ...] = ACTS,
    ) -> None:
        self.log: list[tuple[str, str, Fate]] = []
        self._random = Random(seed)  # noqa: S311 - it must be the same every time
        self._rate = rate
        self._left = budget
        self._acts = acts
        self._faults = only or tuple(WEIGHTS)

    def fate(self, request: Request) -> Fate:
        """What happens to this request. Takes equally many numbers each time: one fault moves no other."""
        strikes, fault = self._random.random() < self._rate, self._pick()
        fate = Fate(
            fault=fault,
            delay_s=round(self._random.uniform(1, 600), 3),
            status=self._random.choice((500, 502, 503, 504)),
            pause=self._random.choice(PAUSES),
            dice=self._random.getrandbits(32),
        )
        if not strikes or self._left <= 0:
            fate = Fate()
        self._left -= fate.fault != "deliver"
        self.log.append((request.method, request.target, fate))
        return fate

    def heal(self) -> None:
        """From now on everything goes well."""
        self._left = 0

    def meddle(self, book: Book, *, new_id: str = "") -> Act | None:
        """Somebody works in the CRM: one act on an open lead; None when there is none. A merge gets `new_id`."""
        leads = [lead for lead in book.ids() if (record := book.get(lead)) and record.state == "open"]
        act, index = self._random.choice(self._acts), self._random.randrange(1 << 30)
        status = self._random.choice(("working", "recycled", "qualified"))
        if not leads:
            return None
        lead, other = leads[index % len(leads)], leads[(index + 1) % len(leads)]
        _meddle(book, act, lead, other, status, new_id)
        return act

    def _pick(self) -> Fault:
        return self._random.choices(self._faults, [WEIGHTS.get(fault, 1) for fault in self._faults])[0]


def _meddle(book: Book, act: Act, lead: str, other: str, status: str, new_id: str) -> None:
    match act:
        case "edit":
            book.set(lead, {"status": status if status in book.statuses else book.statuses[0]})
        case "reassign":
            book.reassign(lead, "rep-2")
        case "merge":
            if other != lead:
                book.merge(lead, other, into=new_id)
        case "archive":
            book.archive(lead)
        case "convert":
            book.convert(lead)
        case "delete":
            book.delete(lead)
        case "rename":
            book.rename_status("recycled", "nurture")
        case "remove":
            book.remove_field("status")
