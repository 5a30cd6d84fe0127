"""The contract that comes from the team's source: what was heard of it, what is announced, and the day it comes.

Kept in the home's database: an announced contract comes into force on its day with the first write, network or not.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from leadq.clock import iso
from leadq.domain.agreed import Rank, Taken, begins_ms, rank
from leadq.rulebook import TEMPLATES, moved_aside, stored, template_text, write_contract

if TYPE_CHECKING:
    import sqlite3

    from leadq.domain.contract import Contract
    from leadq.paths import Home

NEXT: Final = "contract_next"
_NEXT_TEXT: Final = "contract_next_text"
_HEARD: Final = "contract_source"


class Runs(NamedTuple):
    """Which contract one device of the team runs, as it told the hub; `seen_at` is when it was last there."""

    member: str
    device: str
    version: str
    hash: str
    seen_at: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What the last look at the source brought. `source` is what may be shown of it.

    `wall_ms` and `looked_ms` are that look by the machine's clock and by the domain's. `error` is a sentence, and
    `status` its exit status. `taken` is every contract that came from there into force here, oldest first. `team` is
    who runs which. `offered` are the hub's hashes of what it offered, and `under` what that was judged under: the same
    again need not be heard again. `told` is which hub knows which hash of this home.
    """

    source: str = ""
    looked_ms: int = 0
    wall_ms: int = 0
    error: str = ""
    status: int = 0
    taken: tuple[Taken, ...] = ()
    team: tuple[Runs, ...] = ()
    offered: tuple[str, ...] = ()
    under: str = ""
    told: str = ""


class Announced(NamedTuple):
    """A signed contract that comes into force at `at_ms`."""

    hash: str
    version: str
    effective_from: str
    at_ms: int

    def as_shape(self) -> dict[str, Any]:
        """As JSON prints it."""
        return {"version": self.version, "hash": self.hash, "effective_from": self.effective_from}


def heard(db: sqlite3.Connection) -> Heard:
    """What is remembered of the source; nothing when there never was one."""
    found = _value(db, _HEARD)
    if found is None:
        return Heard()
    body = json.loads(found)
    body["taken"] = tuple(Taken(one[0], one[1], Rank(*one[2]), one[3]) for one in body["taken"])
    body["team"] = tuple(Runs(*one) for one in body["team"])
    return Heard(**{**body, "offered": tuple(body["offered"])})


def keep(db: sqlite3.Connection, news: Heard) -> None:
    """Remember it."""
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_HEARD, json.dumps(asdict(news))))


def announced(db: sqlite3.Connection) -> Announced | None:
    """The contract that comes, if one is known."""
    found = _value(db, NEXT)
    return Announced(**json.loads(found)) if found else None


def announce(db: sqlite3.Connection, contract: Contract | None) -> None:
    """Keep the contract that comes, in the place of any other; None: none comes."""
    db.execute("DELETE FROM meta WHERE key IN (?, ?)", (NEXT, _NEXT_TEXT))
    if contract is not None:
        coming = Announced(contract.hash, contract.version, str(contract.effective_from), begins_ms(contract))
        rows = [(NEXT, json.dumps(coming._asdict())), (_NEXT_TEXT, contract.text)]
        db.executemany("INSERT INTO meta VALUES (?, ?)", rows)


def take_up(db: sqlite3.Connection, home: Home, value: str, now_ms: int) -> None:
    """Put the announced contract, the `value` of NEXT, in the place of the file that people edit, on its day.

    What somebody wrote into that file goes aside, and is not lost. A disk that refuses leaves the one in force as it
    is: a gesture does not fail for it, and the next one tries again.
    """
    coming = Announced(**json.loads(value))
    if coming.at_ms > now_ms:
        return
    text, before = _value(db, _NEXT_TEXT) or "", heard(db)
    with suppress(OSError):
        if home.contract.is_symlink() or not _is_known(db, home, before):
            moved_aside(home.contract)
        write_contract(home.contract, text.encode("utf-8"))
        one = Taken(coming.hash, coming.version, rank(stored(text)), now_ms)
        keep(db, replace(before, taken=(*before.taken, one)))
        announce(db, None)


def _is_known(db: sqlite3.Connection, home: Home, before: Heard) -> bool:
    """Whether the file is as it came from the source, or from leadq itself; or there is none."""
    if not home.contract.exists():
        return True
    text = home.contract.read_bytes().decode("utf-8-sig", "replace")
    if text in map(template_text, TEMPLATES):
        return True
    row = db.execute("SELECT hash FROM contract WHERE text = ?", (text,)).fetchone()
    return row is not None and row[0] in {one.hash for one in before.taken}


def shape(db: sqlite3.Connection, pin: str) -> dict[str, Any]:
    """Where the contract in force comes from, what comes next and who runs which, as `status --json` prints it."""
    news, coming = heard(db), announced(db)
    row = db.execute(_IN_FORCE).fetchone()
    return {
        "version": row[0] if row else None,
        "hash": row[1] if row else None,
        "source": news.source or None,
        "pin": pin or None,
        "looked_at": iso(news.looked_ms or None),
        "error": news.error or None,
        "edited": bool(row and news.source and news.taken and news.taken[-1].hash != row[1]),
        "announced": coming.as_shape() if coming else None,
        "taken": [{"version": one.version, "hash": one.hash, "at": iso(one.at_ms)} for one in news.taken],
        "team": [
            {"member": one.member, "device": one.device, "version": one.version or None, "hash": one.hash or None,
             "last_seen_at": one.seen_at} for one in news.team
        ],
    }  # fmt: skip


def _value(db: sqlite3.Connection, key: str) -> str | None:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else None


_IN_FORCE: Final = """
    SELECT version, hash FROM contract WHERE id = (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'contract')"""
