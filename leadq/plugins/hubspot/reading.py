"""Records in: as leads, and as what a read by id shows of one lead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import Final

from leadq.plugins.hubspot.portal import Portal, Record, is_id, mapping
from leadq.plugins.hubspot.words import LIFECYCLE
from leadq.plugins.sdk import Found, FoundState, Gone, Ref, Rejected, RemoteLead, mapped

_TAGS: Final = re.compile(r"<[^>]*>")
_BREAKS: Final = re.compile(r"<(?:br|/p|/div|/li)\b[^>]*>", re.IGNORECASE)
_MARKER: Final = re.compile(r"leadq:(\S+)")


def text_of(body: object) -> str:
    """HubSpot keeps texts as HTML; this is what a person reads."""
    return unescape(_TAGS.sub("", _BREAKS.sub("\n", str(body or "")))).strip()


def marker_in(body: object) -> str:
    """The op id in the last line of a note; "" when it is none of ours."""
    found = _MARKER.fullmatch(text_of(body).rpartition("\n")[2].strip())
    return found[1] if found else ""


class Reader:
    """Reads leads of one account. `untouched`: those that were seen without a first touch."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._settings = portal.settings
        self.untouched: set[str] = set()

    def leads(self, ids: Sequence[str]) -> list[RemoteLead]:
        """Those of `ids` that are in the settings' scope, as they are now and not as the index has them."""
        records = self._portal.read(self._settings.object, ids, self._settings.properties)
        known = [record for record in records if is_id(str(record.get("id") or ""))]
        here = [record for record in known if self._state(record) == "open" and self._has_status(record)]
        contacts = self._contacts(here)
        nobody = [RemoteLead("")] * (len(records) - len(known))
        return [*nobody, *(self._lead(record, contacts) for record in here)]

    def lookup(self, refs: Sequence[Ref]) -> Iterator[Found]:
        """Each of `refs` by its id; a record that makes no sense is left out."""
        asked = list(dict.fromkeys(ref.external_id for ref in refs))
        records = self._by_asked(asked)
        contacts = self._contacts(list(records.values()))
        searched = {ref.external_id for ref in refs if ref.markers}
        markers = self._markers([str(records[each]["id"]) for each in asked if each in searched & records.keys()])
        for each in asked:
            if each in records:
                yield self._found(each, records[each], contacts, markers if each in searched else None)
            else:
                yield Found(each, "deleted")

    def notes(self, ids: Sequence[str]) -> dict[str, list[Record]]:
        """The notes of each lead, oldest first, by id: a search would be behind."""
        linked = self._portal.linked(self._settings.object, "notes", ids)
        wanted = [note for each in linked.values() for note in each]
        read = {
            str(note.get("id")): note for note in self._portal.read("notes", wanted, ["hs_note_body", "hs_createdate"])
        }
        return {lead: sorted((read[n] for n in each if n in read), key=_age) for lead, each in linked.items()}

    def _by_asked(self, asked: Sequence[str]) -> dict[str, Record]:
        """Records by the id that was asked for: what was merged comes under the id of the one that is left."""
        kind, properties = self._settings.object, self._settings.properties
        try:
            found = _named(asked, self._portal.read(kind, asked, properties))
        except Rejected:  # by one of them: each is asked for alone
            return self._one_by_one(asked)
        rest = [each for each in asked if each not in found]
        if rest:
            found |= _named(rest, self._portal.read(kind, rest, properties, archived=True))
        return found | self._one_by_one([each for each in rest if each not in found])

    def _one_by_one(self, ids: Sequence[str]) -> dict[str, Record]:
        """What no batch has: a read of one follows a merge that the records say nothing of."""
        found: dict[str, Record] = {}
        properties = {"properties": ",".join(self._settings.properties)}
        for each in filter(is_id, ids):
            try:
                record = mapping(
                    self._portal.http.get(self._portal.object(self._settings.object, each), properties).data
                )
            except Gone:
                continue
            except Rejected:
                record = {"id": each, "forbidden": True}
            if record.get("id"):
                found[each] = record
        return found

    def _found(
        self, asked: str, record: Record, contacts: Mapping[str, Record], markers: Mapping[str, tuple[str, ...]] | None
    ) -> Found:
        if record.get("forbidden"):
            return Found(asked, "forbidden")
        lead, properties = self._lead(record, contacts), mapping(record.get("properties"))
        moved_to = lead.external_id if lead.external_id != asked else ""
        if not properties.get("leadq_first_touch_at"):
            self.untouched.add(lead.external_id)
        return Found(
            asked,
            "merged" if moved_to else self._state(record),
            moved_to,
            lead,
            None if markers is None else markers.get(lead.external_id, ()),
            str(properties.get("leadq_last_op") or ""),
            lead.stamp,
        )

    def _markers(self, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        if not ids or not self._settings.with_notes:
            return {}
        notes = self.notes(ids)
        return {
            lead: tuple(m for note in each if (m := marker_in(mapping(note.get("properties")).get("hs_note_body"))))
            for lead, each in notes.items()
        }

    def _state(self, record: Record) -> FoundState:
        """Whether the record is one of the leads that the settings mean, or where it has gone."""
        properties, settings = mapping(record.get("properties")), self._settings
        if record.get("archived"):
            return "archived"
        owner = str(properties.get("hubspot_owner_id") or "")
        if settings.owners and owner not in self._portal.scope_owners:
            return "reassigned"
        if settings.object == "leads" and properties.get("hs_pipeline") not in (None, self._portal.pipeline.get("id")):
            return "reassigned"
        stage = str(properties.get("lifecyclestage") or "")
        if settings.lifecycle and stage not in settings.lifecycle:
            return "converted" if _is_beyond(stage, settings.lifecycle) else "archived"
        return "open"

    def _has_status(self, record: Record) -> bool:
        wanted = self._settings.lead_status
        return not wanted or mapping(record.get("properties")).get(self._settings.status) in wanted

    def _contacts(self, records: Sequence[Record]) -> dict[str, Record]:
        """The primary contacts of leads, by id."""
        ids = [str(i) for each in records if (i := mapping(each.get("properties")).get("hs_primary_contact_id"))]
        if self._settings.object != "leads" or not ids:
            return {}
        read = self._portal.read("contacts", ids, self._settings.contact_properties)
        return {str(contact.get("id")): mapping(contact.get("properties")) for contact in read}

    def _lead(self, record: Record, contacts: Mapping[str, Record]) -> RemoteLead:
        properties = mapping(record.get("properties"))
        contact = contacts.get(str(properties.get("hs_primary_contact_id") or ""), {})
        raw = {**properties, "contact": contact} if contact else properties
        fields = {name: value for name, value in mapped(raw, self._settings.names).items() if value != ""}
        status, outcome = str(properties.get(self._settings.status) or ""), str(properties.get("leadq_outcome") or "")
        fields["status"] = self._portal.states.state(status, outcome) if status else ""
        if "owner" not in self._settings.names:
            fields["owner"] = self._portal.owner(str(properties.get("hubspot_owner_id") or ""))
        if answer := properties.get("leadq_answer"):
            fields["leadq_answer"] = answer
        return RemoteLead(
            str(record["id"]),
            updated_at=str(record.get("updatedAt") or ""),
            deleted=bool(record.get("archived")),
            fields=fields,
            raw=raw,
            formerly=_merged_ids(record),
            stamp=str(properties.get("leadq_stamp") or ""),
        )


def _named(asked: Sequence[str], records: Sequence[Record]) -> dict[str, Record]:
    """The records by the ids that were asked for."""
    found = {str(record.get("id")): record for record in records if record.get("id")}
    merged = {former: record for record in found.values() for former in _merged_ids(record)}
    return {each: record for each in asked if (record := found.get(each) or merged.get(each))}


def _merged_ids(record: Record) -> tuple[str, ...]:
    told = str(mapping(record.get("properties")).get("hs_merged_object_ids") or "")
    return tuple(each.strip() for each in told.split(";") if each.strip())


def _is_beyond(stage: str, wanted: Sequence[str]) -> bool:
    """Whether a lifecycle stage is further than all that are wanted; the company's own ones are not known to be."""
    known = [LIFECYCLE.index(each) for each in wanted if each in LIFECYCLE]
    return stage in LIFECYCLE and bool(known) and LIFECYCLE.index(stage) > max(known)


def _age(note: Record) -> tuple[str, int, str]:
    """What comes first was written first; ids grow, but are text."""
    written, name = str(note.get("createdAt") or ""), str(note.get("id"))
    return written, len(name), name
