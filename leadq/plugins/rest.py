"""The base of an adapter for a CRM that speaks JSON over HTTPS. Import it from `sdk`."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from leadq.plugins.client import Limit, Login
from leadq.plugins.declared import capabilities_of, options_of, wrong_in
from leadq.plugins.described import Deal, at, mapped
from leadq.plugins.errors import N_, Conflict, Gone, Rejected, Transient
from leadq.plugins.paging import ByLink, OnePage, Paging
from leadq.plugins.place import Reading, iso, millis, server_ms
from leadq.plugins.records import as_html, as_id, as_ids, as_object, filled, from_html, marker_in, put, several
from leadq.plugins.shapes import Account, Activity, Found, FoundState, Option, Page, RemoteLead, Result

if TYPE_CHECKING:
    from leadq.plugins.client import Answer, Http
    from leadq.plugins.shapes import Change, Context, Ref

_LACKS: Final = N_("The service answered without {what}.")


class RestAdapter:
    """The base of an adapter for a CRM that speaks JSON over HTTPS: say where things are, and the rest is done.

        class Acme(RestAdapter):
            name = "acme"
            auth = "bearer"                            # or "basic", "header X-Key", "header Authorization: Key {token}"
            me = "/me"                                 # the cheapest answer that needs the login
            leads, items = "/leads", "data"            # the list, and where its records are
            paging = ByToken("cursor", "meta.next")    # or ByPage, ByOffset, ByLink
            since, updated_at = "updated_since", "modified"
            record = "/leads/{id}"                     # one lead, to read and to write
            fields = {"name": "contact.name", "email": "contact.mail", "status": "stage"}
            states = {"handed_off": "new", "working": "open", "qualified": ("won", "customer")}
            writes = {"status": "stage", "reason": "lost_reason", "op_id": "leadq_op", "stamp": "leadq_stamp"}
            notes, note_text = "/leads/{id}/notes", "body"

    A place is keys with dots between them. What a CRM does in its own way is a method to override: `lead_from`,
    `outcome`, `note_from`, `state_of`, `activities`.

    `api_version`, `options` and `capabilities` follow from what the class declares; `options` of its own are added to
    the ones that it needs anyway: `url` (unless `base_url` says it), `token`, and `user` for `basic`.
    """

    name: ClassVar[str] = ""
    api_version: ClassVar[int] = 1
    capabilities: ClassVar[frozenset[str]] = frozenset()
    options: ClassVar[tuple[Option, ...]] = ()
    limits: ClassVar[tuple[Limit, ...]] = ()

    base_url: ClassVar[str] = ""
    """The address, where it is the same for everybody; else it is the option `url`."""
    auth: ClassVar[str] = "bearer"
    headers: ClassVar[Mapping[str, str]] = {}
    """Headers that every request has, such as a version."""

    me: ClassVar[str] = ""
    me_id: ClassVar[str] = "id"
    me_label: ClassVar[str] = "name"

    leads: ClassVar[str] = ""
    items: ClassVar[str] = ""
    """Where the records are in a page; "": the page is the list."""
    params: ClassVar[Mapping[str, str | int]] = {}
    """Parameters of the list that never change, such as an order: by the time of change, the oldest first."""
    paging: ClassVar[Paging] = OnePage()
    since: ClassVar[str] = ""
    """The parameter that asks for what changed since an instant; without one all leads are read each time."""
    since_as: ClassVar[Literal["iso", "s", "ms"]] = "iso"
    overlap_s: ClassVar[int] = 600
    """How far the list may be behind the records: a pull begins so long before the one before it began."""

    record: ClassVar[str] = ""
    record_in: ClassVar[str] = ""
    """Where the record is in the answer to a read of one; "": the answer is the record."""
    id: ClassVar[str] = "id"
    updated_at: ClassVar[str] = ""
    fields: ClassVar[Mapping[str, str]] = {}
    """Where each of leadq's fields is in a record; `[connection.NAME.fields]` goes over it."""
    states: ClassVar[Mapping[str, str | Sequence[str]]] = {}
    """The CRM’s word for each state, or several: the first is written; `[connection.NAME.states]` goes over it.
    A word that stands for several states is written and not read: nobody knows which of them it means."""
    gone: ClassVar[Mapping[FoundState, str]] = {}
    """Where a record says that it is deleted, archived, converted, or (the id of the other) merged."""
    formerly: ClassVar[str] = ""
    """Where a record has the ids of those that were merged into it."""
    mine: ClassVar[bool] = False
    """Whether the list has only what belongs to whom `me` names: a lead of somebody else's is then `reassigned`."""

    writes: ClassVar[Mapping[str, str]] = {}
    """Where each part of a change goes: status, reason, quality, missing, note, op_id, stamp, actor, occurred_at; and
    `owner`, written when a lead is assigned. `op_id` is what proves afterwards that a change is there."""
    update_with: ClassVar[Literal["patch", "put", "post"]] = "patch"

    notes: ClassVar[str] = ""
    """The notes of a lead: to read, and unless `notes_add` says otherwise, to add one."""
    notes_items: ClassVar[str] = ""
    notes_paging: ClassVar[Paging] = OnePage()
    notes_add: ClassVar[str] = ""
    note_lead: ClassVar[str] = ""
    """Where a new note names its lead, unless its path does; as text, so override `note_document` for a number."""
    note: ClassVar[str] = ""
    """One note of a lead (`{id}`, `{note}`), to delete one that is there twice."""
    note_id: ClassVar[str] = "id"
    note_text: ClassVar[str] = "text"
    note_at: ClassVar[str] = ""
    """When a note was made; without it they are taken to come oldest first."""
    note_html: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Complete what the class declares. Raises TypeError, with one sentence, for what cannot work."""
        super().__init_subclass__(**kwargs)
        wrong = wrong_in(cls)
        if wrong:
            raise TypeError(f"{cls.__name__}: {wrong}")
        cls.options = options_of(cls)
        cls.capabilities = capabilities_of(cls)

    def __init__(self, context: Context) -> None:
        self.context = context
        self._account = context.account
        self._fields = {**self.fields, **context.fields}
        self._words = {state: several(words) for state, words in {**self.states, **context.states}.items()}
        said = [word for words in self._words.values() for word in words]
        # A word of two states is written and not read: it would turn the one that we wrote into the other.
        pairs = ((word, state) for state, words in self._words.items() for word in words)
        self._meanings = {word: state for word, state in pairs if said.count(word) == 1}

    @property
    def http(self) -> Http:
        """The client of the service."""
        return self.context.http

    @classmethod
    def login(cls, context: Context) -> Login:
        """The address, and the header that `auth` describes."""
        style, _, rest = cls.auth.partition(" ")
        token = context.secrets.get("token", "")
        name, template = "authorization", "Bearer {token}"
        if style == "basic":
            pair = f"{context.options.get('user', '')}:{token}"
            token, template = base64.b64encode(pair.encode()).decode("ascii"), "Basic {token}"
        elif style == "header":
            name, _, said = rest.partition(":")
            template = said.strip() or "{token}"
        headers = {**cls.headers, name.strip().lower(): template.replace("{token}", token)}
        return Login(str(context.options.get("url") or cls.base_url), headers)

    def check(self) -> Account:
        """Who we are there; where the service does not say it, that its list answers."""
        if not self.me:
            self._items(self._listed(None, 0))
            return Account(str(self.context.options.get("url") or self.base_url), self.name)
        me = self.http.get(self.me).data
        found = as_id(at(me, self.me_id))
        if not found:
            raise Transient(_LACKS, what=self.me_id)
        self._account = found
        return Account(found, str(at(me, self.me_label) or ""))

    # Reading

    def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page]:
        """Page by page from the cursor on; from the beginning when it is none of ours, or has no place there now."""
        reading = Reading.parse(cursor)
        answer, reading = self._begun(reading)
        seen, before = {reading.place}, None
        while True:
            rows = self._items(answer)
            leads = tuple(map(self._lead_or_nobody, rows))
            reading = reading.noted(server_ms(answer), (millis(at(row, self.updated_at)) for row in rows))
            if rows and rows == before:
                raise Transient(_LACKS, what="progress")
            following = self.paging.following(answer, len(rows), reading.place)
            if following is None:
                since_ms = reading.since_ms
                yield Page(leads, reading.ended(self.overlap_s), False, self.activities(since_ms), self.deals(since_ms))
                return
            if following in seen:
                raise Transient(_LACKS, what="progress")
            reading, before = replace(reading, place=following), rows
            seen.add(following)
            yield Page(leads, reading.text, more=True)
            answer = self._listed(following, reading.since_ms)

    def lead_from(self, record: Mapping[str, Any]) -> RemoteLead:
        """A record as a lead. One that makes no sense may raise ValueError, TypeError or KeyError: it is counted."""
        external_id = as_id(at(record, self.id))
        if not external_id:
            raise ValueError("no id")
        fields = mapped(record, self._fields)
        if "status" in fields:
            fields["status"] = self._state(fields["status"])
        return RemoteLead(
            external_id=external_id,
            updated_at=iso(millis(at(record, self.updated_at))),
            deleted=self.state_of(record)[0] == "deleted",
            fields={name: value for name, value in fields.items() if value != ""},
            raw=record,
            formerly=as_ids(at(record, self.formerly)),
            stamp=as_id(at(record, self.writes.get("stamp", ""))),
        )

    def state_of(self, record: Mapping[str, Any]) -> tuple[FoundState, str]:
        """What has become of a lead, and of one that was merged the id of the other."""
        for state, place in self.gone.items():
            said = at(record, place)
            if said:
                return state, as_id(said) if state == "merged" else ""
        if self.mine and "owner" in self._fields:
            self._account = self._account or self.check().id
            owner = as_id(at(record, self._fields["owner"]))
            return ("open" if owner in ("", self._account) else "reassigned"), ""
        return "open", ""

    def activities(self, since_ms: int) -> tuple[Activity, ...]:
        """What colleagues and prospects did since then (0: all is read again; a month of it is enough).

        Asked for once a pull. Leave out notes that `marker_in` knows: they are our own.
        """
        return ()

    def deals(self, since_ms: int) -> tuple[Deal, ...]:
        """What became of leads after the handover, since then; as `activities`."""
        return ()

    # Writing

    def push(self, changes: Sequence[Change]) -> Iterator[Result]:
        """The record first, then the note: of a change that ends between them the record shows that it was begun."""
        for change in changes:
            if not self.notes and not change.sets:
                raise Rejected("note", N_("There are no notes at the other end to add it to."))
            with self.http.change():
                updated_ms = self._set(change) if change.sets else 0
                if change.adds and self.notes:
                    self._add(change)
            yield Result(change.op_id, "applied", change.external_id, updated_at=iso(updated_ms))

    def outcome(self, change: Change) -> dict[str, Any]:
        """The document that sets the record: the parts of the change at the places that `writes` gives them."""
        said: dict[str, Any] = {
            "status": self._word(change.status) if change.status else "",
            "reason": change.reason,
            "quality": change.quality,
            "missing": list(change.missing),
            "note": change.note,
            "op_id": change.op_id,
            "stamp": change.stamp if change.status else "",
            "actor": self.context.members.get(change.actor, change.actor),
            "occurred_at": change.occurred_at,
            "owner": self._member(change.reason) if change.verb == "assign" and "owner" in self.writes else "",
        }
        document: dict[str, Any] = {}
        for part, place in self.writes.items():
            if said[part] not in ("", None, []):
                put(document, place, said[part])
        if "leadq_answer" in self._fields and change.status and change.quality is not None:
            put(document, self._fields["leadq_answer"], "")  # a verdict waits for an answer of its own
        return document

    def note_from(self, change: Change) -> str:
        """What the note says, in plain text; the marker by which it is found again comes after it by itself."""
        said = (f"{change.verb} {change.reason}".strip(), f"undo {change.compensates}" if change.compensates else "")
        return "\n".join(line for line in (*said, change.note) if line)

    def note_document(self, external_id: str, text: str) -> dict[str, Any]:
        """The document that adds a note."""
        document: dict[str, Any] = {}
        put(document, self.note_text, text)
        if self.note_lead:
            put(document, self.note_lead, external_id)
        return document

    # Proving

    def lookup(self, refs: Sequence[Ref]) -> Iterator[Found]:
        """Each lead by its id; of a record that makes no sense nothing is said."""
        for ref in refs:
            try:
                found = self._found(ref.external_id, self._one(ref.external_id))
                if found:
                    yield replace(found, markers=self._markers(ref.external_id)) if ref.markers else found
            except Gone:
                yield Found(ref.external_id, "deleted")
            except Rejected:
                yield Found(ref.external_id, "forbidden")

    def tidy(self, external_id: str, op_id: str) -> None:
        """All notes of the op but the oldest go."""
        same = [note for note in self._notes(external_id) if self._marker(note) == op_id]
        for extra in same[1:]:
            self.http.delete(filled(self.note, external_id, as_id(at(extra, self.note_id))))

    # How

    def _begun(self, reading: Reading) -> tuple[Answer, Reading]:
        """The first page; a place that was kept too long is given up, and the same changes are read from the start."""
        try:
            return self._listed(reading.place, reading.since_ms), reading
        except (Rejected, Gone, Conflict):
            if reading.place is None:
                raise
        return self._listed(None, reading.since_ms), replace(reading, place=None)

    def _listed(self, place: int | str | None, since_ms: int) -> Answer:
        if isinstance(self.paging, ByLink) and place is not None:
            return self.http.follow(str(place))
        params = {**self.params, **self.paging.params(place)}
        if self.since and since_ms:
            forms: Mapping[str, str | int] = {"iso": iso(since_ms), "s": since_ms // 1000, "ms": since_ms}
            params[self.since] = forms[self.since_as]
        return self.http.get(self.leads, params)

    def _items(self, answer: Answer) -> list[Any]:
        rows = at(answer.data, self.items) if self.items else answer.data
        if not isinstance(rows, list):
            raise Transient(_LACKS, what=self.items or "a list")
        return rows

    def _lead_or_nobody(self, row: Any) -> RemoteLead:
        try:
            return self.lead_from(as_object(row))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
            return RemoteLead("")

    def _one(self, external_id: str) -> Any:
        data = self.http.get(filled(self.record, external_id)).data
        return at(data, self.record_in) if self.record_in else data

    def _found(self, external_id: str, record: Any) -> Found | None:
        lead = self._lead_or_nobody(record)
        if not lead.external_id:
            return None
        state, moved_to = self.state_of(record)
        if lead.external_id != external_id:
            state, moved_to = "merged", lead.external_id
        last_op = as_id(at(record, self.writes.get("op_id", "")))
        return Found(external_id, state, moved_to, lead, last_op=last_op, stamp=lead.stamp)

    def _set(self, change: Change) -> int:
        """Write the record; its time after that, where the answer says it."""
        send = {"patch": self.http.patch, "put": self.http.put, "post": self.http.post}[self.update_with]
        data = send(filled(self.record, change.external_id), self.outcome(change)).data
        return millis(at(data, f"{self.record_in}.{self.updated_at}".strip("."))) if self.updated_at else 0

    def _add(self, change: Change) -> None:
        text = f"{self.note_from(change)}\n{change.marker}"
        text = as_html(text) if self.note_html else text
        path = filled(self.notes_add or self.notes, change.external_id)
        self.http.post(path, self.note_document(change.external_id, text))

    def _notes(self, external_id: str) -> list[Mapping[str, Any]]:
        """All notes of a lead, oldest first."""
        rows: list[Mapping[str, Any]] = []
        place, path = None, filled(self.notes, external_id)
        seen: set[int | str | None] = set()
        while place not in seen:
            seen.add(place)
            is_link = isinstance(self.notes_paging, ByLink) and place is not None
            answer = self.http.follow(str(place)) if is_link else self.http.get(path, self.notes_paging.params(place))
            page = at(answer.data, self.notes_items) if self.notes_items else answer.data
            if not isinstance(page, list):
                raise Transient(_LACKS, what=self.notes_items or "a list")
            rows += [row for row in page if isinstance(row, Mapping)]
            place = self.notes_paging.following(answer, len(page), place)
            if place is None:
                return sorted(rows, key=lambda row: millis(at(row, self.note_at))) if self.note_at else rows
        raise Transient(_LACKS, what="progress")

    def _markers(self, external_id: str) -> tuple[str, ...] | None:
        return tuple(filter(None, map(self._marker, self._notes(external_id)))) if self.notes else None

    def _marker(self, note: Mapping[str, Any]) -> str:
        text = str(at(note, self.note_text) or "")
        return marker_in(from_html(text) if self.note_html else text)

    def _state(self, word: Any) -> str:
        """leadq's state for a word of the CRM's; "" for one that is no state to us."""
        said = as_id(word)
        return self._meanings.get(said, "") if self._words else said

    def _word(self, state: str) -> str:
        """The CRM's word for a state; where nobody names any, leadq's own."""
        if not self._words:
            return state
        if state not in self._words:
            sentence = N_("[connection.{name}.states] has no word for “{state}”.")
            raise Rejected("status", sentence, name=self.name, state=state)
        return self._words[state][0]

    def _member(self, member: str) -> str:
        if member not in self.context.members:
            sentence = N_("The contract does not say who “{member}” is at the other end: give their id under crm.")
            raise Rejected("owner", sentence, member=member)
        return self.context.members[member]
