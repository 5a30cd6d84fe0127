"""Where leads and band headings stand in the list: line numbers from counts, without a line in memory for each."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_NOTHING: Final[Mapping[str, int]] = {}

SIMILAR = "~"
"""The last band of a search: leads that it did not find, and may have meant."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The line above a band, or above a group of the radar; `count` is None while only the first page is known.

    `since_ms`: since when the oldest lead under it is there, where that is of interest (milliseconds UTC).
    """

    band: str
    count: int | None
    since_ms: int | None = None


class Order:
    """Leads in rank order with a heading above each band. Lines count from 0; leads have places, also from 0.

    `height`: how many lines each lead has; a heading has one.
    """

    def __init__(
        self,
        ids: array[int] | None = None,
        bands: tuple[tuple[str, int], ...] = (),
        *,
        counted: bool = True,
        height: int = 1,
        since: Mapping[str, int] = _NOTHING,
    ) -> None:
        self.ids = array("q") if ids is None else ids
        self.height = height
        self._bands = bands
        self._counted, self._since = counted, since
        self._places: list[int] = []  # the place of the first lead of each band
        self._lines: list[int] = []  # the line of its heading
        place = 0
        for index, (_band, count) in enumerate(bands):
            self._places.append(place)
            self._lines.append(place * height + index)
            place += count

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self.ids) * self.height + len(self._bands)

    @property
    def found(self) -> int:
        """How many leads there are without those that are only similar to what was searched."""
        return len(self.ids) - sum(count for band, count in self._bands if band == SIMILAR)

    def taller(self, height: int) -> Order:
        """The same with so many lines for each lead."""
        return Order(self.ids, self._bands, counted=self._counted, height=height)

    def line_of(self, place: int) -> int:
        """The first line of the lead at `place`."""
        return place * self.height + bisect_right(self._places, place)

    def at(self, line: int) -> Heading | int:
        """What stands on `line`: a heading, or the place of a lead."""
        index = bisect_right(self._lines, line) - 1
        if self._lines[index] == line:
            band, count = self._bands[index]
            return Heading(band, count if self._counted else None, self._since.get(band))
        return self._places[index] + (line - self._lines[index] - 1) // self.height

    def place_of(self, lead_id: int | None) -> int | None:
        """Where this lead is, or None."""
        if lead_id is None:
            return None
        try:
            return self.ids.index(lead_id)
        except ValueError:
            return None

    def between(self, first: int, last: int) -> array[int]:
        """The ids of the leads on the lines `first` to `last`, both included."""
        places = [found for line in (first, last) if (found := self._near(line)) is not None]
        return self.ids[places[0] : places[-1] + 1] if places else array("q")

    def _near(self, line: int) -> int | None:
        if not self.ids:
            return None
        line = min(max(line, 0), len(self) - 1)
        found = self.at(line)
        return found if isinstance(found, int) else self._places[bisect_right(self._lines, line) - 1]
