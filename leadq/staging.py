"""New leads on their way to the tables: many at a time, and each as `fold` would have it.

What a row does not say itself follows from its policy and its instant: the clocks, and what they put on the lead. It is
worked out once for each pair, of owned leads and of others, by the same functions that fold any other lead.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from leadq.desk import Desk
from leadq.domain import events as ev
from leadq.domain.clocks import Clock, Rules, clocks_at, clocks_of, due, starts_with_an_owner
from leadq.domain.events import Draft, Event
from leadq.domain.folding import fold
from leadq.domain.lead import Lead
from leadq.handoff import PERSON_FIELDS, Candidate, search_key
from leadq.ledger import ADAPTER, CLOCK_COLUMNS, FOLDED, clock_row, compact, folded
from leadq.raw import as_text
from leadq.uids import uuid7

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

_FRESH_KEPT: Final = 60_000
"""Instants whose clocks are kept worked out: 30 MB at most."""


class Staging:
    """New leads on their way to the tables.

    They wait in one temporary table and are copied from there at SQLite's own speed. A statement for each row of each
    table, with 80 values to bind for a lead, took twice as long.
    """

    def __init__(self, desk: Desk, connection_name: str) -> None:
        self._db = desk.db
        self._desk = desk
        like = desk.ledger.event("", Draft(ev.HANDED_OFF, 0), desk.batch, ADAPTER)
        self._same: dict[str, Any] = {
            "contract_id": desk.rules.current_id, "connection": connection_name, "device": like.device,
            "batch": like.batch, "type": like.type, "v": like.v, "recorded_ms": like.recorded_ms, "actor": like.actor,
            "actor_kind": like.actor_kind,
            **dict.fromkeys(_FOLLOWS),  # said by the first lead that comes
        }  # fmt: skip
        policies = desk.rules.current.policies
        self._fresh: dict[tuple[str, bool], dict[int, int]] = {}
        for policy in policies:
            alone = self._fresh[policy.id, False] = {}
            self._fresh[policy.id, True] = {} if starts_with_an_owner(policy) else alone
        self._alike: dict[tuple[Any, ...], int] = {}
        self._rules: dict[str, Rules] = {}
        self._likes: dict[tuple[str, bool], tuple[Lead, tuple[Clock, ...]]] = {}
        self._kept = 0
        self._new: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _INSERTS}
        self._drafts: list[tuple[str, list[Draft]]] = []
        self._helper: Executor | None = None
        self._copying: Future[None] | None = None
        self.person_id, self._lead_id, self._seq = map(self._last, ("person", "lead", "event"))
        for statement in _TEMPORARY:
            self._db.execute(statement)

    def add_person(self, row: Candidate, rest: Mapping[str, Any], now_ms: int) -> int:
        """Somebody new; the id."""
        self.person_id += 1
        values = row.values
        self._new["person"].append(
            (
                self.person_id,
                values["name"], values["company"], values["title"], values["email"], values["phone"],
                values["country"], values["language"], values["timezone"],
                *row.person, search_key(values), as_text(rest), now_ms,
            )
        )  # fmt: skip
        return self.person_id

    def add_lead(
        self, uid: str, person_id: int, external_id: str, at_ms: int, data: Mapping[str, Any], note: str
    ) -> int:
        """A lead that is handed off at `at_ms`; the id."""
        self._lead_id += 1
        self._seq += 1
        event_uid, given = uuid7(self._desk.now_ms), data.get
        fresh = self._fresh[data["policy"], "owner" in data].get(at_ms) or self._work_out(data, at_ms)
        self._new["handed"].append(
            (
                self._seq, event_uid, compact(data), self._lead_id, fresh, uid, person_id, external_id,
                given("cycle", 1), given("product_line", ""), given("owner", ""), given("source", ""),
                given("campaign", ""), given("trigger", ""), given("score"), given("fit"), given("engagement"),
                data["tier"], _listed(data["missing"]), int("date_only" in data), at_ms,
                _listed(given("flags", ())),
            )
        )  # fmt: skip
        if note:
            self._new["event_text"].append((event_uid, "note", note))
        return self._lead_id

    def append(self, lead_uid: str, drafts: list[Draft]) -> None:
        """What happened to a lead that is in the tables already."""
        if drafts:
            self._drafts.append((lead_uid, drafts))

    @contextmanager
    def helped(self) -> Iterator[None]:
        """Within, another thread copies what `spill` staged while the next rows are read: a ninth of an import.

        SQLite copies without the interpreter's lock, so a second core does it. Nothing is being copied any more when
        the block is left, whatever ends it; and what is rolled back takes the staged rows along.
        """
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as pool:
            # Anything less than 3 leaves it to us that no two threads ever ask SQLite at once.
            self._helper = pool if sqlite3.threadsafety == 3 else None
            yield
        self._helper = None

    def spill(self) -> None:
        """Write down all that waits, by and by: nobody may look for it before a `flush`."""
        if self._helper is None or self._kept > _FRESH_KEPT:
            self.flush()
        else:
            self._stage()
            self._copying = self._helper.submit(self._copy)

    def flush(self) -> None:
        """Write down all that waits."""
        self._stage()
        self._copy()
        for lead_uid, drafts in self._drafts:
            self._desk.ledger.append(lead_uid, drafts, self._desk.batch, ADAPTER)
        if self._drafts:
            self._drafts.clear()
            self._seq = self._last("event")
        if self._kept > _FRESH_KEPT:
            self._forget()

    def _stage(self) -> None:
        if self._copying:
            self._copying.result()
            self._copying = None
        for name, statement in _INSERTS.items():
            self._db.executemany(statement, self._new[name])
            self._new[name].clear()

    def _copy(self) -> None:
        for statement in _COPIES:
            self._db.execute(statement, self._same)

    def _work_out(self, data: Mapping[str, Any], at_ms: int) -> int:
        """What follows for a lead that nothing has happened to yet: the same for all of its policy and instant.

        A file hands over many leads at one moment; working each out again would be a third of an import.
        """
        policy, owned = data["policy"], "owner" in data
        rules = self._rules_of(policy, at_ms)
        opens_ms = rules.calendar.add(at_ms, 0)
        if opens_ms == at_ms:  # it counts from here, as from no other instant
            fresh = self._follow(data, at_ms, rules)
        else:
            same = (policy, owned, opens_ms, *_reaches(rules, at_ms))
            fresh = self._alike.get(same) or self._follow(data, at_ms, rules)
            self._alike[same] = fresh
        self._fresh[policy, owned][at_ms] = fresh
        return fresh

    def _rules_of(self, policy: str, at_ms: int) -> Rules:
        rules = self._rules.get(policy)
        if rules is None or not rules.calendar.covers(at_ms):
            rules = self._rules[policy] = self._desk.rules.rules(self._desk.rules.current_id, policy, at_ms)
        return rules

    def _follow(self, data: Mapping[str, Any], at_ms: int, rules: Rules) -> int:
        """Stage what follows for one such lead; its number."""
        lead, like = self._like(data, at_ms, rules)
        clocks = clocks_at(at_ms, like, rules)
        self._kept += 1
        fresh, contract_id = self._kept, self._desk.rules.current_id
        self._new["fresh"].append((fresh, *_instants(folded(lead, clocks))))
        self._new["fresh_clock"] += [_counting(clock_row(fresh, contract_id, clock)) for clock in clocks]
        return fresh

    def _like(self, data: Mapping[str, Any], at_ms: int, rules: Rules) -> tuple[Lead, tuple[Clock, ...]]:
        """One lead of this policy, and its clocks: only by their instants are others different."""
        same = (data["policy"], "owner" in data)
        if same not in self._likes:
            given = {**data, "opposed": False}  # who opposed is folded anew by the verdict that follows at once
            lead = fold([Event("", "", ev.HANDED_OFF, at_ms, self._desk.now_ms, data=given)])
            clocks = clocks_of(lead, rules)
            self._likes[same] = lead, clocks
            self._same |= zip(_FOLLOWS, _follows(folded(lead, clocks)), strict=True)
        return self._likes[same]

    def _forget(self) -> None:
        for known in self._fresh.values():
            known.clear()
        self._alike.clear()
        self._db.execute("DELETE FROM temp.fresh")
        self._db.execute("DELETE FROM temp.fresh_clock")
        self._kept = 0

    def _last(self, table: str) -> int:
        column = "seq" if table == "event" else "id"
        return int(self._db.execute(f"SELECT coalesce(max({column}), 0) FROM {table}").fetchone()[0])


def _reaches(rules: Rules, at_ms: int) -> Iterator[int | None]:
    """What the clocks of a fresh lead follow from, beside when its time begins to count: when those in days are due, or
    in hours of the wall.

    All that are handed over while nobody works, a night or a week-end long, follow alike, but for when they began: that
    is two thirds of a file that comes in around the clock.
    """
    for target in rules.policy.clocks.values():
        if target.days is not None or target.unit == "wall":
            yield due(target, rules.calendar, at_ms)


@lru_cache(maxsize=256)
def _listed(names: tuple[str, ...]) -> str:
    return compact(names)


def _names(columns: Iterable[str], prefix: str = "") -> str:
    return ", ".join(prefix + column for column in columns)


def _insert(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({_names(columns)}) VALUES ({_names('?' * len(columns))})"


_PERSON: Final = ("id", *PERSON_FIELDS, "email_key", "phone_key", "name_key", "search", "raw", "created_ms")
_GIVEN: Final = (
    "uid", "person_id", "external_id", "cycle", "product_line", "owner", "source", "campaign", "trigger", "score",
    "fit", "engagement",
    "tier", "missing", "date_only", "handed_off_ms", "flags",
)  # fmt: skip
"""Columns of `lead` that come from the row itself."""

_INSTANTS: Final = (
    "hot_due_ms", "risk_ms", "due_ms", "mid_due_ms", "last_due_ms", "last_risk_ms", "stale_ms",
)  # fmt: skip
"""Columns of `lead` that follow from its clocks, where nothing has happened yet."""

_FOLLOWS: Final = tuple(name for name in FOLDED if name not in ("owner", "handed_off_ms", *_INSTANTS))
"""Columns of `lead` that are the same for each to which nothing has happened: nearly all NULL, which costs as much to
bind as five numbers."""

_COUNTING: Final = CLOCK_COLUMNS[:12]
_NOTHING_YET: Final = "NULL, 0, '[]'"
"""What stands in the other columns of a clock that has just begun: it did not stop, was not cancelled, has no pause."""

_follows: Final = itemgetter(*map(FOLDED.index, _FOLLOWS))
_instants: Final = itemgetter(*map(FOLDED.index, _INSTANTS))
_counting: Final = itemgetter(slice(len(_COUNTING)))
_HANDED: Final = ("seq", "event_uid", "data", "lead_id", "fresh", *_GIVEN)

_TEMPORARY: Final = (
    "DROP TABLE IF EXISTS temp.handed",
    "DROP TABLE IF EXISTS temp.fresh",
    "DROP TABLE IF EXISTS temp.fresh_clock",
    f"CREATE TEMP TABLE handed ({_names(_HANDED)})",
    f"CREATE TEMP TABLE fresh (id INTEGER PRIMARY KEY, {_names(_INSTANTS)})",
    f"CREATE TEMP TABLE fresh_clock ({_names(_COUNTING)}, PRIMARY KEY (lead_id, kind)) WITHOUT ROWID",
)
_INSERTS: Final = {
    "person": _insert("person", _PERSON),
    "fresh": _insert("temp.fresh", ("id", *_INSTANTS)),
    "fresh_clock": _insert("temp.fresh_clock", _COUNTING),
    "handed": _insert("temp.handed", _HANDED),
    "event_text": "INSERT INTO event_text VALUES (?, ?, ?)",
}
_COPIES: Final = (
    f"INSERT INTO lead (id, contract_id, connection, {_names(_GIVEN)}, {_names(_INSTANTS)},"
    f" {_names(_FOLLOWS)}, version)"
    f" SELECT h.lead_id, :contract_id, :connection, {_names(_GIVEN, 'h.')}, {_names(_INSTANTS, 'f.')},"
    f" {_names(_FOLLOWS, ':')}, h.seq"
    " FROM temp.handed h CROSS JOIN temp.fresh f ON f.id = h.fresh",
    "INSERT INTO event (seq, uid, device, lead_uid, batch, type, v, occurred_ms, recorded_ms, actor, actor_kind, data)"
    " SELECT seq, event_uid, :device, uid, :batch, :type, :v, handed_off_ms, :recorded_ms, :actor, :actor_kind, data"
    " FROM temp.handed",
    f"INSERT INTO clock ({_names(CLOCK_COLUMNS)})"
    f" SELECT h.lead_id, {_names(_COUNTING[1:], 'f.').replace('f.started_ms', 'h.handed_off_ms')}, {_NOTHING_YET}"
    " FROM temp.handed h CROSS JOIN temp.fresh_clock f ON f.lead_id = h.fresh",
    "INSERT OR REPLACE INTO remote_ref"
    " SELECT :connection, 'lead', external_id, lead_id, 1 FROM temp.handed WHERE external_id <> ''",
    "DELETE FROM temp.handed",
)
"""A CROSS JOIN keeps the order of the tables: one look into the second for each row of the first."""
