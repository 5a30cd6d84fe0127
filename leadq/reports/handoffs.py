"""Single leads: what would be forgotten, the best and the worst handoffs, disputes, and calls to listen to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq import read
from leadq.clock import iso
from leadq.domain import events as ev
from leadq.domain.metrics.cycle import NONE
from leadq.domain.metrics.radar import GROUPS
from leadq.domain.reasons import OUTCOMES
from leadq.i18n import N_, _, current
from leadq.metric_words import figure_name, row_name
from leadq.order import Filter
from leadq.reports import cells
from leadq.reports.document import Cell, Column, Section, table, text
from leadq.reports.sources import QUOTE, named
from leadq.saying import say_date, say_remaining
from leadq.text import clean
from leadq.words import BANDS, CHANNELS, CLOCKS, VERDICTS, in_words, person

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.domain.metrics.cycle import Cycle
    from leadq.insights import Recording
    from leadq.reports.sources import Called, Sources

_SHOWN: Final = 8
_EACH: Final = 3
_LISTEN: Final = 5
_GOOD, _BAD = 4, 2
"""Qualities from which on a handoff may be among the best, and up to which among the worst."""

_STEPS: Final = {"qualify": 0, "recycle": 1, "disqualify": 2, "reject": 3}
_WAITING: Final[Mapping[str, str]] = {
    "handed_off": N_("handed off, not decided"),
    "accepted": N_("accepted, not called"),
    "working": N_("called, not spoken with"),
    "connected": N_("spoken with"),
}


def radar(sources: Sources) -> Section:
    """M19, with the leads by name: the oldest of each group."""
    seen = sorted((one for one in sources.whole.cycles if one.radar), key=lambda one: (one.handed_off_ms, one.id))
    groups = {group: [one for one in seen if group in one.radar] for group in GROUPS}
    who = sources.called([one for cycles in groups.values() for one in cycles[:_SHOWN]])
    columns = (
        Column("group", _("Group")), *cells.right(("leads", _("Leads")), ("oldest", _("Oldest"))),
        Column("which", _("Which, the oldest first")),
    )  # fmt: skip
    rows = [_group(group, cycles, who, sources) for group, cycles in groups.items() if cycles]
    return Section(
        "radar", _("What would be forgotten"), (table("radar", columns, rows, empty=_("Nothing on the radar.")),),
        repeat=(sources.command("metrics M19"),),
    )  # fmt: skip


def _group(group: str, cycles: Sequence[Cycle], who: Mapping[str, Called], sources: Sources) -> list[Cell]:
    age_ms = sources.asked.as_of_ms - cycles[0].handed_off_ms
    names = ", ".join(named(who, one) for one in cycles[:_SHOWN])
    more = _(" and {n} more").format(n=len(cycles) - _SHOWN) if len(cycles) > _SHOWN else ""
    shown = Cell([one.id for one in cycles], names + more, names + more)
    oldest = Cell(age_ms // 1000, say_remaining(age_ms), age_ms // 1000)
    return [cells.coded(group, row_name(group)), cells.count(len(cycles)), oldest, shown]


def best_and_worst(sources: Sources) -> Section:
    """The verdicts of the period at both ends, with what the reps wrote."""
    ended = [one for one in sources.whole.counting if one.quality is not None and sources.whole.within(one.closed_ms)]
    best = sorted((one for one in ended if (one.quality or 0) >= _GOOD), key=_best)[:_EACH]
    worst = sorted((one for one in ended if (one.quality or 0) <= _BAD), key=_worst)[:_EACH]
    who, notes = sources.called([*best, *worst]), sources.verdict_notes([*best, *worst])
    columns = (
        Column("lead", _("Lead")), Column("source", _("Source")), Column("campaign", _("Campaign")),
        Column("verdict", _("Verdict")), *cells.right(("quality", _("Quality"))),
        Column("quote", _("What the rep wrote")),
    )  # fmt: skip
    return Section(
        "handoffs", _("The best and the worst handoffs"),
        (
            table("best", columns, [_told(one, who, notes, sources) for one in best], title=_("Best"),
                  empty=_("No verdict of quality 4 or 5 in this period.")),
            table("worst", columns, [_told(one, who, notes, sources) for one in worst], title=_("Worst"),
                  empty=_("No verdict of quality 1 or 2 in this period.")),
        ),
    )  # fmt: skip


def _best(cycle: Cycle) -> tuple[int, int, int, int]:
    return -(cycle.quality or 0), _STEPS.get(cycle.verdict, 9), -(cycle.closed_ms or 0), cycle.id


def _worst(cycle: Cycle) -> tuple[int, int, int, int]:
    return cycle.quality or 0, -_STEPS.get(cycle.verdict, 9), -(cycle.closed_ms or 0), cycle.id


def _told(cycle: Cycle, who: Mapping[str, Called], notes: Mapping[str, str], sources: Sources) -> list[Cell]:
    said = verdict(cycle.verdict)
    reason = reason_words(sources, cycle.reason)
    return [
        lead(cycle, who), text(cycle.source), text(cycle.campaign),
        Cell({"verb": cycle.verdict, "reason": cycle.reason or None}, " · ".join(filter(None, (said, reason))),
             said),
        cells.count(cycle.quality or 0), text(notes.get(cycle.uid, "")),
    ]  # fmt: skip


def lead(cycle: Cycle, who: Mapping[str, Called]) -> Cell:
    """A lead by its number and name."""
    said = named(who, cycle)
    return Cell({"id": cycle.id, "name": who[cycle.uid].name if cycle.uid in who else None}, said, said)


def verdict(verb: str) -> str:
    """What a lead is after a verdict."""
    return figure_name("qualified" if verb == "qualify" else verb)


def reason_words(sources: Sources, code: str) -> str:
    """A reason in the contract's words."""
    contract = sources.facts.contract
    known = {one.code: one.say(current()) for one in contract.reasons} if contract else {}
    return known.get(code, code)


def disputes(sources: Sources) -> Section:
    """Where the two teams disagree, and nobody has settled it yet; what is new in the period is marked."""
    open_ = [one for one in sources.whole.counting if one.disputed_ms is not None]
    shown = sorted(open_, key=lambda one: (-(one.disputed_ms or 0), one.id))[: 2 * _SHOWN]
    who, notes = sources.called(shown), sources.notes(shown, (ev.DISPUTED, ev.ANSWERED))
    columns = (
        Column("lead", _("Lead")), Column("campaign", _("Campaign")), Column("reason", _("Reason")),
        Column("since", _("Since")), Column("quote", _("What was said")),
    )  # fmt: skip
    rows = [
        [
            lead(one, who), text(one.campaign), cells.coded(one.reason, reason_words(sources, one.reason)),
            cells.coded(*_since(one, sources)), text(notes.get(one.uid, "")),
        ]
        for one in shown
    ]  # fmt: skip
    return Section(
        "disputes", _("Disputes that nobody has settled"),
        (table("disputes", columns, rows, empty=_("The two teams disagree on no lead.")),),
    )  # fmt: skip


def _since(cycle: Cycle, sources: Sources) -> tuple[str, str]:
    day = say_date(cycle.disputed_ms or 0, sources.asked.zone)
    new = sources.whole.within(cycle.disputed_ms)
    return ("new" if new else "earlier"), f"{day} ({_('new')})" if new else day


def listen(sources: Sources) -> Section:
    """Recorded touches of the period for marketing to listen to; who called is not said."""
    found = sources.recordings(_LISTEN)
    columns = (
        Column("lead", _("Lead")), Column("touch", _("Touch")), Column("day", _("Day")), Column("url", _("Where")),
    )  # fmt: skip
    rows = [list(_recorded(one, sources)) for one in found]
    nothing = _("No touch of this period has a recording: `leadq touch --evidence URL` adds one.")
    return Section("listen", _("Worth listening to"), (table("listen", columns, rows, empty=nothing),))


def _recorded(one: Recording, sources: Sources) -> Iterator[Cell]:
    who = one.lead
    shown = clean(person({"name": who.name, "company": who.company, "email": who.email, "phone": who.phone}), QUOTE)
    yield Cell({"id": who.id, "name": shown}, f"{who.id} {shown}", f"{who.id} {shown}")
    said = f"{in_words(CHANNELS, one.channel)} · {OUTCOMES[one.outcome].say(current())}"
    yield Cell({"channel": one.channel, "outcome": one.outcome}, said, said)
    yield cells.coded(iso(one.at_ms) or "", say_date(one.at_ms, sources.asked.zone))
    yield text(clean(one.url, 2 * QUOTE))


def done(sources: Sources) -> Section:
    """What happened in the period, whenever the leads came."""
    within, counting = sources.whole.within, sources.whole.counting
    steps = {
        "leads": [one for one in counting if within(one.handed_off_ms)],
        "accepted": [one for one in counting if within(one.accepted_at_ms)],
        "first_touch": [one for one in counting if within(one.first_touch_ms)],
        "connected": [one for one in counting if within(one.connected_ms)],
        **{verb: [one for one in counting if one.verdict == verb and within(one.closed_ms)] for verb in VERDICTS},
    }
    words = {"leads": _("handed off"), "accepted": _("accepted"), "first_touch": _("touched for the first time"),
             "connected": _("spoken with for the first time"),
             **{verb: verdict(verb) for verb in VERDICTS}}  # fmt: skip
    columns = (Column("what", _("What")), *cells.right(("leads", _("Leads"))))
    rows = [[cells.coded(name, words[name]), cells.count(len(cycles))] for name, cycles in steps.items()]
    return Section("done", _("What was done"), (table("done", columns, rows),))


def waiting(sources: Sources) -> Section:
    """What waits as of the instant: open leads by state, and what is due until the period ends."""
    counting, as_of_ms = sources.whole.counting, sources.asked.as_of_ms
    columns = (Column("what", _("What")), *cells.right(("leads", _("Leads"))))
    by_state = [
        [cells.coded(state, _(word)), cells.count(sum(one.state == state for one in counting))]
        for state, word in _WAITING.items()
    ]
    due = []
    for kind, word in CLOCKS.items():
        clock = sources.whole.clock(kind)
        late = sum(clock.state(one.index, as_of_ms) == "breached_open" for one in counting if one.open)
        coming = sum(
            as_of_ms <= clock.due[one.index] < sources.asked.span.to_ms and clock.stopped[one.index] == NONE
            for one in counting
            if one.open and clock.due[one.index] != NONE and not clock.cancelled[one.index]
        )
        due.append([cells.coded(kind, _(word)), cells.count(late), cells.count(coming)])
    clocks = (Column("clock", _("Clock")), *cells.right(("late", _("late")), ("coming", _("due before the end"))))
    return Section(
        "waiting", _("What waits"),
        (table("open", columns, by_state, drawn="bars", over=("leads",)), table("due", clocks, due)),
        repeat=(sources.command("metrics M18"),),
    )  # fmt: skip


def bands(sources: Sources) -> Section | None:
    """The queue as it stands, by band; of another instant than now nobody knows it."""
    if not sources.asked.live:
        return None
    at = read.moment(sources.db, sources.asked.as_of_ms)
    found = read.bands(sources.db, at, Filter())
    columns = (Column("band", _("Band")), *cells.right(("leads", _("Leads"))))
    rows = [[cells.coded(band, f"{band} {_(BANDS[band])}"), cells.count(n)] for band, n in found.items()]
    return Section("bands", _("The queue now"), (table("bands", columns, rows, empty=_("Nothing is open.")),))
