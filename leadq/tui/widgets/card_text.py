"""The lead card as text: what came with the handoff, what is missing, what is due, what happened. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual.content import Content

from leadq import happening
from leadq.domain.clocks import budget_used
from leadq.domain.events import TOUCHED
from leadq.i18n import N_, _, current
from leadq.neighbours import say_around
from leadq.outlook import say_rate, say_suggestion
from leadq.saying import say_minutes, say_when
from leadq.text import cell_width, clean
from leadq.tui.tones import CLOCK_TONES, TONES
from leadq.tui.widgets import card_parts as parts
from leadq.tui.widgets.blocks import LABEL, WHEN, Part, fact, line, padded, section
from leadq.words import CLOCKS, actor, clock_state, labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadq.domain.calendar import Calendar
    from leadq.domain.clocks import Clock
    from leadq.tui.card import Card
    from leadq.views import Row

_BAR: Final = 10
_TOUCHES: Final = 5
_LONGEST: Final = 400
_LAST: Final = 2
_WHY: Final = (
    ("trigger", N_("trigger")),
    ("campaign", N_("campaign")),
    ("source", N_("source")),
)


def card_text(card: Card, now_ms: int, width: int, *, whole: bool = False) -> Content:
    """The card at `now_ms` for `width` cells; `whole`: with all events, then what it came with and its score by point.

    What somebody decides by comes first; what is looked up now and then comes last, however long the history is.
    """
    sections = [
        _who(card, now_ms),
        _suggestion(card, now_ms),
        section(_("On the radar"), parts.on_radar(card, now_ms)),
        _why(card),
        section(_("To say"), _talk(card)),
        section(_("Company"), _around(card)),
        section(_("Handoff"), _handoff(card)),
        _clocks(card, now_ms, width, whole=whole),
        _promise(card, now_ms),
        section(_("To the CRM"), parts.going_out(card.ops, now_ms) if whole else ()),
        section(_("Both verdicts"), parts.verdicts(card, width)),
        section(_("Marketing"), parts.answer(card, now_ms)),
        section(_("Insights"), parts.learnt(card)),
        section(_("Marketing’s last touches"), parts.marketing_touches(card, now_ms)),
        _history(card, now_ms, whole=whole),
        *(_looked_up(card, now_ms) if whole else (section(_("To the CRM"), parts.counted(card.shape["sync"])),)),
    ]
    return Content("\n\n").join(part for part in sections if part)


def _looked_up(card: Card, now_ms: int) -> tuple[Content, ...]:
    package = parts.package(card, now_ms) + parts.criteria(card)
    return section(_("What it came with"), package), section(_("Score"), parts.points(card))


def preview_text(card: Card, now_ms: int, width: int) -> Content:
    """Three lines for a narrow screen: who, why and the clock that is due first."""
    shape = card.shape
    why = " · ".join(clean(shape[name]) for name, _title in _WHY if shape[name])
    due = next(_running(card, now_ms, width), Content(""))
    who = line(_name(shape), _opposed(shape) or _reach(shape))
    return Content("\n").join([who, line(why, parts.missing(shape["missing"])), due])


def call_text(card: Card, now_ms: int) -> Content:
    """What a call needs where there is little room: why now, what to say, what is missing, who else, what was last."""
    shape = card.shape
    why = " · ".join(clean(shape[name]) for name, _title in _WHY if shape[name])
    touches = [row for row in card.timeline if row.type == TOUCHED and not row.undone]
    last = [told for row in touches[: -_LAST - 1 : -1] for told in _event(row, card, now_ms)]
    lines = [line(why, parts.missing(shape["missing"])), *_talk(card), _suggestion(card, now_ms), *_around(card), *last]
    return Content("\n").join(line for line in lines if line)


def _who(card: Card, now_ms: int) -> Content:
    shape = card.shape
    role = " · ".join(clean(part) for part in (shape["title"], shape["company"]) if part)
    state = _("{state} · owner {owner}").format(
        state=clean(shape["label"] or shape["state"]), owner=clean(shape["owner"]) or _("nobody")
    )
    lines = [_name(shape), Content(role), _reach(shape), Content.assemble((state, TONES["muted"]))]
    lines += [_opposed(shape), *_aside(card, now_ms)]
    return Content("\n").join(line for line in lines if line)


def _name(shape: Mapping[str, Any]) -> Content:
    name = clean(shape["name"] or shape["company"]) or _("(no name)")
    return Content.assemble((f"{shape['id']}  {name}", "bold"))


def _reach(shape: Mapping[str, Any]) -> Content:
    return line(*(_way(shape, name) for name in ("phone", "email") if shape[name]))


def _way(shape: Mapping[str, Any], name: str) -> Content:
    """A phone or an e-mail, and that trying has shown it to be wrong."""
    known = clean(shape[name])
    return Content.assemble((f"{known} {_('(wrong)')}", TONES["late"])) if name in shape["invalid"] else Content(known)


def _opposed(shape: Mapping[str, Any]) -> Content:
    told = _("! does not want to be contacted") if shape["opposed_at"] else ""
    return Content.assemble((told, TONES["late"]))


def _aside(card: Card, now_ms: int) -> Iterator[Content]:
    """That it is out of sight until an instant, or goes on as another lead."""
    until_ms = card.instant("snoozed_until")
    if until_ms is not None and until_ms > now_ms:
        yield Content(_("z snoozed until {when}").format(when=say_when(until_ms, card.zone, now_ms)))
    if card.merged_into is not None:
        yield Content(_("= merged into lead {id}").format(id=card.merged_into))


def _suggestion(card: Card, now_ms: int) -> Content:
    found = card.suggestion(now_ms)
    return Content(f"> {clean(say_suggestion(found, card.zone, now_ms))}") if found else Content("")


def _why(card: Card) -> Content:
    """Why it came, and how good its source has been."""
    shape = card.shape
    rows = [fact(_(title), clean(shape[name])) for name, title in _WHY if shape[name]]
    if card.rate:
        rows.append(fact("", clean(say_rate(card.rate))))
    if shape["score"] is not None:
        rows.append(fact(_("score"), clean(parts.score_text(shape))))
    if card.note:
        rows.append(fact(_("note"), clean(card.note)))
    return section(_("Why now"), rows)


def _talk(card: Card) -> list[Content]:
    """What the contract says to such leads, and what there is to send them."""
    found = card.segment
    if found is None:
        return []
    track = [Content(clean(found.talk_track.say(current())))] if found.talk_track else []
    return track + [Content(clean(labelled(asset.title, asset.url))) for asset in found.assets]


def _around(card: Card) -> list[Content]:
    return [Content(clean(line)) for line in say_around(card.around)]


def _handoff(card: Card) -> list[Content]:
    """What should have come and did not, and which criteria were met."""
    met = [name for name, holds in card.criteria.items() if holds]
    unmet = [name for name, holds in card.criteria.items() if not holds]
    rows = [found for found in [parts.missing(card.shape["missing"])] if found]
    if met:
        rows.append(Content.assemble((_("+ meets {ids}").format(ids=_ids(met)), TONES["good"])))
    if unmet:
        rows.append(Content.assemble((_("x does not meet {ids}").format(ids=_ids(unmet)), TONES["soon"])))
    return rows


def _ids(names: Any) -> str:
    return ", ".join(clean(name) for name in names)


def _clocks(card: Card, now_ms: int, width: int, *, whole: bool) -> Content:
    pairs = zip(card.clocks, card.calendars, strict=True)
    clocks = [_clock(clock, calendar, card, now_ms, width, whole=whole) for clock, calendar in pairs]
    return section(_("Clocks"), clocks)


def _running(card: Card, now_ms: int, width: int) -> Iterator[Content]:
    for clock, calendar in zip(card.clocks, card.calendars, strict=True):
        if clock.running:
            yield _clock(clock, calendar, card, now_ms, width)


def _clock(
    clock: Clock, calendar: Calendar | None, card: Card, now_ms: int, width: int, *, whole: bool = False
) -> Content:
    """`first touch  ~ at risk  [######----]  14m  today 15:25`; the date on a line of its own when it is narrow.

    Of a clock that has stopped, `whole` says when it was due.
    """
    state = clock.state(now_ms)
    tone = CLOCK_TONES.get(state, "plain")
    used = min(1.0, budget_used(clock, calendar, now_ms))
    bar = "#" * int(used * _BAR)
    cells: list[Part] = [
        f"{padded(_(CLOCKS[clock.kind]), LABEL)}",
        (padded(clock_state(state), 10), TONES[tone]),
        (f"[{bar:-<{_BAR}}]", TONES[tone]),
    ]
    if clock.due_ms is None or not (clock.running or whole):
        return line(*cells)
    left = (say_minutes(clock.due_ms - now_ms), TONES[tone]) if clock.running else ""
    when = say_when(clock.due_ms, card.zone, now_ms)
    told = when if clock.running else _("due {when}").format(when=when)
    shown = line(*cells, left)
    gap = "  " if shown.cell_length + 2 + cell_width(told) <= width else "\n" + " " * (LABEL + 2)
    return Content.assemble(shown, gap, told)


def _promise(card: Card, now_ms: int) -> Content:
    at_ms = card.promise_ms
    if at_ms is None:
        return Content("")
    tone = "late" if at_ms < now_ms else "soon"
    when = _("{when} ({left})").format(when=say_when(at_ms, card.zone, now_ms), left=say_minutes(at_ms - now_ms))
    return section(_("Promised next step"), [Content.assemble((f"* {when}", TONES[tone]))])


def _history(card: Card, now_ms: int, *, whole: bool) -> Content:
    """Everything, or the rep's last touches: marketing's have their own place."""
    touches = [row for row in card.timeline if row.type == TOUCHED and not row.undone]
    ours = [row for row in touches if not parts.is_marketings(row, card)]
    shown = card.timeline[::-1] if whole else ours[: -_TOUCHES - 1 : -1]
    title = _("History") if whole else _("Last touches")
    return section(title, [told for row in shown for told in _event(row, card, now_ms)])


def happened(row: Row, card: Card, now_ms: int) -> str:
    """What an event of the lead says."""
    facts = list(happening.facts(row, card.rules.reasons, card.zone, now_ms))
    return clean(" · ".join(facts[row.type == TOUCHED :]), _LONGEST)  # that it is a touch, its channel says


def _event(row: Row, card: Card, now_ms: int) -> Iterator[Content]:
    style = "strike" if row.undone else ""
    when = say_when(row.occurred_ms, card.zone, now_ms)
    who = clean(actor(row.actor, row.actor_kind))
    yield line((padded(when, WHEN), TONES["muted"]), (happened(row, card, now_ms), style), (who, TONES["muted"]))
    for text in happening.texts(row):
        yield Content.assemble(("    " + clean(text), TONES["muted"]))
