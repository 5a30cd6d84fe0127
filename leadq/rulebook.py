"""The contract in force and its calendars, as one write transaction sees them.

A contract that a person edited in `contract.toml` comes into force with the next write, if it is valid; a broken one is
said and the one in force stays. Every version stays stored whole, because an open clock keeps the one it began under.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from leadq.domain.calendar import Calendar, CalendarSpec, compile_year, taken_up
from leadq.domain.clocks import Rules
from leadq.domain.compile_calendar import years_around
from leadq.domain.contract import Contract, Policy
from leadq.domain.contract_file import Problem, Reading, read_contract
from leadq.domain.states import STATES
from leadq.errors import Exit, LeadqError
from leadq.i18n import LANGUAGES, _
from leadq.paths import Home
from leadq.recent import Recent

DEFAULT_TEMPLATE: Final = "pme-fr"
TEMPLATES: Final = ("pme-fr", "saas-en")


class Rulebook:
    """Contracts by id, policies and calendars, read once per transaction and compiled only when missing.

    `replaced`: whether this transaction brought another version into force.
    """

    def __init__(self, connection: sqlite3.Connection, home: Home, now_ms: int) -> None:
        self._connection = connection
        self._home = home
        self._now_ms = now_ms
        self._contracts: dict[int, Contract] = {}
        self._calendars: Recent[tuple[int, str], Calendar] = Recent()
        self._ids: dict[str, int] = {}
        self.problems: tuple[Problem, ...] = ()
        self.replaced = False
        self.current_id = self._in_force()

    @property
    def current(self) -> Contract:
        """The contract in force."""
        return self.contract(self.current_id)

    def contract(self, contract_id: int) -> Contract:
        """A stored version."""
        if contract_id not in self._contracts:
            row = self._connection.execute("SELECT text FROM contract WHERE id = ?", (contract_id,)).fetchone()
            self._contracts[contract_id] = stored(row[0])
        return self._contracts[contract_id]

    def contract_id(self, digest: str) -> int:
        """The id of the stored version with this hash."""
        if digest not in self._ids:
            row = self._connection.execute("SELECT id FROM contract WHERE hash = ?", (digest,)).fetchone()
            self._ids[digest] = int(row[0])
        return self._ids[digest]

    def policy(self, contract_id: int, policy_id: str) -> Policy:
        """The policy that a cycle keeps."""
        for policy in self.contract(contract_id).policies:  # no generator: this runs for each lead of an import
            if policy.id == policy_id:
                return policy
        raise KeyError(policy_id)

    def rules(self, contract_id: int, policy_id: str, around_ms: int) -> Rules:
        """All that the clocks of a cycle follow, on a calendar that reaches far enough around `around_ms`."""
        policy = self.policy(contract_id, policy_id)
        calendar = self.calendar(contract_id, policy.calendar, around_ms)
        return Rules(policy, calendar, self.contract(contract_id).pause)

    def calendar(self, contract_id: int, name: str, around_ms: int) -> Calendar:
        """The calendar `name`, compiled for what clocks started at `around_ms` can reach, and for today."""
        known = self._calendars.get((contract_id, name))
        if known and known.covers(around_ms):
            return known
        spec = self.contract(contract_id).calendars[name]
        calendar = self._compiled(spec, years_around(around_ms, self._now_ms))
        self._calendars[contract_id, name] = calendar
        return calendar

    def _compiled(self, spec: CalendarSpec, wanted: range) -> Calendar:
        digest = spec.digest()
        rows = self._connection.execute("SELECT year, windows, days_off FROM calendar_year WHERE digest = ?", (digest,))
        years = {row[0]: row for row in rows}
        for year in range(min(*wanted, *years), max(*wanted, *years) + 1):  # a calendar has no gaps
            if year not in years:
                years[year] = self._compile(spec, digest, year)
        return taken_up(spec, tuple(years[year] for year in sorted(years)))

    def _compile(self, spec: CalendarSpec, digest: str, year: int) -> tuple[int, bytes, str]:
        compiled = compile_year(spec, year)
        row = (year, compiled.to_bytes(), compiled.days_off_json)
        self._connection.execute("INSERT INTO calendar_year VALUES (?, ?, ?, ?)", (digest, *row))
        return row

    def _in_force(self) -> int:
        stored = dict(
            self._connection.execute(
                "SELECT key, value FROM meta WHERE key IN ('contract', 'contract_file', 'contract_next')"
            )
        )
        if "contract_next" in stored:
            from leadq.distribution import take_up  # only where a contract is announced

            take_up(self._connection, self._home, stored["contract_next"], self._now_ms)
        raw = _file(self._home)
        if raw is None and "contract" in stored:
            return int(stored["contract"])  # a file moved away ends no agreement; `doctor` says that it is gone
        if raw is None:
            write_template(self._home, DEFAULT_TEMPLATE)  # a home that never had one gets the default template
            raw = self._home.contract.read_bytes()
        digest = hashlib.sha256(raw).hexdigest()
        if stored.get("contract_file") == digest:
            return int(stored["contract"])
        reading = read_contract(raw, str(self._home.contract))
        if reading.contract is not None:
            contract_id = self._apply(reading.contract, digest)
            self.replaced = "contract" in stored and int(stored["contract"]) != contract_id
            return contract_id
        self.problems = reading.errors
        if "contract" not in stored:
            raise broken(reading)
        return int(stored["contract"])

    def _apply(self, contract: Contract, file_digest: str) -> int:
        db = self._connection
        store_contract(db, contract, self._now_ms)
        contract_id = self.contract_id(contract.hash)
        db.executemany(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)",
            [("contract", str(contract_id)), ("contract_file", file_digest)],
        )
        db.execute("DELETE FROM member")
        db.executemany(
            "INSERT INTO member VALUES (?, ?, ?, ?, ?)",
            [(one.id, one.name, one.role, one.email, json.dumps(dict(one.crm))) for one in contract.members.values()],
        )
        return contract_id


def _file(home: Home) -> bytes | None:
    """The contract that people edit; None when there is none."""
    try:
        return home.contract.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def store_contract(db: sqlite3.Connection, contract: Contract, now_ms: int) -> None:
    """Keep a version whole. The same hash may come with other signatures and comments: those are kept up to date."""
    db.execute(
        "INSERT INTO contract (hash, version, name, zone, text, labels, calendars, applied_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (hash) DO UPDATE SET text = excluded.text",
        (
            contract.hash,
            contract.version,
            contract.name,
            contract.zone,
            contract.text,
            json.dumps({state: {lang: contract.label(state, lang) for lang in LANGUAGES} for state in STATES}),
            json.dumps({name: _plain(spec) for name, spec in contract.calendars.items()}),
            now_ms,
        ),
    )


def _plain(spec: CalendarSpec) -> dict[str, object]:
    """What a reader needs to take up the compiled years of a calendar without parsing the contract."""
    return {"digest": spec.digest(), "zone": spec.zone, "week": spec.week}


@lru_cache(maxsize=64)
def stored(text: str) -> Contract:
    """A version that was valid when it came into force; parsing one takes milliseconds, and versions are few."""
    contract = read_contract(text.encode("utf-8"), "contract", check_holidays=False).contract
    assert contract is not None, "a stored contract was valid when it was stored"
    return contract


def in_force(db: sqlite3.Connection) -> tuple[Contract, int] | None:
    """The contract in force, and when it came into force here (milliseconds UTC); None in a home that has none yet."""
    row = db.execute(
        "SELECT text, applied_ms FROM contract"
        " WHERE id = (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'contract')"
    ).fetchone()
    return (stored(row[0]), row[1]) if row else None


def broken(reading: Reading) -> LeadqError:
    """The first error of a contract as one sentence with its place."""
    first = reading.errors[0]
    message, hint = first.worded(_)
    return LeadqError(
        "contract",
        f"{first.file}:{first.line}:{first.column}: {first.key}: {message}",
        hint=hint or _("`leadq contract check` lists every problem."),
        exit_status=Exit.CONFIG,
    )


def template_text(name: str) -> str:
    """A shipped contract, to start from."""
    return (files("leadq") / "templates" / f"{name}.toml").read_text("utf-8")


def write_template(home: Home, name: str) -> None:
    """Give a new home its contract file."""
    write_contract(home.contract, template_text(name).encode("utf-8"))


def write_contract(path: Path, raw: bytes) -> None:
    """Put a contract file in place, whole or not at all; only its owner may read it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = path.resolve()  # a team may link to its shared copy
    draft = place.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_bytes(raw)
    draft.replace(place)


def moved_aside(path: Path) -> str:
    """A contract that somebody may have worked on is put aside, never overwritten: the name that it has now."""
    if not (path.exists() or path.is_symlink()):
        return ""
    aside = next(
        name for number in range(1, 10_000) if not (name := path.with_name(f"contract.before-{number}.toml")).exists()
    )
    path.rename(aside)
    return aside.name
