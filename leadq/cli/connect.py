"""`leadq connect ADAPTER`: a connection from nothing to its first leads; nothing is kept of one that does not work.

Everything can be said by options; in a terminal what is missing is asked. A service that cannot be reached is the one
thing that does not stop it: the connection is kept as not verified, and the first sync finds out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from leadq import config, config_edit, secrets
from leadq.cli import connect_lines as lines
from leadq.cli import connect_words as words
from leadq.cli.base import Session, argument, command, option
from leadq.cli.connect_questions import Questions
from leadq.cli.output import emit, say
from leadq.cli.sync import fetch
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _
from leadq.terminal import interactive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadq.config import Connection
    from leadq.plugins.sdk import Option, RemoteLead, Step
    from leadq.sync.mapping import Known
    from leadq.sync.report import SyncReport
    from leadq.sync.visit import Seen, Visitor

_PREVIEW: Final = 5


@command("connect", help=N_("Connect a CRM: check the login, see what is there, fetch the first leads."))
@argument("ADAPTER")
@option("--name", metavar="CONNECTION", help=N_("What to call the connection (else like the adapter)."))
@option("--option", "options", multiple=True, metavar="NAME=VALUE", help=N_("A setting of the adapter; several times."))
@option("--field", "fields", multiple=True, metavar="FIELD=THEIRS",
        help=N_("Which of the CRM’s fields is one of leadq’s; several times."))  # fmt: skip
@option("--state", "states", multiple=True, metavar="STATE=THEIRS",
        help=N_("What the CRM calls a state of leadq’s; of several between commas the first is written."))  # fmt: skip
@option("--token-stdin", is_flag=True, help=N_("Read the secret from standard input, several one a line."))
@option("--token-command", metavar="COMMAND", help=N_("Ask this command for the token, each time."))
@option("--no-pull", is_flag=True, help=N_("Fetch no leads yet."))
@option("--yes", is_flag=True, help=N_("Create in the CRM what is missing there, without being asked."))
def connect(session: Session, adapter: str, **given: Any) -> Exit:
    """Connect, or change a connection of that name and adapter; the exit status says what is left to do."""
    asking = None if session.as_json or given["token_stdin"] or not interactive() else Questions()
    return _Connecting(session, adapter, asking, **given).go()


@dataclass(slots=True)
class Done:
    """What came of it, for the answer; `asked`: in a conversation, in which some of it was said already."""

    asked: bool
    seen: Seen | None = None
    why_not: str = ""
    owners: list[Known] = field(default_factory=list)
    steps: tuple[Step, ...] = ()
    created: bool = False
    preview: list[RemoteLead] = field(default_factory=list)
    unkept: str = ""
    report: SyncReport | None = None


class _Connecting:
    """One run of the command, step by step. Raises LeadqError before anything is written, or not at all."""

    def __init__(
        self,
        session: Session,
        adapter: str,
        asking: Questions | None,
        *,
        name: str | None,
        options: Sequence[str],
        fields: Sequence[str],
        states: Sequence[str],
        token_stdin: bool,
        token_command: str | None,
        no_pull: bool,
        yes: bool,
    ) -> None:
        self._session, self._asking = session, asking
        self._known = config.load(session.home).connections
        self._name = words.new_name(name or adapter, adapter, self._known)
        self._visitor: Visitor = session.visitor()
        self._wanted = words.introduced(self._visitor, adapter)
        self._table: dict[str, Any] = {
            "adapter": adapter,
            **words.options(options, self._wanted, adapter),
            **words.command(token_command),
            **words.mapping(fields, states),
        }
        self._token_stdin, self._pulls, self._yes = token_stdin, not no_pull, yes
        self._typed: dict[str, str] = {}

    def go(self) -> Exit:
        """Check, look, ask, create, keep and fetch, in this order."""
        done = Done(asked=self._asking is not None)
        config_edit.draft(self._session.home, self._name, self._table)  # a file that only a person can change, at once
        self._fill(self._missing_options(), self._missing_secrets())
        self._check(done)
        if done.seen:
            self._look(done, done.seen)
        self._keep(done)
        if done.seen and self._pulls:
            done.report = fetch(self._session, self._name)
        emit(lines.shape(self._connection, done), lines.told(self._connection, done), as_json=self._session.as_json)
        return _status(done)

    @property
    def _connection(self) -> Connection:
        """The connection as it will be: what is there already, under what was said now."""
        return words.as_connection(self._session.home, self._known.get(self._name), self._name, self._table)

    def _missing_options(self) -> list[Option]:
        there = self._connection.options
        return [one for one in self._wanted.options if one.required and not one.secret and not there.get(one.name)]

    def _missing_secrets(self) -> list[Option]:
        """Those that must be given now: with --token-stdin also one that is kept, because it is to be replaced."""
        wanted = [one for one in self._wanted.options if one.secret and one.required]
        if self._token_stdin:
            return wanted
        found = secrets.of(self._connection, home=self._session.home) if wanted else {}
        return [one for one in wanted if not found.get(one.name)]

    def _fill(self, missing: Sequence[Option], secret: Sequence[Option]) -> None:
        if self._asking:
            self._table |= self._asking.options(missing, self._connection.options)
            self._typed |= self._asking.secrets(secret)
            return
        if missing:
            raise words.needs_option(self._connection.adapter, missing)
        if secret and not self._token_stdin:
            raise words.needs_secret(self._name, self._connection.adapter, secret)
        self._typed |= words.from_stdin(secret) if self._token_stdin else {}

    def _check(self, done: Done) -> None:
        """Whether it works; in a terminal until it does, or the person gives up."""
        from leadq.sync.run import Stopped
        from leadq.sync.visit import LATER, error_of

        while True:
            try:
                done.seen = self._visitor.see(self._connection, whole=True, typed=self._typed)
                return
            except Stopped as stopped:
                error = error_of(stopped.failure)
                if stopped.failure.kind in LATER:
                    done.why_not = error.message
                    return
                self._blame_mapping()
                again = [one for one in self._wanted.options if one.required and one.secret == _is_login(error)]
                if not (self._asking and again):
                    raise error from None
                say(error.message)
                self._ask_again(again)

    def _blame_mapping(self) -> None:
        """An adapter that looks at the mapping itself says what is wrong with it, and we what is nearest to it."""
        from leadq.sync.mapping import problems
        from leadq.sync.run import Stopped

        connection = self._connection
        if not (connection.fields or connection.states):
            return
        try:
            found = self._visitor.describe(connection, typed=self._typed)
        except Stopped:
            return  # it was not the mapping
        if wrong := problems(connection, found) if found else []:
            raise words.bad_mapping(wrong)

    def _ask_again(self, options: Sequence[Option]) -> None:
        """What may be wrong, once more: settings or secrets."""
        assert self._asking
        if options[0].secret:
            self._typed |= self._asking.secrets(options)
        else:
            self._table |= self._asking.options(options, self._connection.options)

    def _look(self, done: Done, seen: Seen) -> None:
        """The mapping, the people, what must be created, and the first leads."""
        from leadq.sync.mapping import known, problems

        if self._asking:
            say(lines.connected(seen))
            if seen.description:
                self._merge(self._asking.mapping(self._connection, seen.description))
        if seen.description:
            mapped = self._connection._replace(states={}) if seen.steps else self._connection  # words yet to be created
            if wrong := problems(mapped, seen.description):
                raise words.bad_mapping(wrong)
            members = words.contract_of(self._session.home).members.values()
            done.owners = known(seen.description.owners, list(members), self._connection)
            if self._asking:
                self._asking.tell(lines.owners(done.owners, self._name))
        self._create(done, seen.steps or ())
        done.preview = self._previewed()
        if self._asking:
            self._asking.tell(lines.preview(done))
            if not self._asking.agree(_("Keep this connection?")):
                raise KeyboardInterrupt

    def _merge(self, more: Mapping[str, Mapping[str, Any]]) -> None:
        for part, values in more.items():
            if values:
                self._table[part] = {**self._table.get(part, {}), **values}

    def _create(self, done: Done, steps: Sequence[Step]) -> None:
        from leadq.sync.run import Stopped
        from leadq.sync.visit import error_of

        done.steps = tuple(steps)
        if not steps:
            return
        if self._asking and not self._yes:
            self._asking.tell(lines.steps(steps))
            self._yes = self._asking.agree(_("Create this in the CRM?"))
        if self._yes:
            try:
                self._visitor.prepare(self._connection, steps, typed=self._typed)
            except Stopped as stopped:
                raise error_of(stopped.failure) from None
            done.created = True
            self._blame_mapping()  # words that were to be created are there now, or never will be

    def _previewed(self) -> list[RemoteLead]:
        from leadq.sync.run import Stopped
        from leadq.sync.visit import LATER, error_of

        try:
            return self._visitor.preview(self._connection, _PREVIEW, typed=self._typed)
        except Stopped as stopped:
            if stopped.failure.kind in LATER:
                return []
            raise error_of(stopped.failure) from None

    def _keep(self, done: Done) -> None:
        """Write the settings and the secrets: first what can fail without a trace."""
        from leadq.secrets import kept
        from leadq.sync.ports import SystemTicks
        from leadq.sync.visit import lift

        home = self._session.home
        config_edit.connect(home, self._name, self._table)
        try:
            for name, text in self._typed.items():
                kept.put(home, self._name, name, text, SystemTicks().wall_ms())
        except LeadqError as error:
            done.unkept = f"{error.message} {error.hint}".strip()
            for name, text in self._typed.items():
                secrets.remember(self._name, name, text)  # enough for the first leads
        with self._session.queue().desk():
            pass  # the first command that writes makes the database, and puts the contract in force
        lift(self._session.store, self._name)


def _is_login(error: LeadqError) -> bool:
    return error.exit_status is Exit.AUTH


def _status(done: Done) -> Exit:
    if done.unkept or (done.steps and not done.created):
        return Exit.NEEDS_PERSON
    if done.why_not:
        return Exit.TEMPORARY
    return done.report.exit_status if done.report else Exit.DONE
