"""What comes out of an adapter's process, made safe to keep and to show: no secret in it, and nothing for a terminal.

An adapter cannot be trusted to keep its token to itself, nor a service not to send it back: a page of leads, a cursor
and an account's name are looked through as well as what is said.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from leadq.plugins.sdk import Result, Step
from leadq.sync.asking import Steps
from leadq.sync.protocol import APART, Failed, Message, decode
from leadq.sync.redact import Redactor
from leadq.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

Worded = TypeVar("Worded", Failed, Step)
_DETAIL: Final = 300
_IN_DATA: Final = 12
"""Characters from which on a secret is looked for in data too: no token is shorter, and a short password may well be
a word of somebody's name."""


class Hearing:
    """Hears one adapter, and knows its secrets."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = tuple(secrets)
        self._said = Redactor(known)
        self._data = Redactor(known, shortest=_IN_DATA)

    def message(self, line: bytes) -> Message:
        """The message in `line`. Raises ProtocolError."""
        message = decode(_mended(self._data.line(line)))
        if isinstance(message, Result):
            return replace(message, detail=self.sentence(message.detail))
        if isinstance(message, Failed):
            return self._worded(message)
        if isinstance(message, Steps):
            return Steps(tuple(map(self._worded, message.steps)))
        return message

    def _worded(self, message: Worded) -> Worded:
        params = {name: self.sentence(value) for name, value in message.params.items()}
        return replace(message, message=self.sentence(message.message), params=params)

    def sentence(self, text: str) -> str:
        """One line to be shown."""
        return clean(self._said.text(text), _DETAIL)


def _mended(line: bytes) -> bytes:
    """Without halves of characters, which JSON can name and no database can keep."""
    if b"\\ud" not in line:
        return line
    return APART.join(map(_with_whole_characters, line.split(APART)))


def _with_whole_characters(document: bytes) -> bytes:
    try:
        return json.dumps(json.loads(document), ensure_ascii=False).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        return document  # whoever reads it next says what is wrong with it
