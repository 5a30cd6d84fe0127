"""The outbox as people look at it: each change that goes to a CRM, by its op_id, with what was decided about it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from leadq.clock import iso
from leadq.domain.dictionary import CUSTOM, DICTIONARIES
from leadq.domain.events import CHANGE_SETTLED
from leadq.errors import Exit, LeadqError
from leadq.i18n import _, current
from leadq.opstates import WAITS
from leadq.sync.ops import Op, as_op

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

_SHORTEST: Final = 4
_SHOWN: Final = 8
_REFERENCE: Final = re.compile(rf"[0-9a-f-]{{{_SHORTEST},36}}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One change on the outbox: the op as sync works with it, and what a person asks of it. Instants in ms UTC.

    `base` and `theirs` are the statuses of a conflict, "" where the other end did not say.
    """

    op: Op
    connection: str
    lead_id: int
    name: str
    company: str
    created_ms: int
    not_before_ms: int
    first_sent_ms: int | None
    done_ms: int | None
    audit_ms: int | None
    error: str
    base: str
    theirs: str

    @property
    def may_be_there(self) -> bool:
        """Whether bytes of it have left, and nobody knows what became of them."""
        return self.op.doubted or self.op.state in ("inflight", "unknown")

    def as_shape(self) -> dict[str, Any]:
        """The change as `outbox list --json` prints it."""
        op = self.op
        return {
            "op_id": op.op_id, "connection": self.connection, "lead": self.lead_id, "name": self.name,
            "company": self.company, "verb": op.verb, "state": op.state, "status": op.status,
            "attempts": op.attempts, "may_be_there": self.may_be_there, "created_at": iso(self.created_ms),
            "first_sent_at": iso(self.first_sent_ms), "last_sent_at": iso(op.last_sent_ms),
            "next_attempt_at": iso(op.next_attempt_ms), "done_at": iso(self.done_ms), "error": self.error or None,
        }  # fmt: skip


class Decision(NamedTuple):
    """What a person decided about a change: `how` is a key of `words.SETTLED`."""

    how: str
    by: str
    at_ms: int
    note: str

    def as_shape(self) -> dict[str, Any]:
        """The decision as `outbox show --json` prints it."""
        return {"how": self.how, "by": self.by, "at": iso(self.at_ms), "note": self.note}


def listing(db: sqlite3.Connection, *, state: str = "", connection: str = "") -> Iterator[Entry]:
    """The changes in `state` ("": those that the other end does not have yet), as they were written."""
    states = "o.state = :state" if state else f"o.op_id IN (SELECT op_id FROM outbox WHERE {WAITS})"
    names = "AND o.connection = :connection" if connection else ""
    rows = db.execute(f"{_ENTRIES} WHERE {states} {names} ORDER BY o.rowid", {"state": state, "connection": connection})
    return map(_entry, rows)


def of_lead(db: sqlite3.Connection, lead_uid: str) -> Iterator[Entry]:
    """The changes of one lead that the other end does not have yet, oldest first."""
    waits = f"o.op_id IN (SELECT op_id FROM outbox WHERE lead_uid = :lead AND {WAITS})"
    return map(_entry, db.execute(f"{_ENTRIES} WHERE {waits} ORDER BY o.seq", {"lead": lead_uid}))


def find(db: sqlite3.Connection, reference: str) -> Entry:
    """The change meant by `reference`: its op_id, or the beginning of it when only one begins so.

    Raises LeadqError `bad_op` or `ambiguous` (2), `no_such_op` (6).
    """
    text = reference.strip().lower()
    if not _REFERENCE.fullmatch(text):
        raise LeadqError(
            "bad_op",
            _("“{reference}” is not a way to name a change.").format(reference=reference),
            hint=_("Use its op_id, or at least the first four characters; `leadq outbox list` shows them."),
            exit_status=Exit.USAGE,
        )
    found = list(map(_entry, db.execute(f"{_ENTRIES} WHERE o.op_id >= ? AND o.op_id < ? LIMIT 20", (text, f"{text}g"))))
    if not found:
        raise LeadqError(
            "no_such_op",
            _("There is no change “{reference}” on the outbox.").format(reference=reference),
            hint=_("`leadq outbox list` shows what waits."),
            exit_status=Exit.NOT_FOUND,
        )
    if len(found) > 1:
        raise _several(reference, found)
    return found[0]


def find_all(db: sqlite3.Connection, references: Sequence[str]) -> list[Entry]:
    """Several changes, each once, in the order given; the first that cannot be found stops everything."""
    found = (find(db, reference) for reference in references)
    return list({entry.op.op_id: entry for entry in found}.values())


def short(db: sqlite3.Connection, op_id: str) -> str:
    """The beginning of `op_id` by which `find` finds it now."""
    before, after = db.execute(_NEIGHBOURS, {"op": op_id}).fetchone()
    alike = max(_alike(op_id, other or "") for other in (before, after))
    return op_id[: max(_SHOWN, alike + 1)]


def _alike(one: str, other: str) -> int:
    return sum(1 for _same in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def say_status(word: str) -> str:
    """A status in the user's language; one that is none of leadq's stands for itself, none is a dash."""
    known = DICTIONARIES[CUSTOM].get(word)
    return known.say(current()) if known else word or "-"


def decisions(db: sqlite3.Connection, entry: Entry) -> list[Decision]:
    """What people decided about the change, oldest first: it stays with the lead, also when nothing was ever sent."""
    rows = db.execute(_DECISIONS, {"lead": entry.op.lead_uid, "op": entry.op.op_id, "type": CHANGE_SETTLED})
    return [Decision(json.loads(data).get("how", ""), actor, at_ms, note or "") for data, actor, at_ms, note in rows]


def behind(db: sqlite3.Connection, entry: Entry) -> list[str]:
    """The op_ids of the lead's earlier changes that have not arrived, and that this one waits for."""
    op = entry.op
    rows = db.execute(
        f"SELECT op_id FROM outbox WHERE lead_uid = ? AND connection = ? AND seq < ? AND {WAITS} ORDER BY seq",
        (op.lead_uid, entry.connection, op.seq),
    )
    return [op_id for (op_id,) in rows]


def _several(reference: str, found: Sequence[Entry]) -> LeadqError:
    return LeadqError(
        "ambiguous",
        _("Several changes begin with “{reference}”.").format(reference=reference),
        hint=_("Type more of the one that you mean."),
        exit_status=Exit.USAGE,
        candidates=[
            {"op_id": entry.op.op_id, "lead": entry.lead_id, "verb": entry.op.verb, "state": entry.op.state}
            for entry in found
        ],
    )


def _entry(row: Sequence[Any]) -> Entry:
    known = len(Op._fields)
    return Entry(as_op(row[:known]), *row[known:])


_ENTRIES: Final = """
    SELECT o.op_id, o.lead_uid, l.external_id, o.seq, o.event_uid, o.verb, o.state, o.status, o.adds, o.scope,
        o.doubted, o.attempts, o.last_sent_ms, o.next_attempt_ms, o.compensates,
        o.connection, l.id, p.name, p.company, o.created_ms, o.not_before_ms, o.first_sent_ms, o.done_ms, o.audit_ms,
        coalesce(o.last_error, ''), o.base, o.theirs
    FROM outbox o JOIN lead l ON l.uid = o.lead_uid JOIN person p ON p.id = l.person_id"""
_NEIGHBOURS: Final = """
    SELECT (SELECT max(op_id) FROM outbox WHERE op_id < :op), (SELECT min(op_id) FROM outbox WHERE op_id > :op)"""
_DECISIONS: Final = """
    SELECT e.data, e.actor, e.occurred_ms, t.text FROM event e
    LEFT JOIN event_text t ON t.event_uid = e.uid AND t.kind = 'note'
    WHERE e.lead_uid = :lead AND e.type = :type AND json_extract(e.data, '$.op') = :op ORDER BY e.seq"""
