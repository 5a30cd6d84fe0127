"""A home in which every text of every lead is hostile, put there past the cleaning at the door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from leadq.domain import verbs
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.corpus import CORPUS
from tests.leads import hand_over

PERSON: Final = ("name", "company", "title", "phone", "email", "timezone", "country")
LEAD: Final = ("source", "campaign", "trigger")
_FIELDS: Final = len(PERSON) + len(LEAD)
LEADS: Final = -(-len(CORPUS) // _FIELDS)
"""So many leads hold each text once; turned by one field, each text is in another field."""


def storable(text: str) -> str:
    """What SQLite can hold of a text: no half of a character."""
    return text.encode("utf-8", "replace").decode("utf-8")


def texts_of(lead_id: int, turn: int = 0) -> list[str]:
    """The texts of a lead, in the order of its fields."""
    start = (lead_id - 1) * _FIELDS + turn
    return [storable(CORPUS[(start + number) % len(CORPUS)]) for number in range(_FIELDS)]


def spoil(queue: Queue, home: Home, *, owner: str, turn: int = 0) -> None:
    """Fill a new home: fields, notes, what a segment says to tell, and the words of a CRM."""
    hand_over(queue, *({"owner": owner, "email": f"p{n}@example.test", "phone": ""} for n in range(LEADS)))
    for number, part in enumerate(_parts(CORPUS, 10), start=1):
        queue.perform([str(number)], verbs.Touch("call", "no_answer", note="\n".join(map(storable, part))))
    for lead_id in (11, 12, 13):
        queue.perform([str(lead_id)], verbs.Reject("rej.spam", 1))
    home.contract.write_text(home.contract.read_text("utf-8") + _SEGMENT, "utf-8")
    queue.perform(["14"], verbs.Note("brings the contract into force"))
    with Store(home).transaction() as db:
        for lead_id in range(1, LEADS + 1):
            texts = texts_of(lead_id, turn)
            people, leads = (", ".join(f"{name} = ?" for name in names) for names in (PERSON, LEAD))
            owned = "(SELECT person_id FROM lead WHERE id = ?)"
            db.execute(f"UPDATE person SET {people} WHERE id = {owned}", (*texts[: len(PERSON)], lead_id))
            db.execute(f"UPDATE lead SET {leads} WHERE id = ?", (*texts[len(PERSON) :], lead_id))
        for number, (op_id,) in enumerate(db.execute("SELECT op_id FROM outbox").fetchall()):
            said = texts_of(number + 1)
            state = ("dead", "conflict")[number % 2]
            db.execute("UPDATE outbox SET state = ?, base = ?, theirs = ?, last_error = ? WHERE op_id = ?",
                       (state, *said[:3], op_id))  # fmt: skip


def _parts(texts: Sequence[str], count: int) -> list[Sequence[str]]:
    size = -(-len(texts) // count)
    return [texts[start : start + size] for start in range(0, len(texts), size)]


def _toml(text: str) -> str:
    """As a TOML string: escapes are how a contract can hold what it may not hold as it is."""
    return "".join(f"\\U{ord(char):08x}" for char in storable(text))


_SEGMENT: Final = f"""
[segment.hostile]
when = "score >= 0"
talk_track = {{ en = "{_toml(" ".join(CORPUS[::3]))}", fr = "x" }}
"""
