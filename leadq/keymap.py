"""The user's own keys: `keys.toml` beside the settings, one line an action.

    accept = "x"
    note = ["m", ",n"]
    snooze = ""

A file of its own, because a slip in it must stop nothing: whatever is wrong is said, and that action keeps the keys it
comes with. The screen imports nothing of this while there is no such file.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from leadq import keynames
from leadq.actions import ACTIONS, BY_ID, CHORD, MOVE, Action, written_keys
from leadq.domain.contract_messages import Hint, M

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from leadq.domain.contract_file import Problem

    Keys = Mapping[str, tuple[str, ...]]

DIALOGS: Final = ("call", "verdict", "dialog")
"""Scopes whose keys stand beside a question that takes keys as well."""

_ASKED: Final = (*"0123456789", "enter", "tab", "shift+tab", "space", "backspace", "up", "down", "left", "right",
                 "pageup", "pagedown", "escape")  # fmt: skip
"""Keys with which a question is answered, or left."""

_KEPT: Final = ("ctrl+c", "ctrl+z", "escape")
"""Keys that mean the same whatever happens: Esc always leaves."""

_FROM_THE_QUEUE: Final = ("leave", "quit", "next_view", "previous_view", "sync", "needs_you", "outbox", "dispute",
                          "answer", "reroute", "resubmit", "note")  # fmt: skip
"""Actions of the queue that work on the screens over it, beside those that move; a test holds the screens to it."""


class Fault(NamedTuple):
    """Something in the file that cannot be used: where, and what."""

    path: tuple[str | int, ...]
    wrong: keynames.Wrong


class Own(NamedTuple):
    """What a file says: the keys of actions that it gives others, and what of it is not used."""

    keys: Keys
    faults: tuple[Fault, ...] = ()
    unread: bool = False

    @property
    def fine(self) -> bool:
        """Whether all of it holds."""
        return not (self.faults or self.unread)


NONE: Final = Own({})


def load(file: Path) -> Own:
    """The user's keys; what cannot be read leaves the keys that leadq comes with."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
        return understood(tomllib.loads(text))
    except FileNotFoundError:
        return NONE
    except (OSError, ValueError, RecursionError):
        return Own({}, unread=True)


def understood(raw: Mapping[str, Any]) -> Own:
    """The keys of a parsed file."""
    keys: dict[str, tuple[str, ...]] = {}
    faults: list[Fault] = []
    for name, value in raw.items():
        found, wrong = _keys_of(name, value)
        faults += wrong
        if not wrong:
            keys[name] = found
    faults += _settle(keys)
    return Own(keys, tuple(faults))


def _keys_of(name: str, value: object) -> tuple[tuple[str, ...], list[Fault]]:
    """The keys that one line gives its action, and what is wrong with it."""
    if name not in BY_ID:
        return (), [Fault((name,), keynames.Wrong(M.UNKNOWN_ACTION, Hint.NONE, {"name": name}))]
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return (), [Fault((name,), keynames.Wrong(M.NOT_KEYS, Hint.KEY_LIST, {}))]
    found, faults = [], []
    for index, text in enumerate(texts):
        key = keynames.read(text) if text else ""
        wrong = key if isinstance(key, keynames.Wrong) else _misplaced(BY_ID[name], key)
        if wrong:
            faults.append(Fault((name,) if isinstance(value, str) else (name, index), wrong))
        elif key:
            found.append(str(key))
    return _whole(name, tuple(dict.fromkeys(found)), faults), faults


def _misplaced(action: Action, key: str) -> keynames.Wrong | None:
    """Why a key cannot be this action's, although it is one."""
    if action.scope in DIALOGS and key.startswith(CHORD):
        return keynames.Wrong(M.KEY_CHORD_ASKED, Hint.NONE, {"name": action.id})
    kept = _ASKED if action.scope in DIALOGS else _KEPT
    typed = action.scope == "dialog" and len(key) == 1  # there a text may have the focus
    if typed or (key in kept and not (action.id == "leave" and key == "escape")):
        return keynames.Wrong(M.KEY_KEPT, Hint.KEY_OTHER, {"value": key})
    return None


def _whole(name: str, keys: tuple[str, ...], faults: list[Fault]) -> tuple[str, ...]:
    """Esc always leaves, and there is always a key that ends leadq."""
    if name == "leave" and "escape" not in keys:
        return (*keys, "escape")
    if name == "quit" and not keys and not faults:
        faults.append(Fault((name,), keynames.Wrong(M.KEY_NEEDED, Hint.NONE, {"name": name})))
    return keys


def _settle(keys: dict[str, tuple[str, ...]]) -> Iterator[Fault]:
    """Take out of `keys` what clashes: of two lines the second, of a line and a key that leadq comes with the line."""
    while clash := _first_clash(keys):
        key, one, other = clash
        del keys[one]
        params = {"value": key, "name": other}
        yield Fault((one,), keynames.Wrong(M.KEY_TAKEN, Hint.KEY_FREE, params))


def _first_clash(keys: Keys) -> tuple[str, str, str] | None:
    """A key with two meanings in one place: the key, the line that goes, and the action that keeps it."""
    order = list(keys)
    for place in places().values():
        owners: dict[str, list[str]] = defaultdict(list)
        for action in place:
            for key in written_keys(keys.get(action.id, action.keys)):
                owners[key].append(action.id)
        for key, names in owners.items():
            given = sorted((name for name in names if name in keys), key=order.index)
            if len(names) > 1 and given:
                return key, given[-1], next(name for name in names if name != given[-1])
    return None


def places() -> dict[str, list[Action]]:
    """For each scope, the actions whose keys work there."""
    everywhere = [action for action in ACTIONS if action.scope == "everywhere"]
    found = {}
    for scope in dict.fromkeys(action.scope for action in ACTIONS if action.scope != "everywhere"):
        beside = "dialog" if scope in DIALOGS else scope
        there = [*everywhere, *(action for action in ACTIONS if action.scope in (scope, beside))]
        if scope not in (*DIALOGS, "queue"):
            there += [one for one in ACTIONS if one.group == MOVE or one.id in _FROM_THE_QUEUE]
        found[scope] = list(dict.fromkeys(there))
    return found


def problems(file: Path) -> tuple[Problem, ...]:
    """Everything wrong with a file of keys, each with its line and what to do; none when there is no file."""
    from leadq.domain.contract_file import Problem, located, read_toml  # only once something is to be said
    from leadq.domain.contract_read import Remark, Remarks

    try:
        read = read_toml(file.read_bytes(), str(file))
    except FileNotFoundError:
        return ()
    except OSError as error:
        return (Problem(str(file), 1, 1, "", M.UNREADABLE.value, {"reason": error.strerror}, ""),)
    if isinstance(read, Problem):
        return (read,)
    data, text = read
    remarks = Remarks()
    for path, (template, hint, params) in understood(data).faults:
        if template == M.UNKNOWN_ACTION:
            remarks.unknown(path, template, params["name"], BY_ID, at="key", name=params["name"])
        elif template == M.NOT_A_KEY:
            remarks.unknown(path, template, params["value"], keynames.NAMES, otherwise=hint, value=params["value"])
        else:
            remarks.found.append(Remark(path, template, hint, params, "value", 0, warning=False))
    return located(remarks, text, str(file))[0]
