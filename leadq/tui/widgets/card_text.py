"""The lead card as text: what came with the handoff, what is missing, what is due, what happened. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual.content import Content

from leadq.domain import reasons as taxonomy
from leadq.domain.clocks import budget_used
from leadq.domain.events import CHANGE_SETTLED, SAID
from leadq.domain.feedback import feedbacks
from leadq.i18n import N_, _, current, ngettext, number
from leadq.neighbours import say_around
from leadq.outlook import say_rate, say_suggestion
from leadq.saying import say_minutes, say_when
from leadq.text import cell_width, clean
from leadq.tui.tones import CLOCK_TONES, TONES
from leadq.words import ANSWERS, CLOCKS, EVENTS, actor, alert, channel, clock_state, in_words, labelled, settled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.domain.calendar import Calendar
    from leadq.domain.clocks import Clock
    from leadq.tui.card import Card
    from leadq.views import Row

_BAR: Final = 10
_TOUCHES: Final = 5
_LAST: Final = 2
_LABEL: Final = 12
_WHY: Final = (
    ("trigger", N_("trigger")),
    ("campaign", N_("campaign")),
    ("source", N_("source")),
)

Part = Content | str | tuple[str, str]


def card_text(card: Card, now_ms: int, width: int, *, all_events: bool = False) -> Content:
    """The whole card at `now_ms` for `width` cells; `all_events`: the full history, not only the last touches."""
    shape = card.shape
    sections = [
        _who(card, now_ms),
        _suggestion(card, now_ms),
        _why(card),
        _section(_("To say"), _talk(card)),
        _section(_("Company"), _around(card)),
        _gaps(card),
        _clocks(card, now_ms, width),
        _promise(card, now_ms),
        _feedback(card, now_ms),
        _history(card, now_ms, all_events),
        _outgoing(shape["sync"]),
    ]
    return Content("\n\n").join(section for section in sections if section)


def preview_text(card: Card, now_ms: int, width: int) -> Content:
    """Three lines for a narrow screen: who, why and the clock that is due first."""
    shape = card.shape
    why = " · ".join(clean(shape[name]) for name, _title in _WHY if shape[name])
    due = next(_running(card, now_ms, width), Content(""))
    who = _line(_name(shape), _opposed(shape) or _reach(shape))
    return Content("\n").join([who, _line(why, _missing(shape["missing"])), due])


def call_text(card: Card, now_ms: int) -> Content:
    """What a call needs where there is little room: why now, what to say, what is missing, who else, what was last."""
    shape = card.shape
    why = " · ".join(clean(shape[name]) for name, _title in _WHY if shape[name])
    touches = [row for row in card.timeline if row.type == "touched" and not row.undone]
    last = [line for row in touches[: -_LAST - 1 : -1] for line in _event(row, card, now_ms)]
    lines = [_line(why, _missing(shape["missing"])), *_talk(card), _suggestion(card, now_ms), *_around(card), *last]
    return Content("\n").join(line for line in lines if line)


def _line(*parts: Part) -> Content:
    """The parts that are there, two spaces apart."""
    return Content("  ").join(Content.assemble(part) for part in parts if part)


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
    return _line(*(_way(shape, name) for name in ("phone", "email") if shape[name]))


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
    rows = [_row(_(title), clean(shape[name])) for name, title in _WHY if shape[name]]
    if card.rate:
        rows.append(_row("", clean(say_rate(card.rate))))
    if shape["score"] is not None:
        parts = [number(shape["score"])]
        if shape["fit"] is not None and shape["engagement"] is not None:
            parts.append(_("fit {fit}, engagement {engagement}").format(**shape))
        rows.append(_row(_("score"), "  ".join(parts)))
    return _section(_("Why now"), rows)


def _talk(card: Card) -> list[Content]:
    """What the contract says to such leads, and what there is to send them."""
    found = card.segment
    if found is None:
        return []
    track = [Content(clean(found.talk_track.say(current())))] if found.talk_track else []
    return track + [Content(clean(labelled(asset.title, asset.url))) for asset in found.assets]


def _around(card: Card) -> list[Content]:
    return [Content(clean(line)) for line in say_around(card.around)]


def _gaps(card: Card) -> Content:
    """What should have come and did not, and which criteria were met."""
    met = [name for name, holds in card.criteria.items() if holds]
    unmet = [name for name, holds in card.criteria.items() if not holds]
    rows = [_missing(card.shape["missing"])]
    if met:
        rows.append(Content.assemble((_("+ meets {ids}").format(ids=_ids(met)), TONES["good"])))
    if unmet:
        rows.append(Content.assemble((_("x does not meet {ids}").format(ids=_ids(unmet)), TONES["soon"])))
    return _section(_("Handoff"), [row for row in rows if row])


def _missing(names: Sequence[str]) -> Content:
    if not names:
        return Content("")
    return Content.assemble((_("? missing: {names}").format(names=_ids(map(missing_word, names))), TONES["soon"]))


def missing_word(name: str) -> str:
    """A piece of missing information in words; a contract's own names stand for themselves."""
    return taxonomy.MISSING[name].say(current()) if name in taxonomy.MISSING else name


def _ids(names: Any) -> str:
    return ", ".join(clean(name) for name in names)


def _clocks(card: Card, now_ms: int, width: int) -> Content:
    pairs = zip(card.clocks, card.calendars, strict=True)
    return _section(_("Clocks"), [_clock(clock, calendar, card, now_ms, width) for clock, calendar in pairs])


def _running(card: Card, now_ms: int, width: int) -> Iterator[Content]:
    for clock, calendar in zip(card.clocks, card.calendars, strict=True):
        if clock.running:
            yield _clock(clock, calendar, card, now_ms, width)


def _clock(clock: Clock, calendar: Calendar | None, card: Card, now_ms: int, width: int) -> Content:
    """`first touch  ~ at risk  [######----]  14m  today 15:25`; the date on a line of its own when it is narrow."""
    state = clock.state(now_ms)
    tone = CLOCK_TONES.get(state, "plain")
    used = min(1.0, budget_used(clock, calendar, now_ms))
    bar = "#" * int(used * _BAR)
    parts: list[Part] = [
        f"{_padded(_(CLOCKS[clock.kind]), _LABEL)}",
        (_padded(clock_state(state), 10), TONES[tone]),
        (f"[{bar:-<{_BAR}}]", TONES[tone]),
    ]
    if not clock.running or clock.due_ms is None:
        return _line(*parts)
    line = _line(*parts, (say_minutes(clock.due_ms - now_ms), TONES[tone]))
    when = say_when(clock.due_ms, card.zone, now_ms)
    gap = "  " if line.cell_length + 2 + cell_width(when) <= width else "\n" + " " * (_LABEL + 2)
    return Content.assemble(line, gap, when)


def _promise(card: Card, now_ms: int) -> Content:
    at_ms = card.promise_ms
    if at_ms is None:
        return Content("")
    tone = "late" if at_ms < now_ms else "soon"
    when = _("{when} ({left})").format(when=say_when(at_ms, card.zone, now_ms), left=say_minutes(at_ms - now_ms))
    return _section(_("Promised next step"), [Content.assemble((f"* {when}", TONES[tone]))])


def _feedback(card: Card, now_ms: int) -> Content:
    """What marketing answered to the verdict."""
    found = feedbacks(row for row in card.timeline if not row.undone)
    answer = found[-1].answer if found else None
    if answer is None:
        return Content("")
    when = say_when(answer.occurred_ms, card.zone, now_ms)
    words, note = clean(in_words(ANSWERS, answer.data["answer"])), clean(answer.texts.get("note", ""))
    return _section(_("Marketing"), [_line(labelled(words, note) if note else words, (when, TONES["muted"]))])


def _history(card: Card, now_ms: int, all_events: bool) -> Content:
    rows = [row for row in card.timeline if all_events or (row.type == "touched" and not row.undone)]
    shown = rows[::-1] if all_events else rows[: -_TOUCHES - 1 : -1]
    title = _("History") if all_events else _("Last touches")
    return _section(title, [line for row in shown for line in _event(row, card, now_ms)])


def _event(row: Row, card: Card, now_ms: int) -> Iterator[Content]:
    style = "strike" if row.undone else ""
    when = say_when(row.occurred_ms, card.zone, now_ms)
    yield _line(
        (_padded(when, 18), TONES["muted"]),
        (happened(row, card), style),
        (clean(actor(row.actor, row.actor_kind)), TONES["muted"]),
    )
    for text in row.texts.values():
        yield Content.assemble(("    " + clean(text), TONES["muted"]))


def happened(row: Row, card: Card) -> str:
    """What an event says, in a few words."""
    data = row.data
    if row.type == "touched":
        outcome = taxonomy.OUTCOMES.get(data["outcome"])
        how = channel(data["channel"], inbound=bool(data.get("inbound")))
        return labelled(how, outcome.say(current()) if outcome else clean(data["outcome"]))
    if row.type in SAID:
        return labelled(_(EVENTS[row.type]), alert(data))
    if row.type == CHANGE_SETTLED:
        return labelled(_(EVENTS[row.type]), clean(settled(data)))
    code = str(data.get("reason", ""))
    detail = next((reason.say(current()) for reason in card.rules.reasons if reason.code == code), clean(code))
    word = _(EVENTS.get(row.type, row.type))
    return labelled(word, detail) if detail else word


def _outgoing(sync: Mapping[str, int]) -> Content:
    said = {
        "pending": ngettext("{n} change to send", "{n} changes to send", sync["pending"]),
        "unknown": ngettext("{n} change to verify", "{n} changes to verify", sync["unknown"]),
        "conflicts": ngettext("! {n} conflict", "! {n} conflicts", sync["conflicts"]),
        "dead": ngettext("! {n} change refused", "! {n} changes refused", sync["dead"]),
    }
    lines = [Content(text.format(n=sync[name])) for name, text in said.items() if sync[name]]
    return _section(_("To the CRM"), lines)


def _section(title: str, lines: Sequence[Content]) -> Content:
    if not lines:
        return Content("")
    return Content("\n").join([Content.assemble((title, TONES["title"])), *lines])


def _row(label: str, text: str) -> Content:
    return Content.assemble((_padded(label, _LABEL), TONES["muted"]), "  ", text)


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - cell_width(text))
