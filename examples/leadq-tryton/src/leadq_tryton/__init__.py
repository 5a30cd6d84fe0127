"""leadq for Tryton: the leads of the module sale_opportunity come in, and what is decided about them goes back.

A state is set with Tryton's own buttons, each held to the record as it was read; what was done is a note. See
`notes` for what they hold, `records` for what the states and fields are, `rpc` for what answers mean.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, Final

from leadq.plugins.sdk import (
    N_,
    Account,
    Change,
    Choice,
    Conflict,
    Context,
    CrmField,
    CrmKind,
    CrmOwner,
    Description,
    Found,
    Gone,
    Login,
    Option,
    Page,
    Ref,
    Rejected,
    Result,
    hookimpl,
)
from leadq_tryton import notes
from leadq_tryton.records import OPEN, Reader
from leadq_tryton.rpc import Doubt, Missing, Rpc, moment

MODEL: Final = "sale.opportunity"
PAGE: Final = 100
OVERLAP: Final = timedelta(minutes=10)
"""How far each pull reaches back behind the newest change that the one before saw: Tryton gives a change the time at
which its transaction began, so one that takes long shows up behind others that are newer."""

_BUTTONS: Final[Mapping[tuple[str, str], str]] = {
    ("lead", "opportunity"): "opportunity",
    **{(state, "lost"): "lost" for state in ("lead", "opportunity")},
    **{(state, "cancelled"): "cancel" for state in ("lead", "opportunity")},
    **{(state, "lead"): "lead" for state in ("opportunity", "lost", "cancelled")},
}
"""From one state to another; from an end to another end it goes through `lead`."""

_KINDS: Final[Mapping[str, CrmKind]] = {
    **dict.fromkeys(("char", "text", "fulltext"), "text"),
    **dict.fromkeys(("integer", "float", "numeric"), "number"),
    **dict.fromkeys(("date", "datetime", "timestamp"), "date"),
    "boolean": "flag",
    "selection": "choice",
}
_BELOW: Final[Mapping[str, str]] = {
    "party": "party.party",
    "contact": "party.contact_mechanism",
    "address": "party.address",
}

_NO_EMPLOYEE: Final = N_("The Tryton user {login} has no employee, so no lead can be theirs.")
_NO_WAY: Final = N_("The record is “{state}” in Tryton, from where no button leads to “{target}”.")
_NO_WORD: Final = N_("Tryton has no word for the state “{status}”: name one in [connection.X.states].")
_NO_MEMBER: Final = N_("The contract does not say which employee of Tryton {member} is: add crm to the member.")
_SOMEBODY: Final = N_("Its state is “{now}” in Tryton now, and was “{before}”.")
_GONE: Final = N_("The record is not there any more.")
_NO_ID: Final = N_("There is no id of the lead at the other end.")


class Tryton:
    """One user of one database."""

    name: ClassVar[str] = "tryton"
    api_version: ClassVar[int] = 1
    capabilities: ClassVar[frozenset[str]] = frozenset({"push", "pull", "lookup", "tidy", "describe"})
    options: ClassVar[tuple[Option, ...]] = (
        Option("url", N_("Address of the Tryton server"), required=True),
        Option("database", N_("Its database"), required=True),
        Option("login", N_("Your login there"), required=True),
        Option("password", N_("Password of that login"), required=True, secret=True),
    )

    @classmethod
    def login(cls, context: Context) -> Login:
        """Login and password with each call: the key of a user application is not accepted here, only by REST, which
        does not keep two writers apart."""
        who = f"{context.options['login']}:{context.secrets['password']}".encode()
        return Login(
            f"{str(context.options['url']).rstrip('/')}/{context.options['database']}",
            {"authorization": "Basic " + base64.b64encode(who).decode("ascii")},
        )

    def __init__(self, context: Context) -> None:
        self._http = context.http
        self._rpc = Rpc(context.http)
        self._context = context
        self._looked: dict[str, dict[str, Any]] = {}
        """Records as they were when leadq looked, which is what it judged by; each counts for one change."""

    def check(self) -> Account:
        """Who we are there; without an employee nothing would ever come in."""
        login, database = self._context.options["login"], self._context.options["database"]
        label = self._rpc.preferences.get("employee.rec_name") if self._employee else ""
        return Account(f"{database}/{login}", str(label or login))

    def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page]:
        """Our open leads, or what of ours changed since, by (last_modified_at, id): a place in the order."""
        place: list[Any] = json.loads(cursor) if cursor else ["", 0]
        only = [] if cursor else [["state", "=", OPEN]]
        back = _back(place[0]) if place[1] else place[0]  # a place in the middle is that of a pull which was broken off
        more = True
        while more:
            rows = self._page([["employee", "=", self._employee], *only, *_after(*place)])
            more = len(rows) == PAGE
            if rows:
                place = [rows[-1]["last_modified_at"], rows[-1]["id"]]
                back = max(back, _back(place[0]))
            yield self._as_page(rows, json.dumps(place if more else [back, 0]) if back else None, more=more)

    def push(self, changes: Sequence[Change]) -> Iterator[Result]:
        """One result for each change whose fate is known."""
        for change in changes:
            try:
                with self._http.change():
                    self._write(change)
            except Missing as error:
                raise error if error.forbidden else Gone(_GONE) from error
            except Doubt:
                continue
            yield Result(change.op_id, "applied", change.external_id)

    def lookup(self, refs: Sequence[Ref]) -> Iterator[Found]:
        """Each lead by its id. Tryton reads from its tables, so nothing is behind."""
        wanted = {int(ref.external_id): ref for ref in refs if ref.external_id.isdecimal()}
        ids = list(wanted)
        for start in range(0, len(ids), PAGE):
            part = ids[start : start + PAGE]
            rows = {row["id"]: row for row in self._page([["id", "in", part]])}
            for record_id in part:
                ref = wanted[record_id]
                if record_id in rows:
                    self._looked[ref.external_id] = rows[record_id]
                    yield self._reader.found(rows[record_id], markers=ref.markers)
                else:
                    yield self._missing(ref)

    def tidy(self, external_id: str, op_id: str) -> None:
        """All notes of the op but the first go."""
        found = self._row(external_id).get("notes") or []
        same = sorted(note["id"] for note in found if notes.marker_in(str(note.get("message") or "")) == op_id)
        if same[1:]:
            self._rpc.change("ir.note.delete", same[1:])

    def describe(self) -> Description:
        """The fields of an opportunity, and of its party, contact and address; employees; states."""
        own = self._rpc.ask(f"{MODEL}.fields_get", [])
        fields = [_field(name, about) for name, about in sorted(own.items())]
        for prefix, model in _BELOW.items():
            below = self._rpc.ask(f"{model}.fields_get", [])
            fields += [_field(f"{prefix}.{name}", about) for name, about in sorted(below.items())]
        employees = self._rpc.rows("company.employee.search_read", [], 0, None, None, ["rec_name", "party.email"])
        return Description(
            fields=tuple(fields),
            owners=tuple(
                CrmOwner(str(row["id"]), str(row["rec_name"]), str((row.get("party") or {}).get("email") or ""))
                for row in employees
            ),
            statuses=_choices(own["state"]),
        )

    @cached_property
    def _employee(self) -> int:
        employee = self._rpc.preferences.get("employee")
        if not isinstance(employee, int):
            raise Rejected("login", _NO_EMPLOYEE, login=self._context.options["login"])
        return employee

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self._context, self._employee)

    def _page(self, domain: list[Any]) -> list[dict[str, Any]]:
        order = [["last_modified_at", "ASC"], ["id", "ASC"]]
        return self._rpc.rows(f"{MODEL}.search_read", domain, 0, PAGE, order, self._reader.names)

    def _as_page(self, rows: Sequence[Mapping[str, Any]], cursor: str | None, *, more: bool) -> Page:
        read = [(row, self._reader.trail(row)) for row in rows]
        deals = (self._reader.deal(row, trail) for row, trail in read)
        leads = tuple(self._reader.lead(row, trail) for row, trail in read)
        return Page(leads, cursor, more, deals=tuple(filter(None, deals)))

    def _row(self, external_id: str) -> dict[str, Any]:
        """One record. Raises Missing."""
        if not external_id.isdecimal():
            raise Rejected("external_id", _NO_ID)
        return self._rpc.rows(f"{MODEL}.read", [int(external_id)], self._reader.names)[0]

    def _missing(self, ref: Ref) -> Found:
        """A search leaves out what is gone and what may not be seen; only reading it says which."""
        try:
            return self._reader.found(self._row(ref.external_id), markers=ref.markers)
        except Missing as error:
            return Found(ref.external_id, "forbidden" if error.forbidden else "deleted")

    def _write(self, change: Change) -> None:
        """The note first, which says what the record is brought to; then the buttons."""
        row = self._agreed(change) if change.sets and (change.status or change.verb == "assign") else None
        self._note(change, self._reader.trail(row) if row else None)
        if row and change.status:
            self._bring(change, row)
        if row and change.verb == "assign":
            self._set(self._row(change.external_id), {"employee": self._member(change)})

    def _agreed(self, change: Change) -> dict[str, Any]:
        """The record as it is now, or as leadq has just seen it where no button is to be pressed. Raises Conflict or
        Rejected, before anything is written."""
        target = self._target(change) if change.status else ""
        if change.verb == "assign":
            self._member(change)
        looked = self._looked.pop(change.external_id, None)
        if looked and target in ("", looked["state"]):
            return looked
        row = self._row(change.external_id)
        if looked and row["state"] != looked["state"]:
            raise Conflict(_SOMEBODY, now=row["state"], before=looked["state"])
        if target and row["state"] != target and not _way(row["state"], target):
            raise Conflict(_NO_WAY, state=row["state"], target=target)
        return row

    def _note(self, change: Change, trail: notes.Trail | None) -> None:
        """Add what is not there yet of its two lines; `trail` None: nobody has looked, and nobody needs to."""
        marker = change.adds and change.op_id not in (trail.markers if trail else ())
        state = change.sets and change.op_id not in (trail.lines if trail else ())
        if marker or state:
            text = notes.text_of(change, marker=marker, state=state)
            self._rpc.change("ir.note.create", [{"resource": f"{MODEL},{_id(change)}", "message": text}])

    def _bring(self, change: Change, row: dict[str, Any]) -> None:
        """Press what leads to the state. Each press is held to what was read just before."""
        target = self._target(change)
        if target == "lost" and change.reason and row.get("lost_reason") != change.reason:
            self._set(row, {"lost_reason": change.reason})
            row = self._unmoved(row)
        while row["state"] != target:
            button = _way(row["state"], target)
            if not button:
                raise Doubt(row["state"])  # somebody came between two presses of ours
            self._rpc.change(f"{MODEL}.{button}", [row["id"]], stamps=_stamps(row))
            if _BUTTONS.get((row["state"], target)):
                return
            row = self._row(change.external_id)

    def _set(self, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        self._rpc.change(f"{MODEL}.write", [row["id"]], values, stamps=_stamps(row))

    def _unmoved(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The record again, after a write of ours. Raises Doubt when somebody has pressed a button meanwhile."""
        again = self._row(str(row["id"]))
        if again["state"] != row["state"]:
            raise Doubt(again["state"])
        return again

    def _target(self, change: Change) -> str:
        word = self._reader.word(change.status)
        if not word:
            raise Rejected("status", _NO_WORD, status=change.status)
        return word

    def _member(self, change: Change) -> int:
        employee = self._context.members.get(change.reason, "")
        if not employee.isdecimal():
            raise Rejected("reason", _NO_MEMBER, member=change.reason)
        return int(employee)


def _id(change: Change) -> int:
    if not change.external_id.isdecimal():
        raise Rejected("external_id", _NO_ID)
    return int(change.external_id)


def _stamps(row: Mapping[str, Any]) -> dict[str, str]:
    return {f"{MODEL},{row['id']}": str(row["_timestamp"])}


def _way(state: str, target: str) -> str:
    """The first button on the way from `state` to `target`; "" when there is none."""
    direct = _BUTTONS.get((state, target), "")
    return direct or (_BUTTONS.get((state, "lead"), "") if ("lead", target) in _BUTTONS else "")


def _after(at: str, record_id: int) -> list[Any]:
    """What is behind a place in the order of (last_modified_at, id): many records may have one instant."""
    if not at:
        return []
    then = moment(at)
    return [["OR", ["last_modified_at", ">", then], [["last_modified_at", "=", then], ["id", ">", record_id]]]]


def _back(at: str) -> str:
    """Where to begin again when `at` is the newest change that was seen."""
    return (datetime.fromisoformat(at) - OVERLAP).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _field(name: str, about: Mapping[str, Any]) -> CrmField:
    return CrmField(name, str(about.get("string") or ""), _KINDS.get(str(about.get("type")), "other"), _choices(about))


def _choices(about: Mapping[str, Any]) -> tuple[Choice, ...]:
    """A selection that Tryton works out only in its forms is a name, not a list."""
    listed = about.get("selection")
    pairs = listed if isinstance(listed, list) else []
    return tuple(Choice(str(value), str(label)) for value, label in pairs if value)


@hookimpl
def leadq_adapter() -> type[Tryton]:
    """What leadq loads."""
    return Tryton
