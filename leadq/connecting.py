"""A connection is made: what `leadq connect` does, and the screen that a first start shows.

Who asks is somewhere else. Nothing of a draft is written, here or in the CRM, before `create` and `keep`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from leadq import config, config_edit, secrets
from leadq.errors import Exit, LeadqError
from leadq.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadq.config import Connection
    from leadq.domain.contract import Contract
    from leadq.paths import Home
    from leadq.plugins.sdk import Option, RemoteLead, Step
    from leadq.queue import Queue
    from leadq.sync.asking import Introduction
    from leadq.sync.mapping import Known, Problem
    from leadq.sync.visit import Seen, Visitor

LONGEST_SECRET: Final = 100_000
"""Characters; whoever reads a secret need not read more."""

PREVIEWED: Final = 5
"""Leads that are shown before a connection is kept."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class Draft:
    """A connection that is being made, or one of that name and adapter that is being changed.

    `table` is what the settings will say of it beside what they say now, `typed` the secrets given so far. Every visit
    raises Stopped, and LeadqError (77) when a secret cannot be had.
    """

    def __init__(self, home: Home, visitor: Visitor, adapter: str, name: str | None = None) -> None:
        """Raises LeadqError: `bad_name` (2), `name_taken` (78), `unusable` (78)."""
        self._home, self.visitor = home, visitor
        self._known = config.load(home).connections
        self.name = new_name(name or adapter, adapter, self._known)
        self.wanted = introduced(visitor, adapter)
        self.table: dict[str, Any] = {"adapter": adapter}
        self.typed: dict[str, str] = {}

    @property
    def connection(self) -> Connection:
        """The connection as it will be: what is there already, under what was said now."""
        return as_connection(self._home, self._known.get(self.name), self.name, self.table)

    def writable(self) -> None:
        """Raises LeadqError `config` (78) where only a person can write the settings."""
        config_edit.draft(self._home, self.name, self.table)

    def missing_options(self) -> list[Option]:
        """Settings without which the adapter cannot work, and which are nowhere yet."""
        there = self.connection.options
        return [one for one in self.wanted.options if one.required and not one.secret and not there.get(one.name)]

    def needed_secrets(self) -> list[Option]:
        """Secrets without which the adapter cannot work."""
        return [one for one in self.wanted.options if one.secret and one.required]

    def missing_secrets(self) -> list[Option]:
        """Those of them that are neither typed nor anywhere else."""
        wanted = self.needed_secrets()
        found = {**secrets.of(self.connection, home=self._home, known=self.typed), **self.typed} if wanted else {}
        return [one for one in wanted if not found.get(one.name)]

    def see(self) -> Seen:
        """Whether it works, and what is there."""
        return self.visitor.see(self.connection, whole=True, typed=self.typed)

    def blame_mapping(self) -> None:
        """An adapter that looks at the mapping itself says what is wrong with it, and we what is nearest to it.

        Raises LeadqError `bad_mapping` (78).
        """
        from leadq.sync.mapping import problems
        from leadq.sync.run import Stopped

        connection = self.connection
        if not (connection.fields or connection.states):
            return
        try:
            found = self.visitor.describe(connection, typed=self.typed)
        except Stopped:
            return  # it was not the mapping
        if wrong := problems(connection, found) if found else []:
            raise bad_mapping(wrong)

    def map(self, more: Mapping[str, Mapping[str, Any]]) -> None:
        """Add to the mapping: `fields` and `states`, as the settings have them."""
        for part, values in more.items():
            if values:
                self.table[part] = {**self.table.get(part, {}), **values}

    def problems(self, seen: Seen) -> list[Problem]:
        """What the mapping names and is not there; words that are yet to be created are believed."""
        from leadq.sync.mapping import problems

        if not seen.description:
            return []
        mapped = self.connection._replace(states={}) if seen.steps else self.connection
        return problems(mapped, seen.description)

    def owners(self, seen: Seen, contract: Contract) -> list[Known]:
        """The CRM's people, each with the member of the contract that they are."""
        from leadq.sync.mapping import known

        if not seen.description:
            return []
        return known(seen.description.owners, list(contract.members.values()), self.connection)

    def create(self, steps: Sequence[Step]) -> None:
        """Create in the CRM what is missing there, once somebody has agreed. Raises LeadqError 75, 77 or 78."""
        from leadq.sync.run import Stopped
        from leadq.sync.visit import error_of

        try:
            self.visitor.prepare(self.connection, steps, typed=self.typed)
        except Stopped as stopped:
            raise error_of(stopped.failure) from None
        self.blame_mapping()  # words that were to be created are there now, or never will be

    def preview(self) -> list[RemoteLead]:
        """The first leads that a pull would bring; none while they cannot be had. Raises LeadqError 77 or 78."""
        from leadq.sync.run import Stopped
        from leadq.sync.visit import LATER, error_of

        try:
            return self.visitor.preview(self.connection, PREVIEWED, typed=self.typed)
        except Stopped as stopped:
            if stopped.failure.kind in LATER:
                return []
            raise error_of(stopped.failure) from None

    def keep(self, queue: Queue) -> str:
        """Write the settings and the secrets, and let the connection be tried; why a secret is not kept, "" when it is.

        What can fail without a trace comes first. A secret that no keyring takes is remembered by this process.
        """
        from leadq.secrets import kept
        from leadq.sync.ports import SystemTicks
        from leadq.sync.visit import lift

        unkept = ""
        config_edit.connect(self._home, self.name, self.table)
        try:
            for name, text in self.typed.items():
                kept.put(self._home, self.name, name, text, SystemTicks().wall_ms())
        except LeadqError as error:
            unkept = f"{error.message} {error.hint}".strip()
            for name, text in self.typed.items():
                secrets.remember(self.name, name, text)  # enough for the first leads
        with queue.desk():
            pass  # the first command that writes makes the database, and puts the contract in force
        lift(queue.store, self.name)
        return unkept


def new_name(name: str, adapter: str, known: Mapping[str, Connection]) -> str:
    """The name, when a connection may be called that. Raises LeadqError `bad_name` (2) or `name_taken` (78)."""
    if not _NAME.fullmatch(name):
        sentence = _("“{name}” is no name for a connection.").format(name=name)
        hint = _("Small letters, digits, - and _; a letter first, at most 40: `--name crm`.")
        raise LeadqError("bad_name", sentence, hint=hint, exit_status=Exit.USAGE)
    other = known.get(name)
    if other and other.adapter != adapter:
        sentence = _("There is a connection “{name}” already, and its adapter is {adapter}.")
        hint = _("Give this one another name with --name.")
        raise LeadqError(
            "name_taken", sentence.format(name=name, adapter=other.adapter), hint=hint, exit_status=Exit.CONFIG
        )
    _keep_apart(name, known)
    return name


def _keep_apart(name: str, known: Mapping[str, Connection]) -> None:
    """LEADQ_CRM_EU_TOKEN would be the token of `crm-eu`, and the eu_token of `crm`: such names do not go together."""
    ours = secrets.prefix_of(name)
    for other in known:
        theirs = secrets.prefix_of(other)
        if other != name and (ours.startswith(theirs) or theirs.startswith(ours)):
            sentence = _("“{name}” is too near to “{other}”: their variables ({variable}) could not be told apart.")
            variable = max(ours, theirs, key=len) + "TOKEN"
            raise LeadqError(
                "name_taken",
                sentence.format(name=name, other=other, variable=variable),
                hint=_("Give this one another name with --name."),
                exit_status=Exit.CONFIG,
            )


def introduced(visitor: Visitor, adapter: str) -> Introduction:
    """What the adapter wants to be given. Raises LeadqError `unusable` (78) for one that is not there, or broken."""
    from leadq.sync.run import Stopped
    from leadq.sync.visit import error_of

    try:
        return visitor.introduced(adapter)
    except Stopped as stopped:
        raise error_of(stopped.failure) from None


def of_words(said: str) -> str | list[str]:
    """One word, or several between commas."""
    words = [word.strip() for word in said.split(",") if word.strip()]
    return words[0] if len(words) == 1 else words


def as_connection(home: Home, known: Connection | None, name: str, table: Mapping[str, Any]) -> Connection:
    """The connection that `table` makes of what is there."""
    said = config.connection_of(home, name, table)
    if known is None:
        return said
    return known._replace(
        options={**known.options, **{key: value for key, value in said.options.items() if key in table}},
        token_command=said.token_command or known.token_command,
        fields={**known.fields, **said.fields},
        states={**known.states, **said.states},
    )


def bad_mapping(wrong: Sequence[Problem]) -> LeadqError:
    """What the mapping names and is not there."""
    return LeadqError(
        "bad_mapping",
        " ".join(map(str, wrong)),
        hint=_("Correct --field and --state, or the mapping in leadq.toml; nothing was written."),
        exit_status=Exit.CONFIG,
    )


def usable(text: str) -> str:
    """A secret without what shells and editors add around it. Raises LeadqError `bad_secret` (2)."""
    text = text.strip("\ufeff \t\r\n")
    if not text:
        raise _bad_secret(_("There is no secret on standard input."))
    if len(text) > LONGEST_SECRET or not text.isprintable():
        raise _bad_secret(_("That is no secret: it has several lines, or characters that nobody types."))
    return text


def _bad_secret(message: str) -> LeadqError:
    hint = _("Type it when asked, or send it: `pass show crm | leadq auth set CONNECTION`.")
    return LeadqError("bad_secret", message, hint=hint, exit_status=Exit.USAGE)
