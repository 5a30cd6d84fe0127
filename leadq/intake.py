"""Handed-off leads come in: one file, one transaction; the same row twice changes nothing.

What a row does (docs/cli.md): its key tells whether the lead is known. An open lead takes over what the row says
differently: about the person in place, and each change as an event, which says base and new where that names nobody;
the package keeps what was handed off. A closed lead stays as it is, and a newer dated row about it begins a new cycle.
"""

from __future__ import annotations

import gc
import json
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, NamedTuple

from leadq.cycles import following
from leadq.desk import Desk
from leadq.domain import events as ev
from leadq.domain.contract import Contract
from leadq.domain.events import Draft
from leadq.domain.states import OPEN_STATES
from leadq.handoff import (
    JUDGED_FIELDS,
    PACKAGE_FIELDS,
    PERSON_FIELDS,
    BadRow,
    Candidate,
    Defaults,
    Key,
    package,
    person_keys,
    read_row,
    search_key,
)
from leadq.i18n import _
from leadq.order import IS_OPEN
from leadq.recording import turn_away
from leadq.sqlite import indexes_apart
from leadq.staging import Staging
from leadq.suppression import Suppressed, kept
from leadq.uids import remote_uid, uuid7

_FLUSH_ROWS: Final = 2_000
"""Rows kept in memory before they are written: enough to make the statements cheap, few enough to stay small."""

Row = tuple[int, Mapping[str, str], Mapping[str, Any]]
"""Line in the file, cells by field, and the rest of the row as it came: cells that no field claims, by their header."""


@dataclass
class Report:
    """What an import did: counts, the rejected rows with their line and reason, and the ids of new leads.

    `opposed` of the `created` are about people who do not want to be contacted.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    opposed: int = 0
    flagged: dict[str, int] = field(default_factory=dict)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    lead_ids: array[int] = field(default_factory=lambda: array("q"))

    def reject(self, line: int, reason: str) -> None:
        """Note a row that was not taken."""
        self.rejected.append({"line": line, "reason": reason})


class _Known(NamedTuple):
    """The lead that a row is about, as it was before the row."""

    id: int
    uid: str
    person_id: int
    external_id: str
    product_line: str
    state: str
    handed_off_ms: int


class Intake:
    """Takes rows into one desk's transaction."""

    def __init__(self, desk: Desk, connection_name: str, defaults: Defaults) -> None:
        self._desk = desk
        self._db = desk.db
        self._to = connection_name
        self._defaults = defaults
        self._contract: Contract = desk.rules.current
        self._anyone = bool(desk.db.execute("SELECT EXISTS (SELECT 1 FROM lead)").fetchone()[0])
        self._seen: dict[Key, int | None] = {}  # this file's keys, and who another product line may share
        self._lines: set[str] = set()
        self._taken: set[int] = set()
        self._described: set[int] = set()
        self._made: Staging | None = None
        self._before = sys.maxsize
        self._suppressed = Suppressed(kept(desk.db))
        self._opposed: list[tuple[str, int]] = []
        self._strangers: dict[str, str] = {}
        self.report = Report()

    @property
    def _staging(self) -> Staging:
        """Made for the first row that writes: its tables cost more than looking at a page that brings nothing new."""
        if self._made is None:
            self._made = Staging(self._desk, self._to)
            self._before = self._made.person_id
        return self._made

    def _flush(self) -> None:
        if self._made:
            self._made.flush()

    def expect(self, external_ids: Iterable[str]) -> None:
        """Look all these up at once: the rows with those that nobody knows need no look of their own."""
        uids = {external_id: remote_uid(self._to, "lead", external_id) for external_id in external_ids}
        named = self._db.execute(_NAMED, (self._to, json.dumps(list(uids))))
        told = self._db.execute(_TOLD, (json.dumps(list(uids.values())),))
        known = {found for (found,) in (*named, *told)}
        self._strangers = {i: uid for i, uid in uids.items() if i not in known and uid not in known}

    def take(self, rows: Iterable[Row], progress: Callable[[int], None] = lambda count: None) -> Report:
        """Take every good row and list every bad one; `progress` hears the count now and then."""
        with _uncollected(), nullcontext() if self._anyone else self._nobody_looks():
            for line, cells, rest in rows:
                self.report.read += 1
                try:
                    self._take(read_row(cells, self._defaults), rest)
                except BadRow as bad:
                    self.report.reject(line, _(bad.template).format(**bad.params))
                if self.report.read % _FLUSH_ROWS == 0:
                    if self._made:
                        self._made.spill()
                    progress(self.report.read)
            self._flush()
        for uid, at_ms in self._opposed:
            turn_away(self._desk, uid, at_ms)
        self.report.opposed += len(self._opposed)
        self._opposed.clear()
        return self.report

    @contextmanager
    def _nobody_looks(self) -> Iterator[None]:
        """A new home: no row of the file is looked up in it, so indexes and rows may come when it suits."""
        with indexes_apart(self._db), self._staging.helped():
            yield

    def find(self, row: Candidate) -> int:
        """The local id of the lead that a taken `row` is about."""
        found = self._look_up(row)
        assert found is not None, "a row that was taken is a lead"
        return found.id

    def _take(self, row: Candidate, rest: Mapping[str, Any]) -> None:
        if self._suppressed:
            self._opposes(row)
        key = row.key
        if key in self._seen:
            self.report.duplicates += 1
            return
        # A new home knows nobody, and the file's own rows are in `_seen`.
        found = self._look_up(row) if self._anyone else None
        if found is None or not (row.external_id or found.product_line == row.values["product_line"]):
            person_id = self._person(row, rest, found)
            self._create(row, person_id)
            self._remember(row, key, None if row.external_id else person_id)
        else:
            self._take_known(row, found)
            self._remember(row, key, None if found.external_id else found.person_id)

    def _remember(self, row: Candidate, key: Key, person_id: int | None) -> None:
        self._lines.add(row.values["product_line"])
        self._seen[key] = person_id
        if row.external_id and row.person.email:
            self._seen.setdefault(row.key_without_id, None)

    def _take_known(self, row: Candidate, known: _Known) -> None:
        if known.id in self._taken:
            self.report.duplicates += 1
            return
        self._taken.add(known.id)
        if known.state in OPEN_STATES:
            self._update(row, known)
        elif row.dated and row.handed_off_ms > known.handed_off_ms:
            self._take_again(row, known)
        else:
            self.report.unchanged += 1

    def _take_again(self, row: Candidate, known: _Known) -> None:
        """A newer row about a closed lead: a new cycle, unless the person has an open one on that line by now."""
        self._flush()
        values = {"person_id": known.person_id, "line": row.values["product_line"]}
        found = self._db.execute(_OPEN_ONE, values).fetchone()
        if found:
            self._update(row, _Known(*found))
        else:
            self._change_person(row, known.person_id)
            self._taken.add(self._create_next(row, known))

    def _look_up(self, row: Candidate) -> _Known | None:
        """The lead with the row's key; without an id, else one of the same person and another product line."""
        kind, line, value = row.key
        if value in self._strangers and kind == "id":
            return None
        found = self._db.execute(_FINDERS[kind], {"value": value, "line": line, "connection": self._to}).fetchone()
        return _Known(*found) if found else self._met_without_a_name(row)

    def _met_without_a_name(self, row: Candidate) -> _Known | None:
        """The newest cycle of a lead that only events from another home have told of: its uid follows from the id.

        It gets its id here, and its older cycles its person.
        """
        cycles: list[_Known] = []
        for cycle in count(1) if row.external_id else ():
            uid = remote_uid(self._to, "lead", row.external_id, cycle)
            told = self._db.execute(f"{_FOUND} WHERE l.uid = ?", (uid,)).fetchone()
            if told is None:
                break
            cycles.append(_Known(*told))
        for known in cycles:
            self._db.execute(_NAME_LEAD, (self._to, row.external_id, cycles[-1].person_id, known.id))
            self._db.execute(_REFER, (self._to, row.external_id, known.id))
            self._db.execute(_FORGET_NOBODY, (known.person_id, known.person_id))
        return cycles[-1] if cycles else None

    def _person(self, row: Candidate, rest: Mapping[str, Any], other: _Known | None) -> int:
        """Who a new lead is about: the one who already has a lead of another product line, else somebody new."""
        known_id = None if row.external_id else self._met(row)
        if other and not other.external_id:
            known_id = other.person_id
        if known_id is None:
            return self._staging.add_person(row, rest, self._defaults.now_ms)
        self._flush()
        self._change_person(row, known_id)
        return known_id

    def _met(self, row: Candidate) -> int | None:
        """Who has the row's key with another product line in this file."""
        kind, _line, value = row.key
        return next(filter(None, (self._seen.get((kind, line, value)) for line in self._lines)), None)

    def _create_next(self, row: Candidate, known: _Known) -> int:
        """The cycle that follows a closed one."""
        external_id = row.external_id or known.external_id
        line = row.values["product_line"]
        cycle, uid = following(self._desk, known.person_id, line, self._to, external_id)
        return self._create(row, known.person_id, external_id, cycle, uid)

    def _create(self, row: Candidate, person_id: int, external_id: str = "", cycle: int = 1, uid: str = "") -> int:
        values, external_id = self._defaults.complete(row.values), row.external_id or external_id
        data = package(values, self._contract, connection=self._to, cycle=cycle, date_only=row.date_only)
        if not uid:
            uid = self._strangers.get(external_id) or self._born(external_id)
        if self._suppressed and self._opposes(row):
            data["opposed"] = True
            self._opposed.append((uid, row.handed_off_ms))
        lead_id = self._staging.add_lead(uid, person_id, external_id, row.handed_off_ms, data, values["note"])
        self.report.created += 1
        for flag in data.get("flags", ()):
            self.report.flagged[flag] = self.report.flagged.get(flag, 0) + 1
        self.report.lead_ids.append(lead_id)
        return lead_id

    def _born(self, external_id: str) -> str:
        return remote_uid(self._to, "lead", external_id) if external_id else uuid7(self._defaults.now_ms)

    def _opposes(self, row: Candidate) -> bool:
        return self._suppressed.opposes(row, self._to, self._defaults.zone)

    def _update(self, row: Candidate, known: _Known) -> None:
        drafts = [self._change({"field": name}) for name in self._change_person(row, known.person_id)]
        drafts += self._differences(row, known.uid)
        if drafts:
            self._staging.append(known.uid, drafts)
            self.report.updated += 1
        else:
            self.report.unchanged += 1

    def _change(self, data: Mapping[str, Any], note: str = "") -> Draft:
        return Draft(ev.REMOTE_CHANGED, self._defaults.now_ms, data, {"note": note} if note else {})

    def _differences(self, row: Candidate, lead_uid: str) -> list[Draft]:
        """What the row says differently from the last row about this lead: what happened here since is no change."""
        said: dict[str, Any] = {}
        for (text,) in self._db.execute(_SAID, (lead_uid,)):
            data = json.loads(text)
            said |= {data["field"]: data.get("new")} if "field" in data else data | data["fields"]
        drafts = [
            self._change({"field": name, "base": said.get(name), "new": new})
            for name in (*PACKAGE_FIELDS, *JUDGED_FIELDS)
            if (new := row.values[name]) not in ("", None) and new != said.get(name)
        ]
        note = row.values["note"]
        if note and note != self._last_note(lead_uid):
            drafts.append(self._change({"field": "note"}, note))
        return drafts

    def _last_note(self, lead_uid: str) -> str:
        found = self._db.execute(_LAST_NOTE, (lead_uid,)).fetchone()
        return str(found[0]) if found else ""

    def _change_person(self, row: Candidate, person_id: int) -> list[str]:
        """Take over what the row says differently; an empty cell says nothing. The names of the changed fields."""
        stored = self._db.execute(_STORED_PERSON, (person_id,)).fetchone()
        before = dict(zip(PERSON_FIELDS, stored, strict=False))
        given = {name: row.values[name] for name in PERSON_FIELDS if row.values[name] not in ("", before[name])}
        if person_id in self._described or person_id > self._before:  # the first row of a file about somebody counts
            given = {name: text for name, text in given.items() if not before[name]}
        self._described.add(person_id)
        for name, old, new in zip(("email", "phone"), stored[-2:], row.person, strict=False):
            if old and new in (None, old):  # the same in other letters, or nothing that could be used instead
                given.pop(name, None)
        if given:
            after = before | given
            keys = person_keys(after)
            self._db.execute(
                _UPDATE_PERSON, (*(after[name] for name in PERSON_FIELDS), *keys, search_key(after), person_id)
            )
        return list(given)


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


_STORED_PERSON: Final = f"SELECT {', '.join(PERSON_FIELDS)}, email_key, phone_key FROM person WHERE id = ?"
_UPDATE_PERSON: Final = (
    f"UPDATE person SET {' = ?, '.join(PERSON_FIELDS)} = ?, email_key = ?, phone_key = ?, name_key = ?, search = ?"
    " WHERE id = ?"
)
_SAID: Final = (
    f"SELECT data FROM event WHERE lead_uid = ? AND type IN ('{ev.HANDED_OFF}', '{ev.REMOTE_CHANGED}') ORDER BY seq"
)
_LAST_NOTE: Final = (
    "SELECT t.text FROM event e JOIN event_text t ON t.event_uid = e.uid WHERE e.lead_uid = ?"
    f" AND e.type IN ('{ev.HANDED_OFF}', '{ev.REMOTE_CHANGED}') AND t.kind = 'note' ORDER BY e.seq DESC LIMIT 1"
)

_NAME_LEAD: Final = "UPDATE OR IGNORE lead SET connection = ?, external_id = ?, person_id = ? WHERE id = ?"
_FORGET_NOBODY: Final = "DELETE FROM person WHERE id = ? AND NOT EXISTS (SELECT 1 FROM lead WHERE person_id = ?)"
_NAMED: Final = """
    SELECT external_id FROM remote_ref
    WHERE connection = ? AND object_type = 'lead' AND external_id IN (SELECT value FROM json_each(?))"""
_TOLD: Final = "SELECT uid FROM lead WHERE uid IN (SELECT value FROM json_each(?))"
_REFER: Final = "INSERT OR REPLACE INTO remote_ref VALUES (?, 'lead', ?, ?, 1)"
_FOUND: Final = "SELECT l.id, l.uid, l.person_id, l.external_id, l.product_line, l.state, l.handed_off_ms FROM lead l"
_OPEN_ONE: Final = f"{_FOUND} WHERE l.person_id = :person_id AND l.product_line = :line AND {IS_OPEN}"
_SAME_PERSON: Final = f"""{_FOUND} JOIN person p ON p.id = l.person_id WHERE l.connection = :connection AND %s
    ORDER BY l.product_line = :line DESC, l.external_id = '' DESC, l.person_id,
        {IS_OPEN} DESC, l.cycle DESC LIMIT 1"""
_FINDERS: Final = {
    "id": f"{_FOUND} JOIN remote_ref r ON r.lead_id = l.id"
    " WHERE r.connection = :connection AND r.object_type = 'lead' AND r.external_id = :value",
    "email": _SAME_PERSON % "p.email_key = :value",
    "phone": _SAME_PERSON % "p.phone_key = :value AND p.email_key IS NULL AND l.external_id = ''",
    "name": _SAME_PERSON % "p.name_key = :value AND p.email_key IS NULL AND p.phone_key IS NULL AND l.external_id = ''",
}
"""By each kind of key. A phone or a name tells only people who gave nothing better: a switchboard is shared, and so is
a name. An e-mail also finds a lead that came with an id, but first one that came without, then the oldest: so that rows
of one file never trade places from one import to the next."""
