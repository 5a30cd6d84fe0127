"""How a key is written in `keys.toml`, and which keys a terminal sends apart from others.

A terminal sends bytes, not keys: Ctrl with a letter is one byte from 1 to 26, of which four are Tab, Enter and
Backspace already, and Shift is lost wherever Ctrl is held. A key that could never arrive is refused here, because a
binding that does nothing is worse than a sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from leadq.actions import CHORD
from leadq.domain.contract_messages import Hint, M

if TYPE_CHECKING:
    from collections.abc import Mapping

_OTHER_NAMES: Final = {
    "esc": "escape",
    "return": "enter",
    "pgdn": "pagedown",
    "pgup": "pageup",
    "del": "delete",
    "ins": "insert",
    "spacebar": "space",
    "control": "ctrl",
    "option": "alt",
}
_ARROWS: Final = ("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "delete")
_NAMED: Final = (*_ARROWS, "insert", "enter", "escape", "space", "tab", "backspace", *(f"f{n}" for n in range(1, 13)))
NAMES: Final = (*_NAMED, "shift+tab")
"""Every key that has a name and not a sign."""

_SAME: Final = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+j": "enter",
    "ctrl+h": "backspace",
    "ctrl+[": "escape",
    "shift+enter": "enter",
    "ctrl+enter": "enter",
    "shift+space": "space",
    "shift+escape": "escape",
    "shift+backspace": "backspace",
    "ctrl+backspace": "backspace",
    "ctrl+tab": "tab",
    "ctrl+escape": "escape",
}
"""What cannot be told from another key."""

_MODIFIERS: Final = ("ctrl", "alt", "shift")


class Wrong(NamedTuple):
    """Why something is no key: a sentence, the way out, and what both are about."""

    template: M
    hint: Hint
    params: Mapping[str, str]


def read(text: str) -> str | Wrong:
    """A key as the registry writes it (`j`, `ctrl+d`, `pagedown`, `G`, `,r`), or what is wrong with `text`."""
    if len(text) > 1 and text.startswith(CHORD):
        return _chord(text[1:])
    if text == CHORD:
        return Wrong(M.KEY_BEGINS, Hint.KEY_CHORD, {})
    if len(text) == 1:
        return _sign(text)
    return _held(text) if "+" in text[:-1] else _named(text.lower().strip())


def _chord(second: str) -> str | Wrong:
    found = CHORD if second == CHORD else read(second)
    if isinstance(found, Wrong):
        return found
    if found == "escape" or (found.startswith(CHORD) and found != CHORD):
        return Wrong(M.KEY_BEGINS, Hint.KEY_CHORD, {})
    return f"{CHORD}{found}"


def _sign(text: str) -> str | Wrong:
    if text == " ":
        return "space"
    return text if text.isprintable() else _unknown(text)


def _named(name: str) -> str | Wrong:
    name = _OTHER_NAMES.get(name, name)
    return name if name in _NAMED else _unknown(name)


def _held(text: str) -> str | Wrong:
    """A key with others held down."""
    *held, last = text[:-1].split("+")
    last = f"{last}{text[-1]}"
    modifiers = {_OTHER_NAMES.get(name.strip().lower(), name.strip().lower()) for name in held}
    if unknown := modifiers - set(_MODIFIERS):
        return _unsent(f"{sorted(unknown)[0]}+{last}") if unknown <= {"super", "cmd", "meta", "win"} else _unknown(text)
    letter = last.strip() if len(last.strip()) == 1 else last.strip().lower()
    return _together([name for name in _MODIFIERS if name in modifiers], _OTHER_NAMES.get(letter, letter))


def _together(held: list[str], last: str) -> str | Wrong:
    written = "+".join((*held, last.lower() if held != ["shift"] else last))
    if same := _SAME.get(written):
        return Wrong(M.KEY_SAME, Hint.KEY_WRITE, {"value": written, "same": same})
    if len(last) == 1:
        return _held_sign(held, last, written)
    if last in _ARROWS or written == "shift+tab":
        return written
    return _unsent(written) if last in _NAMED else _unknown(written)


def _held_sign(held: list[str], last: str, written: str) -> str | Wrong:
    if held == ["shift"] and last.isalpha():
        return last.upper()
    if held == ["shift"]:
        return Wrong(M.KEY_SHIFTED, Hint.NONE, {"value": written})
    if held == ["ctrl", "shift"] and last.isalpha():
        return Wrong(M.KEY_SAME, Hint.KEY_WRITE, {"value": written, "same": f"ctrl+{last.lower()}"})
    sent = last.isascii() and (last.isalpha() if held == ["ctrl"] else held == ["alt"] and last.isalnum())
    return written if sent else _unsent(written)


def _unsent(key: str) -> Wrong:
    return Wrong(M.KEY_UNSENT, Hint.KEY_SIGN, {"value": key})


def _unknown(key: str) -> Wrong:
    return Wrong(M.NOT_A_KEY, Hint.KEY_SIGN, {"value": key})
