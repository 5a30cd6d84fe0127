"""The palette over the registry: which actions fit what is typed, and which of them cannot be done now, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadq.actions import ACTIONS, BY_ID, CALL, FORM, LOG, MOVE, OUTBOX, VIEWS, Action
from leadq.i18n import N_, _
from leadq.text import fold
from leadq.tui.legal import why_not

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadq.read import Line

_CHOSEN_THERE: Final = ("verdict",)
"""Scopes whose actions the queue can begin too: their dialog opens with the verb chosen."""

_ELSEWHERE: Final = {
    "call": N_("only during a call"),
    "dialog": N_("only in a dialog"),
    "outbox": N_("only in the outbox, and in what needs you"),
    "log": N_("only in the log"),
}


@dataclass(frozen=True, slots=True)
class Command:
    """An action as the palette shows it; `why_not` is "" when it can be done."""

    action: Action
    why_not: str


def matching(typed: str, line: Line | None, scope: str = "queue", views: Sequence[str] = ()) -> list[Command]:
    """The actions with all the words of `typed` in title or help: possible ones first, those of `scope` before others.

    `line` is the selected lead; `scope` says where the palette was opened; `views` are the names of all views.
    """
    words = fold(typed).split()
    found = [
        Command(action, _why_not(action, line, scope))
        for action in (*ACTIONS, *_views(views))
        if action.id != "palette" and all(word in fold(f"{_(action.title)} {_(action.help)}") for word in words)
    ]
    return sorted(found, key=lambda command: _rank(command, words, scope))


def _views(titles: Sequence[str]) -> Iterator[Action]:
    """Going to each view by its name."""
    for number, title in enumerate(titles, start=1):
        keys = BY_ID["view"].keys[number - 1 : number]
        yield Action(f"view({number})", title, N_("Go to this view."), VIEWS, keys)


def _why_not(action: Action, line: Line | None, scope: str) -> str:
    """What is done on another screen only is offered all the same, so that nobody looks for it in vain."""
    if action.scope in ("queue", "everywhere", *_CHOSEN_THERE):
        return why_not(action.id, line)
    return "" if action.scope == scope else _(_ELSEWHERE.get(action.scope, N_("only on another screen")))


def _rank(command: Command, words: list[str], scope: str) -> tuple[bool, bool, bool, bool]:
    action = command.action
    begins = bool(words) and fold(_(action.title)).startswith(words[0])
    return bool(command.why_not), not begins, action.scope != scope, action.group in (MOVE, CALL, FORM, OUTBOX, LOG)
