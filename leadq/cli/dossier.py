"""All that a home holds about one person: as data, and as text that they can read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from leadq import views
from leadq.cli.card import card, in_words
from leadq.clock import iso
from leadq.erasing import marks_of
from leadq.explain import stored_contract
from leadq.handoff import PERSON_FIELDS
from leadq.i18n import N_, _
from leadq.outlook import outlook
from leadq.privacy import find_people
from leadq.raw import Raw
from leadq.suppression import Suppressed, kept
from leadq.words import labelled

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.drafts import Draft
    from leadq.read import Moment

_LABELS: Final = {
    "name": N_("Name"),
    "company": N_("Company"),
    "title": N_("Job title"),
    "email": N_("E-mail"),
    "phone": N_("Phone"),
    "country": N_("Country"),
    "language": N_("Language"),
    "timezone": N_("Time zone"),
}
_WHY: Final = {
    "opposition": N_("does not want to be contacted"),
    "erased": N_("was erased, and is not to be stored again"),
}
_OP: Final = ("op_id", "connection", "verb", "state", "created_at", "first_sent_at", "done_at", "last_error")


def dossier(db: sqlite3.Connection, at: Moment, reference: str, typed: Sequence[Draft] = ()) -> dict[str, Any]:
    """Everything held about whoever `reference` means, in the shape of docs/cli.md; `typed`: every draft there is.

    Raises as `find_people`.
    """
    people = find_people(db, reference)
    known = marks_of(db, people) or [("email", reference.strip().casefold())]
    return {
        "asked": reference,
        "exported_at": iso(at.now_ms),
        "people": [_person(db, at, person_id) for person_id in people],
        "drafts": [_draft(draft) for draft in typed if _is_about(db, draft, people)],
        "suppression": [
            {"kind": entry.kind, "why": entry.why, "since": iso(entry.since_ms)}
            for entry in Suppressed(kept(db)).entries(known)
        ],
    }


def _is_about(db: sqlite3.Connection, draft: Draft, people: Sequence[int]) -> bool:
    marks, who = ", ".join("?" * len(draft.leads)), ", ".join(map(str, people))
    query = f"SELECT 1 FROM lead WHERE uid IN ({marks}) AND person_id IN ({who})"
    return db.execute(query, draft.leads).fetchone() is not None


def _draft(draft: Draft) -> dict[str, Any]:
    return {"dialog": draft.dialog, "typed_at": iso(draft.at_ms), "answers": draft.as_shape()["answers"]}


def _person(db: sqlite3.Connection, at: Moment, person_id: int) -> dict[str, Any]:
    columns = ", ".join((*PERSON_FIELDS, "raw", "created_ms"))
    *fields, raw, created_ms = db.execute(f"SELECT {columns} FROM person WHERE id = ?", (person_id,)).fetchone()
    leads = db.execute("SELECT id FROM lead WHERE person_id = ? ORDER BY handed_off_ms, id", (person_id,)).fetchall()
    return {
        **dict(zip(PERSON_FIELDS, fields, strict=True)),
        "created_at": iso(created_ms),
        "raw": dict(Raw(raw)),
        "leads": [_lead(db, at, lead_id) for (lead_id,) in leads],
    }


def _lead(db: sqlite3.Connection, at: Moment, lead_id: int) -> dict[str, Any]:
    shape = views.lead(db, at, lead_id)
    rows = views.timeline(db, shape["uid"])
    contract = stored_contract(db, rows[0].data["contract"])[1]
    events = [event | {"said": in_words(row, at, contract)} for event, row in zip(shape["events"], rows, strict=True)]
    ops = db.execute(_OPS, (shape["uid"],)).fetchall()
    refs = db.execute(_REFS, (lead_id,)).fetchall()
    return {
        **shape,
        "events": events,
        "ops": [dict(zip(_OP, (*op[:4], *map(iso, op[4:7]), op[7]), strict=True)) for op in ops],
        "known_by": [
            {"connection": name, "object_type": kind, "external_id": external_id} for name, kind, external_id in refs
        ],
    }


def told(db: sqlite3.Connection, at: Moment, found: Mapping[str, Any]) -> Iterator[str]:
    """The same as text: who they are, each lead as its card, what left, who else knows them."""
    yield labelled(_("Everything that leadq holds about"), found["asked"])
    for person in found["people"]:
        yield ""
        yield from (labelled(_(label), person[name]) for name, label in _LABELS.items() if person[name])
        for name, cell in person["raw"].items():
            yield labelled(name, cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False))
        for lead in person["leads"]:
            yield ""
            yield from card(db, at, lead, outlook(db, at, lead["id"]))
            yield from _sent(lead)
    for draft in found["drafts"]:
        yield ""
        yield _("Typed and not saved ({dialog}, {when}):").format(dialog=draft["dialog"], when=draft["typed_at"])
        yield from (f"  {labelled(name, ', '.join(values))}" for name, values in draft["answers"].items())
    for entry in found["suppression"]:
        yield ""
        yield _("A fingerprint ({kind}) says since {when}: {why}.").format(
            kind=entry["kind"], when=entry["since"], why=_(_WHY[entry["why"]])
        )


def _sent(lead: Mapping[str, Any]) -> Iterator[str]:
    for op in lead["ops"]:
        yield "  " + _("change for {connection}: {verb} ({state})").format(**op)
    for ref in lead["known_by"]:
        yield "  " + _("{connection} knows them as {external_id}").format(**ref)


_OPS: Final = """SELECT op_id, connection, verb, state, created_ms, first_sent_ms, done_ms, last_error
    FROM outbox WHERE lead_uid = ? ORDER BY seq"""
_REFS: Final = """SELECT connection, object_type, external_id FROM remote_ref WHERE lead_id = :lead
    UNION SELECT connection, 'lead', external_id FROM lead WHERE id = :lead AND external_id <> '' ORDER BY 1, 2, 3"""
