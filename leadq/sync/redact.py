"""Secrets taken out of every text that leaves the transport: errors, recordings, logs.

By value, in each form that a secret takes on its way (as it is, in a URL, in JSON, in base64); and for what a
service gives us that we cannot know (a signed link, a cookie), by place: queries, headers, telling names.
"""

from __future__ import annotations

import base64
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HIDDEN: Final = "***"
SHORTEST: Final = 4
"""Characters: a shorter secret is in every text by chance, and hiding it would tell where."""

_PLAIN_HEADERS: Final = re.compile(
    r"accept|content-(type|length|encoding)|date|retry-after|server|(x-)?(daily-)?rate-?limit.*|x-daily-.*|sforce-limit-info"
)
_TELLING: Final = re.compile(r"token|secret|passw|api.?key|authori[sz]ation|cookie|signature|credential", re.IGNORECASE)
_QUERY: Final = re.compile(r"\?[^\s\"'<>]+")


class Redactor:
    """Knows the secrets of one connection, but for those of fewer than `shortest` characters. Its `repr` does not
    show them."""

    def __init__(self, secrets: Iterable[str], shortest: int = SHORTEST) -> None:
        self._bytes, self._known = _wanted(tuple(secret for secret in secrets if len(secret) >= shortest))

    def text(self, text: str) -> str:
        """`text` with every secret, and the query of every URL, hidden."""
        return _QUERY.sub(f"?{HIDDEN}", self._by_value(text))

    def line(self, line: bytes) -> bytes:
        """A line of JSON in ASCII, with every secret hidden; one without any costs a few fast searches."""
        if not any(form in line for form in self._bytes):
            return line
        return self._by_value(line.decode("ascii", "replace")).encode()

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The names of all headers; the values of those that never hold a secret."""
        return {
            name: self._by_value(value) if _PLAIN_HEADERS.fullmatch(name.lower()) else HIDDEN
            for name, value in headers.items()
        }

    def document(self, value: Any) -> Any:
        """A JSON document (nested at most `body.MAX_DEPTH`), with secrets hidden by value and by name."""
        if isinstance(value, dict):
            return {
                self._by_value(str(key)): HIDDEN if _TELLING.search(str(key)) else self.document(each)
                for key, each in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.document(each) for each in value]
        return self.text(value) if isinstance(value, str) else value

    def _by_value(self, text: str) -> str:
        return self._known.sub(HIDDEN, text) if self._known else text


@lru_cache(maxsize=8)
def _wanted(secrets: tuple[str, ...]) -> tuple[tuple[bytes, ...], re.Pattern[str] | None]:
    """What is looked for; the watcher does so in each cycle, with the same few secrets."""
    forms = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)  # longest first
    known = re.compile("|".join(map(re.escape, forms))) if forms else None
    return tuple(form.encode("utf-8", "surrogatepass") for form in forms), known


def _forms(secret: str) -> set[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    encoded = base64.b64encode(raw).decode("ascii")
    return {
        secret,
        quote(raw, safe=""),
        quote(raw),
        quote_plus(raw),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        encoded.rstrip("="),
        base64.urlsafe_b64encode(raw).decode("ascii").rstrip("="),
        *_inside_basic(raw),
    }


def _inside_basic(raw: bytes) -> set[str]:
    """The secret after a user name in base64: its own letters depend on the length of what is before it."""
    found = set()
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw).decode("ascii").rstrip("=")
        sure = encoded[(0, 2, 3)[before] : -1]
        if len(sure) >= 2 * SHORTEST:
            found.add(sure)
    return found
