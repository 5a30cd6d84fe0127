"""What figures are called, and how one is said to people."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from leadq.i18n import N_, _, number
from leadq.saying import say_remaining
from leadq.words import CLOCKS, RADAR, in_words

if TYPE_CHECKING:
    from leadq.domain.metrics.figures import Figure

TITLES: Final[Mapping[str, str]] = {
    "M1": N_("Acceptance"),
    "M2": N_("Delays"),
    "M3": N_("Promises of delay kept"),
    "M4": N_("From handoff to qualified"),
    "M5": N_("Conversion by source"),
    "M6": N_("Why leads end"),
    "M7": N_("Feedback"),
    "M8": N_("Revenue from handoffs"),
    "M9": N_("Customer value"),
    "M10": N_("Cost"),
    "M11": N_("What marketing promised"),
    "M12": N_("What comes back"),
    "M13": N_("Attempts"),
    "M14": N_("Order of the queue"),
    "M15": N_("Pauses"),
    "M16": N_("What the teams think of each other"),
    "M17": N_("Disagreement about leads"),
    "M18": N_("Load"),
    "M19": N_("Radar"),
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
    "within_30": N_("qualified within 30 days"),
    "within_90": N_("qualified within 90 days"),
    "within_180": N_("qualified within 180 days"),
    "so_far_30": N_("qualified within 30 days so far, of all"),
    "so_far_90": N_("qualified within 90 days so far, of all"),
    "so_far_180": N_("qualified within 180 days so far, of all"),
    "estimate_30": N_("estimate for 30 days"),
    "estimate_90": N_("estimate for 90 days"),
    "estimate_180": N_("estimate for 180 days"),
    "flow": N_("qualified in the period per handoff in it (flow, no conversion)"),
    "target": N_("target"),
    "reference": N_("reference line"),
    "connected": N_("spoken with"),
    "qualified": N_("qualified"),
    "won": N_("won"),
    "reject": N_("rejected"),
    "disqualify": N_("disqualified"),
    "recycle": N_("recycled"),
    "late_filter": N_("filtered late"),
    "untouched": N_("disqualified without a touch"),
    "share": N_("share"),
    "complete": N_("complete feedback"),
    "delay_p50": N_("half of the verdicts within"),
    "delay_p90": N_("nine in ten verdicts within"),
    "business_delay_p50": N_("half of the verdicts within (business time)"),
    "business_delay_p90": N_("nine in ten verdicts within (business time)"),
    "answered": N_("answered by marketing"),
    "answer_delay_p50": N_("half of the answers within"),
    "answer_delay_p90": N_("nine in ten answers within"),
    "documented": N_("documented touches"),
    "promised_feedback_complete": N_("promised: complete feedback"),
    "promised_documented_interactions": N_("promised: documented touches"),
    "revenue": N_("revenue"),
    "pipeline": N_("pipeline"),
    "closing": N_("deals won, of those decided"),
    "lost": N_("lost"),
    "open": N_("open"),
    "unpriced": N_("won without an amount"),
    "customers": N_("leads that became customers"),
    "value": N_("customer value"),
    "mean": N_("mean customer value"),
    "spend": N_("spend"),
    "mql": N_("per handoff"),
    "sal": N_("per accepted lead"),
    "sql": N_("per qualified lead"),
    "uncovered": N_("days of which no spend is known"),
    "on_criteria": N_("handoffs that meet the criteria"),
    "off_criteria": N_("handoffs that do not"),
    "promised": N_("promised so far"),
    "delivered": N_("delivered of what is promised"),
    "off_icp": N_("outside the customer profile"),
    "below_threshold": N_("below the agreed score"),
    "incomplete": N_("without all that is required"),
    "recycled": N_("recycled"),
    "yield": N_("qualified in the next cycle"),
    "missed": N_("not taken up on their day"),
    "touches_p50": N_("touches, half of the leads"),
    "touches_p90": N_("touches, nine in ten leads"),
    "touches_mean": N_("touches, mean"),
    "cadence": N_("unreachable after the agreed effort"),
    "first_gap_p50": N_("half of the second attempts within"),
    "out_of_order": N_("worked while something more urgent waited"),
    "paused": N_("paused, of the open time"),
    "expired": N_("pauses that ran out by themselves"),
    "with_pauses": N_("leads with a pause"),
    "perceived_sales": N_("sales, from 0 to 100"),
    "perceived_marketing": N_("marketing, from 0 to 100"),
    "gap": N_("gap between the two"),
    "sales_response": N_("answers of sales"),
    "marketing_response": N_("answers of marketing"),
    "disagreement": N_("score and quality disagree"),
    "overrated": N_("high score, low quality"),
    "underrated": N_("low score, high quality"),
    "load": N_("load of the capacity"),
    "capacity": N_("capacity"),
    "unowned": N_("nobody’s"),
    "elsewhere": N_("of people without a capacity"),
    "leads": N_("leads"),
    "oldest": N_("oldest, since its handoff"),
    "doubtful": N_("touches entered late or without evidence"),
    "late_rejection": N_("rejected after the time to accept"),
    "open_accepted": N_("open and accepted"),
    "rate": N_("of their like, those that qualified"),
    "expected": N_("expected to qualify"),
}
"""Figure -> what it says."""

EXCLUDED: Final[Mapping[str, str]] = {
    "merged": N_("merged"),
    "spam": N_("spam or test"),
    "pre_handoff": N_("touched before the handoff"),
}
"""Why a cycle is in no cohort -> words."""

NEEDS: Final[Mapping[str, str]] = {
    "deals": N_(
        "Deals come from a CRM that is synced and tells of them, or from a file: `leadq inputs add deals FILE`."
    ),
    "customer_values": N_("Give the value of customers as a file: `leadq inputs add value FILE`."),
    "spend": N_("Give what marketing spent as a file: `leadq inputs add spend FILE`."),
    "monthly_handoffs": N_("The contract does not say how many handoffs marketing promises: monthly_handoffs."),
    "calendar": N_("The working days of the period are not known here."),
    "threshold": N_("The contract says no threshold of the score."),
    "capacity": N_("The contract gives no member a capacity."),
    "team_members": N_("The contract names no member of one of the teams."),
}
"""What is missing for a figure -> what to provide."""


ROWS: Final[Mapping[str, str]] = {
    "systems": N_("from handoff to owner"),
    "human": N_("from owner to first touch"),
    "total": N_("from handoff to first touch"),
    **CLOCKS,
    **RADAR,
    "country_channel": N_("By country and channel of the first touch"),
    "country_source": N_("By country and source"),
    "profile_source": N_("By profile and source"),
    "communication": N_("what one needs to know"),
    "trust": N_("trust in what is promised"),
    "perception": N_("the other team’s work"),
    "*": N_("(the smaller ones)"),
    "": N_("(not known)"),
}
"""Row of a metric that is no name of somebody's own -> words."""

NOTES: Final[Mapping[str, str]] = {
    "not_reached": N_("not reached: more than half still wait, or ended without"),
    "so_far": N_("Some of these leads are younger than the time allowed: more may come."),
    "no_spend_here": N_("n/a: no spend is known for this part"),
    "spend_partly": N_("n/a: of some days of the period no spend is known"),
    "spend_overlaps": N_("Rows of spend overlap: which of them count cannot be known."),
    "no_history": N_("No accepted lead is old enough to tell what becomes of their like."),
    "few_answers": N_("n/a: fewer than three answers"),
    "nameless": N_("Of the quarter in which the period ends. No answer has a name, and none is shown by itself."),
    "no_criteria": N_("Handoffs under a contract without criteria count as meeting them."),
}
"""Note on a figure or a metric -> words."""

NOT_KNOWN: Final = N_("(not known)")

LOST: Final[Mapping[str, str]] = {
    "undecided": N_("nobody decided in time"),
    "handoff": N_("refused, before anybody called"),
    "accepted": N_("accepted, never called"),
    "working": N_("called, never spoken with"),
    "connected": N_("spoken with"),
    "qualified": N_("deal lost"),
}
"""Where a lead was lost -> words."""


def figure_name(name: str) -> str:
    """What a figure is called; of money and costs without the currency, which stands beside the amount."""
    return _(FIGURES.get(name) or FIGURES[name.rpartition("_")[0]])


def row_name(row: str) -> str:
    """What a row of a metric is called: a source or a reason stands for itself."""
    return in_words(ROWS, row)


def say_figure(figure: Figure) -> str:
    """The value with all that belongs to it: `75.0% (6 of 8, 41%-93%) · few leads`, `2h05m`, `n/a`."""
    if figure.value is None:
        return _(NOTES[figure.note]) if figure.note in NOTES else _("n/a")
    if figure.kind == "duration":
        return _say_hours(figure) if figure.name.startswith("business") else say_remaining(int(figure.value))
    if figure.kind != "share":
        return say_number(figure.value, figure.unit)
    if figure.hits is None:
        return _("{share}%").format(share=number(100 * float(figure.value), 1))
    return _say_share(figure)


def _say_hours(figure: Figure) -> str:
    """Open hours: a day of them is not 24."""
    minutes = int(figure.value or 0) // 60_000
    return f"{number(minutes // 60)}h{minutes % 60:02}m"


def say_number(value: float | Decimal, unit: str) -> str:
    """`1,234.50 EUR`, `12`."""
    whole = value == int(value)
    text = number(float(value), 0 if whole else 2)
    return f"{text} {unit}" if unit else text


def _say_share(figure: Figure) -> str:
    if figure.low is None:
        return _("{share}% ({hits} of {of})").format(
            share=number(100 * float(figure.value or 0), 1), hits=number(figure.hits or 0), of=number(figure.of or 0)
        )
    said = _("{share}% ({hits} of {of}, {low}%-{high}%)").format(
        share=number(100 * float(figure.value or 0), 1),
        hits=number(figure.hits or 0),
        of=number(figure.of or 0),
        low=number(100 * (figure.low or 0)),
        high=number(100 * (figure.high or 0)),
    )
    return f"{said} · {_('few leads')}" if figure.small else said
