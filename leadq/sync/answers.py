"""Marketing's answer to sales' feedback, written in the CRM: the same event as by the command, whichever door it took.

The record keeps its answer, so only one that was not there before is news; and one that came through another door
already is none.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from leadq.answering import stands
from leadq.domain.decide import Refused, decide
from leadq.domain.verbs import Answer
from leadq.ledger import ADAPTER
from leadq.queue import situation
from leadq.recording import record
from leadq.sync.aliases import lead_called
from leadq.text import clean_block

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadq.desk import Desk
    from leadq.plugins.sdk import RemoteLead
    from leadq.sync.line import Line
    from leadq.sync.snapshot import Snapshot

FIELD: Final = "leadq_answer"


def mark(lead: RemoteLead) -> str:
    """What is remembered of the record's answer, to know the next one by; its words are kept with the event only."""
    said = str(lead.fields.get(FIELD) or "")
    return blake2b(said.encode("utf-8", "replace"), digest_size=8).hexdigest() if said else ""


def take_answers(desk: Desk, line: Line, news: Iterable[RemoteLead], known: Mapping[str, Snapshot]) -> None:
    """Write down each answer that a known record did not hold before; one that no rule would take stays there."""
    for lead in news:
        before = known.get(lead.external_id)
        if before is not None and mark(lead) not in ("", before.answer):
            _take(desk, line, lead)


def _take(desk: Desk, line: Line, lead: RemoteLead) -> None:
    lead_uid = lead_called(desk.db, line.connection, lead.external_id)
    if lead_uid is None:
        return
    word, _, note = str(lead.fields[FIELD]).partition(":")
    verb = Answer(word.strip().lower(), clean_block(note).strip())
    here = desk.ledger.lead(lead_uid)
    drafts = decide(here, verb, situation(desk, here, verb))
    if not isinstance(drafts, Refused) and not stands(desk.db, lead_uid, verb):
        record(desk, here, drafts, actor_kind=ADAPTER)
        line.tally.pulled += 1
