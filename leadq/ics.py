"""One meeting as an iCalendar file (RFC 5545): the same bytes each time, whenever it is written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from leadq.text import clean_block

_OCTETS: Final = 75
"""The longest line, its end not counted (RFC 5545, 3.1)."""


def meeting(*, uid: str, stamp_ms: int, start_ms: int, summary: str, description: str) -> bytes:
    """The file. `uid` names the meeting for good; `stamp_ms` is when it was agreed, `start_ms` when it is (UTC).

    It has no end: leadq knows when people meet, not for how long. Whatever the texts hold, they are only text.
    """
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//leadq//leadq//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{_text(uid)}",
        f"DTSTAMP:{_instant(stamp_ms)}",
        f"DTSTART:{_instant(start_ms)}",
        f"SUMMARY:{_text(summary)}",
        f"DESCRIPTION:{_text(description)}",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return b"".join(map(_folded, lines))


def _instant(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """A TEXT value (3.3.11): a line end is written, never one."""
    safe = clean_block(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return safe.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """The line in pieces of 75 octets, none of which cuts a character; the ones that go on begin with a space."""
    pieces, piece = [], b""
    for char in line:
        octets = char.encode("utf-8")
        if len(piece) + len(octets) > _OCTETS:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
