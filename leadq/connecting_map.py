"""A mapping as people say it, one line after the other: `score = hs_score`, `qualified = Won`, or a word to search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadq.connecting import of_words
from leadq.domain.states import STATES
from leadq.i18n import _
from leadq.sync.mapping import problems
from leadq.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadq.config import Connection
    from leadq.plugins.sdk import Description

_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Mapped:
    """One line that holds: `part` is `fields` or `states`, `value` what that is called in the CRM."""

    part: str
    key: str
    value: Any

    def __str__(self) -> str:
        there = self.value if isinstance(self.value, str) else ", ".join(self.value)
        return _("“{key}” is “{there}” there.").format(key=self.key, there=there)


def explained(connection: Connection, description: Description) -> Iterator[str]:
    """What is mapped already, and how to say more."""
    known = [f"{key} = {value}" for key, value in connection.fields.items()]
    known += [f"{key} = {', '.join(said)}" for key, said in connection.states.items()]
    if known:
        yield _("Mapped by the settings: {known}.").format(known="; ".join(known))
    if description.statuses:
        told = ", ".join(choice.label or choice.value for choice in description.statuses)
        yield _("What the CRM has for a lead’s state: {known}.").format(known=told)
    yield _(
        "The adapter knows the usual fields by itself. Another one: `score = its name in the CRM`; a state:"
        " `qualified = the CRM’s word`; a part of a name alone searches the CRM’s {count} fields."
    ).format(count=len(description.fields))


def understood(answer: str, connection: Connection, description: Description) -> Mapped | list[str]:
    """What a line maps; else what is wrong with it, or the fields that have its word in their name."""
    key, equals, value = (part.strip() for part in answer.partition("="))
    if not (equals and key and value):
        return list(_search(answer.rstrip("= "), description))
    if key in STATES:
        found = Mapped("states", key, of_words(value))
        words = (found.value,) if isinstance(found.value, str) else tuple(found.value)
        tried = connection._replace(fields={}, states={key: words})
    else:
        found = Mapped("fields", key, _named(value, description))
        tried = connection._replace(fields={key: found.value}, states={})
    return [str(each) for each in problems(tried, description)] or found


def _named(value: str, description: Description) -> str:
    """A field by its name, or by what the CRM's screens call it."""
    if any(field.name == value for field in description.fields):
        return value
    same = [field.name for field in description.fields if fold(value) in (fold(field.name), fold(field.label))]
    return same[0] if len(same) == 1 else value


def _search(word: str, description: Description) -> Iterator[str]:
    wanted = fold(word)
    found = [field for field in description.fields if wanted in fold(field.name) or wanted in fold(field.label)]
    for field in found[:_SHOWN]:
        values = ", ".join(choice.value for choice in field.choices[:_SHOWN])
        yield " · ".join(part for part in (f"  {field.name}", field.label, values) if part)
    if not found:
        yield _("The CRM has no field like “{word}”.").format(word=word)
