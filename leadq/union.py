"""Events from elsewhere join those that are here: by uid, so that the same file twice changes nothing.

Nothing that is here is rewritten, and nothing leaves for the CRM: whoever did it has told it. A lead that was not known
becomes one without a person, so that the figures add up; `import` gives it a name when marketing's file comes by.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from leadq.backups import other_team, teams
from leadq.desk import Desk
from leadq.domain import events as ev
from leadq.domain.clocks import Clock
from leadq.domain.contract import Contract
from leadq.domain.events import Event, in_order, voided
from leadq.domain.folding import fold
from leadq.domain.lead import Lead
from leadq.domain.leave import fold_leave
from leadq.domain.states import STATES
from leadq.domain.together import TOGETHER
from leadq.erasing import ERASED_PERSON
from leadq.eventfile import BadLine, EventLine, Header, YearLine, parse
from leadq.i18n import N_, _
from leadq.ledger import (
    EVENT_COLUMNS,
    FOLDED,
    GIVEN,
    INSERT_CLOCK,
    clock_row,
    folded,
    given,
    history,
    newest,
    read_event,
)
from leadq.order import IS_OPEN
from leadq.rulebook import store_contract
from leadq.suppression import lift, oppose

DIFFERENT: Final = N_("An event with this uid is here already, and says something else.")
NO_HANDOFF: Final = N_("Its lead has no handoff, neither here nor in the file.")
NO_CONTRACT: Final = N_("The contract of its lead is neither here nor in the file.")
SENSELESS: Final = N_("What the file says of its lead makes no sense ({why}).")
SHORT: Final = N_("The file ends early: it announces {expected} events and has {found}.")
_REPORT_EVERY: Final = 500
_OPPOSES: Final = (ev.OPPOSED, ev.ERASED)


@dataclass
class Merged:
    """What an import of events did: counts of events, of leads and contracts that were not known, and bad lines."""

    read: int = 0
    added: int = 0
    known: int = 0
    leads: int = 0
    contracts: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, line: int, template: str, **params: object) -> None:
        """Note a line that was not taken."""
        self.rejected.append({"line": line, "reason": _(template).format(**params)})


class _Told(NamedTuple):
    """A lead as its events now fold: the values are those of _LEAD_COLUMNS."""

    lead: Lead
    clocks: Sequence[Clock]
    values: tuple[Any, ...]
    connection: str


class Union:
    """Takes the lines of one file into one desk's transaction. `share` is how much of it is put together."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._db = desk.db
        self._columns = {table: _blank(desk.db, table) for table in ("person", "lead")}
        self._last_seq = int(desk.db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0])
        self.share: float | None = None
        self.report = Merged()
        for statement in _TEMPORARY:
            desk.db.execute(statement)

    def take(
        self, header: Header, lines: Iterable[tuple[int, bytes]], progress: Callable[[int], None] = lambda count: None
    ) -> Merged:
        """Take every good line and list every bad one; `lines` are those after the header, with their numbers.

        Raises LeadqError `other_team` (78), before anything but temporary tables and contracts was written.
        """
        last = self._arrive(lines)
        self._check_team()
        self._drop_known()
        leads = self._db.execute(_LEADS).fetchall()
        for count, (lead_uid,) in enumerate(leads, start=1):
            self._take_lead(lead_uid)
            if count % _REPORT_EVERY == 0:
                self.share = count / len(leads)
                progress(self.report.added)
        if self.report.read < header.events:
            self.report.reject(last, SHORT, expected=header.events, found=self.report.read)
        self.report.rejected.sort(key=lambda one: int(one["line"]))
        return self.report

    def _arrive(self, lines: Iterable[tuple[int, bytes]]) -> int:
        """Read the whole file; the number of its last line."""
        number = 1
        for number, raw in lines:
            try:
                found = parse(raw)
            except BadLine as bad:
                self.report.reject(number, bad.template, **bad.params)
                continue
            if isinstance(found, EventLine):
                self._event(number, found)
            elif isinstance(found, YearLine):
                self._db.execute("INSERT OR IGNORE INTO calendar_year VALUES (?, ?, ?, ?)", found.row)
            else:
                self._contract(found)
        return number

    def _event(self, number: int, found: EventLine) -> None:
        self.report.read += 1
        texts = json.dumps(found.texts) if found.texts else None
        taken = self._db.execute(_ARRIVE, (number, *found.row, texts)).rowcount
        if not taken:
            first = self._db.execute(f"SELECT {_NAMES} FROM temp.arriving WHERE uid = ?", (found.row[0],)).fetchone()
            self._again(number, same=first == found.row)

    def _again(self, number: int, *, same: bool) -> None:
        if same:
            self.report.known += 1
        else:
            self.report.reject(number, DIFFERENT)

    def _contract(self, contract: Contract) -> None:
        known = self._db.execute("SELECT 1 FROM contract WHERE hash = ?", (contract.hash,)).fetchone()
        if not known:
            store_contract(self._db, contract, self._desk.now_ms)
            self.report.contracts += 1

    def _check_team(self) -> None:
        ours = teams(self._db)
        theirs = frozenset(row[0] for row in self._db.execute(_THEIR_TEAMS))
        (shared,) = self._db.execute(_SHARED_LEAD).fetchone()
        if ours and theirs and not ours & theirs and not shared:
            raise other_team(ours, theirs)

    def _drop_known(self) -> None:
        for line, same in self._db.execute(_KNOWN):
            self._again(line, same=bool(same))
        self._db.execute("DELETE FROM temp.arriving WHERE uid IN (SELECT uid FROM event)")

    def _take_lead(self, lead_uid: str) -> None:
        """All that is new of one lead, or none of it: half of a history would tell another story."""
        rows = self._db.execute(_OF_LEAD, (lead_uid,)).fetchall()
        arriving = [read_event((*row[1:-1], seq)) for seq, row in enumerate(rows, start=self._last_seq + 1)]
        try:
            told = None if lead_uid.startswith(ev.TEAM) else self._folded(lead_uid, arriving)
            if told is None:
                self._of_team(lead_uid, arriving)
            with self._all_or_nothing():
                self._db.executemany(
                    _INSERT_EVENT, [(*row[1:-1], e.seq) for e, row in zip(arriving, rows, strict=True)]
                )
                is_new = told is not None and self._write(told)
            if told is not None:
                self._oppose(lead_uid, arriving)
        except BadLine as bad:
            for row in rows:
                self.report.reject(row[0], bad.template, **bad.params)
            return
        self._last_seq += len(arriving)
        self.report.added += len(arriving)
        self.report.leads += is_new
        for row in rows:
            self._texts(row[1], row[-1])

    def _of_team(self, uid: str, arriving: list[Event]) -> None:
        """What is told of no lead: a leave, or what the teams agree on, whose readers pass over what makes no sense.

        Raises BadLine for a leave whose beginning is not here, or that makes no sense.
        """
        if uid == TOGETHER:
            return
        merged = in_order([*_by_seq(history(self._db, uid)), *arriving])
        if not any(event.type == ev.LEAVE_SET for event in merged):
            raise BadLine(NO_HANDOFF)
        try:
            fold_leave(merged)
        except (ValueError, LookupError, TypeError) as error:
            raise BadLine(SENSELESS, why=f"{type(error).__name__}: {error}") from error

    def _oppose(self, lead_uid: str, arriving: list[Event]) -> None:
        """Who asked another rep not to be contacted, or to be erased, is not to be contacted from here either."""
        if not any(event.type in _OPPOSES or event.type in ev.TAKE_BACK for event in arriving):
            return
        merged = history(self._db, lead_uid)
        taken_back = voided(merged)
        lift(self._db, taken_back)
        for event in merged:
            if event.type in _OPPOSES and event.actor_kind == "human" and event.uid not in taken_back:
                oppose(self._db, event)

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """For what a table refuses, because a value is of another kind than it should be. Raises BadLine."""
        self._db.execute("SAVEPOINT one_lead")
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError, OverflowError) as error:
            self._db.execute("ROLLBACK TO one_lead")
            raise BadLine(SENSELESS, why=error) from error
        finally:
            self._db.execute("RELEASE one_lead")

    def _folded(self, lead_uid: str, arriving: list[Event]) -> _Told:
        """The lead with the new events. Raises BadLine when they do not make one."""
        merged = in_order([*_by_seq(history(self._db, lead_uid)), *arriving])
        handoff = next((event for event in merged if event.type == ev.HANDED_OFF), None)
        if handoff is None:
            raise BadLine(NO_HANDOFF)
        for digest in {str(e.data.get("contract")) for e in merged if e.type in (ev.HANDED_OFF, ev.CONTRACT_MOVED)}:
            if not self._db.execute("SELECT 1 FROM contract WHERE hash = ?", (digest,)).fetchone():
                raise BadLine(NO_CONTRACT)
        try:
            lead = fold(merged)
            if lead.state not in STATES:
                raise ValueError(lead.state)
            clocks = self._desk.ledger.clocks(lead)
            contract_id = self._desk.rules.contract_id(lead.handoff.contract)
            values = (*given(lead), *folded(lead, clocks), newest(merged), contract_id)
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, StopIteration) as error:
            raise BadLine(SENSELESS, why=f"{type(error).__name__}: {error}".rstrip(": ")) from error
        connection = str(handoff.data.get("connection", ""))
        return _Told(lead, clocks, values, connection if connection in self._desk.config.connections else "")

    def _write(self, told: _Told) -> bool:
        """The rows of a lead anew; whether it was not known."""
        found = self._db.execute("SELECT id FROM lead WHERE uid = ?", (told.lead.uid,)).fetchone()
        lead_id = int(found[0]) if found else self._unknown_lead(told)
        if found:
            self._db.execute(_UPDATE_LEAD, (*told.values, lead_id))
            self._db.execute("DELETE FROM clock WHERE lead_id = ?", (lead_id,))
        rows = [clock_row(lead_id, self._desk.rules.contract_id(clock.contract), clock) for clock in told.clocks]
        self._db.executemany(INSERT_CLOCK, rows)
        return not found

    def _unknown_lead(self, told: _Told) -> int:
        """A lead about whom nothing is known but what its handoff says without naming anybody."""
        person_id = self._person_of(told.lead.handoff.previous) or self._nobody(told.lead)
        values = dict(zip(_LEAD_COLUMNS, told.values, strict=True))
        own = {"uid": told.lead.uid, "person_id": person_id, "connection": told.connection}
        return self._insert("lead", {**values, **own})

    def _person_of(self, previous: str) -> int | None:
        """Who a new cycle is about: the person of the one that it goes on from, unless that one is open here."""
        row = self._db.execute(_PREVIOUS, (previous,)).fetchone() if previous else None
        return int(row[0]) if row else None

    def _nobody(self, lead: Lead) -> int:
        fields = lead.handoff.fields or {}
        about = {name: str(fields[name]) for name in ("country", "language") if name in fields}
        return self._insert("person", {"raw": "{}", "created_ms": self._desk.now_ms, **about})

    def _insert(self, table: str, values: dict[str, Any]) -> int:
        row = {**self._columns[table], **values}
        names = ", ".join(f'"{name}"' for name in row)
        statement = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})"
        return int(self._db.execute(statement, tuple(row.values())).lastrowid or 0)

    def _texts(self, event_uid: str, texts: str | None) -> None:
        if texts:
            self._db.executemany(
                _INSERT_TEXT, [(event_uid, kind, text, event_uid) for kind, text in json.loads(texts).items()]
            )


def _by_seq(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.seq)


def _blank(db: sqlite3.Connection, table: str) -> dict[str, Any]:
    """A row that says nothing, by column, whatever columns the table has by now."""
    nothing: dict[str, Any] = {"TEXT": "", "INTEGER": 0, "REAL": 0.0, "BLOB": b""}
    columns = db.execute(f"PRAGMA table_info({table})").fetchall()
    return {
        name: nothing[kind] if must else None
        for _cid, name, kind, must, default, key in columns
        if not key and default is None
    }


_NAMES: Final = ", ".join(EVENT_COLUMNS)
_LEAD_COLUMNS: Final = (*GIVEN, *FOLDED, "version", "contract_id")
_TEMPORARY: Final = (
    f"CREATE TEMP TABLE IF NOT EXISTS arriving (line INTEGER PRIMARY KEY, {_NAMES}, texts, UNIQUE (uid))",
    "CREATE INDEX IF NOT EXISTS temp.arriving_lead ON arriving (lead_uid, line)",
    "DELETE FROM temp.arriving",
)
_ARRIVE: Final = (
    f"INSERT OR IGNORE INTO temp.arriving (line, {_NAMES}, texts) VALUES (?, {', '.join('?' * len(EVENT_COLUMNS))}, ?)"
)
_INSERT_EVENT: Final = f"INSERT INTO event ({_NAMES}, seq) VALUES ({', '.join('?' * len(EVENT_COLUMNS))}, ?)"
_INSERT_TEXT: Final = f"""INSERT OR IGNORE INTO event_text SELECT ?, ?, ? WHERE NOT EXISTS (
    SELECT 1 FROM event e JOIN lead l ON l.uid = e.lead_uid JOIN person p ON p.id = l.person_id
    WHERE e.uid = ? AND p.{ERASED_PERSON})"""
"""Not what was written about somebody who was erased here."""

_UPDATE_LEAD: Final = f"UPDATE lead SET {', '.join(f'{name} = ?' for name in _LEAD_COLUMNS)} WHERE id = ?"
_PREVIOUS: Final = f"""SELECT p.person_id FROM lead p WHERE p.uid = ? AND NOT EXISTS (
    SELECT 1 FROM lead l WHERE l.person_id = p.person_id AND l.product_line = p.product_line AND {IS_OPEN})"""
_LEADS: Final = "SELECT lead_uid FROM temp.arriving GROUP BY lead_uid ORDER BY min(line)"
_OF_LEAD: Final = f"SELECT line, {_NAMES}, texts FROM temp.arriving WHERE lead_uid = ? ORDER BY line"
_KNOWN: Final = (
    f"SELECT a.line, {' AND '.join(f'a.{name} IS e.{name}' for name in EVENT_COLUMNS)}"
    " FROM temp.arriving a JOIN event e ON e.uid = a.uid"
)
_THEIR_TEAMS: Final = """SELECT DISTINCT name FROM contract WHERE hash IN (
    SELECT DISTINCT json_extract(data, '$.contract') FROM temp.arriving WHERE type = 'handed_off')"""
_SHARED_LEAD: Final = "SELECT EXISTS (SELECT 1 FROM temp.arriving a JOIN lead l ON l.uid = a.lead_uid)"
