"""The palette over the registry: which actions fit what is typed, and which of them cannot be done now, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadq.actions import ACTIONS, CALL, FORM, LOG, MOVE, OUTBOX, Action
from leadq.i18n import _
from leadq.text import fold
from leadq.tui.legal import why_not

if TYPE_CHECKING:
    from leadq.read import Line


@dataclass(frozen=True, slots=True)
class Command:
    """An action as the palette shows it; `why_not` is "" when it can be done."""

    action: Action
    why_not: str


def matching(typed: str, line: Line | None) -> list[Command]:
    """The actions with all the words of `typed` in title or help, possible ones first; `line` is the selected lead."""
    words = fold(typed).split()
    offered = [action for action in ACTIONS if action.group not in (MOVE, CALL, FORM, OUTBOX, LOG)]
    found = [
        Command(action, why_not(action.id, line))
        for action in offered
        if all(word in fold(f"{_(action.title)} {_(action.help)}") for word in words)
    ]
    return sorted(found, key=lambda command: (bool(command.why_not), not _begins(command.action, words)))


def _begins(action: Action, words: list[str]) -> bool:
    return bool(words) and fold(_(action.title)).startswith(words[0])
