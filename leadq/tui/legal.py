"""Which verbs a state allows, so that a dialog offers no other and a key can say why not.

`leadq.domain.decide` is the rule, and refuses what slips through; a test holds this table to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.i18n import _, ngettext, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadq.read import Line

VERDICTS: Final = {
    "handed_off": ("reject",),
    "accepted": ("reject", "recycle", "qualify"),
    "working": ("disqualify", "recycle", "qualify"),
    "connected": ("disqualify", "recycle", "qualify"),
}
"""Open state -> verdicts, the likeliest first; a closed lead has its verdict."""

_ANY: Final = frozenset({"note", "merge", "correct"})
_OPEN: Final = _ANY | {"touch", "call", "pause", "resume", "snooze", "assign"}
_JUDGED: Final = _ANY | {"answer", "dispute"}
LEGAL: Final = {
    **{state: _OPEN.union(verdicts) for state, verdicts in VERDICTS.items()},
    "handed_off": _OPEN | {"accept", "take", "reject"},
    "connected": _OPEN.union(VERDICTS["connected"], {"answer"}),
    "qualified": _JUDGED | {"touch", "call"},
    "disqualified": _JUDGED | {"reopen", "resubmit"},
    "recycled": _JUDGED | {"reopen"},
    "rejected": _JUDGED | {"reopen", "resubmit", "reroute"},
    "archived": _ANY | {"reopen", "answer"},
    "merged": frozenset({"note"}),
}
"""State -> verbs that the screen has for it. What a state alone cannot tell, the dialog
says (`Dialog.pointless`): whether there is anything to correct, or a verdict to answer."""

_VERBS: Final = frozenset[str]().union(*LEGAL.values())
ONE_BY_ONE: Final = frozenset({"call", "correct", "copy", "copy_one", "links", "open"})
"""What is about one lead, however many are marked."""
_ABOUT_A_LEAD: Final = _VERBS | ONE_BY_ONE | {"verdict"}


def allows(state: str, action: str) -> bool:
    """Whether a lead in `state` can take what the action `action` does; other actions have nothing to do with it."""
    if action == "verdict":
        return state in VERDICTS
    return action not in _VERBS or action in LEGAL[state]


def why_not(action_id: str, line: Line | None) -> str:
    """Why the action cannot be done to the selected lead, in a few words; "" when it can."""
    if action_id == "view":  # chosen by its name, it does not say which
        return _("press the number of the view")
    if action_id in _ABOUT_A_LEAD and line is None:
        return _("no lead is selected")
    if line is not None and not allows(line.state, action_id):
        return _("not while it is {state}").format(state=line.label)
    return ""


def why_not_all(action_id: str, states: Mapping[str, tuple[str, int]]) -> str:
    """Why the action cannot be done to all of several leads; `states`: state -> its label, and how many are in it."""
    refused = {label: count for state, (label, count) in states.items() if not allows(state, action_id)}
    if refused:
        n, total = sum(refused.values()), sum(count for _label, count in states.values())
        told = ngettext("{n} of {total} is {states}", "{n} of {total} are {states}", n)
        return told.format(n=number(n), total=number(total), states=", ".join(refused))
    if action_id == "verdict" and not set.intersection(*(set(VERDICTS[state]) for state in states)):
        return _("no verdict fits all of them")
    return ""
