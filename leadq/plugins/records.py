"""Records and notes of a service: ids as text, values at their places, markers in notes. For `rest`."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from leadq.plugins.errors import N_, Rejected

_TAG: Final = re.compile(r"<[^>]*>")
_BREAK: Final = re.compile(r"<\s*(?:br|/p|/div|/li)\b[^>]*>", re.IGNORECASE)


def as_html(text: str) -> str:
    """A note for a service whose notes are HTML."""
    return html.escape(text, quote=False).replace("\n", "<br>")


def from_html(text: str) -> str:
    """The text of such a note, line by line."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))


def marker_in(text: str) -> str:
    """The op id in the last line of a note; empty when it is none of ours."""
    last = text.rstrip().rpartition("\n")[2].split()
    return last[0].removeprefix("leadq:") if len(last) == 1 and last[0].startswith("leadq:") else ""


def filled(template: str, external_id: str, note: str = "") -> str:
    """A path with the ids in their places, so that no id can make another path of it."""
    if not external_id:
        raise Rejected("external_id", N_("There is no id of the lead at the other end."))
    return template.replace("{id}", quote(external_id, safe="")).replace("{note}", quote(note, safe=""))


def put(document: dict[str, Any], place: str, value: Any) -> None:
    *above, last = place.split(".")
    for key in above:
        document = document.setdefault(key, {})
    document[last] = value


def as_object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError("not an object")
    return value


def several(words: str | Sequence[str]) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


def as_id(value: Any) -> str:
    """An id as text, whatever it came as; "" for what cannot be one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def as_ids(value: Any) -> tuple[str, ...]:
    return tuple(filter(None, map(as_id, value))) if isinstance(value, list) else ()
