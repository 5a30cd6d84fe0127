"""Writing a signature into the text of a contract, and nothing else: comments, order and layout stay as they are.

Three ways of writing `signed` are known: a list of inline tables, `[[contract.signed]]`, and not at all.
"""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any, Final

from leadq.domain.toml_positions import Positions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadq.domain.contract import Signature
    from leadq.domain.toml_positions import Path

_SIGNED: Final[Path] = ("contract", "signed")


def sign(text: str, signature: Signature) -> str:
    """`text` with the signature in it, in the place of an older one of the same role.

    `text` is that of a valid contract.
    """
    head: Mapping[str, Any] = tomllib.loads(text)["contract"]
    signed: Sequence[Mapping[str, Any]] = head.get("signed", ())
    positions = Positions(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    older = next((index for index, one in enumerate(signed) if one["role"] == signature.role), None)
    if not positions.under(()).get(_SIGNED):
        return _first(text, signature, positions, newline)
    if not positions.find(_SIGNED).end:
        return _tables(text, signature, positions, older, len(signed), newline)
    return _list(text, signature, positions, older, len(signed), newline)


def _pairs(signature: Signature) -> dict[str, str]:
    """The keys with their values as TOML writes them: a JSON string is a TOML one."""
    return {
        "role": json.dumps(signature.role),
        "by": json.dumps(signature.by, ensure_ascii=False),
        "on": signature.on.isoformat(),
        "hash": json.dumps(signature.hash),
    }


def _inline(signature: Signature) -> str:
    return "{ " + ", ".join(f"{key} = {value}" for key, value in _pairs(signature).items()) + " }"


def _put(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _list(text: str, signature: Signature, positions: Positions, older: int | None, count: int, newline: str) -> str:
    place = positions.find(_SIGNED)
    if older is not None:
        old = positions.find((*_SIGNED, older))
        return _put(text, old.value, old.end, _inline(signature))
    if not count:
        return _put(text, place.value + 1, place.value + 1, f"{newline}  {_inline(signature)},{newline}")
    last = positions.find((*_SIGNED, count - 1)).end
    return _put(text, last, last, f",{newline}  {_inline(signature)}")


def _tables(text: str, signature: Signature, positions: Positions, older: int | None, count: int, newline: str) -> str:
    pairs = _pairs(signature)
    if older is None:
        last = max(place.end for place in positions.under((*_SIGNED, count - 1)).values())
        line_end = text.find("\n", last)
        begin = "" if line_end >= 0 else newline
        at = line_end + 1 if line_end >= 0 else len(text)
        lines = ["[[contract.signed]]", *(f"{key} = {value}" for key, value in pairs.items())]
        return _put(text, at, at, begin + newline.join(lines) + newline)
    places = {key: positions.under((*_SIGNED, older)).get((*_SIGNED, older, key)) for key in pairs}
    role = places["role"]
    assert role, "a signature has a role"
    edits = [(place.value, place.end, pairs[key]) for key, place in places.items() if place]
    edits += [(role.key, role.key, f"{key} = {pairs[key]}{newline}") for key, place in places.items() if not place]
    for start, end, new in sorted(edits, reverse=True):
        text = _put(text, start, end, new)
    return text


def _first(text: str, signature: Signature, positions: Positions, newline: str) -> str:
    """The key is not there yet: it is written before the first key of [contract], in that key's own way."""
    value = f"[{newline}  {_inline(signature)},{newline}]"
    first = positions.under(()).get(("contract", "name"))
    assert first, "a valid contract has a name"
    head = positions.find(("contract",))
    if head.end:
        return _put(text, first.key, first.key, f"signed = [{_inline(signature)}], ")
    line_start = text.rfind("\n", 0, first.key) + 1
    prefix = "contract." if text[line_start : first.key].strip() or _dotted(text, head.key) else ""
    return _put(text, line_start, line_start, f"{prefix}signed = {value}{newline}")


def _dotted(text: str, at: int) -> bool:
    """Whether the table begins with one of its own keys (`contract.name = ...`) and not with a heading."""
    return not text[text.rfind("\n", 0, at) + 1 : at].lstrip().startswith("[")
