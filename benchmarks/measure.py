"""Samples in turn, and what a question answers: lines of one table, each with its bar where it has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

HEADINGS: Final = ("question", "figure", "median", "min - max", "n", "ratio", "bar", "holds")

Say = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. `holds` is None where there is no bar."""

    question: str
    figure: str
    median: str
    spread: str
    count: str
    ratio: str = ""
    bar: str = ""
    holds: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The line as the table shows it."""
        holds = {True: "yes", False: "NO", None: ""}[self.holds]
        return (self.question, self.figure, self.median, self.spread, self.count, self.ratio, self.bar, holds)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A question that cannot be asked here; it misses no bar, and is never passed over in silence."""

    question: str
    reason: str


Answer = Line | Skipped


@dataclass(frozen=True, slots=True)
class Bar:
    """The ratio that may not be exceeded; `strict`: nor reached; `at_least`: to be reached or exceeded instead."""

    limit: float
    strict: bool = False
    at_least: bool = False

    def holds(self, ratio: float) -> bool:
        """Whether `ratio` stays on the right side of it."""
        if self.at_least:
            return ratio >= self.limit
        return ratio < self.limit if self.strict else ratio <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<" if self.strict else "<="
        return f"{sign} {self.limit:g}x"


def alternate(rounds: int, acts: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """The samples of each act, taken in turn (A B A B) after one of each that does not count.

    What slows the machine down for a while then slows them all: only the ratio is worth reading.
    """
    for act in acts.values():
        act()
    samples: dict[str, list[float]] = {name: [] for name in acts}
    for _round in range(rounds):
        for name, act in acts.items():
            samples[name].append(act())
    return samples


def compare(question: str, samples: Mapping[str, Sequence[float]], say: Say, bar: Bar | None = None) -> list[Answer]:
    """The first act and the second, with the ratio of their medians held against `bar`."""
    first, second = (_line(name, values, say) for name, values in samples.items())
    over, under = (median(values) for values in samples.values())
    ratio = over / under
    first = replace(first, question=question, ratio=f"{ratio:.2f}x")
    return [first if bar is None else replace(first, bar=str(bar), holds=bar.holds(ratio)), second]


def _line(name: str, values: Sequence[float], say: Say) -> Line:
    return Line("", name, say(median(values)), f"{say(min(values))} - {say(max(values))}", str(len(values)))


def seconds(value: float) -> str:
    """Three digits are more than such a machine is good for."""
    return f"{value:.3f} s" if value < 10 else f"{value:.1f} s"


def milliseconds(value: float) -> str:
    """For what takes less than a second."""
    return f"{value * 1000:.1f} ms"


def microseconds(value: float) -> str:
    """For a call within the process."""
    return f"{value * 1_000_000:.2f} us"


def megabytes(value: float) -> str:
    """For what is held in memory; `value` is in bytes."""
    return f"{value / 1e6:.1f} MB"


def table(lines: Sequence[Line]) -> str:
    """All lines under their headings."""
    rows = [HEADINGS, *(line.cells for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
