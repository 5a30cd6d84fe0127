"""A connection, or another table, written into `leadq.toml`: every line that a person wrote there stays as it is.

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
    text, before = _now(home)
    wanted = {"connection": {name: table}}
    if "connection" not in before:
        wanted = _merged(_CSV, wanted)
    changed = _written(text, wanted)
    if _read(changed) != _merged(before, wanted):
        raise config.broken(home, _("the connection in it cannot be changed by a program"))
    return changed


def put(home: Home, path: Sequence[str], table: Mapping[str, Any]) -> None:
    """Write a table so that it says exactly `table`: keys that are not in it go. Raises as `draft`."""
    text, before = _now(home)
    for key in _at(before, path).keys() - table.keys():
        text = _without(text, path, key)
    _save(home, _written(text, table, path), _replaced(before, path, table))


def set_key(home: Home, path: Sequence[str], key: str, value: str) -> None:
    """Write one key of one table. Raises as `draft`."""
    text, before = _now(home)
    wanted = {**_at(before, path), key: value}
    _save(home, _written(text, {key: value}, path), _replaced(before, path, wanted))


def _now(home: Home) -> tuple[str, dict[str, Any]]:
    config.load(home)  # a file that is broken is not made worse
    text = home.settings.read_text("utf-8") if home.settings.exists() else config.first(config.NOBODY)
    return text, tomllib.loads(text)


def _save(home: Home, text: str, expected: Mapping[str, Any]) -> None:
    if _read(text) != expected:
        raise config.broken(home, _("it is written in a way that a program cannot change"))
    save(home.settings, text)


def _at(before: Mapping[str, Any], path: Sequence[str]) -> Mapping[str, Any]:
    for key in path:
        before = before.get(key, {})
    return before


def _replaced(before: Mapping[str, Any], path: Sequence[str], table: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with `table` in the place of what is at `path`."""
    head, *rest = path
    return {**before, head: _replaced(before.get(head, {}), rest, table) if rest else dict(table)}


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
    start, end = _span(lines, path)
    if start is None:
        head = ".".join(map(_key, path))
        return f"{text.rstrip()}\n\n[{head}]\n{_key(key)} = {value}\n".lstrip("\n")
    line = f"{_key(key)} = {value}"
    known = next((at for at in range(start + 1, end) if _names(lines[at], key)), None)
    if known is not None:
        lines[known] = f"{line}{_remark(lines[known])}"
    else:
        last = max((at for at in range(start, end) if lines[at].strip()), default=start)
        lines.insert(last + 1, line)
    return "\n".join(lines)


def _without(text: str, path: Sequence[str], key: str) -> str:
    """The text without one key of one table."""
    lines = text.split("\n")
    start, end = _span(lines, path)
    inside = range(end, end) if start is None else range(start + 1, end)
    return "\n".join(line for at, line in enumerate(lines) if at not in inside or not _names(line, key))


def _span(lines: Sequence[str], path: Sequence[str]) -> tuple[int | None, int]:
    """The line of a table's header, None when it has none, and the one behind its last."""
    start = next((at for at, line in enumerate(lines) if _is_header(line, path)), None)
    first = len(lines) if start is None else start + 1
    return start, next((at for at in range(first, len(lines)) if lines[at].lstrip().startswith("[")), len(lines))


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
