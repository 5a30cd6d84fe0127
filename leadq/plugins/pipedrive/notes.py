"""A change as a note on the timeline: HTML there, with the marker as its last line, and read back from it."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from leadq.plugins.sdk import Change

_BREAK: Final = re.compile(r"<br\b[^>]*>|</(?:p|div|li|ul|ol|h[1-6])\s*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^>]*>")
_MARK: Final = "leadq:"


def written(change: Change) -> str:
    """The note of a change, line by line; nothing of what a person typed is HTML."""
    said = [*change.note.splitlines()] if change.note else []
    return "<br>".join(escape(line, quote=False) for line in [_heading(change), *said, change.marker])


def marker_in(content: object) -> str:
    """The op id in the last line of a note, whatever the service made of its HTML; empty when it is none of ours."""
    lines = [line.strip() for line in plain(content).splitlines()]
    last = next((line for line in reversed(lines) if line), "")
    return last.removeprefix(_MARK) if last.startswith(_MARK) else ""


def plain(content: object) -> str:
    """A note without its HTML."""
    return unescape(_TAG.sub("", _BREAK.sub("\n", content))).replace("\xa0", " ") if isinstance(content, str) else ""


def _heading(change: Change) -> str:
    """What was done, in the codes of the contract: they are the same in every language."""
    parts = [change.verb, change.reason]
    parts += [f"{change.quality}/5"] if change.quality is not None else []
    parts += [f"({', '.join(change.missing)})"] if change.missing else []
    return f"leadq · {' '.join(part for part in parts if part)} · {change.actor} · {change.occurred_at}"
