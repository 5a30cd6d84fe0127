"""A change on its way to a CRM as text: one line of a list, and whole, with the three sides of a conflict. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from leadq.actions import BY_ID, key_of
from leadq.domain.reasons import by_code
from leadq.feedback import Answered
from leadq.i18n import _, current, ngettext
from leadq.outbox import say_status
from leadq.saying import say_minutes, say_when
from leadq.text import cell_width, clean, fit
from leadq.tui.tones import TONES
from leadq.words import ANSWERS, OP_STATES, in_words, labelled, person

if TYPE_CHECKING:
    from leadq.outbox import Entry
    from leadq.read import Moment

_SIGNS: Final = {"conflict": "!", "dead": "!", "unknown": "?", "blocked": "=", "held": "u", "inflight": ">"}
_TONES: Final = {"conflict": "late", "dead": "late", "unknown": "soon", "inflight": "good"}
_STATE: Final = 22
_AGE: Final = 7
_SIDE: Final = 22
_WIDE: Final = 90


def row_text(item: Entry | Answered, at: Moment, width: int) -> Content:
    """State, who, what and for how long on one line of `width` cells."""
    return _answer_row(item, at, width) if isinstance(item, Answered) else _entry_row(item, at, width)


def whole_text(item: Entry | Answered, at: Moment, alike: int, *, together: bool) -> Content:
    """All that helps to decide; `alike`: how many others are stuck for the same, `together`: they are decided too."""
    if isinstance(item, Answered):
        return _answer(item, at)
    lines = [_about(item, at)]
    if item.op.state == "conflict" and item.theirs:
        lines += _sides(item)
    if item.error:
        lines.append(Content.assemble((f"! {clean(item.error, 400)}", TONES["late"])))
    lines += [_tried(item, at), _alike(alike, together)]
    return Content("\n").join(line for line in lines if line)


def _entry_row(entry: Entry, at: Moment, width: int) -> Content:
    state = entry.op.state
    what = f"{entry.op.verb} ({clean(entry.connection)})"
    return _columns(_SIGNS.get(state, "."), _(OP_STATES[state]), _TONES.get(state, "plain"),
                    _who(entry), what, at.now_ms - entry.created_ms, width)  # fmt: skip


def _answer_row(one: Answered, at: Moment, width: int) -> Content:
    sign, word = ("!", _("disputed")) if one.disputed else ("+", _("answered"))
    tone = "late" if one.disputed else "good"
    what = in_words(ANSWERS, one.answer)
    return _columns(sign, word, tone, _who(one.lead), what, at.now_ms - one.at_ms, width)


def _columns(sign: str, word: str, tone: str, who: str, what: str, age_ms: int, width: int) -> Content:
    state = _STATE if width >= _WIDE else _STATE - 6
    rest = width - state - _AGE - 5
    name = rest * 3 // 5
    return Content.assemble(
        (f"{sign} {_cell(word, state)} ", TONES[tone]),
        (_cell(who, name), "bold"),
        " ",
        _cell(what, rest - name),
        (f" {say_minutes(max(0, age_ms)):>{_AGE}}", TONES["muted"]),
    )


def _about(entry: Entry, at: Moment) -> Content:
    change = labelled(f"{entry.op.verb} ({clean(entry.connection)})", _(OP_STATES[entry.op.state]))
    when = say_when(entry.created_ms, at.zone, at.now_ms)
    return Content.assemble((f"{entry.lead_id}  {_who(entry)}", "bold"), f"  {change}  ", (when, TONES["muted"]))


def _sides(entry: Entry) -> list[Content]:
    """What was known, what we would set and what is there, side by side, under the keys that take them."""
    heads = (_("we knew"), f"1 {_('mine')}", f"2 {_('the CRM’s')}")
    values = (entry.base, entry.op.status, entry.theirs)
    return [
        Content.assemble(*((_cell(head, _SIDE), TONES["title"]) for head in heads)),
        Content.assemble(*((_cell(say_status(value), _SIDE), "bold") for value in values)),
    ]


def _tried(entry: Entry, at: Moment) -> Content:
    if entry.op.last_sent_ms is None:
        return Content("")
    tried = ngettext("tried {count} time, last {when}", "tried {count} times, last {when}", entry.op.attempts)
    when = say_when(entry.op.last_sent_ms, at.zone, at.now_ms)
    there = f" · {_('may be there already')}" if entry.may_be_there else ""
    return Content.assemble((tried.format(count=entry.op.attempts, when=when) + there, TONES["muted"]))


def _alike(alike: int, together: bool) -> Content:
    if not alike:
        return Content("")
    told = ngettext("the same for {n} similar change", "the same for {n} similar changes", alike).format(n=alike)
    return Content.assemble((f"= [{'x' if together else ' '}] {told}", "bold" if together else TONES["muted"]))


def _answer(one: Answered, at: Moment) -> Content:
    reason = by_code(one.reason)
    said = " · ".join(filter(None, (one.verb, reason.say(current()) if reason else clean(one.reason))))
    answered = labelled(clean(one.by), in_words(ANSWERS, one.answer))
    lines = [
        Content.assemble((f"{one.lead.id}  {_who(one.lead)}", "bold")),
        Content(labelled(_("your verdict"), said)),
        Content.assemble(answered, "  ", (say_when(one.at_ms, at.zone, at.now_ms), TONES["muted"])),
        Content(clean(one.note, 400)),
    ]
    if one.disputed:
        lines.append(Content.assemble((_("! The two teams disagree: settle it with marketing."), TONES["late"])))
    keys = (f"{key_of(BY_ID[name])} {_(BY_ID[name].title)}" for name in ("answer", "dispute", "reroute", "resubmit"))
    lines.append(Content.assemble(("  ".join(keys), TONES["muted"])))
    return Content("\n").join(line for line in lines if line)


def _who(one: object) -> str:
    names = ("name", "company", "email", "phone")
    return clean(person({name: getattr(one, name, "") for name in names}))


def _cell(text: str, width: int) -> str:
    cut = fit(clean(text), width)
    return cut + " " * max(0, width - cell_width(cut))
