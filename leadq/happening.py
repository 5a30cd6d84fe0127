"""What happened, as a person says it: one event in words, wherever one is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadq.domain import insights
from leadq.domain.events import CHANGE_SETTLED, DEAL_CHANGED, SAID
from leadq.domain.reasons import OUTCOMES, QUALITY
from leadq.i18n import N_, _, current
from leadq.words import (
    ANSWERS,
    CLOCKS,
    DEALS,
    EVENTS,
    INSIGHTS,
    alert,
    channel,
    in_words,
    instants,
    labelled,
    missing_word,
    settled,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from leadq.domain.reasons import Reason
    from leadq.views import Row

_TEXTS: Final = {
    "note": N_("note"),
    "evidence": N_("evidence"),
    "next_step": N_("next step"),
    "fixed": N_("fixed"),
    "lesson": N_("lesson"),
    "action": N_("action"),
    "audience": N_("audience"),
    "by": N_("given by"),
}


_FOUND_OUT: Final = {"need": N_("need"), "budget": N_("budget"), "intent": N_("intent to buy")}
_ANSWERS: Final = {"yes": N_("yes"), "no": N_("no"), "unknown": N_("unknown")}


def facts(row: Row, reasons: Sequence[Reason], zone: ZoneInfo, now_ms: int) -> Iterator[str]:
    """What happened, then the coded part of it; `reasons` are those of the lead's contract."""
    yield _(EVENTS.get(row.type, row.type))
    details = [alert(row.data)] if row.type in SAID else _details(row, reasons, zone, now_ms)
    yield from filter(None, details)
    if row.undone:
        yield _("(taken back)")


def texts(row: Row) -> Iterator[str]:
    """What people wrote of it: insights by their kind, then every other text by its own."""
    for kind, text in insights.told(row.data, row.texts):
        yield labelled(in_words(INSIGHTS, kind), text)
    for kind, text in row.texts.items():
        if not insights.is_words(kind):
            yield labelled(_(_TEXTS.get(kind, kind)), text)


def _details(row: Row, reasons: Sequence[Reason], zone: ZoneInfo, now_ms: int) -> Iterator[str]:
    data = row.data
    if row.type == "touched":
        yield touch(data)
    yield from instants(data, zone, now_ms)
    if row.type == "contract_moved" and data.get("policy"):
        yield _("policy {policy}").format(policy=data["policy"])
    if row.type == "assigned":
        yield from _assigned(data)
    if data.get("reason"):
        yield reason_word(data["reason"], reasons)
    if data.get("quality"):
        yield quality_word(data["quality"])
    if row.type == CHANGE_SETTLED:
        yield settled(data)
    if row.type == "remote_changed":
        yield _change(data)
    yield from _learnt(row)


def _assigned(data: Mapping[str, Any]) -> Iterator[str]:
    yield _("to {member}").format(member=data["to"])
    if data.get("rule"):
        yield _("by routing rule {rule}").format(rule=data["rule"])
    if data.get("step"):
        clock = in_words(CLOCKS, str(data.get("clock", "")))
        yield _("escalated: {clock}, {step}").format(clock=clock, step=data["step"])
    if data.get("leave"):
        yield _("while {member} is away").format(member=data.get("away", ""))
    if data.get("back"):
        yield _(EVENTS["leave_ended"])


def touch(data: Mapping[str, Any]) -> str:
    """A touch by its channel and how it ended: `Call: no answer`."""
    outcome = OUTCOMES.get(data["outcome"])
    how = channel(data["channel"], inbound=bool(data.get("inbound")))
    return labelled(how, outcome.say(current()) if outcome else data["outcome"])


def reason_word(code: str, reasons: Sequence[Reason]) -> str:
    """A coded reason in words; one that the contract does not have stands for itself."""
    return next((reason.say(current()) for reason in reasons if reason.code == code), code)


def quality_word(mark: int) -> str:
    """`quality 4 (good)`."""
    return _("quality {mark} ({word})").format(mark=mark, word=QUALITY[mark].say(current()))


def found_out(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a qualification found out of need, budget and intent: each with its answer."""
    for name, word in _FOUND_OUT.items():
        if data.get(name):
            yield _(word), in_words(_ANSWERS, data[name])


def missing_words(data: Mapping[str, Any]) -> str:
    """What a verdict found missing, "" when nothing was."""
    names = data.get("missing") or ()
    return labelled(_("missing"), ", ".join(map(missing_word, names))) if names else ""


def _change(data: Mapping[str, Any]) -> str:
    """Which field the source changed; a status with what it was and is, because somebody may have to choose."""
    field = str(data.get("field", ""))
    return labelled(field, f"{data.get('base')} > {data.get('new')}") if field == "status" else field


def _learnt(row: Row) -> Iterator[str]:
    """What was answered, and what became of a deal."""
    data = row.data
    if row.type == "answered":
        yield in_words(ANSWERS, data["answer"])
    if row.type == "debriefed":
        yield in_words(DEALS, data.get("deal", ""))
        yield _("with {member}").format(member=data.get("with", ""))
    if row.type == DEAL_CHANGED:
        yield in_words(DEALS, data["state"])
        yield data.get("stage", "")
        yield f"{data.get('amount', '')} {data.get('currency', '')}".strip()
