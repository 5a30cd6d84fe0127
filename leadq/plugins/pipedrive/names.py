"""What a company calls things at its Pipedrive: lead labels, deal fields (leads have the same), users and stages.

Each list is read once in a run, when something in it is first asked for: a pull that brings nothing needs none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from leadq.plugins.sdk import N_, Transient

if TYPE_CHECKING:
    from leadq.plugins.sdk import Answer, Http

LABELS: Final = "/api/v1/leadLabels"
USERS: Final = "/api/v1/users"
FIELDS: Final = "/api/v2/dealFields"
STAGES: Final = "/api/v2/stages"
LARGEST_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Field:
    """A field of deals and leads: `key` is what it is called in a record, `options` the picklist by id."""

    key: str
    name: str
    kind: str = "varchar"
    options: Mapping[str, str] = field(default_factory=dict)
    custom: bool = True


class Names:
    """The names as they are there now."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def called(self, name: str) -> list[str]:
        """The ids of the labels of that name, in any case; people make the same one twice."""
        return [key for key, each in self.labels.items() if each.casefold() == name.casefold()]

    def label(self, name: str) -> str:
        """The id of the first of them; "" for none."""
        return next(iter(self.called(name)), "")

    def field(self, name: str) -> Field | None:
        """The field of that key or, in any case, of that name."""
        named = (each for each in self.fields.values() if each.name.casefold() == name.casefold())
        return self.fields.get(name) or next(named, None)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Lead labels by id."""
        return {str(row["id"]): str(row.get("name") or "") for row in rows_of(self._http.get(LABELS)) if "id" in row}

    @cached_property
    def people(self) -> list[Mapping[str, Any]]:
        """Users as they came, those who left as well: they may own leads."""
        return rows_of(self._http.get(USERS))

    @cached_property
    def users(self) -> dict[str, str]:
        """E-mails of users by id."""
        return {str(row["id"]): str(row.get("email") or "") for row in self.people if "id" in row}

    @cached_property
    def stages(self) -> dict[str, str]:
        """Stages of deals by id."""
        return {str(row["id"]): str(row.get("name") or "") for row in pages_of(self._http, STAGES) if "id" in row}

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Fields of deals by key."""
        found = (_field(row) for row in pages_of(self._http, FIELDS))
        return {each.key: each for each in found if each.key}


def pages_of(http: Http, path: str, **params: str | int) -> Iterator[Mapping[str, Any]]:
    """The rows of a v2 list, page after page. Raises Transient where a page leads to itself."""
    asked: dict[str, str | int] = {**params, "limit": LARGEST_PAGE}
    while True:
        answer = http.get(path, asked)
        yield from rows_of(answer)
        following = beside(answer).get("next_cursor")
        if not following:
            return
        if following == asked.get("cursor"):
            raise Transient(N_("The service answered without {what}."), what="progress")
        asked["cursor"] = str(following)


def rows_of(answer: Answer) -> list[Mapping[str, Any]]:
    """The records of a list; no list at all is no answer. Raises Transient."""
    found = answer.data.get("data") if isinstance(answer.data, dict) else None
    if found is None and isinstance(answer.data, dict) and answer.data.get("success"):
        return []  # an empty list is null in some of its answers
    if not isinstance(found, list):
        raise Transient(N_("The service answered without {what}."), what="data")
    return [row for row in found if isinstance(row, dict)]


def record_of(answer: Answer) -> Mapping[str, Any]:
    """The one record of an answer. Raises Transient."""
    found = answer.data.get("data") if isinstance(answer.data, dict) else None
    if not isinstance(found, dict):
        raise Transient(N_("The service answered without {what}."), what="data")
    return found


def beside(answer: Answer) -> Mapping[str, Any]:
    """What an answer says of its paging. The description has it beside the data for leads, and one level down for
    notes; both are understood for both."""
    found = answer.data.get("additional_data") if isinstance(answer.data, dict) else None
    inner = found.get("pagination") if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else found if isinstance(found, dict) else {}


def _field(row: Mapping[str, Any]) -> Field:
    options = row.get("options")
    choices = options if isinstance(options, list) else []
    return Field(
        str(row.get("field_code") or ""),
        str(row.get("field_name") or ""),
        str(row.get("field_type") or "varchar"),
        {str(each["id"]): str(each.get("label") or "") for each in choices if isinstance(each, dict) and "id" in each},
        bool(row.get("is_custom_field")),
    )
