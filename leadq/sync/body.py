"""Reading what a service answered without trusting its size, its depth or that it is JSON at all."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_BYTES: Final = 32 << 20
"""Bytes of one answer, counted after decompression: 1 MB of gzip can hold 1 GB."""

MAX_DEPTH: Final = 64
_NESTED: Final = frozenset((dict, list))


class Unreadable(Exception):
    """The answer is no use. The text says why in a few words, and holds nothing of the answer."""


def gather(chunks: Iterable[bytes], encoding: str, max_bytes: int = MAX_BYTES) -> bytes:
    """The whole body, decompressed. Raises Unreadable, at once when it grows past `max_bytes`."""
    if encoding in ("", "identity"):
        return _plain(chunks, max_bytes)
    if encoding in ("gzip", "x-gzip"):
        return _unzipped(chunks, max_bytes)
    raise Unreadable("unknown compression")


def parse_json(body: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """The JSON document in `body`. Raises Unreadable."""
    try:
        document = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Unreadable(_what_instead(body)) from None
    if _is_deeper(document, max_depth):
        raise Unreadable("nested too deeply")
    return document


def _plain(chunks: Iterable[bytes], max_bytes: int) -> bytes:
    found = bytearray()
    for chunk in chunks:
        found += chunk
        if len(found) > max_bytes:
            raise Unreadable("too large")
    return bytes(found)


def _unzipped(chunks: Iterable[bytes], max_bytes: int) -> bytes:
    unzip, found = zlib.decompressobj(zlib.MAX_WBITS | 16), bytearray()
    try:
        for chunk in chunks:
            found += unzip.decompress(chunk, max_bytes + 1 - len(found))
            if len(found) > max_bytes:
                raise Unreadable("too large")
    except zlib.error:
        raise Unreadable("damaged compression") from None
    if not unzip.eof:
        raise Unreadable("cut short")
    return bytes(found)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _what_instead(body: bytes) -> str:
    head = body[:200].lstrip().lower()
    if not head:
        return "empty"
    return "a web page" if head.startswith((b"<!doctype", b"<html", b"<?xml")) else "not JSON"


def _is_deeper(document: object, limit: int) -> bool:
    """Level by level, without recursion; the parser's own limit has already kept the depth below a thousand.

    The parser makes plain dicts and lists only, and asking for those alone takes a quarter of the time.
    """
    level: list[Any] = [document] if type(document) in _NESTED else []
    for _ in range(limit):
        level = [
            child
            for each in level
            for child in (each.values() if type(each) is dict else each)
            if type(child) in _NESTED
        ]
        if not level:
            return False
    return True
