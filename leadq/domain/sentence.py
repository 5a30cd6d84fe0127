"""A sentence that is said later, in the language of whoever reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Sentence:
    """An English template and the values of its braces, some of which may be sentences themselves."""

    template: str
    params: Mapping[str, object] = field(default_factory=dict)

    def worded(self, translate: Callable[[str], str] = str) -> str:
        """The sentence in the language of `translate`, which maps an English template to its own; "" for none."""
        if not self.template:
            return ""
        spoken = {
            name: value.worded(translate) if isinstance(value, Sentence) else value
            for name, value in self.params.items()
        }
        return translate(self.template).format(**spoken)
