"""How a service goes from one page of a list to the next: the four ways there are. Import them from `sdk`.

The last two are the safe ones: where a service offers a choice, take them. With page numbers and offsets a record that
leaves the list while it is read moves all others up by one; `RestAdapter` comes back to what it may have missed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from leadq.plugins.described import at

if TYPE_CHECKING:
    from leadq.plugins.client import Answer

Place = int | str
"""Where a page begins, as it is kept in a cursor."""

_LINK: Final = re.compile(r"<([^>]*)>\s*((?:;[^,<]*)*)")
_NEXT: Final = re.compile(r";\s*rel\s*=\s*\"?(?:[^\";]*\s)?next(?:\s[^\";]*)?\"?\s*(?:;|$)", re.IGNORECASE)


class Paging(Protocol):
    """A way from page to page: the parameters that ask for one, and the place of the one after it."""

    def params(self, place: Place | None) -> Mapping[str, str | int]:
        """What to add to the query for the page at `place`; None: the first."""
        ...

    def following(self, answer: Answer, rows: int, place: Place | None) -> Place | None:
        """The place after the page `answer` at `place`, which has so many `rows`; None: that was the last."""
        ...


@dataclass(frozen=True, slots=True)
class OnePage:
    """Everything in one answer."""

    def params(self, place: Place | None) -> Mapping[str, str | int]:
        """Nothing."""
        return {}

    def following(self, answer: Answer, rows: int, place: Place | None) -> Place | None:
        """None."""
        return None


@dataclass(frozen=True, slots=True)
class ByPage:
    """`?page=2`. A page that is short is not the last one, only one that is empty, unless the service says more.

    `last` is where the answer has the number of the last page, `more` where it says whether there is another.
    """

    param: str = "page"
    first: int = 1
    size_param: str = ""
    size: int = 100
    last: str = ""
    more: str = ""

    def params(self, place: Place | None) -> Mapping[str, str | int]:
        """The number, and how many to a page."""
        return {self.param: self.first if place is None else place, **_size(self.size_param, self.size)}

    def following(self, answer: Answer, rows: int, place: Place | None) -> Place | None:
        """The next number."""
        number = self.first if place is None else int(place)
        if self.last:
            return number + 1 if number < _whole(at(answer.data, self.last)) else None
        return number + 1 if _goes_on(answer, self.more, rows) else None


@dataclass(frozen=True, slots=True)
class ByOffset:
    """`?offset=200`. It counts what came, not what was asked for; the end is an empty page, or where `more` says so."""

    param: str = "offset"
    size_param: str = "limit"
    size: int = 100
    more: str = ""

    def params(self, place: Place | None) -> Mapping[str, str | int]:
        """How many to leave out, and how many to a page."""
        return {self.param: place or 0, **_size(self.size_param, self.size)}

    def following(self, answer: Answer, rows: int, place: Place | None) -> Place | None:
        """As many further on as there were rows."""
        return int(place or 0) + rows if rows and _goes_on(answer, self.more, rows) else None


@dataclass(frozen=True, slots=True)
class ByToken:
    """`?cursor=Qm9i`, with the token for the next page at `token` in each answer; without one it was the last.

    A service that gives a token to the end says at `more` whether to go on.
    """

    param: str = "cursor"
    token: str = "next_cursor"  # noqa: S105 - where it is, not what it is
    size_param: str = ""
    size: int = 100
    more: str = ""

    def params(self, place: Place | None) -> Mapping[str, str | int]:
        """The token, and how many to a page."""
        size = _size(self.size_param, self.size)
        return size if place is None else {self.param: place, **size}

    def following(self, answer: Answer, rows: int, place: Place | None) -> Place | None:
        """The token as it came; an empty page is not the end."""
        token = at(answer.data, self.token)
        ended = bool(self.more) and not at(answer.data, self.more)
        return (
            None if ended or isinstance(token, bool) or not isinstance(token, str | int) or token in ("", 0) else token
        )


@dataclass(frozen=True, slots=True)
class ByLink:
    """The whole address of the next page, at `link` in the answer; "": in the header `Link` (RFC 8288)."""

    link: str = ""

    def params(self, place: Place | None) -> Mapping[str, str | int]:
        """Nothing: the address says it all."""
        return {}

    def following(self, answer: Answer, rows: int, place: Place | None) -> Place | None:
        """The address; `RestAdapter` follows it on its own service only."""
        link = at(answer.data, self.link) if self.link else _next_in(answer.headers.get("link", ""))
        return link if isinstance(link, str) and link else None


def _size(param: str, size: int) -> dict[str, str | int]:
    return {param: size} if param else {}


def _goes_on(answer: Answer, more: str, rows: int) -> bool:
    return bool(at(answer.data, more)) if more else rows > 0


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (ValueError, TypeError):
        return 0


def _next_in(header: str) -> str:
    """The target whose relation is `next`."""
    return next((target for target, params in _LINK.findall(header) if _NEXT.search(params)), "")
