"""Handed-off leads come in: one file, one transaction; the same row twice changes nothing."""

from __future__ import annotations

import gc
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final

from leadq.domain import events as ev
from leadq.domain.clocks import clocks_of
from leadq.domain.contract import Contract
from leadq.domain.events import Draft
from leadq.domain.lead import Lead, fold
from leadq.domain.states import OPEN_STATES
from leadq.handoff import PERSON_FIELDS, BadRow, Candidate, Defaults, hand_off, read_row
from leadq.i18n import _
from leadq.ledger import FOLDED, INSERT_CLOCK, INSERT_EVENT, clock_row, compact, event_row, folded
from leadq.queue import Desk
from leadq.sqlite import indexes_apart
from leadq.text import fold as fold_text
from leadq.uids import remote_uid, uuid7

ACTOR_KIND: Final = "adapter"
_FLUSH_ROWS: Final = 2_000
"""Rows kept in memory before they are written: enough to make the statements cheap, few enough to stay small."""

_FRESH_KEPT: Final = 20_000

_PERSON: Final = (
    "id", *PERSON_FIELDS, "email_key", "phone_key", "name_key", "search", "raw", "created_ms",
)  # fmt: skip
_LEAD: Final = (
    "id", "uid", "person_id", "contract_id", "connection", "external_id", "cycle", "product_line", "source", "campaign",
    "trigger", "score", "fit", "engagement", "tier", "missing", "date_only", "handed_off_ms", *FOLDED, "version",
)  # fmt: skip

Row = tuple[int, Mapping[str, str], Mapping[str, str]]
"""Line in the file, cells by field, and the cells that no field claims by their header."""


@dataclass
class Report:
    """What an import did: counts, the rejected rows with their line and reason, and the ids of new leads."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    lead_ids: array[int] = field(default_factory=lambda: array("q"))

    def reject(self, line: int, reason: str) -> None:
        """Note a row that was not taken."""
        self.rejected.append({"line": line, "reason": reason})


@dataclass(frozen=True, slots=True)
class _Fresh:
    """The folded columns of a new lead after its state and owner, and its clock rows without the lead's id."""

    folded: tuple[Any, ...]
    clocks: tuple[tuple[Any, ...], ...]


class Intake:
    """Takes rows into one desk's transaction."""

    def __init__(self, desk: Desk, connection_name: str, defaults: Defaults) -> None:
        self._desk = desk
        self._db = desk.db
        self._to = connection_name
        self._defaults = defaults
        self._contract: Contract = desk.rules.current
        self._seen: set[tuple[str, str]] = set()
        self._fresh: dict[tuple[str, int], _Fresh] = {}
        self._anyone = bool(desk.db.execute("SELECT EXISTS (SELECT 1 FROM lead)").fetchone()[0])
        self._next = {table: self._after(table) for table in ("person", "lead", "event")}
        self._new: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _INSERTS}
        self.report = Report()

    def take(self, rows: Iterable[Row], progress: Callable[[int], None] = lambda count: None) -> Report:
        """Take every good row and list every bad one; `progress` hears the count now and then."""
        with _uncollected(), nullcontext() if self._anyone else indexes_apart(self._db):
            for line, cells, rest in rows:
                self.report.read += 1
                try:
                    self._take(read_row(cells, self._defaults), rest)
                except BadRow as bad:
                    self.report.reject(line, _(bad.template).format(**bad.params))
                if self.report.read % _FLUSH_ROWS == 0:
                    self._flush()
                    progress(self.report.read)
            self._flush()
        return self.report

    def _take(self, row: Candidate, rest: Mapping[str, str]) -> None:
        if row.key in self._seen:
            self.report.duplicates += 1
            return
        self._seen.add(row.key)
        known = self._known(row)
        if known is None:
            self._create(row, self._person(row, rest), cycle=1)
            return
        lead_id, lead_uid, person_id, state, cycle, handed_off_ms = known
        if state in OPEN_STATES:
            self._update(row, lead_id, lead_uid, person_id)
        elif row.dated and row.handed_off_ms > handed_off_ms:
            self._change_person(row, person_id)
            self._create(row, person_id, cycle + 1)
        else:
            self.report.unchanged += 1

    def _known(self, row: Candidate) -> tuple[Any, ...] | None:
        """The lead that this row is about; a new home knows nobody, and the file's own rows are in `_seen`."""
        return self._look_up(row) if self._anyone else None

    def find(self, row: Candidate) -> int:
        """The local id of the lead that a taken `row` is about."""
        found = self._look_up(row)
        assert found is not None, "a row that was taken is a lead"
        return int(found[0])

    def _look_up(self, row: Candidate) -> tuple[Any, ...] | None:
        """Its open cycle, else the latest."""
        kind, value = row.key
        source, params = _FINDERS[kind], (value,)
        found = self._db.execute(source, (self._to, *params) if kind == "id" else params).fetchone()
        return tuple(found) if found else None

    def _person(self, row: Candidate, rest: Mapping[str, str]) -> int:
        person_id = self._take_id("person")
        values = row.values
        self._new["person"].append(
            (
                person_id,
                *(values.get(name, "") for name in PERSON_FIELDS),
                row.email_key,
                row.phone_key,
                row.name_key,
                search_key(values),
                compact(rest) if rest else "{}",
                self._defaults.now_ms,
            )
        )
        return person_id

    def _create(self, row: Candidate, person_id: int, cycle: int) -> None:
        draft = hand_off(row, self._contract, cycle=cycle, connection=self._to)
        lead_uid = (
            remote_uid(self._to, "lead", row.external_id, cycle) if row.external_id else uuid7(self._defaults.now_ms)
        )
        event = self._desk.ledger.event(lead_uid, draft, self._desk.batch, ACTOR_KIND)
        lead = fold([event])
        fresh = self._fresh_rows(lead)
        lead_id, seq, given = self._take_id("lead"), self._take_id("event"), lead.handoff
        self._new["lead"].append(
            (
                lead_id, lead_uid, person_id, self._desk.rules.current_id, self._to, row.external_id, cycle,
                lead.product_line,
                given.source, given.campaign, given.trigger, given.score, given.fit, given.engagement, given.tier,
                compact(given.missing) if given.missing else "[]", int(given.date_only), given.at_ms,
                lead.state, lead.owner, *fresh.folded, seq,
            )
        )  # fmt: skip
        self._new["event"].append(event_row(event))
        self._new["clock"] += [(lead_id, *row) for row in fresh.clocks]
        if row.external_id:
            self._new["remote_ref"].append((self._to, "lead", row.external_id, lead_id, 1))
        if row.values.get("note"):
            self._new["event_text"].append((event.uid, "note", row.values["note"]))
        self.report.created += 1
        self.report.lead_ids.append(lead_id)

    def _fresh_rows(self, lead: Lead) -> _Fresh:
        """What follows for a lead that nothing has happened to yet: as for any other of its policy and instant.

        A file hands over many leads at one moment; working each out again would be a third of an import.
        """
        key = (lead.handoff.policy, lead.handoff.at_ms)
        if key not in self._fresh:
            if len(self._fresh) >= _FRESH_KEPT:
                self._fresh.clear()
            rules, contract_id = self._desk.rules, self._desk.rules.current_id
            clocks = clocks_of(lead, rules.rules(contract_id, lead.handoff.policy, lead.handoff.at_ms))
            rows = tuple(clock_row(0, contract_id, clock)[1:] for clock in clocks)
            self._fresh[key] = _Fresh(folded(lead, clocks)[2:], rows)
        return self._fresh[key]

    def _update(self, row: Candidate, lead_id: int, lead_uid: str, person_id: int) -> None:
        changed = self._change_person(row, person_id)
        if not changed:
            self.report.unchanged += 1
            return
        drafts = [Draft(ev.REMOTE_CHANGED, self._defaults.now_ms, {"field": name}) for name in changed]
        self._flush()
        self._desk.ledger.append(lead_uid, drafts, self._desk.batch, ACTOR_KIND)
        self._next["event"] = self._after("event")
        self.report.updated += 1

    def _change_person(self, row: Candidate, person_id: int) -> list[str]:
        """Take over what the row says differently; an empty cell says nothing. The names of the changed fields."""
        self._flush()
        stored = self._db.execute(
            f"SELECT {', '.join(PERSON_FIELDS)} FROM person WHERE id = ?", (person_id,)
        ).fetchone()
        before = dict(zip(PERSON_FIELDS, stored, strict=True))
        given = {name: row.values.get(name, "") for name in PERSON_FIELDS}
        changed = [name for name in PERSON_FIELDS if given[name] and given[name] != before[name]]
        if changed:
            after = before | {name: given[name] for name in changed}
            self._db.execute(
                f"UPDATE person SET {', '.join(f'{name} = ?' for name in changed)}, email_key = coalesce(?, email_key),"
                " phone_key = coalesce(?, phone_key), name_key = ?, search = ? WHERE id = ?",
                (*(given[name] for name in changed), row.email_key, row.phone_key, row.name_key, search_key(after),
                 person_id),
            )  # fmt: skip
        return changed

    def _take_id(self, table: str) -> int:
        self._next[table] += 1
        return self._next[table] - 1

    def _after(self, table: str) -> int:
        column = "seq" if table == "event" else "id"
        row = self._db.execute(f"SELECT coalesce(max({column}), 0) + 1 FROM {table}").fetchone()
        return int(row[0])

    def _flush(self) -> None:
        for table, statement in _INSERTS.items():
            if self._new[table]:
                self._db.executemany(statement, self._new[table])
                self._new[table].clear()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Rows make no reference cycles, so looking for some among them only costs: an eighth of an import."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def search_key(values: Mapping[str, Any]) -> str:
    """What a search looks through: name, company and e-mail, without case or accents."""
    return fold_text(f"{values.get('name', '')} {values.get('company', '')} {values.get('email', '')}")


def _insert(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


_INSERTS: Final = {
    "person": _insert("person", _PERSON),
    "lead": _insert("lead", _LEAD),
    "event": INSERT_EVENT,
    "clock": INSERT_CLOCK,
    "remote_ref": "INSERT OR REPLACE INTO remote_ref VALUES (?, ?, ?, ?, ?)",
    "event_text": "INSERT INTO event_text VALUES (?, ?, ?)",
}
"""In the order in which the tables depend on each other."""

_FOUND: Final = "SELECT l.id, l.uid, l.person_id, l.state, l.cycle, l.handed_off_ms FROM lead l"
_LATEST: Final = (
    f"ORDER BY l.state IN ({', '.join(repr(s) for s in OPEN_STATES)}) DESC, l.cycle DESC, l.id DESC LIMIT 1"
)
_FINDERS: Final = {
    "id": f"{_FOUND} JOIN remote_ref r ON r.lead_id = l.id WHERE r.connection = ? AND r.object_type = 'lead'"
    f" AND r.external_id = ? {_LATEST}",
    "email": f"{_FOUND} JOIN person p ON p.id = l.person_id WHERE p.email_key = ? {_LATEST}",
    "phone": f"{_FOUND} JOIN person p ON p.id = l.person_id WHERE p.phone_key = ? {_LATEST}",
    "name": f"{_FOUND} JOIN person p ON p.id = l.person_id WHERE p.name_key = ? AND p.email_key IS NULL"
    f" AND p.phone_key IS NULL {_LATEST}",
}
