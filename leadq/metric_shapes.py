"""Figures as JSON (docs/metrics.md): stable names, shares to six places, seconds, money as digits of the source."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from leadq.clock import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadq.domain.metrics.cycle import Cycle, Late
    from leadq.domain.metrics.figures import Figure, Metric

_PLACES: Final = 6


def metric_shape(metric: Metric) -> dict[str, Any]:
    """A metric with its figures and rows by name."""
    shape: dict[str, Any] = {
        "basis": metric.basis,
        "n": metric.counted.n,
        "open": metric.counted.open,
        "excluded": dict(metric.counted.excluded),
        "figures": _figures(metric.figures),
    }
    if metric.rows:
        shape["rows"] = {name: _figures(figures) for name, figures in metric.rows.items()}
    return shape | {"needs": list(metric.needs), "notes": list(metric.notes)}


def _figures(figures: Sequence[Figure]) -> dict[str, Any]:
    return {figure.name: figure_shape(figure) for figure in figures}


def figure_shape(figure: Figure) -> dict[str, Any]:
    """One figure; what does not belong to its kind is left out. None stays null: that is n/a."""
    shape: dict[str, Any] = {"kind": figure.kind, "value": _value(figure)}
    if figure.kind == "share":
        shape |= {"hits": figure.hits, "of": figure.of, "low": _round(figure.low), "high": _round(figure.high)}
    elif figure.of is not None:
        shape["of"] = figure.of
    if figure.of is not None:
        shape["small"] = figure.small
    if figure.unit:
        shape["unit"] = figure.unit
    if figure.note:
        shape["note"] = figure.note
    if figure.behind or figure.base:
        shape |= {"leads": _ids(figure.behind), "among": _ids(figure.base)}
    return shape


def _value(figure: Figure) -> float | int | str | None:
    if figure.value is None:
        return None
    if figure.kind == "duration":
        return int(figure.value) // 1000
    if isinstance(figure.value, Decimal):
        return format(figure.value, "f")
    return _round(figure.value) if isinstance(figure.value, float) else figure.value


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, _PLACES)


def _ids(cycles: Sequence[Cycle]) -> list[int]:
    return sorted(cycle.id for cycle in cycles)


def late_shape(late: Sequence[Late]) -> dict[str, Any]:
    """The late arrivals, all of them."""
    return {
        "count": len(late),
        "events": [
            {
                "uid": one.uid,
                "lead": one.lead_id,
                "type": one.type,
                "occurred_at": iso(one.occurred_ms),
                "recorded_at": iso(one.recorded_ms),
            }
            for one in late
        ],
    }
