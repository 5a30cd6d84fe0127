"""What `leadq connect` asks in a terminal. Questions go to standard error; an empty answer keeps what is suggested."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from leadq.cli.auth import typed
from leadq.cli.output import say
from leadq.connecting_map import Mapped, explained, understood
from leadq.errors import LeadqError
from leadq.i18n import _
from leadq.text import clean
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadq.config import Connection
    from leadq.plugins.sdk import Description, Option

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
        self.tell(explained(connection, description))
        found: dict[str, dict[str, Any]] = {"fields": {}, "states": {}}
        while answer := self._hear(_("Mapping (Enter: go on)")):
            said = understood(answer, connection, description)
            if isinstance(said, Mapped):
                found[said.part][said.key] = said.value
                say(str(said))
            else:
                self.tell(said)
        return found

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
