"""Where each key and value of a TOML text stands, which `tomllib` does not tell.

The text must be one that `tomllib` has accepted: this scanner follows the shape of the document and trusts
the rest. It runs only when there is a problem to show, so that a good file costs nothing.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Keys from the top of the file; an integer is the place in an array."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|[A-Za-z0-9_-]+")
_SCALAR = re.compile(
    r'"""(?:[^"\\]|\\[\s\S]|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|\d{4}-\d\d-\d\d \d\d:[^\s,\]}#]*"
    r"|[^\s,\]}#]+"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Offsets of a key and of its value in the text; a table and an array element have one place for both.

    `end` is where the value ends; 0 for a table under a heading, which has no end of its own.
    """

    key: int
    value: int
    end: int = 0


class Positions:
    """The places of a TOML text, by path, and their lines and columns."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._places = _Scanner(text).places
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]

    def find(self, path: Path) -> Place:
        """The place of `path`, else of the nearest table above it, else the start of the text."""
        for length in range(len(path), 0, -1):
            place = self._places.get(path[:length])
            if place:
                return place if length == len(path) else Place(place.key, place.key)
        return Place(0, 0)

    def under(self, path: Path) -> dict[Path, Place]:
        """Every place below `path`."""
        return {found: place for found, place in self._places.items() if found[: len(path)] == path != found}

    def line_column(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1, in characters."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def inside(self, path: Path, column: int) -> int:
        """The offset of the `column`-th character (from 1) of the string at `path`.

        Escapes are not counted, so a condition that holds some points a little to the left; inside a text of
        several lines the place is its start.
        """
        start = self.find(path).value
        return start if self._text.startswith(('"""', "'''"), start) else start + column


class _Scanner:
    """One pass over the text, filling `places`."""

    def __init__(self, text: str) -> None:
        self.places: dict[Path, Place] = {}
        self._text = text
        self._at = 0
        self._end = 0
        self._counts: dict[Path, int] = {}
        self._document()

    def _document(self) -> None:
        table: Path = ()
        self._skip()
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip()

    def _skip(self) -> None:
        self._at = self._match(_BLANK).end()

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self._text, self._at)
        assert found, "only a text that tomllib accepts is scanned"
        return found

    def _take(self, token: str) -> bool:
        """Step over `token` and the blanks after it, if it is next."""
        if not self._text.startswith(token, self._at):
            return False
        self._at += len(token)
        self._end = self._at
        self._skip()
        return True

    def _header(self) -> Path:
        double = self._take("[[") or not self._take("[")
        parts = self._key()
        path: Path = ()
        for index, (name, offset) in enumerate(parts):
            path = (*path, name)
            self.places.setdefault(path, Place(offset, offset))
            if double and index == len(parts) - 1:
                self._counts[path] = self._counts.get(path, 0) + 1
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
                self.places.setdefault(path, Place(offset, offset))
        self._take("]]" if double else "]")
        return path

    def _pair(self, table: Path) -> None:
        path = table
        for name, offset in self._key():
            path = (*path, name)
            self.places.setdefault(path, Place(offset, offset))
        self._take("=")
        key, value = self.places[path].key, self._at
        self.places[path] = Place(key, value)
        self._value(path)
        self.places[path] = Place(key, value, self._end)

    def _key(self) -> list[tuple[str, int]]:
        parts = []
        while True:
            raw, offset = self._match(_KEY)[0], self._at
            self._at += len(raw)
            self._skip()
            parts.append((_unquoted(raw), offset))
            if not self._take("."):
                return parts

    def _value(self, path: Path) -> None:
        if self._take("["):
            self._array(path)
        elif self._take("{"):
            while not self._take("}"):
                self._pair(path)
                self._take(",")
        else:
            self._at = self._end = self._match(_SCALAR).end()
        self._skip()

    def _array(self, path: Path) -> None:
        index = 0
        while not self._take("]"):
            element = (*path, index)
            start = self._at
            self.places[element] = Place(start, start)
            self._value(element)
            self.places[element] = Place(start, start, self._end)
            self._take(",")
            index += 1


def _unquoted(raw: str) -> str:
    return str(tomllib.loads(f"key = {raw}")["key"]) if raw[0] in "\"'" else raw
