"""Figures as JSON (docs/metrics.md): stable names, shares to six places, seconds, money as digits of the source."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from leadq.clock import iso

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadq.domain.metrics.cycle import Cycle, Late
    from leadq.domain.metrics.figures import Figure, Metric
    from leadq.domain.metrics.forward import Forward
    from leadq.domain.metrics.leak import Leak
    from leadq.domain.metrics.trust import Coverage, Trust, Waiting

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


def coverage_shape(covered: Coverage, waiting: Waiting | None) -> dict[str, Any]:
    """What the figures cover; `now` is null where they are of another instant: of that one nobody knows it."""
    return {
        "alone": covered.alone,
        "scoped": covered.scoped,
        "devices": [{"id": one.id, "events": one.events, "newest_at": iso(one.newest_ms)} for one in covered.devices],
        "contracts": [{"version": one.version, "hash": one.hash, "cycles": one.cycles} for one in covered.versions],
        "zones": list(covered.zones),
        "now": _waiting(waiting) if waiting else None,
    }


def _waiting(waiting: Waiting) -> dict[str, Any]:
    pulls = [{"name": name, "last_pull_at": iso(at_ms)} for name, at_ms in waiting.connections]
    return {"unsynced": waiting.unsynced, "needs_you": waiting.needs_you, "connections": pulls}


def trust_shape(trust: Trust) -> dict[str, Any]:
    """The trust lines but for the coverage, which every document has anyway."""
    names = ("cherry_pick", "late_rejection", "paused", "expired")
    segments = {one.segment: {name: figure_shape(getattr(one, name)) for name in names} for one in trust.segments}
    return {"doubtful": figure_shape(trust.doubtful), "segments": segments}


def leaks_shape(leaks: Sequence[Leak]) -> list[dict[str, Any]]:
    """The leaks, the largest first."""
    return [
        {"stage": one.stage, "reason": one.reason or None, "source": one.source, "n": one.n,
         "share": figure_shape(one.share)}
        for one in leaks
    ]  # fmt: skip


def crossed_shape(crossed: Mapping[tuple[str, str], Sequence[Figure]]) -> list[dict[str, Any]]:
    """Conversion by two dimensions: each pair of values with its stages."""
    return [{"values": list(values), "figures": _figures(figures)} for values, figures in crossed.items()]


def forward_shape(forward: Forward) -> dict[str, Any]:
    """What is still to come."""
    shape = {name: figure_shape(getattr(forward, name)) for name in ("open_accepted", "rate", "expected")}
    edges = {"low": forward.expected.low, "high": forward.expected.high}
    return {**shape, "expected": shape["expected"] | edges}
