"""The words for clocks and events, in text: a state is a glyph and a word, never a colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from leadq.i18n import N_, _

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
    "alerted": N_("alerted"),
}
"""Event type -> word."""


CHANNELS: Final[Mapping[str, str]] = {
    "call": N_("Call"),
    "email": N_("E-mail"),
    "linkedin": N_("LinkedIn"),
    "sms": N_("SMS"),
    "meeting": N_("Meeting"),
    "other": N_("Other channel"),
}
"""Touch channel -> its name."""


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


DEALS: Final[Mapping[str, str]] = {"won": N_("won"), "lost": N_("lost")}
"""How a deal ended -> word."""


ACTORS: Final[Mapping[str, str]] = {"system": N_("system"), "bot": N_("automatic"), "adapter": N_("adapter")}
"""Kind of actor that is no person -> word."""


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


def clock_state(state: str) -> str:
    """`! late`: the glyph and the word of a clock state."""
    glyph, word = CLOCK_STATES[state]
    return f"{glyph} {_(word)}"


def person(shape: Mapping[str, Any]) -> str:
    """Who a lead is about: the name and the company, or whatever is known."""
    known = [shape["name"], shape["company"]] if shape["name"] or shape["company"] else [shape["email"], shape["phone"]]
    return " · ".join(filter(None, known))
