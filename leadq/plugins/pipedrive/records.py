"""Pipedrive's records in leadq's shapes: a lead with its person and organization, activities and deals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from leadq.plugins.pipedrive.fields import OWN, Own
from leadq.plugins.pipedrive.notes import marker_in, plain
from leadq.plugins.pipedrive.states import status_of
from leadq.plugins.sdk import Activity, Deal, DealState, RemoteLead, mapped

if TYPE_CHECKING:
    from leadq.plugins.pipedrive.names import Field, Names
    from leadq.plugins.pipedrive.states import Labels

Row = Mapping[str, Any]

MAPPING: Final[Mapping[str, str]] = {
    "name": "person.name",
    "email": "person.email",
    "phone": "person.phone",
    "title": "person.job_title",
    "company": "organization.name",
    "source": "source_name",
    "trigger": "channel",
    "campaign": "channel_id",
    "handed_off_at": "add_time",
}
"""Where leadq's fields are unless the settings say otherwise."""

_CHANNELS: Final = (
    ("linkedin", "linkedin"),
    ("call", "call"),
    ("mail", "email"),
    ("sms", "sms"),
    ("whatsapp", "sms"),
    ("meeting", "meeting"),
    ("demo", "meeting"),
    ("lunch", "meeting"),
)
"""Parts of the key of an activity's type, Pipedrive's own and those that companies make, and what they are here. A task
or a deadline is nothing that was done with the prospect."""

_DEAL_STATES: Final[Mapping[str, DealState]] = {"open": "open", "won": "won", "lost": "lost"}


class Reader:
    """Reads records by the names of their company. `mapping` goes over ours; the contract has `members`' ids."""

    def __init__(self, names: Names, labels: Labels, mapping: Mapping[str, str], members: Collection[str]) -> None:
        self.names = names
        self._labels = labels
        self._mapping = {own: there for own, there in mapping.items() if own not in OWN}
        self._named = mapping
        self._members = members

    @cached_property
    def states(self) -> Mapping[str, str]:
        """See `Labels.ids`."""
        return self._labels.ids(self.names)

    @cached_property
    def own(self) -> Own:
        """leadq's own fields there."""
        return Own.among(self.names, self._named)

    def leads(self, rows: Iterable[Row], people: Mapping[int, Row], companies: Mapping[int, Row]) -> list[RemoteLead]:
        """Each row as a lead; one that makes no sense is given without an id, and counted."""
        return [self._lead_or_nobody(row, people, companies) for row in rows]

    def glance(self, row: Row) -> RemoteLead:
        """A lead without who it is: its state and its time."""
        return RemoteLead(
            external_id=text(row.get("id")),
            updated_at=text(row.get("update_time")),
            fields={"status": status_of(row.get("label_ids"), self.states)},
            raw=row,
            stamp=self.own.stamp(row),
        )

    def lead(self, row: Row, person: Row, company: Row) -> RemoteLead:
        """A lead with the person and the organization that it is about, {} where they are not known."""
        brief = self.glance(row)
        fields = mapped(self._record(row, person, company), {**MAPPING, **self._mapping})
        fields |= {**brief.fields, "owner": self._user(row.get("owner_id"))}
        if answer := self.own.answer(row):
            fields["leadq_answer"] = answer
        return replace(brief, fields=fields, raw={**row, "person": person, "organization": company})

    def activity(self, row: Row) -> Activity | None:
        """Something that was done with a lead; None for what is no touch, was not done, or is our own."""
        lead, channel = text(row.get("lead_id")), _channel(row.get("type"))
        at = text(row.get("marked_as_done_time")) or _due(row)
        done = row.get("done") and not row.get("is_deleted") and not marker_in(row.get("note"))
        if not (lead and channel and at and done and row.get("id")):
            return None
        return Activity(
            id=f"activity:{row['id']}",
            lead=lead,
            channel=channel,
            outcome="connected" if channel == "meeting" else "no_answer",  # how a call went is not in the record
            occurred_at=at,
            actor=self._user(row.get("owner_id")),
            note="\n".join(part for part in (text(row.get("subject")), plain(row.get("note"))) if part),
        )

    def deal(self, row: Row) -> Deal | None:
        """What became of a lead; None for a deal that never was one, or that is gone."""
        lead, state = text(row.get("source_lead_id")), _DEAL_STATES.get(text(row.get("status")))
        if not (lead and state and row.get("id")) or row.get("is_deleted"):
            return None
        return Deal(
            id=text(row["id"]),
            lead=lead,
            state=state,
            stage=self.names.stages.get(text(row.get("stage_id")), ""),
            amount=text(row.get("value")),
            currency=text(row.get("currency")),
            changed_at=text(row.get("update_time")),
        )

    def _lead_or_nobody(self, row: Row, people: Mapping[int, Row], companies: Mapping[int, Row]) -> RemoteLead:
        person = people.get(number(row.get("person_id")) or 0, {})
        company = companies.get(number(row.get("organization_id")) or number(person.get("org_id")) or 0, {})
        return self.lead(row, person, company) if isinstance(row.get("id"), str) else RemoteLead("")

    def _record(self, row: Row, person: Row, company: Row) -> dict[str, Any]:
        """What a mapping may name: the lead's own fields, deal fields by key and by name, the person, the company."""
        shown = {key: self._shown(key, value) for key, value in row.items()}
        by_name = {each.name: shown[key] for key, each in self.names.fields.items() if key in shown}
        labels = row.get("label_ids")
        named = [self.names.labels.get(str(each), "") for each in labels] if isinstance(labels, list) else []
        return {
            **by_name,
            **shown,
            "labels": ", ".join(name for name in named if name),
            "person": {**person, "email": _main(person.get("emails")), "phone": _main(person.get("phones"))},
            "organization": company,
        }

    def _shown(self, key: str, value: Any) -> Any:
        known = self.names.fields.get(key)
        return shown(known, value) if known and (known.custom or known.options) else value

    def _user(self, given: Any) -> str:
        """A user's id where the contract has it, else the e-mail, by which the contract knows its members too."""
        user = text(given)
        return user if user in self._members else self.names.users.get(user) or user


def shown(known: Field, value: Any) -> Any:
    """A field's value as Pipedrive's own screens show it: labels for ids of a picklist, a name for a record."""
    if isinstance(value, Mapping):
        return value.get("name", value.get("value"))
    if not known.options or value is None:
        return value
    chosen = value if isinstance(value, list) else text(value).split(",")  # a set comes as "190,191"
    return ", ".join(known.options.get(text(each).strip(), text(each)) for each in chosen)


def people_of(rows: Iterable[Row]) -> list[int]:
    """The persons of leads, each once."""
    found = (number(row.get("person_id")) for row in rows)
    return list(dict.fromkeys(each for each in found if each))


def companies_of(rows: Iterable[Row], people: Iterable[Row]) -> list[int]:
    """The organizations of leads, and of their persons."""
    own = (number(row.get("organization_id")) for row in rows)
    theirs = (number(row.get("org_id")) for row in people)
    return list(dict.fromkeys(each for each in (*own, *theirs) if each))


def text(value: Any) -> str:
    """An id, a number or a text as text; anything else, and nothing, is empty."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def number(value: Any) -> int | None:
    """A numeric id; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _main(values: Any) -> str | None:
    """The primary one of e-mails or phones; else the first."""
    given = (
        [each for each in values if isinstance(each, Mapping) and each.get("value")] if isinstance(values, list) else []
    )
    main = next((each for each in given if each.get("primary")), given[0] if given else None)
    return str(main["value"]) if main else None


def _channel(kind: Any) -> str:
    key = text(kind).casefold()
    return next((channel for part, channel in _CHANNELS if part in key), "")


def _due(row: Row) -> str:
    """When an activity was planned for, in UTC; "" where it has no time."""
    day, hour = text(row.get("due_date")), text(row.get("due_time"))
    return f"{day}T{hour[:5]}:00Z" if day and hour else ""
