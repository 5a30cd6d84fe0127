"""What a connection needs in HubSpot: a mapping that names what is there, and a few properties of our own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from leadq.plugins.hubspot.portal import Portal, Record, rows
from leadq.plugins.sdk import N_, Choice, Conflict, CrmField, CrmKind, CrmOwner, Description, Rejected, Step

GROUP: Final = "leadq"
OUTCOMES: Final = (
    "handed_off",
    "accepted",
    "working",
    "connected",
    "qualified",
    "disqualified",
    "recycled",
    "rejected",
    "archived",
    "merged",
)

PROPERTIES: Final[Mapping[str, tuple[str, str, str]]] = {
    "leadq_outcome": ("leadq: outcome", "enumeration", "select"),
    "leadq_reason": ("leadq: reason", "string", "text"),
    "leadq_quality": ("leadq: quality", "number", "number"),
    "leadq_missing": ("leadq: missing information", "string", "text"),
    "leadq_first_touch_at": ("leadq: first touch", "datetime", "date"),
    "leadq_answer": ("leadq: marketing’s answer (ack, changed: ..., declined: ...)", "string", "textarea"),
    "leadq_last_op": ("leadq: last change", "string", "text"),
    "leadq_stamp": ("leadq: stamp", "string", "text"),
}
"""Label, type and kind of field of each property of ours."""

_KINDS: Final[Mapping[str, CrmKind]] = {
    "string": "text",
    "phone_number": "text",
    "number": "number",
    "date": "date",
    "datetime": "date",
    "bool": "flag",
    "enumeration": "choice",
}
_NO_FIELD: Final = N_("HubSpot has no property “{name}”, which the mapping of “{field}” names.")
_NO_WORD: Final = N_(
    "“{word}” is not a value of HubSpot’s {property}; it has: {known}. Say under states what “{state}” is there."
)


class Setup:
    """Looks at one account's properties, and adds ours."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._settings = portal.settings

    def verify(self) -> None:
        """Raises Rejected for a mapping that names what is not there."""
        there = {str(row.get("name")): row for row in self._portal.property_rows()}
        for field, name in self._settings.names.items():
            if not name.startswith("contact.") and name not in there:
                raise Rejected("fields", _NO_FIELD, name=name, field=field)
        _ = self._portal.scope_owners, self._portal.states  # resolve each e-mail to an owner, each word to a stage
        if self._settings.object == "leads":
            return
        known = [str(each.get("value")) for each in rows(there.get(self._settings.status), "options")]
        for state, words in self._settings.words.items():
            if words[0] not in known:
                told = {"word": words[0], "property": self._settings.status, "state": state}
                raise Rejected("states", _NO_WORD, known=", ".join(known) or "-", **told)

    def describe(self) -> Description:
        """The object's properties, the account's owners, and the values of a lead's state."""
        found = tuple(map(_field, self._portal.property_rows()))
        owners = tuple(_owner(owner, row) for owner, row in self._portal.owners.items() if not row.get("archived"))
        return Description(found, owners, tuple(self._statuses(found)))

    def _statuses(self, found: Sequence[CrmField]) -> Iterator[Choice]:
        if self._settings.object == "leads":
            for stage in rows(self._portal.pipeline, "stages"):
                yield Choice(str(stage.get("id")), str(stage.get("label") or ""))
        for field in found:
            if field.name == self._settings.status and self._settings.object == "contacts":
                yield from field.choices

    def plan(self) -> list[Step]:
        """The properties of ours that are missing, and before them their group."""
        there = {str(row.get("name")) for row in self._portal.property_rows()}
        missing = [name for name in PROPERTIES if name not in there]
        steps = [self._step(name) for name in missing]
        if len(missing) < len(PROPERTIES) or not missing:
            return steps
        return [Step(GROUP, N_("Create the property group “leadq” of HubSpot’s {object}."), self._about()), *steps]

    def prepare(self, steps: Sequence[Step]) -> None:
        """Create them; one that somebody created meanwhile stays as it is."""
        path = f"/crm/properties/{self._settings.version}/{self._settings.object}"
        for step in steps:
            try:
                if step.id == GROUP:
                    self._portal.http.post(f"{path}/groups", {"name": GROUP, "label": "leadq", "displayOrder": -1})
                elif step.id in PROPERTIES:
                    self._portal.http.post(path, definition(step.id))
            except Conflict:
                continue

    def _step(self, name: str) -> Step:
        told = self._about() | {"name": name, "label": PROPERTIES[name][0]}
        return Step(name, N_("Create the property “{name}” ({label}) of HubSpot’s {object}."), told)

    def _about(self) -> dict[str, str]:
        return {"object": self._settings.object}


def definition(name: str) -> dict[str, Any]:
    """One of our properties as HubSpot wants it."""
    label, kind, field = PROPERTIES[name]
    told = {"name": name, "label": label, "groupName": GROUP, "type": kind, "fieldType": field}
    if kind != "enumeration":
        return told
    options = [{"label": each, "value": each, "displayOrder": n, "hidden": False} for n, each in enumerate(OUTCOMES)]
    return told | {"options": options}


def _field(row: Record) -> CrmField:
    choices = tuple(Choice(str(each.get("value")), str(each.get("label") or "")) for each in rows(row, "options"))
    kind = _KINDS.get(str(row.get("type")), "other")
    return CrmField(str(row.get("name")), str(row.get("label") or ""), kind, choices)


def _owner(owner: str, row: Record) -> CrmOwner:
    name = f"{row.get('firstName') or ''} {row.get('lastName') or ''}".strip()
    return CrmOwner(owner, name, str(row.get("email") or ""))
