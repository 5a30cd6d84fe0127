"""Identities: time-ordered for what is born here, derived for what another system already names."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from itertools import count
from typing import Final

_SPACE: Final = uuid.UUID("6f1b5b0e-8b8f-5d0a-9d43-1c6f0b7a5e21").bytes
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}

_births: tuple[int, str, Iterator[int]] = (-1, "", count())
"""The instant of the newest uid, what the uids of that instant begin with, and how they go on."""


def uuid7(ms: int) -> str:
    """A UUIDv7 (RFC 9562) for an instant in milliseconds UTC: sorts by time, so index pages stay warm.

    Within a process those of one instant sort by birth (section 6.2, method 2): an import only adds to an index's end.
    """
    global _births
    births = _births  # taken once: another thread may put another instant there at any time
    if births[0] != ms:
        first = _text(f"{ms & (1 << 48) - 1:012x}{os.urandom(10).hex()}", version="7")
        births = _births = (ms, first[:24], count(int(first[24:], 16) >> 1))
    return f"{births[1]}{next(births[2]):012x}"


def _text(digits: str, version: str) -> str:
    """32 hexadecimal digits as a UUID of RFC 9562. `uuid.UUID` would cost as much as the rest of a row's identity."""
    variant = _VARIANT[digits[16]]
    return f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


def remote_uid(account: str, object_type: str, remote_id: str, cycle: int = 1) -> str:
    """The uid of a lead that a remote account names: the same on every laptop (DESIGN section 2)."""
    name = "\x1f".join((account, object_type, remote_id, str(cycle)))
    digest = hashlib.sha1(_SPACE + name.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    return _text(digest, version="5")
