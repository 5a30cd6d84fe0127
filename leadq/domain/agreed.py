"""Which of the contracts that a team's source offers is followed: rules on texts, signatures and dates alone.

A signature is a line in the text that names its hash: it tells that nobody edited the text since, and not who wrote the
line. Who may put a text where it is fetched from is the source's to say, and which one it has to be, the pin's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from leadq.domain.signatures import standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadq.domain.contract import Contract

ROLES: Final = ("marketing", "sales")
"""Who has to sign."""

Objection = Literal["", "unsigned", "edited", "pin", "older"]


class Rank(NamedTuple):
    """Of two contracts the one that is greater is the newer: by the day from which it holds, then by the day on which
    it was last signed. Both as ISO dates."""

    effective_from: str
    signed_on: str


class Taken(NamedTuple):
    """A contract that was taken from the source and came into force here at `at_ms`."""

    hash: str
    version: str
    rank: Rank
    at_ms: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What to do with an offer: bring `now` into force, announce `coming`; `objection` is about `about`."""

    now: Contract | None = None
    coming: Contract | None = None
    objection: Objection = ""
    about: Contract | None = None


def unsigned_by(contract: Contract) -> tuple[str, ...]:
    """The teams that have not signed this very text."""
    valid = {one.role for one in contract.signatures if standing(contract, one) == "valid"}
    return tuple(role for role in ROLES if role not in valid)


def rank(contract: Contract) -> Rank:
    """How new a contract is."""
    days = [str(one.on) for one in contract.signatures if standing(contract, one) == "valid"]
    return Rank(str(contract.effective_from), max(days, default=""))


def begins_ms(contract: Contract) -> int:
    """The first instant of the day from which a contract holds, in its own zone."""
    day = contract.effective_from
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(contract.zone)).timestamp()) * 1000


def choose(
    offered: Sequence[Contract], in_force: Contract | None, taken: Sequence[Taken], pin: str, now_ms: int
) -> Choice:
    """What becomes of an offer. `taken`, oldest first; `pin`: the hash of the only one that may be followed, or "".

    A pin also leads back to an older one: somebody has said which.
    """
    wanted = [one for one in offered if pin in ("", one.hash)]
    if offered and not wanted:
        return Choice(objection="pin", about=max(offered, key=rank))
    agreed = [one for one in wanted if not unsigned_by(one)]
    refused = _unsigned(max(wanted, key=_day)) if wanted else Choice()
    ahead = [one for one in agreed if begins_ms(one) > now_ms and not _is(in_force, one)]
    coming = min(ahead, key=rank, default=None)
    now = max((one for one in agreed if begins_ms(one) <= now_ms), key=rank, default=None)
    if now is None or _is_settled(now, in_force, taken):
        return Choice(None, coming, refused.objection, refused.about)
    if not pin and _is_older(now, in_force, taken):
        return Choice(None, coming, "older", now)
    return Choice(now, coming, refused.objection, refused.about)


def _day(contract: Contract) -> str:
    """An unsigned text is of no day but the one from which it would hold."""
    return str(contract.effective_from)


def _unsigned(newest: Contract) -> Choice:
    if not unsigned_by(newest):
        return Choice()
    is_edited = any(standing(newest, one) == "edited" for one in newest.signatures)
    return Choice(objection="edited" if is_edited else "unsigned", about=newest)


def _is(one: Contract | None, other: Contract) -> bool:
    return one is not None and one.hash == other.hash


def _is_settled(now: Contract, in_force: Contract | None, taken: Sequence[Taken]) -> bool:
    """Whether it is in force; or was taken last, and somebody has edited it here since, as who prepares the next does.

    One that is in force without its signatures is taken with them.
    """
    if in_force is not None and in_force.hash == now.hash:
        return not unsigned_by(in_force)
    return bool(taken) and taken[-1].hash == now.hash


def _is_older(now: Contract, in_force: Contract | None, taken: Sequence[Taken]) -> bool:
    """Older than what both teams signed and is in force, or than what was taken last; a draft is older than nothing."""
    last = taken[-1].rank if taken else None
    mark = rank(in_force) if in_force is not None and not unsigned_by(in_force) else last
    if mark is None:
        return False
    return rank(now) < mark or (rank(now) == mark and any(one.hash == now.hash for one in taken))
