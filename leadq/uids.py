"""Identities: time-ordered for what is born here, derived for what another system already names."""

from __future__ import annotations

import hashlib
import os
import uuid
from typing import Final

_SPACE: Final = uuid.UUID("6f1b5b0e-8b8f-5d0a-9d43-1c6f0b7a5e21")


def uuid7(ms: int) -> str:
    """A UUIDv7 (RFC 9562) for an instant in milliseconds UTC: sorts by time, so index pages stay warm."""
    return _text((ms & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10), "big"), version=7)


def _text(value: int, version: int) -> str:
    """128 bits as a UUID of RFC 9562; `uuid.UUID` would cost as much as all the rest of an imported row's identity."""
    value = value & ~(0xF << 76) | version << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def remote_uid(account: str, object_type: str, remote_id: str, cycle: int = 1) -> str:
    """The uid of a lead that a remote account names: the same on every laptop (DESIGN section 2)."""
    name = "\x1f".join((account, object_type, remote_id, str(cycle)))
    digest = hashlib.sha1(_SPACE.bytes + name.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return _text(int.from_bytes(digest[:16], "big"), version=5)
