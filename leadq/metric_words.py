"""What figures are called, and how one is said to people."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from leadq.i18n import N_, _, number
from leadq.saying import say_remaining

if TYPE_CHECKING:
    from leadq.domain.metrics.figures import Figure

METRICS: Final[Mapping[str, str]] = {
    "M1": N_("Acceptance"),
    "M2": N_("Delays"),
    "M3": N_("Promises of delay kept"),
}
"""Metric -> its title."""

FIGURES: Final[Mapping[str, str]] = {
    "decided": N_("accepted, of those decided"),
    "contract": N_("accepted, of those decided or due"),
    "oblivion": N_("undecided and overdue"),
    "accepted": N_("accepted"),
    "rejected": N_("rejected"),
    "wall_p50": N_("half within"),
    "wall_p90": N_("nine in ten within"),
    "wall_median": N_("median, with those that still wait"),
    "business_p50": N_("half within (business time)"),
    "business_p90": N_("nine in ten within (business time)"),
    "business_median": N_("median, with those that still wait (business time)"),
    "within": N_("first touches in time"),
    "date_only": N_("without a time of day, left out"),
    "cohort": N_("kept, of those handed off in the period"),
    "due": N_("kept, of those due in the period"),
    "met": N_("in time"),
    "met_late": N_("late"),
    "breached_open": N_("late and still open"),
    "pending": N_("not due yet"),
    "cancelled": N_("cancelled"),
    "no_due": N_("without a due instant"),
}
"""Figure -> what it says."""

EXCLUDED: Final[Mapping[str, str]] = {
    "merged": N_("merged"),
    "spam": N_("spam or test"),
    "pre_handoff": N_("touched before the handoff"),
}
"""Why a cycle is in no cohort -> words."""

ROWS: Final[Mapping[str, str]] = {
    "systems": N_("from handoff to owner"),
    "human": N_("from owner to first touch"),
    "total": N_("from handoff to first touch"),
    "accept": N_("accept"),
    "first_touch": N_("first touch"),
    "owner_touch": N_("owner’s first touch"),
    "reply": N_("reply"),
    "disposition": N_("verdict"),
}
"""Row of a metric that is no name of somebody's own -> words."""

NOTES: Final[Mapping[str, str]] = {
    "not_reached": N_("not reached: more than half still wait, or ended without"),
}
"""Note on a figure -> words."""


def say_figure(figure: Figure) -> str:
    """The value with all that belongs to it: `75% (6 of 8, 41%-93%, fewer than 30)`, `2h05m`, `n/a`."""
    if figure.value is None:
        return _(NOTES[figure.note]) if figure.note in NOTES else _("n/a")
    if figure.kind == "duration":
        return _("{time} ({count})").format(time=say_remaining(int(figure.value)), count=number(figure.of or 0))
    if figure.kind != "share":
        return _say_number(figure.value, figure.unit)
    return _say_share(figure)


def _say_number(value: float | Decimal, unit: str) -> str:
    whole = value == int(value)
    text = number(float(value), 0 if whole else 2)
    return f"{text} {unit}" if unit else text


def _say_share(figure: Figure) -> str:
    said = _("{share}% ({hits} of {of}, {low}%-{high}%)").format(
        share=number(100 * float(figure.value or 0), 1),
        hits=number(figure.hits or 0),
        of=number(figure.of or 0),
        low=number(100 * (figure.low or 0)),
        high=number(100 * (figure.high or 0)),
    )
    return f"{said} {_('few')}" if figure.small else said
