"""Textual's bindings, made from the registry of actions, and the user's own keys over them."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from textual.binding import Binding
from textual.events import Key
from textual.keys import _character_to_key

from leadq.actions import ACTIONS, BY_ID, CHORD, written_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from textual.binding import BindingType

    from leadq.actions import Action

CHORDS: Final = "chord_"
"""How the library knows a chord: a key that no terminal sends, with its second key's name behind it."""

_NONE: Final = "no_key"


def bindings(*scopes: str, priority: bool = True) -> list[BindingType]:
    """The bindings of these scopes."""
    return bindings_of((action for action in ACTIONS if action.scope in scopes), priority=priority)


def bindings_of(actions: Iterable[Action], does: str = "{id}", *, priority: bool = True) -> list[BindingType]:
    """The bindings of these actions, with the keys that leadq comes with; the app puts the user's in their place.

    They come first of all (`priority`): such a key is treated to its end before the next is looked at, so that what is
    typed ahead of a dialog reaches the dialog. `does`: what a key does, where that is not the action itself.
    """
    return [binding for action in actions for binding in _bindings(action, does, priority=priority)]


def _bindings(action: Action, does: str, *, priority: bool) -> Iterator[Binding]:
    if not action.by_key:
        yield Binding(_names(action.keys), does.format(id=action.id), id=action.id, show=False, priority=priority)
        return
    for key in action.keys:
        yield Binding(key, f"{action.id}({key})", id=f"{action.id}_{key}", show=False, priority=priority)


def keymap(own: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The user's keys as the library takes them; of an action by key, each stands for the one in its place."""
    found = {}
    for action_id, keys in own.items():
        action = BY_ID[action_id]
        if action.by_key:
            places = zip_longest(action.keys, keys[: len(action.keys)])
            found.update({f"{action_id}_{key}": _names([mine] if mine else []) for key, mine in places})
        else:
            found[action_id] = _names(keys)
    return found


def pressed(key: str) -> Key:
    """The event of a key, or of a whole chord, for what was clicked."""
    return Key(_name(key), key if len(key) == 1 else None)


def _names(keys: Iterable[str]) -> str:
    return ",".join(name for key in keys for name in _sent(key)) or _NONE


def _sent(key: str) -> list[str]:
    """A key under every name by which a terminal may send it."""
    if key.startswith(CHORD):
        return [f"{CHORDS}{_name(second)}" for second in written_keys([key[1:]])]
    return [_name(one) for one in written_keys([key])]


def _name(key: str) -> str:
    if len(key) > 1 and key.startswith(CHORD):
        return f"{CHORDS}{_name(key[1:])}"
    return _character_to_key(key) if len(key) == 1 else key
