"""A HubSpot in memory: the part of its 2026-03 API that leadq and HubSpot's own client use, with its manners.

What the vendor's description says is held against the official client in tests/plugins/test_hubspot_oracle.py. What it
does not say (limits, the cap of a search, multi-status) is from reference/crm-apis.md 3.1, named where it is coded.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Final

from leadq.sync.wire import Lost, Reply, Request
from leadq.testing.hubspot_book import KINDS, PREFIXES, TIES, HubSpotBook, Record, Refused, definition, iso
from leadq.testing.hubspot_facts import SCOPES, kind_of, pipeline, scope, target

if TYPE_CHECKING:
    from leadq.sync.ports import Ticks

TOKEN: Final = "pat-na1-0123456789abcdef"  # noqa: S105 - of the fake
PORTAL: Final = 148309
_PAGE: Final = 200
_CAP: Final = 10_000
_BATCH: Final = 100
_DAY_MS: Final = 86_400_000
_VERSION: Final = "2026-03"


class HubSpotFake:
    """Answers requests as HubSpot does. `book` is what it knows, `asked` every request that it served.

    `latency_s` is waited for each; `day_s` begins at midnight UTC, for the account is in UTC unless `zone` is set.
    `breaks(request)` may make it lose one: "before" it is done, or "after". With `hole` the second page of a search is
    empty, and not the last.
    """

    url = "https://api.hubapi.com"

    def __init__(
        self,
        ticks: Ticks,
        *,
        index_lag_s: float = 10.0,
        latency_s: float = 0.0,
        per_ten_s: int = 100,
        per_day: int = 250_000,
        searches_per_s: int = 5,
        scopes: frozenset[str] = SCOPES,
        page: int = _PAGE,
        cap: int = _CAP,
        token: str = TOKEN,
    ) -> None:
        self.book = HubSpotBook(ticks, index_lag_s)
        self.asked: list[Request] = []
        self.scopes = scopes
        self.portal = PORTAL
        self.zone = "UTC"
        self.owners: dict[str, str] = {"81234": "zoe@acme.example", "81235": "hugo@acme.example"}
        self.breaks: Callable[[Request], str] = lambda request: ""
        self.locked: set[str] = set()
        self.refused = 0
        self.hole = False
        self._ticks, self._latency_s = ticks, latency_s
        self._token = token
        self._per_ten_s, self._per_day, self._searches_per_s = per_ten_s, per_day, searches_per_s
        self._page, self._cap = page, cap
        self._lately: deque[int] = deque()
        self._searches: deque[int] = deque()
        self._today: tuple[int, int] = (0, 0)

    def __call__(self, request: Request) -> Reply:
        self._ticks.sleep(self._latency_s)
        broken = self.breaks(request)
        if broken == "before":
            raise Lost("reset")
        reply = self._answered(request)
        if broken == "after":
            raise Lost("reset")
        return reply

    def _answered(self, request: Request) -> Reply:
        is_search = request.steps[-1] == "search"
        try:
            self._limit(is_search)
            self.asked.append(request)
            status, document = self._served(request)
        except Refused as refused:
            self.refused += 1
            status, document = refused.status, self._error(refused)
        body = b"" if document is None else json.dumps(document).encode()
        return Reply(status, self._headers(is_search), [body])

    def _served(self, request: Request) -> tuple[int, Any]:
        if request.headers.get("authorization") != f"Bearer {self._token}":
            raise Refused(401, "INVALID_AUTHENTICATION", "Authentication credentials not found or expired.")
        document = json.loads(request.body) if request.body else {}
        try:
            return self._route(request, document)
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(400, "VALIDATION_ERROR", f"Invalid input JSON: {error}") from error

    def _route(self, request: Request, document: Any) -> tuple[int, Any]:
        match request.steps:
            case ["account-info", version, "details"] if version == _VERSION:
                return 200, self._details()
            case ["crm", "owners", version, *_] if version == _VERSION:
                self._needs("crm.objects.owners.read")
                return 200, self._paged([self._owner(each) for each in self.owners], request.query)
            case ["crm", "pipelines", version, kind] if version == _VERSION:
                return 200, {"results": [pipeline(kind)]}
            case ["crm", "properties", version, kind, *rest] if version == _VERSION:
                return self._property(request.method, kind, rest, document)
            case ["crm", "associations", version, kind, to, *rest] if version == _VERSION:
                return self._associated(kind, to, rest, document)
            case ["crm", "objects", version, kind, *rest] if version == _VERSION and kind_of(kind) in KINDS:
                return self._object(request, kind_of(kind), rest, document)
        raise Refused(404, "OBJECT_NOT_FOUND", "resource not found")

    def _object(self, request: Request, kind: str, rest: Sequence[str], document: Any) -> tuple[int, Any]:
        self._needs(scope(kind, write=request.method != "GET" and rest[-1:] not in (["read"], ["search"])))
        archived = request.query.get("archived") == "true"
        match (request.method, *rest):
            case "POST", "search":
                return 200, self._search(kind, document)
            case "POST", "batch", "read":
                return self._read(kind, document, archived=archived)
            case "POST", "batch", ("create" | "update" | "upsert") as how:
                return self._batch(kind, how, document["inputs"])
            case "POST", "merge":
                self.book.merge(document["primaryObjectId"], document["objectIdToMerge"])
                return 200, self._shown(self.book.records[kind][document["primaryObjectId"]])
            case ("POST",):
                return 201, self._shown(self._created(kind, document))
            case "GET", name:
                return 200, self._shown(self._found(kind, name), request.query.get("properties", "").split(","))
            case "PATCH", name:
                return 200, self._shown(self.book.set(kind, name, document["properties"]))
            case "DELETE", name:
                self.book.archive(kind, self._found(kind, name).id)
                return 204, None
        raise Refused(405, "METHOD_NOT_ALLOWED", "not so")

    def _found(self, kind: str, name: str) -> Record:
        """A merged id leads on to the record that is left (reference/crm-apis.md 3.1, «Merge/delete»)."""
        record = self.book.get(kind, name)
        if record is None or record.archived:
            raise Refused(404, "OBJECT_NOT_FOUND", "Object not found.", id=[name])
        return record

    def _search(self, kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """200 a page, 10,000 a query, five groups of six filters, one sort («Pull»)."""
        limit, after, groups = document["limit"], int(document["after"] or 0), document["filterGroups"]
        if limit > _PAGE or after + limit > self._cap:
            raise Refused(400, "VALIDATION_ERROR", f"Paging beyond {self._cap} results is not possible.")
        sizes = [len(group["filters"]) for group in groups]
        if len(sizes) > 5 or max(sizes, default=0) > 6 or sum(sizes) > 18 or len(document["sorts"]) > 1:
            raise Refused(400, "VALIDATION_ERROR", "too many filters")
        found: list[Record | None] = [*self.book.search(kind, groups)]
        size = min(limit, self._page)
        if self.hole:
            found[size:size] = [None] * size
        page = [each for each in found[after : after + size] if each]
        following = {"paging": {"next": {"after": str(after + size)}}} if after + size < len(found) else {}
        rows = [self._shown(each, document["properties"], indexed=True) for each in page]
        return {"total": len(found), "results": rows, **following}

    def _read(self, kind: str, document: Mapping[str, Any], *, archived: bool) -> tuple[int, Any]:
        """What is not there is an error beside the results: 207."""
        names = [each["id"] for each in document["inputs"]]
        self._sized(names)
        if not all(name.isdecimal() for name in names):
            raise Refused(400, "VALIDATION_ERROR", "an id is not a number")
        known = {name: self.book.get(kind, name) for name in names}
        found = {record.id: record for record in known.values() if record and record.archived == archived}
        lost = [name for name, record in known.items() if record is None or record.id not in found]
        errors = [_item(Refused(404, "OBJECT_NOT_FOUND", "Could not get some objects", ids=lost))] if lost else []
        return self._told([self._shown(each, document["properties"]) for each in found.values()], errors)

    def _batch(self, kind: str, how: str, inputs: Sequence[Mapping[str, Any]]) -> tuple[int, Any]:
        """A hundred rows [M]; where each has a trace id of its own the bad ones are told apart, else one refuses all.

        «Multi-status on batch create only if every input carries a unique objectWriteTraceId» [D]; that it is so for
        update and upsert too is taken from the description, which has 207 for all three.
        """
        self._sized(inputs)
        traces = [each["objectWriteTraceId"] for each in inputs if each.get("objectWriteTraceId")]
        apart = len(set(traces)) == len(inputs)
        names = [str(each.get("id")) for each in inputs]
        if how != "create" and len(set(names)) < len(names):
            raise Refused(400, "VALIDATION_ERROR", "Duplicate IDs found in batch input")
        if not apart:
            for each in inputs:
                self.book.validate(kind, each["properties"])
        rows, errors = [], []
        for each in inputs:
            try:
                rows.append(self._shown(self._one(kind, how, each), trace=each.get("objectWriteTraceId")))
            except Refused as refused:
                errors.append(_item(refused, each.get("objectWriteTraceId")))
        return self._told(rows, errors, created=how == "create")

    def _one(self, kind: str, how: str, each: Mapping[str, Any]) -> Record:
        if str(each.get("id")) in self.locked:
            raise Refused(423, "LOCKED", "the record is locked")
        if how == "create":
            return self._created(kind, each)
        if how == "update":
            if each.get("idProperty") == "email":  # HubSpot's Node SDK, issue 548
                raise Refused(400, "VALIDATION_ERROR", "Unable to perform update/upsert by non-unique property")
            return self.book.set(kind, each["id"], each["properties"])
        name = each["idProperty"]
        known = [one for one in self.book.records[kind].values() if one.properties.get(name) == each["id"]]
        properties = {**each["properties"], name: each["id"]}
        return self.book.set(kind, known[0].id, properties) if known else self.book.create(kind, properties)

    def _created(self, kind: str, document: Mapping[str, Any]) -> Record:
        properties, ties = document["properties"], document.get("associations") or ()
        if kind in PREFIXES and not properties.get("hs_timestamp"):
            raise Refused(400, "VALIDATION_ERROR", "hs_timestamp is required")
        if len(properties.get("hs_note_body") or "") > 65_536:
            raise Refused(400, "VALIDATION_ERROR", "hs_note_body is too long")
        targets = [(target(kind, spec["associationTypeId"]), tie["to"]["id"]) for tie in ties for spec in tie["types"]]
        for to, other in targets:
            if (there := self.book.get(to, other)) is None or there.archived:
                raise Refused(404, "OBJECT_NOT_FOUND", "the record to associate with is not there", ids=[other])
        record = self.book.create(kind, properties)
        for to, other in targets:
            self.book.tie(kind, record.id, to, other)
        return record

    def _associated(self, kind: str, to: str, rest: Sequence[str], document: Any) -> tuple[int, Any]:
        match rest:
            case ["labels"]:
                return 200, {"results": [{"category": "HUBSPOT_DEFINED", "typeId": TIES[kind, to], "label": None}]}
            case ["batch", "read"]:
                rows = [self._ties(kind, each["id"], to) for each in document["inputs"]]
                none = [Refused(404, "OBJECT_NOT_FOUND", "none", fromObjectId=[each["from"]["id"]])
                        for each in rows if not each["to"]]  # fmt: skip
                return self._told([each for each in rows if each["to"]], [_item(each) for each in none])
            case ["batch", "associate", "default"]:
                for each in document["inputs"]:
                    self.book.tie(kind, each["from"]["id"], to, each["to"]["id"])
                return self._told([], [])
        raise Refused(404, "OBJECT_NOT_FOUND", "resource not found")

    def _ties(self, kind: str, name: str, to: str) -> dict[str, Any]:
        types = [{"category": "HUBSPOT_DEFINED", "typeId": TIES.get((kind, to), 1), "label": None}]
        found = self.book.tied(kind, name, to)
        return {"from": {"id": name}, "to": [{"toObjectId": each, "associationTypes": types} for each in found]}

    def _property(self, method: str, kind: str, rest: Sequence[str], document: Any) -> tuple[int, Any]:
        schema = "leads" if kind == "leads" else "contacts"
        self._needs(f"crm.schemas.{schema}.{'read' if method == 'GET' else 'write'}")
        known = self.book.properties[kind]
        match (method, *rest):
            case ("GET",):
                return 200, {"results": list(known.values())}
            case "GET", name:
                return 200, known[name]
            case "POST", "groups":
                if document["name"] in self.book.groups[kind]:
                    raise Refused(409, "CONFLICT", "the group is there already")
                self.book.groups[kind].add(document["name"])
                return 201, {"archived": False, **document}
            case ("POST",):
                if document["name"] in known:
                    raise Refused(409, "CONFLICT", "the property is there already")
                if document["groupName"] not in self.book.groups[kind]:
                    raise Refused(400, "VALIDATION_ERROR", "there is no such group")
                known[document["name"]] = definition(document["name"]) | document
                return 201, known[document["name"]]
        raise Refused(405, "METHOD_NOT_ALLOWED", "not so")

    def _details(self) -> dict[str, Any]:
        return {
            "portalId": self.portal, "accountType": "STANDARD", "timeZone": self.zone, "companyCurrency": "EUR",
            "additionalCurrencies": [], "utcOffset": "+00:00", "utcOffsetMilliseconds": 0,
            "uiDomain": "app.hubspot.com", "dataHostingLocation": "na1",
        }  # fmt: skip

    def _owner(self, owner: str) -> dict[str, Any]:
        first, _, _rest = self.owners[owner].partition("@")
        then = iso(0)
        return {
            "id": owner, "email": self.owners[owner], "type": "PERSON", "firstName": first.title(), "lastName": "",
            "archived": False, "createdAt": then, "updatedAt": then,
        }  # fmt: skip

    def _paged(self, found: list[Any], query: Mapping[str, str]) -> dict[str, Any]:
        after, limit = int(query.get("after") or 0), int(query.get("limit") or 100)
        more = {"paging": {"next": {"after": str(after + limit)}}} if after + limit < len(found) else {}
        return {"results": found[after : after + limit], **more}

    def _shown(
        self, record: Record, wanted: Sequence[str] | None = None, *, trace: str | None = None, indexed: bool = False
    ) -> dict[str, Any]:
        """A property that has no value is null, although the description says text (reference/crm-apis.md 1, N4)."""
        as_of_ms = self._ticks.wall_ms() - self.book.index_lag_ms
        properties = (record.as_of(as_of_ms) or {}) if indexed else record.properties
        names = {"hs_object_id", *(wanted or ())} - {""} if wanted is not None else properties
        return {
            "id": record.id,
            "properties": {name: properties.get(name) for name in names},
            "createdAt": iso(record.created_ms),
            "updatedAt": iso(record.updated_ms),
            "archived": record.archived,
            **({"objectWriteTraceId": trace} if trace else {}),
        }

    def _told(self, rows: list[Any], errors: list[Any], *, created: bool = False) -> tuple[int, Any]:
        then = iso(self._ticks.wall_ms())
        told = {"status": "COMPLETE", "startedAt": then, "completedAt": then, "results": rows}
        if errors:
            return 207, {**told, "numErrors": len(errors), "errors": errors}
        return (201 if created else 200), told

    def _sized(self, inputs: Sequence[Any]) -> None:
        if len(inputs) > _BATCH:
            raise Refused(400, "VALIDATION_ERROR", f"The maximum number of inputs is {_BATCH}.")

    def _needs(self, scope: str) -> None:
        if scope not in self.scopes:
            raise Refused(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call.",
                          requiredGranularScopes=[scope])  # fmt: skip

    def _limit(self, is_search: bool) -> None:
        """100 in ten seconds rolling, so many a day, and 5 searches a second for the account («Rate», «Pull»)."""
        now_ms = self._ticks.wall_ms()
        day, spent = self._today
        self._today = (now_ms // _DAY_MS, spent + 1 if day == now_ms // _DAY_MS else 1)
        if self._today[1] > self._per_day:
            raise Refused(429, "RATE_LIMITS", "You have reached your daily limit.", policyName=["DAILY"])
        if is_search and not _fits(self._searches, now_ms, 1000, self._searches_per_s):
            raise Refused(429, "RATE_LIMITS", "You have reached your secondly limit.")
        if not _fits(self._lately, now_ms, 10_000, self._per_ten_s):
            raise Refused(429, "RATE_LIMITS", "You have reached your ten_secondly_rolling limit.",
                          policyName=["TEN_SECONDLY_ROLLING"])  # fmt: skip

    def _headers(self, is_search: bool) -> dict[str, str]:
        """Search answers without those of the limits («Rate»)."""
        told = {"content-type": "application/json", "date": formatdate(self._ticks.wall_ms() / 1000, usegmt=True)}
        if is_search:
            return told
        return told | {
            "x-hubspot-ratelimit-max": str(self._per_ten_s),
            "x-hubspot-ratelimit-remaining": str(max(0, self._per_ten_s - len(self._lately))),
            "x-hubspot-ratelimit-interval-milliseconds": "10000",
            "x-hubspot-ratelimit-daily": str(self._per_day),
            "x-hubspot-ratelimit-daily-remaining": str(max(0, self._per_day - self._today[1])),
        }

    def _error(self, refused: Refused) -> dict[str, Any]:
        told = {"status": "error", "message": refused.message, "correlationId": "0-0", "category": refused.category}
        context = dict(refused.context)
        if policy := context.pop("policyName", None):
            return {**told, "policyName": policy[0], "errorType": "RATE_LIMIT"}
        return {**told, "errors": [{"message": refused.message, "context": context}] if context else []}


def _fits(lately: deque[int], now_ms: int, window_ms: int, most: int) -> bool:
    while lately and lately[0] <= now_ms - window_ms:
        lately.popleft()
    if len(lately) >= most:
        return False
    lately.append(now_ms)
    return True


def _item(refused: Refused, trace: str | None = None) -> dict[str, Any]:
    """One error of a multi-status answer."""
    context = {**refused.context, **({"objectWriteTraceId": [trace]} if trace else {})}
    return {
        "status": "error", "category": refused.category, "message": refused.message, "context": context, "errors": [],
        "links": {},
    }  # fmt: skip
