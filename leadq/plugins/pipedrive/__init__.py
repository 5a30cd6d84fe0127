"""The pipedrive adapter: the Leads Inbox of one company, with its people, activities, and the deals that leads become.

Leads, labels, notes and users are of API v1, because v2 has none; the rest is of v2. docs/pipedrive.md says what is
written where. There is no batch, no upsert and no key against writing twice, so a note carries its change's marker, and
a field of leadq's own, where there is one, the change that wrote last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Final

from leadq.plugins.pipedrive import preparing
from leadq.plugins.pipedrive.budget import LIMITS, refused
from leadq.plugins.pipedrive.company import address_of
from leadq.plugins.pipedrive.fields import COMPANY, PERSON, STANDARD, check_mapping, customs
from leadq.plugins.pipedrive.looking import NOTES, Deals, Look, notes_of, path_of
from leadq.plugins.pipedrive.names import Names, record_of
from leadq.plugins.pipedrive.notes import marker_in, written
from leadq.plugins.pipedrive.place import Place
from leadq.plugins.pipedrive.pulling import Pull
from leadq.plugins.pipedrive.records import Reader, text
from leadq.plugins.pipedrive.states import ARCHIVED, Labels, known_label, status_of, words_in
from leadq.plugins.sdk import (
    N_,
    Account,
    Adapter,
    AdapterError,
    Answer,
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
    Limit,
    Login,
    Option,
    Page,
    Ref,
    Rejected,
    Result,
    Step,
    Transient,
    hookimpl,
)

ME: Final = "/api/v1/users/me"
_KINDS: Final[Mapping[str, CrmKind]] = {
    "double": "number",
    "monetary": "number",
    "date": "date",
    "enum": "choice",
    "set": "choice",
}
_NOBODY_THERE: Final = N_(
    "There is no company “{domain}” at Pipedrive: correct `domain` of the connection in leadq.toml."
)
_ANOTHER: Final = N_(
    "The token is of the company “{found}” at Pipedrive, and the settings name “{domain}”: correct `domain`, or set "
    "the other company’s token."
)


class PipedriveAdapter:
    """Speaks for one company and one user: what that user may not see at Pipedrive is not seen here either."""

    name: ClassVar[str] = "pipedrive"
    api_version: ClassVar[int] = 1
    capabilities: ClassVar[frozenset[str]] = frozenset(
        {"pull", "push", "lookup", "tidy", "describe", "prepare", "puts_away"}
    )
    options: ClassVar[tuple[Option, ...]] = (
        Option("domain", N_("The company’s name in its Pipedrive address: acme for acme.pipedrive.com"), required=True),
        Option("token", N_("Personal API token (Pipedrive: Personal preferences, API)"), required=True, secret=True),
        Option("labels", N_("Only leads with one of these labels; all, unless said")),
    )
    limits: ClassVar[tuple[Limit, ...]] = LIMITS
    settle_s: ClassVar[float] = 60.0
    poll_s: ClassVar[float] = 300.0

    @classmethod
    def login(cls, context: Context) -> Login:
        """The token goes in a header, never in an address, which would be logged."""
        return Login(address_of(context.options["domain"]), {"x-api-token": context.secrets["token"]})

    def __init__(self, context: Context) -> None:
        self._http = context.http
        self._domain = address_of(context.options["domain"]).removeprefix("https://").partition(".")[0]
        self._mapping = dict(context.fields)
        self._labels = Labels(context.states)
        self._wanted = words_in(context.options.get("labels"))
        self._members = frozenset(context.members.values())
        self._deals = Deals(context.http)
        self._look_anew()

    def explain(self, answer: Answer) -> AdapterError | None:
        """What a refusal means here."""
        return refused(answer)

    def check(self) -> Account:
        """Who we are, and that everything that the settings name is there. Raises Rejected."""
        try:
            me = record_of(self._http.get(ME))
        except Gone:
            raise Rejected("domain", _NOBODY_THERE, domain=self._domain) from None
        domain = text(me.get("company_domain"))
        if domain and domain.lower() != self._domain:
            raise Rejected("domain", _ANOTHER, found=domain, domain=self._domain)
        if not me.get("company_id"):
            raise Transient(N_("The service answered without {what}."), what="company_id")
        self._check_names()
        return Account(text(me["company_id"]), f"{text(me.get('company_name'))} ({text(me.get('name'))})")

    def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page]:
        """Leads that changed, then activities and deals."""
        pull = Pull(self._http, self._reader, self._scope)
        yield from pull.pages(Place.read(cursor))
        self._deals.add(pull.deals)

    def push(self, changes: Sequence[Change]) -> Iterator[Result]:
        """One result for each change whose fate is known."""
        unsaid = {change.external_id: change for change in changes if self._lacks_label(change)}
        for change in changes:
            if change.external_id not in unsaid:
                yield Result(change.op_id, "applied", change.external_id, updated_at=self._write(change))
        for change in unsaid.values():
            self._labels.require(change.status, self._names)

    def lookup(self, refs: Sequence[Ref]) -> Iterator[Found]:
        """Each lead by its id."""
        look = Look(self._http, self._reader, self._scope, self._deals)
        for ref in refs:
            if found := look.at(ref):
                yield found

    def tidy(self, external_id: str, op_id: str) -> None:
        """Of the notes with the marker of `op_id` the oldest stays."""
        deal = self._deals.of(external_id) if self._is_gone(external_id) else None
        notes = notes_of(self._http, deal_id=deal) if deal else notes_of(self._http, lead_id=external_id)
        for note in [each for each in notes if marker_in(each.get("content")) == op_id][1:]:
            self._http.delete(f"{NOTES}/{int(note['id'])}")

    def describe(self) -> Description:
        """What a mapping may name, the users, and the labels."""
        own = [CrmField(name, name) for name in (*STANDARD, *PERSON, *COMPANY)]
        made = [
            CrmField(name, each.name, _KINDS.get(each.kind, "text"), _choices(each.options))
            for each in customs(self._names)
            for name in (each.name, each.key)
        ]
        users = [each for each in self._names.people if each.get("active_flag", True) and each.get("id")]
        owners = (CrmOwner(text(each["id"]), text(each.get("name")), text(each.get("email"))) for each in users)
        labels = tuple(Choice(name, name) for name in self._names.labels.values())
        return Description((*own, *made), tuple(owners), labels)

    def plan(self) -> Sequence[Step]:
        """The labels and fields that are missing."""
        self._look_anew()
        return tuple(preparing.missing(self._names, self._labels, self._mapping))

    def prepare(self, steps: Sequence[Step]) -> None:
        """Create those of `steps` that are still missing."""
        still = {step.id for step in self.plan()}
        preparing.create(self._http, [step for step in steps if step.id in still], self._labels)
        self._look_anew()

    def _look_anew(self) -> None:
        """Read the names again when they are next asked for."""
        self._names = Names(self._http)
        self._reader = Reader(self._names, self._labels, self._mapping, self._members)

    def _check_names(self) -> None:
        """Only what the settings name costs a look; what leadq would create is not missed here."""
        check_mapping(self._mapping, self._names)
        if self._scope or self._labels.given:
            self._labels.check(self._names)

    @cached_property
    def _scope(self) -> frozenset[str]:
        """The ids of the labels that make a lead ours. Raises Rejected for a label that is not there."""
        return frozenset(known_label(self._names, word, "labels") for word in self._wanted)

    def _lacks_label(self, change: Change) -> bool:
        return change.sets and not self._labels.can_say(change.status, self._names)

    def _write(self, change: Change) -> str:
        """Write the record and add to the timeline; the record's time after that, "" where it was not written."""
        path = path_of(change.external_id)
        with self._http.change():
            updated_at = self._set(path, change) if change.sets else ""
            if change.adds:
                self._add(change)
        return updated_at

    def _set(self, path: str, change: Change) -> str:
        """Write the record; its time after that, "" when there was nothing to write."""
        body = self._reader.own.values(change)
        if not body and not change.status:
            return ""
        row = record_of(self._http.get(path))
        if change.status:
            labels = self._labels.written(change.status, row.get("label_ids"), self._names)
            body |= {"label_ids": labels} if labels is not None else {}
        if change.status in ARCHIVED or (row.get("is_archived") and not change.status):
            body["is_archived"] = True
        if row.get("is_archived"):
            self._bring_back(path, row)
        return text(record_of(self._http.patch(path, body)).get("update_time")) if body else ""

    def _bring_back(self, path: str, row: Mapping[str, Any]) -> None:
        """Nothing but this may be written of an archived lead. Raises Conflict for one that somebody put away without
        the state that is shown so."""
        if status_of(row.get("label_ids"), self._reader.states) not in ARCHIVED:
            raise Conflict(N_("The lead has just been archived there."))
        self._http.patch(path, {"is_archived": False})

    def _add(self, change: Change) -> None:
        """Put the note on the lead, or on the deal that it became."""
        content = written(change)
        try:
            self._http.post(NOTES, {"content": content, "lead_id": change.external_id})
        except (Gone, Rejected):
            deal = self._deals.of(change.external_id)
            if deal is None:
                raise
            self._http.post(NOTES, {"content": content, "deal_id": deal})

    def _is_gone(self, external_id: str) -> bool:
        try:
            self._http.get(path_of(external_id))
        except Gone:
            return True
        return False


def _choices(options: Mapping[str, Any]) -> tuple[Choice, ...]:
    return tuple(Choice(label, label) for label in options.values())


@hookimpl
def leadq_adapter() -> type[Adapter]:
    """The adapter of this package."""
    return PipedriveAdapter
