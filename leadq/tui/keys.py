"""Textual's bindings, made from the registry of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from leadq.actions import ACTIONS, terminal_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from textual.binding import BindingType

    from leadq.actions import Action


def bindings(*scopes: str) -> list[BindingType]:
    """The bindings of these scopes."""
    return bindings_of(action for action in ACTIONS if action.scope in scopes)


def bindings_of(actions: Iterable[Action]) -> list[BindingType]:
    """The bindings of these actions.

    They come first of all (`priority`): such a key is treated to its end before the next is looked at, so that what is
    typed ahead of a dialog reaches the dialog.
    """
    return [binding for action in actions for binding in _bindings(action)]


def _bindings(action: Action) -> Iterator[Binding]:
    if not action.by_key:
        yield Binding(",".join(terminal_keys(action)), action.id, id=action.id, show=False, priority=True)
        return
    for key in action.keys:
        yield Binding(key, f"{action.id}({key})", id=f"{action.id}_{key}", show=False, priority=True)
