"""What `leadq connect` asks in a terminal. Questions go to standard error; an empty answer keeps what is suggested."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from leadq.cli.auth import typed
from leadq.cli.connect_words import of_words
from leadq.cli.output import say
from leadq.domain.states import STATES
from leadq.errors import LeadqError
from leadq.i18n import _
from leadq.sync.mapping import problems
from leadq.text import clean, fold
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadq.config import Connection
    from leadq.plugins.sdk import Description, Option

_SHOWN: Final = 20
_YES: Final = frozenset({"y", "yes", "o", "oui"})


class Questions:
    """Asks one thing after the other. The end of the input ends it as Ctrl-C does: nothing was written."""

    def tell(self, lines: Iterable[str]) -> None:
        """Say some lines."""
        for line in lines:
            say(line)

    def options(self, wanted: Sequence[Option], there: Mapping[str, Any]) -> dict[str, Any]:
        """A value for each setting."""
        return {one.name: self._text(_(one.help) or one.name, str(there.get(one.name, ""))) for one in wanted}

    def secrets(self, wanted: Sequence[Option]) -> dict[str, str]:
        """Each secret, typed without echo."""
        return {one.name: self._secret(_(one.help) or one.name) for one in wanted}

    def agree(self, question: str) -> bool:
        """Whether the person says yes; nothing is no."""
        return self._hear(f"{question} ({_('y/N')})").casefold() in _YES

    def mapping(self, connection: Connection, description: Description) -> dict[str, dict[str, Any]]:
        """Fields and states to map, one after the other until an empty line; only what is really there is taken."""
        self._explain(connection, description)
        found: dict[str, dict[str, Any]] = {"fields": {}, "states": {}}
        while answer := self._hear(_("Mapping (Enter: go on)")):
            key, equals, value = (part.strip() for part in answer.partition("="))
            if not (equals and key and value):
                self.tell(_search(answer.rstrip("= "), description))
                continue
            part, said = ("states", of_words(value)) if key in STATES else ("fields", _named(value, description))
            if self._fits(connection, description, part, {key: said}):
                found[part][key] = said
                say(
                    _("“{key}” is “{there}” there.").format(
                        key=key, there=said if isinstance(said, str) else ", ".join(said)
                    )
                )
        return found

    def _explain(self, connection: Connection, description: Description) -> None:
        known = [f"{key} = {value}" for key, value in connection.fields.items()]
        known += [f"{key} = {', '.join(said)}" for key, said in connection.states.items()]
        if known:
            say(_("Mapped by the settings: {known}.").format(known="; ".join(known)))
        if description.statuses:
            told = ", ".join(choice.label or choice.value for choice in description.statuses)
            say(_("What the CRM has for a lead’s state: {known}.").format(known=told))
        say(
            _(
                "The adapter knows the usual fields by itself. Another one: `score = its name in the CRM`; a state:"
                " `qualified = the CRM’s word`; a part of a name alone searches the CRM’s {count} fields."
            ).format(count=len(description.fields))
        )

    def _fits(self, connection: Connection, description: Description, part: str, said: Mapping[str, Any]) -> bool:
        words = {key: (value,) if isinstance(value, str) else tuple(value) for key, value in said.items()}
        tried = connection._replace(
            fields=said if part == "fields" else {}, states=words if part == "states" else {}
        )  # fmt: skip
        wrong = problems(tried, description)
        self.tell(map(str, wrong))
        return not wrong

    def _text(self, title: str, suggested: str) -> str:
        while True:
            answer = self._hear(f"{title} [{suggested}]" if suggested else title) or suggested
            if answer:
                return answer
            say(_("This cannot be left out."))

    def _secret(self, title: str) -> str:
        while True:
            try:
                return typed(title)
            except LeadqError as error:
                say(error.message)
            except EOFError:
                raise KeyboardInterrupt from None

    def _hear(self, question: str) -> str:
        sys.stderr.write(f"{clean(labelled(question, ''))} ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise KeyboardInterrupt
        return line.strip().lstrip("\ufeff")


def _named(value: str, description: Description) -> str:
    """A field by its name, or by what the CRM's screens call it."""
    if any(field.name == value for field in description.fields):
        return value
    same = [field.name for field in description.fields if fold(value) in (fold(field.name), fold(field.label))]
    return same[0] if len(same) == 1 else value


def _search(word: str, description: Description) -> Iterable[str]:
    wanted = fold(word)
    found = [field for field in description.fields if wanted in fold(field.name) or wanted in fold(field.label)]
    for field in found[:_SHOWN]:
        values = ", ".join(choice.value for choice in field.choices[:_SHOWN])
        yield " · ".join(part for part in (f"  {field.name}", field.label, values) if part)
    if not found:
        yield _("The CRM has no field like “{word}”.").format(word=word)
