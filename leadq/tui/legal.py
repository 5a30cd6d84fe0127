"""Which verbs a state allows, so that a dialog offers no other and a key can say why not.

`leadq.domain.decide` is the rule, and refuses what slips through; a test holds this table to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.i18n import _

if TYPE_CHECKING:
    from leadq.read import Line

VERDICTS: Final = {
    "handed_off": ("reject",),
    "accepted": ("reject", "recycle", "qualify"),
    "working": ("disqualify", "recycle", "qualify"),
    "connected": ("disqualify", "recycle", "qualify"),
}
"""Open state -> verdicts, the likeliest first; a closed lead has its verdict."""

LEGAL: Final = {
    **{state: frozenset({"touch", "note", *verdicts}) for state, verdicts in VERDICTS.items()},
    "handed_off": frozenset({"accept", "take", "touch", "note", "reject"}),
    "qualified": frozenset({"touch", "note"}),
}
"""State -> verbs; the other closed states take notes only."""


def allows(state: str, action: str) -> bool:
    """Whether a lead in `state` can take what the action `action` does; other actions have nothing to do with it."""
    if action == "verdict":
        return state in VERDICTS
    known = {"accept", "take", "touch", "note", "reject", "disqualify", "recycle", "qualify"}
    return action not in known or action in LEGAL.get(state, frozenset({"note"}))


def why_not(action_id: str, line: Line | None) -> str:
    """Why the action cannot be done to the selected lead, in a few words; "" when it can."""
    about_a_lead = {
        "accept", "take", "touch", "verdict", "note", "copy", "reject", "disqualify", "recycle", "qualify", "open",
    }  # fmt: skip
    if action_id in about_a_lead and line is None:
        return _("no lead is selected")
    if line is not None and not allows(line.state, action_id):
        return _("not while it is {state}").format(state=line.label)
    return ""
