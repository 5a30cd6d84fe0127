"""A connection or a theme written into `leadq.toml`: every line that a person wrote there stays as it is.

The text is changed by lines and then read again: it says exactly what it should, or nothing is written at all.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from leadq import config
from leadq.config import save
from leadq.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadq.paths import Home

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_CSV: Final = {"connection": {"csv": {"adapter": "csv"}}}
"""What holds while no connection is named; naming one must not take it away."""


def connect(home: Home, name: str, table: Mapping[str, Any]) -> None:
    """Write `[connection.NAME]`: keys that are there get their new value, others are added. Raises as `draft`."""
    save(home.settings, draft(home, name, table))


def draft(home: Home, name: str, table: Mapping[str, Any]) -> str:
    """What `connect` would write.

    Raises LeadqError `config` (78) when the file cannot be read, or says it in a way that only a person can change.
    """
    config.load(home)  # a file that is broken is not made worse
    text = home.settings.read_text("utf-8") if home.settings.exists() else config.first(config.NOBODY)
    before = tomllib.loads(text)
    wanted = {"connection": {name: table}}
    if "connection" not in before:
        wanted = _merged(_CSV, wanted)
    changed = _written(text, wanted)
    if _read(changed) != _merged(before, wanted):
        raise config.broken(home, _("the connection in it cannot be changed by a program"))
    return changed


def set_theme(home: Home, name: str) -> None:
    """Remember the colours of the screen in `[screen]`; a home that is not there yet is not begun for them.

    Raises LeadqError `config` (78) as `draft` does, OSError.
    """
    if not (home.exists or home.settings.exists()):
        return
    config.load(home)
    text = home.settings.read_text("utf-8") if home.settings.exists() else config.first(config.NOBODY)
    wanted = {"screen": {"theme": name}}
    changed = _written(text, wanted)
    if _read(changed) != _merged(tomllib.loads(text), wanted):
        raise config.broken(home, _("the theme in it cannot be changed by a program"))
    save(home.settings, changed)


def literal(value: Any) -> str:
    """A text, a number, a truth or a list of texts as TOML writes it: JSON's escapes are among its own."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _written(text: str, wanted: Mapping[str, Any], path: Sequence[str] = ()) -> str:
    """The text with every value of `wanted` in its table, tables above those below them."""
    for key, value in wanted.items():
        if not isinstance(value, dict):
            text = _with(text, path, key, literal(value))
    for key, value in wanted.items():
        if isinstance(value, dict):
            text = _written(text, value, (*path, key))
    return text


def _with(text: str, path: Sequence[str], key: str, value: str) -> str:
    """One key of one table; the table is added at the end when it is not there."""
    lines = text.split("\n")
    start = next((at for at, line in enumerate(lines) if _is_header(line, path)), None)
    if start is None:
        head = ".".join(map(_key, path))
        return f"{text.rstrip()}\n\n[{head}]\n{_key(key)} = {value}\n".lstrip("\n")
    end = next((at for at in range(start + 1, len(lines)) if lines[at].lstrip().startswith("[")), len(lines))
    line = f"{_key(key)} = {value}"
    known = next((at for at in range(start + 1, end) if _names(lines[at], key)), None)
    if known is not None:
        lines[known] = f"{line}{_remark(lines[known])}"
    else:
        last = max((at for at in range(start, end) if lines[at].strip()), default=start)
        lines.insert(last + 1, line)
    return "\n".join(lines)


def _is_header(line: str, path: Sequence[str]) -> bool:
    found = re.fullmatch(r"\s*\[(?!\[)\s*(.+?)\s*\]\s*(#.*)?", line)
    return found is not None and [part.strip().strip("\"'") for part in found[1].split(".")] == list(path)


def _names(line: str, key: str) -> bool:
    return re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line) is not None


def _remark(line: str) -> str:
    """The comment behind a value that is a plain text or word; of any other, none is known for sure."""
    found = re.fullmatch(r"""[^=]+=\s*(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^"'#\[{]*?)(\s*#.*)?""", line)
    return (found and found[1]) or ""


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        key: _merged(below[key], above[key])
        for key in below.keys() & above.keys()
        if isinstance(below[key], dict) and isinstance(above[key], dict)
    }
    return {**below, **above, **both}


def _read(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
