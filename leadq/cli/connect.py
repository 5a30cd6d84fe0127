"""`leadq connect ADAPTER`: a connection from nothing to its first leads; nothing is kept of one that does not work.

Everything can be said by options; in a terminal what is missing is asked. A service that cannot be reached is the one
thing that does not stop it: the connection is kept as not verified, and the first sync finds out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leadq.cli import connect_lines as lines
from leadq.cli import connect_words as words
from leadq.cli.base import Session, argument, command, option
from leadq.cli.connect_questions import Questions
from leadq.cli.output import emit, say
from leadq.cli.sync import fetch
from leadq.connecting import Draft, bad_mapping
from leadq.connecting_told import connected, owners, steps
from leadq.errors import Exit, LeadqError
from leadq.founding import contract_of
from leadq.i18n import N_, _
from leadq.terminal import interactive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadq.plugins.sdk import Option, RemoteLead, Step
    from leadq.sync.mapping import Known
    from leadq.sync.report import SyncReport
    from leadq.sync.visit import Seen


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
        self._draft = Draft(session.home, session.visitor(), adapter, name)
        self._draft.table |= {
            **words.options(options, self._draft.wanted, adapter),
            **words.command(token_command),
            **words.mapping(fields, states),
        }
        self._token_stdin, self._pulls, self._yes = token_stdin, not no_pull, yes

    def go(self) -> Exit:
        """Check, look, ask, create, keep and fetch, in this order."""
        done = Done(asked=self._asking is not None)
        self._draft.writable()  # a file that only a person can change, at once
        self._fill(self._draft.missing_options(), self._missing_secrets())
        self._check(done)
        if done.seen:
            self._look(done, done.seen)
        done.unkept = self._draft.keep(self._session.queue())
        if done.seen and self._pulls:
            done.report = fetch(self._session, self._draft.name)
        connection = self._draft.connection
        emit(lines.shape(connection, done), lines.told(connection, done), as_json=self._session.as_json)
        return _status(done)

    def _missing_secrets(self) -> list[Option]:
        """Those that must be given now: with --token-stdin also one that is kept, because it is to be replaced."""
        return self._draft.needed_secrets() if self._token_stdin else self._draft.missing_secrets()

    def _fill(self, missing: Sequence[Option], secret: Sequence[Option]) -> None:
        draft = self._draft
        if self._asking:
            draft.table |= self._asking.options(missing, draft.connection.options)
            draft.typed |= self._asking.secrets(secret)
            return
        if missing:
            raise words.needs_option(draft.connection.adapter, missing)
        if secret and not self._token_stdin:
            raise words.needs_secret(draft.name, draft.connection.adapter, secret)
        draft.typed |= words.from_stdin(secret) if self._token_stdin else {}

    def _check(self, done: Done) -> None:
        """Whether it works; in a terminal until it does, or the person gives up."""
        from leadq.sync.run import Stopped
        from leadq.sync.visit import LATER, error_of

        while True:
            try:
                done.seen = self._draft.see()
                return
            except Stopped as stopped:
                error = error_of(stopped.failure)
                if stopped.failure.kind in LATER:
                    done.why_not = error.message
                    return
                self._draft.blame_mapping()
                wanted = self._draft.wanted.options
                again = [one for one in wanted if one.required and one.secret == _is_login(error)]
                if not (self._asking and again):
                    raise error from None
                say(error.message)
                self._ask_again(again)

    def _ask_again(self, options: Sequence[Option]) -> None:
        """What may be wrong, once more: settings or secrets."""
        assert self._asking
        if options[0].secret:
            self._draft.typed |= self._asking.secrets(options)
        else:
            self._draft.table |= self._asking.options(options, self._draft.connection.options)

    def _look(self, done: Done, seen: Seen) -> None:
        """The mapping, the people, what must be created, and the first leads."""
        draft = self._draft
        if self._asking:
            say(connected(seen))
            if seen.description:
                draft.map(self._asking.mapping(draft.connection, seen.description))
        if wrong := draft.problems(seen):
            raise bad_mapping(wrong)
        done.owners = draft.owners(seen, contract_of(self._session.home))
        if self._asking and seen.description:
            self._asking.tell(owners(done.owners, draft.name))
        self._create(done, seen.steps or ())
        done.preview = draft.preview()
        if self._asking:
            self._asking.tell(lines.preview(done))
            if not self._asking.agree(_("Keep this connection?")):
                raise KeyboardInterrupt

    def _create(self, done: Done, planned: Sequence[Step]) -> None:
        done.steps = tuple(planned)
        if not planned:
            return
        if self._asking and not self._yes:
            self._asking.tell(steps(planned))
            self._yes = self._asking.agree(_("Create this in the CRM?"))
        if self._yes:
            self._draft.create(planned)
            done.created = True


def _is_login(error: LeadqError) -> bool:
    return error.exit_status is Exit.AUTH


def _status(done: Done) -> Exit:
    if done.unkept or (done.steps and not done.created):
        return Exit.NEEDS_PERSON
    if done.why_not:
        return Exit.TEMPORARY
    return done.report.exit_status if done.report else Exit.DONE
