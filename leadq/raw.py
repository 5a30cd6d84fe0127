"""A record as it came, which is kept and hardly ever looked at: its JSON stays the text that it is.

Reading it into objects and writing it out again would be a tenth of what fetching a lead takes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

_ENCODE: Final = json.JSONEncoder(check_circular=False, default=str).encode


class Raw(Mapping[str, Any]):
    """The record that `text`, a JSON object, says; read when somebody looks into it, and empty when it says none."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _record(self) -> Mapping[str, Any]:
        try:
            found = json.loads(self.text)
        except (ValueError, RecursionError):  # a plugin's own process has written it
            return {}
        return found if isinstance(found, dict) else {}

    def __getitem__(self, name: str) -> Any:
        """One of its fields."""
        return self._record[name]

    def __iter__(self) -> Iterator[str]:
        """The names of its fields."""
        return iter(self._record)

    def __len__(self) -> int:
        """How many fields it has."""
        return len(self._record)

    def __repr__(self) -> str:
        """As it came."""
        return f"Raw({self.text!r})"


def as_text(record: Mapping[str, Any]) -> str:
    """The JSON of `record`: what it came as, where it came as text."""
    if type(record) is Raw:
        return record.text
    return _ENCODE(dict(record)) if record else "{}"
