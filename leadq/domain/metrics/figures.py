"""A figure, with all that keeps it from being misread: of how many, how sure, and what is behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

from leadq.domain.metrics.statistics import nearest_rank, wilson

if TYPE_CHECKING:
    from leadq.domain.metrics.cycle import Cycle

ENOUGH: Final = 30
"""From how many cycles on a share speaks for itself (field.md, M5); one of fewer is marked."""

Kind = Literal["share", "count", "duration", "money", "number"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.

    `kind` says what `value` is: a share (1 is all; a flow may be above), a count, a duration in milliseconds, money in
    `unit` (an ISO currency), or a plain number. None is "n/a": nothing to count, and `note` may say why. A share has
    its `hits` `of` how many and the Wilson interval of 95 %. `behind` are the cycles that were counted as hits, `base`
    all that were looked at; both only when asked for.
    """

    name: str
    kind: Kind
    value: float | int | Decimal | None
    hits: int | None = None
    of: int | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    note: str = ""
    behind: Sequence[Cycle] = ()
    base: Sequence[Cycle] = ()

    @property
    def small(self) -> bool:
        """Whether it stands on too few to speak for itself."""
        return self.of is not None and self.of < ENOUGH


@dataclass(frozen=True, slots=True)
class Counted:
    """The cohort that a metric is about: how many, how many of them open, and how many were left out and why."""

    n: int
    open: int
    excluded: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of field.md 10: its figures, and the same by whatever it is broken down by on its own (`rows`).

    `basis` is what is counted: "cohort" (handed off in the period), "period" (happened in it), "now" (as of the
    instant) or "survey" (answers, which are no cycles). `needs` names what is missing for a figure that is n/a; `notes`
    are codes of what the reader has to know.
    """

    id: str
    basis: Literal["cohort", "period", "now", "survey"]
    counted: Counted
    figures: tuple[Figure, ...]
    rows: Mapping[str, tuple[Figure, ...]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Figure:
        """The figure of that name. Raises KeyError."""
        for figure in self.figures:
            if figure.name == name:
                return figure
        raise KeyError(name)


def share_of(name: str, hits: int, of: int, *, note: str = "") -> Figure:
    """`hits` in `of` with its Wilson interval; n/a when there is nothing to divide by."""
    if not of:
        return Figure(name, "share", None, hits, of, note=note)
    low, high = wilson(hits, of)
    return Figure(name, "share", hits / of, hits, of, low, high, note=note)


def share(name: str, behind: Sequence[Cycle], base: Sequence[Cycle], *, keep: bool = False, note: str = "") -> Figure:
    """The share of the cycles `base` that `behind` are; `keep` them for who asks what is behind the number."""
    figure = share_of(name, len(behind), len(base), note=note)
    return _kept(figure, behind, base) if keep else figure


def ratio(name: str, part: float, whole: float, *, note: str = "") -> Figure:
    """A share that no sample stands behind, or that may be above 1: without an interval; n/a when `whole` is 0."""
    return Figure(name, "share", part / whole if whole else None, note=note)


def ranks(
    name: str, lengths_ms: Sequence[int], *, behind: Sequence[Cycle] = (), percents: Sequence[int] = (50, 90)
) -> tuple[Figure, ...]:
    """Nearest-rank percentiles of lengths of time, as `NAME_pPERCENT`: never a mean alone."""
    ordered, n = sorted(lengths_ms), len(lengths_ms)
    return tuple(
        Figure(f"{name}_p{percent}", "duration", nearest_rank(ordered, percent), n, n, behind=behind, base=behind)
        for percent in percents
    )


def count(name: str, behind: Sequence[Cycle], *, keep: bool = False) -> Figure:
    """How many cycles."""
    return Figure(name, "count", len(behind), behind=behind if keep else ())


def _kept(figure: Figure, behind: Sequence[Cycle], base: Sequence[Cycle]) -> Figure:
    return Figure(
        figure.name, figure.kind, figure.value, figure.hits, figure.of, figure.low, figure.high, note=figure.note,
        behind=behind, base=base,
    )  # fmt: skip
