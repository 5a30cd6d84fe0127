"""The words for clocks and events, in text: a state is a glyph and a word, never a colour alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from leadq.domain.reasons import MISSING
from leadq.i18n import N_, _, current
from leadq.saying import say_when

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

CLOCKS: Final[Mapping[str, str]] = {
    "accept": N_("accept"),
    "first_touch": N_("first touch"),
    "owner_touch": N_("touch by the owner"),
    "reply": N_("reply"),
    "next_touch": N_("next touch"),
    "disposition": N_("verdict"),
}
"""Clock kind -> what is due."""

CLOCK_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "not_started": (".", N_("to come")),
    "running": ("·", N_("in time")),
    "at_risk": ("~", N_("at risk")),
    "paused": ("=", N_("paused")),
    "met": ("+", N_("met")),
    "breached_open": ("!", N_("late")),
    "met_late": ("!", N_("done late")),
    "cancelled": ("x", N_("cancelled")),
}
"""Clock state -> glyph and word."""

EVENTS: Final[Mapping[str, str]] = {
    "handed_off": N_("handed off"),
    "accepted": N_("accepted"),
    "touched": N_("touched"),
    "rejected": N_("rejected"),
    "disqualified": N_("disqualified"),
    "recycled": N_("recycled"),
    "qualified": N_("qualified"),
    "noted": N_("noted"),
    "assigned": N_("assigned"),
    "paused": N_("paused"),
    "resumed": N_("resumed"),
    "contract_moved": N_("goes on under another contract"),
    "remote_changed": N_("changed by the source"),
    "undone": N_("taken back"),
    "corrected": N_("corrected"),
    "snoozed": N_("snoozed"),
    "rerouted": N_("rerouted"),
    "disputed": N_("disputed"),
    "answered": N_("answered by marketing"),
    "debriefed": N_("debriefed"),
    "rejection_closed": N_("rejection taken note of"),
    "ae_accepted": N_("taken on by the account executive"),
    "ae_returned": N_("returned by the account executive"),
    "merged": N_("merged into another lead"),
    "absorbed": N_("another lead merged into it"),
    "opposed": N_("does not want to be contacted"),
    "woken": N_("woken up"),
    "departed": N_("left for elsewhere"),
    "returned": N_("came back"),
    "alerted": N_("alerted"),
    "erased": N_("the person was erased"),
    "breach_rescinded": N_("in time after all"),
    "change_settled": N_("a change for the CRM was decided on"),
    "deal_changed": N_("its deal at the other end"),
    "action_added": N_("an action was agreed on"),
    "action_closed": N_("an action was closed"),
    "decision_taken": N_("a decision was taken"),
    "survey_answered": N_("the survey was answered"),
    "leave_set": N_("on leave"),
    "leave_ended": N_("back from leave"),
}
"""Event type -> word."""


ALERTS: Final[Mapping[str, str]] = {
    "at_risk": N_("at risk"),
    "breach": N_("late"),
    "promise": N_("promised, soon"),
}
"""Level of an alert -> word."""


CHANNELS: Final[Mapping[str, str]] = {
    "call": N_("Call"),
    "email": N_("E-mail"),
    "linkedin": N_("LinkedIn"),
    "sms": N_("SMS"),
    "meeting": N_("Meeting"),
    "other": N_("Other channel"),
}
"""Touch channel -> its name."""


BANDS: Final[Mapping[str, str]] = {
    "B0": N_("Replies and promises, now"),
    "B1": N_("Hot, first touch running"),
    "B2": N_("At risk"),
    "B3": N_("Late, can still be saved"),
    "B4": N_("Due today"),
    "B5": N_("Promised today"),
    "B6": N_("Late for longer"),
    "B7": N_("Later"),
    "": N_("Closed"),
}
"""Band -> its heading; "" holds closed leads."""

VERDICTS: Final[Mapping[str, str]] = {
    "reject": N_("Reject"),
    "disqualify": N_("Disqualify"),
    "recycle": N_("Recycle"),
    "qualify": N_("Qualify"),
}
"""Verdict -> its name."""


RADAR: Final[Mapping[str, str]] = {
    "untouched": N_("Late, and nobody has touched it"),
    "ownerless": N_("Nobody’s"),
    "paused_too_long": N_("Paused for too long"),
    "missed_wake": N_("Should have woken up"),
    "missed_promise": N_("Promise missed"),
    "stuck_in_sync": N_("Stuck in sync"),
    "no_due": N_("Without a due date"),
    "contradictory": N_("Contradictory"),
    "snoozed_late": N_("Late, and out of sight"),
}
"""Group of the radar -> its heading."""


ANSWERS: Final[Mapping[str, str]] = {
    "ack": N_("taken note of"),
    "changed": N_("changed"),
    "declined": N_("declined"),
}
"""Marketing's answer to feedback -> word."""


INSIGHTS: Final[Mapping[str, str]] = {
    "objection": N_("objection"),
    "question": N_("question"),
    "expectation": N_("expectation"),
    "competitor": N_("competitor"),
    "quote": N_("quote"),
    "signal": N_("buying signal"),
}
"""Kind of insight -> word."""


FLAGS: Final[Mapping[str, str]] = {
    "off_icp": N_("outside the customer profile"),
    "below_threshold": N_("below the agreed score"),
}
"""What speaks against a handoff -> words."""


DEALS: Final[Mapping[str, str]] = {"open": N_("open"), "won": N_("won"), "lost": N_("lost")}
"""How a deal ended -> word."""


ACTORS: Final[Mapping[str, str]] = {"system": N_("system"), "bot": N_("automatic"), "adapter": N_("adapter")}
"""Kind of actor that is no person -> word."""


OP_STATES: Final[Mapping[str, str]] = {
    "held": N_("can still be undone"),
    "pending": N_("waits"),
    "inflight": N_("is on its way"),
    "acked": N_("sent"),
    "done": N_("done"),
    "unknown": N_("without an answer"),
    "conflict": N_("in conflict"),
    "blocked": N_("waits behind another one"),
    "dead": N_("refused for good"),
    "superseded": N_("overtaken by a later one"),
    "cancelled": N_("will not be sent"),
}
"""State of a change on the outbox -> words."""


SETTLED: Final[Mapping[str, str]] = {
    "handled": N_("seen to by hand"),
    "discarded": N_("never to be sent"),
    "mine": N_("goes out over what the CRM has"),
    "theirs": N_("what the CRM has stands"),
    "retried": N_("to be sent after all"),
    "taken_back": N_("to be decided anew"),
}
"""What a person decided about a change -> words."""


INSTANTS: Final[Mapping[str, str]] = {
    "next_ms": N_("next {when}"),
    "meeting_ms": N_("meeting {when}"),
    "wake_ms": N_("wakes {when}"),
    "until_ms": N_("until {when}"),
}
"""What an event names a time to come by -> words around it."""


def in_words(words: Mapping[str, str], code: str) -> str:
    """The word for a code of one of these tables; one that another leadq wrote stands for itself."""
    return _(words[code]) if code in words else code


def labelled(label: str, text: str) -> str:
    """`label: text`; French has a space before its colon."""
    return _("{label}: {text}").format(label=label, text=text)


def channel(name: str, *, inbound: bool = False) -> str:
    """A touch's channel in words, and which way it went when the prospect came to us."""
    word = _(CHANNELS.get(name, name))
    return _("inbound {channel}").format(channel=word) if inbound else word


def missing_word(name: str) -> str:
    """A piece of missing information in words; a contract's own names stand for themselves."""
    return MISSING[name].say(current()) if name in MISSING else name


def actor(name: str, kind: str) -> str:
    """Who did something; of what is no person, the kind too: nothing that leadq did itself bears anybody's name."""
    if kind == "human":
        return name
    word = _(ACTORS.get(kind, kind))
    return word if name == kind else f"{name} ({word})"


def settled(data: Mapping[str, Any]) -> str:
    """Which change a person decided on, and what: `accept (crm): seen to by hand`."""
    return labelled(f"{data.get('verb', '')} ({data.get('connection', '')})", in_words(SETTLED, data.get("how", "")))


def clock_state(state: str) -> str:
    """`! late`: the glyph and the word of a clock state."""
    glyph, word = CLOCK_STATES[state]
    return f"{glyph} {_(word)}"


def person(shape: Mapping[str, Any]) -> str:
    """Who a lead is about: the name and the company, or whatever is known; that of another home has neither."""
    known = [shape["name"], shape["company"]] if shape["name"] or shape["company"] else [shape["email"], shape["phone"]]
    return " · ".join(filter(None, known)) or _("(no name)")


def instants(data: Mapping[str, Any], zone: ZoneInfo, now_ms: int) -> Iterator[str]:
    """The times to come that an event names (milliseconds UTC), as seen at `now_ms`: `next tomorrow 09:00`."""
    for name, template in INSTANTS.items():
        if data.get(name):
            yield _(template).format(when=say_when(data[name], zone, now_ms))


def alert(data: Mapping[str, Any]) -> str:
    """What an alert was about: `first touch: late`; that it was none after all, only the clock."""
    clock = _(CLOCKS[data["clock"]])
    return labelled(clock, _(ALERTS[data["level"]])) if "level" in data else clock
