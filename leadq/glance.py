"""What one look at a row of the queue tells: a glyph, a word, a time. Pure: a line and a `now` in, text out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadq.domain.bands import PROMISE_LEAD_MS
from leadq.domain.states import OPEN_STATES
from leadq.i18n import N_, _
from leadq.saying import say_remaining

if TYPE_CHECKING:
    from leadq.read import Line

SIGNS: Final = {
    "reply": ("@", N_("reply"), "wait"),
    "promise": ("*", N_("promise"), "wait"),
    "missed": ("!", N_("promise"), "late"),
    "hot": (">", N_("hot"), "hot"),
    "late": ("!", N_("late"), "late"),
    "soon": ("~", N_("soon"), "soon"),
    "ok": ("·", N_("ok"), "plain"),
    "next": (">", N_("next"), "wait"),
    "paused": ("=", N_("paused"), "plain"),
    "snoozed": ("z", N_("snoozed"), "plain"),
    "no_due": ("?", N_("no date"), "plain"),
    "closed": ("-", N_("closed"), "plain"),
}
"""State -> glyph, word and tone; the help shows them all."""


@dataclass(frozen=True, slots=True)
class Glance:
    """One state at one moment; `tone` names a style, `time` is what is left, overdue with a minus sign."""

    glyph: str
    word: str
    tone: str
    time: str


def glance(line: Line, now_ms: int, day_end_ms: int) -> Glance:
    """How `line` stands at `now_ms`; the time is the one that its band is sorted by."""
    state, left_ms = _state(line, now_ms, day_end_ms)
    glyph, word, tone = SIGNS[state]
    return Glance(glyph, _(word), tone, "" if left_ms is None else say_remaining(left_ms))


def _state(line: Line, now_ms: int, day_end_ms: int) -> tuple[str, int | None]:
    if line.state not in OPEN_STATES:
        return "closed", None
    if line.reply_ms is not None:
        return "reply", now_ms - line.reply_ms
    if line.promise_ms is not None and line.promise_ms <= now_ms + PROMISE_LEAD_MS:
        return ("missed" if line.promise_ms < now_ms else "promise"), line.promise_ms - now_ms
    if (
        line.paused_ms is not None
        and line.paused_until_ms is not None
        and line.paused_ms <= now_ms < line.paused_until_ms
    ):
        return "paused", line.paused_until_ms - now_ms
    if line.hot_due_ms is not None and line.hot_due_ms >= now_ms:
        return "hot", line.hot_due_ms - now_ms
    if line.snoozed_until_ms is not None and line.snoozed_until_ms > now_ms and not _at_risk(line, now_ms):
        return "snoozed", line.snoozed_until_ms - now_ms
    return _by_due(line, now_ms, day_end_ms)


def _at_risk(line: Line, now_ms: int) -> bool:
    """Any clock: it brings a snoozed lead back."""
    if line.due_ms is None or line.risk_ms is None:
        return line.at_risk
    return line.at_risk or line.risk_ms <= now_ms <= line.due_ms


def _by_due(line: Line, now_ms: int, day_end_ms: int) -> tuple[str, int | None]:
    due_ms, next_ms = line.due_ms, line.next_ms
    if due_ms is not None and due_ms < now_ms:
        return "late", due_ms - now_ms
    if due_ms is not None and line.risk_ms is not None and line.risk_ms <= now_ms:
        return "soon", due_ms - now_ms
    if next_ms is not None and next_ms <= day_end_ms and (due_ms is None or due_ms > day_end_ms):
        return ("promise" if line.promise_ms is not None else "next"), next_ms - now_ms
    return ("no_due", None) if due_ms is None else ("ok", due_ms - now_ms)


def next_promise(line: Line, now_ms: int) -> int | None:
    """When this line's promise next brings it up, or passes; None: it has none to come."""
    if line.promise_ms is None:
        return None
    return next((at_ms for at_ms in (line.promise_ms - PROMISE_LEAD_MS, line.promise_ms) if at_ms > now_ms), None)
