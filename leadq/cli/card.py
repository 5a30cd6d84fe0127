"""The lead card as text: what came with the lead, what is missing, its clocks, its promise, what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadq import happening, read, views
from leadq.explain import stored_contract
from leadq.i18n import _, current, number
from leadq.neighbours import say_around
from leadq.outlook import Outlook, say_rate, say_suggestion
from leadq.saying import say_remaining, say_when
from leadq.text import cell_width
from leadq.words import CLOCKS, FLAGS, actor, clock_state, labelled, missing_word, person
from leadq.words import in_words as coded

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

    from leadq.domain.contract import Contract
    from leadq.views import Row

_BAR: Final = 12
_LABEL: Final = 13


def card(db: sqlite3.Connection, at: read.Moment, shape: Mapping[str, Any], ahead: Outlook) -> Iterator[str]:
    """The lines of one card; `shape` is the lead as `views.lead` gives it, `ahead` what else helps to decide."""
    rows = views.timeline(db, shape["uid"])
    handoff = rows[0].data
    contract = stored_contract(db, handoff["contract"])[1]
    yield f"{shape['id']}  {person(shape)}"
    yield from _who(shape)
    yield from _package(shape, at, rows[0])
    yield from _gaps(shape, handoff, contract)
    yield from _clocks(db, shape, at)
    line = read.lines(db, at, [shape["id"]])[shape["id"]]
    if line.promise_ms is not None:
        yield _labelled(_("Promise"), _instant(line.promise_ms, at))
    if line.reply_ms is not None:
        yield _labelled(_("Waiting"), _("for an answer since {when}").format(when=_instant(line.reply_ms, at)))
    yield from _ahead(ahead, at)
    yield ""
    for row in reversed(rows):
        yield event_line(row, at, contract)


def _ahead(ahead: Outlook, at: read.Moment) -> Iterator[str]:
    """Who else is at the company, how good its source has been, and what to do now."""
    label = _("Company")
    for line in say_around(ahead.around):
        yield _labelled(label, line)
        label = ""
    if ahead.rate:
        yield _labelled(_("Source"), say_rate(ahead.rate))
    if ahead.suggestion:
        yield _labelled(_("Next"), say_suggestion(ahead.suggestion, at.zone, at.now_ms))


def _who(shape: Mapping[str, Any]) -> Iterator[str]:
    known = (shape["title"], shape["email"], shape["phone"], shape["country"], shape["language"])
    if any(known):
        yield _labelled("", " · ".join(filter(None, known)))


def _package(shape: Mapping[str, Any], at: read.Moment, handed_off: Row) -> Iterator[str]:
    band = f"{shape['band']} · " if shape["band"] else ""
    yield _labelled(_("State"), f"{band}{shape['label']} · {shape['owner'] or _('nobody’s')}")
    came = " · ".join(filter(None, (shape["source"], shape["campaign"], shape["trigger"])))
    yield _labelled(_("Handed off"), f"{_instant(handed_off.occurred_ms, at)}{came and ' · '}{came}")
    if shape["score"] is not None:
        parts = _(" (fit {fit}, engagement {engagement})").format(fit=shape["fit"], engagement=shape["engagement"])
        known = shape["fit"] is not None or shape["engagement"] is not None
        score = number(shape["score"], 0 if isinstance(shape["score"], int) else 1)
        yield _labelled(_("Score"), f"{score}{parts if known else ''}")


def _gaps(shape: Mapping[str, Any], handoff: Mapping[str, Any], contract: Contract) -> Iterator[str]:
    if shape["flags"]:
        yield _labelled(_("Flagged"), ", ".join(coded(FLAGS, flag) for flag in shape["flags"]))
    if shape["missing"]:
        yield _labelled(_("Missing"), ", ".join(map(missing_word, shape["missing"])))
    met = handoff.get("criteria", {})
    label = _("Criteria")
    for criterion in contract.criteria:
        if criterion.id in met:
            mark = _("+ met") if met[criterion.id] else _("x not met")
            yield _labelled(label, labelled(mark, f"{criterion.text.say(current())} ({criterion.id})"))
            label = ""


def _clocks(db: sqlite3.Connection, shape: Mapping[str, Any], at: read.Moment) -> Iterator[str]:
    used = {clock["kind"]: clock["budget_used"] for clock in shape["clocks"]}
    label = _("Clocks")
    for clock in views.clocks(db, shape["id"]):
        due = "" if clock.due_ms is None else _("due {when}").format(when=_instant(clock.due_ms, at))
        left = "" if clock.due_ms is None or not clock.running else f" ({say_remaining(clock.due_ms - at.now_ms)})"
        words = labelled(_(CLOCKS[clock.kind]), clock_state(clock.state(at.now_ms)))
        yield _labelled(label, f"{bar(used[clock.kind])} {words} · {due}{left}")
        label = ""


def bar(share: float) -> str:
    """A budget bar in characters that every terminal has; what is over the budget fills it."""
    filled = min(_BAR, max(0, round(share * _BAR)))
    return f"[{'#' * filled}{'.' * (_BAR - filled)}] {min(round(share * 100), 9999):>4} %"


def event_line(row: Row, at: read.Moment, contract: Contract) -> str:
    """One event: when, what with its details, who."""
    who = actor(row.actor, row.actor_kind)
    return f"  {_instant(row.occurred_ms, at)}  {in_words(row, at, contract)} · {who}"


def in_words(row: Row, at: read.Moment, contract: Contract) -> str:
    """What happened, as a person says it."""
    return " · ".join((*happening.facts(row, contract.reasons, at.zone, at.now_ms), *happening.texts(row)))


def _instant(ms: int, at: read.Moment) -> str:
    return say_when(ms, at.zone, at.now_ms)


def _labelled(label: str, text: str) -> str:
    return f"{label}{' ' * (_LABEL - cell_width(label))}{text}"
