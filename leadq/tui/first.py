"""What a first start does in threads: look at a file, rehearse it, visit an adapter, and at last write.

Nothing is written before `Plan.bring_in` or `Plan.connect`. The screen asks in `screens/first.py`.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from leadq import config, leadfile
from leadq.errors import Exit, LeadqError
from leadq.founding import contract_of, found, member_of, with_newcomer
from leadq.headers import map_columns
from leadq.i18n import _
from leadq.importing import Given, stage, take
from leadq.leadfile import open_lead_file
from leadq.queue import Queue
from leadq.rulebook import stored, template_text
from leadq.sqlite import Store, explained
from leadq.tabular import Row, TabularError, read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadq.clock import Clock
    from leadq.connecting import Draft
    from leadq.domain.contract import Contract
    from leadq.intake import Report
    from leadq.paths import Home
    from leadq.plugins.sdk import RemoteLead
    from leadq.sync.mapping import Known, Problem
    from leadq.sync.visit import Seen

_ROWS: Final = 3
_CELL: Final = 200


@dataclass(frozen=True, slots=True)
class Peek:
    """The beginning of a table: its columns, and its first good rows."""

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Visited:
    """What a visit to an adapter found. `seen` is None where nobody answered, and `why_not` says why."""

    seen: Seen | None
    why_not: str = ""
    problems: tuple[Problem, ...] = ()
    owners: tuple[Known, ...] = ()


@dataclass
class Plan:
    """What a person has said so far; nothing of it is anywhere else."""

    home: Home
    clock: Clock
    template: str = ""
    """The contract that is to be written; "" where there is one already."""
    member: str = ""
    newcomer: str = ""
    """A name that is yet to be entered into the contract; else "" and `member` is in it, or nobody."""
    typed: dict[str, str] = field(default_factory=dict)
    """What was typed, by question, so that going back and on again costs nothing."""
    columns: dict[str, str] = field(default_factory=dict)
    """Column -> the field that the person says it is, "" for none."""
    _kept: Contract | None = field(default=None, repr=False)

    @property
    def contract(self) -> Contract:
        """The contract to start from. Raises LeadqError `contract` (78)."""
        if self.template:
            return stored(template_text(self.template))
        self._kept = self._kept or contract_of(self.home)  # it is asked for at each letter of a name
        return self._kept

    def name(self, given: str) -> None:
        """Say who one is: a member, or somebody new where the contract is still to be written; "" for nobody.

        Raises LeadqError: `contract` (78), `unknown_member` (2) where a contract is there already.
        """
        self.member, self.newcomer = "", ""
        contract = self.contract
        if not given.strip():
            return
        try:
            self.member = member_of(contract, given)
        except LeadqError:
            if not self.template:
                raise
            self.newcomer = given.strip()

    def peek(self, path: Path) -> Peek:
        """The beginning of a file. Raises LeadqError (2, 74) with the sentence for the field."""
        try:
            with read_table(path, name=path.name) as table:
                good = (row.cells for row in table.rows if isinstance(row, Row))
                rows = tuple(tuple(cell[:_CELL] for cell in cells) for cells in islice(good, _ROWS))
                return Peek(path, table.header, rows)
        except TabularError as error:
            raise LeadqError("no_file", f"{leadfile.worded(error.reason)}.", exit_status=Exit.USAGE) from error
        except OSError as error:
            raise _unreadable(path, error) from error

    def fields(self, peek: Peek) -> dict[str, int]:
        """Field -> column, as it stands."""
        return map_columns(peek.header, self.columns)

    def missing(self, peek: Peek) -> tuple[str, ...]:
        """What the contract wants with each handoff and no column has."""
        return self.contract.missing_info(dict.fromkeys(self.fields(peek), "?"))

    def say(self, peek: Peek, column: str, meaning: str) -> None:
        """A column is that field, or none (""); whatever had the field before is none of it."""
        header = peek.header
        for other, index in self.fields(peek).items():
            if other == meaning and header[index] != column:
                self.columns[header[index]] = ""
        self.columns[column] = meaning

    def rehearse(self, peek: Peek) -> Report:
        """What taking the file would do; in a home that is thrown away."""
        with stage(self.home) as store:
            self._found(store.home, Store(store.home))
            return self._take(store, peek, rehearsal=True)

    def bring_in(self, peek: Peek, progress: Callable[[int], None]) -> Report:
        """Make the home, and take the file."""
        store = Store(self.home)
        self._found(self.home, store)
        return self._take(store, peek, progress=progress)

    def draft(self, adapter: str) -> Draft:
        """A connection to that adapter. Raises LeadqError `unusable` (78) for one that is broken."""
        from leadq.connecting import Draft
        from leadq.sync import visit
        from leadq.sync.ports import SystemTicks

        return Draft(self.home, visit.Visitor(Store(self.home), SystemTicks(), visit.open_any), adapter)

    def visit(self, draft: Draft) -> Visited:
        """Ask the service. Raises LeadqError 77 for the login, 78 for the settings; who is offline is told so."""
        from leadq.sync.run import Stopped
        from leadq.sync.visit import LATER, error_of

        try:
            draft.writable()
            seen = draft.see()
        except Stopped as stopped:
            error = error_of(stopped.failure)
            if stopped.failure.kind in LATER:
                return Visited(None, error.message)
            draft.blame_mapping()
            raise error from None
        return Visited(seen, "", tuple(draft.problems(seen)), tuple(draft.owners(seen, self.contract)))

    def preview(self, draft: Draft) -> list[RemoteLead]:
        """The first leads that would come; a mapping that no CRM has is refused here."""
        return draft.preview()

    def connect(self, draft: Draft, visited: Visited, *, create: bool) -> tuple[str, Mapping[str, Any] | None]:
        """Make the home, keep the connection and fetch its first leads: why a secret is not kept, and what sync did."""
        store = Store(self.home)
        if create and visited.seen:
            draft.create(visited.seen.steps or ())
        self._found(self.home, store)
        unkept = draft.keep(Queue(store, self.clock))
        if visited.seen is None:
            return unkept, None
        from leadq.sync.engine import run_sync
        from leadq.sync.run import Wishes
        from leadq.sync.supervisor import Child

        report = run_sync(
            self.home, [draft.name], now_ms=self.clock.now_ms(), wishes=Wishes(push=False), open_child=Child
        )
        return unkept, report.as_json()

    def _found(self, home: Home, store: Store) -> None:
        text, member = (template_text(self.template), self.member) if self.template else (None, self.member)
        if text and self.newcomer:
            text, member = with_newcomer(text, self.contract, self.newcomer)
        with explained(home):
            found(home, Queue(store, self.clock), text, member or None)

    def _take(
        self, store: Store, peek: Peek, *, rehearsal: bool = False, progress: Callable[[int], None] = lambda count: None
    ) -> Report:
        """Leads that name no owner are nobody's: whoever accepts one owns it."""
        to = config.load(store.home).primary
        try:
            with explained(store.home), peek.path.open("rb") as source:
                leads = open_lead_file(source, peek.path.name, None, self.columns)
                return take(Queue(store, self.clock), leads, to, Given(), rehearsal=rehearsal, progress=progress)
        except TabularError as error:
            raise LeadqError("no_file", f"{leadfile.worded(error.reason)}.", exit_status=Exit.USAGE) from error


def _unreadable(path: Path, error: OSError) -> LeadqError:
    if isinstance(error, FileNotFoundError):
        return LeadqError("no_file", _("There is no file {file}.").format(file=path), exit_status=Exit.USAGE)
    why = error.strerror or type(error).__name__
    return LeadqError("io", _("The system refuses: {why}.").format(why=f"{path.name}: {why}"), exit_status=Exit.IO)


class Demo:
    """The demonstration's home, which goes with the program."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="leadq-demo-", ignore_cleanup_errors=True)

    def build(self, now_ms: int) -> Home:
        """Fill it; where it is."""
        from leadq.demo import build
        from leadq.paths import find_home

        home = find_home(self._folder.name)
        build(home, now_ms)
        return home

    def close(self) -> None:
        """Throw it away."""
        self._folder.cleanup()
