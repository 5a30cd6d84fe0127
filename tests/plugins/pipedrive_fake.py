"""Pipedrive as its description and its pages on rate limits and archiving have it: one company, in memory.

v1: leads, lead labels, notes, users. v2: persons, organizations, activities, deals, deal fields, stages. People work in
it by the methods below; `faults` says what becomes of the next requests that fit.
"""

from __future__ import annotations

import json
import re
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from random import Random
from typing import Any, Final, Literal

from leadq.plugins.pipedrive.budget import DAY
from leadq.sync.limits import cost_of
from leadq.sync.wire import Lost, Reply, Request
from leadq.testing.time import VirtualTime

TOKEN: Final = "pd-fake-0123456789abcdef"
ME: Final = 12
"""The user whose token it is; the next one is a colleague."""

_DAY_MS: Final = 86_400_000
_CLOUDFLARE: Final = b"<!DOCTYPE html><html><title>Access denied | acme.pipedrive.com used Cloudflare</title></html>"
_STANDARD: Final = (
    ("title", "Title", "varchar"),
    ("value", "Value", "monetary"),
    ("channel", "Source channel", "enum"),
)

Fault = Literal["lost", "lost_before", "late", "html", "html_403", "error_after", "burst", "gone"]
ANY: Final[tuple[Fault, ...]] = ("lost", "lost_before", "late", "html", "html_403", "error_after", "burst")
Row = dict[str, Any]


@dataclass
class Refused(Exception):
    status: int
    error: str


@dataclass
class FakePipedrive:
    """Give it to an adapter's Http as its handler."""

    time: VirtualTime = field(default_factory=VirtualTime)
    skew_ms: int = 0
    day_tokens: int = 30_000
    burst: int = 0
    """Requests in two seconds; 0: nobody counts."""
    hides_headers: bool = False
    company: str = "acme"
    lag_s: int = 0
    """How far the list of leads is behind."""
    forgives: int = 3
    """So many refusals by the burst limit in a row before the edge answers in the service's place."""

    def __post_init__(self) -> None:
        self.asked: list[tuple[int, str, str]] = []
        self.exchanges: list[tuple[Request, Reply]] = []
        self.faults: list[tuple[str, str, Fault]] = []
        self.luck: Random | None = None
        """Whom to ask whether a request goes well: three in ten do not."""
        self._late: list[tuple[int, Request]] = []
        self.spent_by_others = 0
        self.token = TOKEN
        self._refusals = 0
        self._ids = Counter[str](user=ME - 1)
        self.users: dict[int, Row] = {}
        self.labels: dict[str, Row] = {}
        self.fields: dict[str, Row] = {}
        self.persons: dict[int, Row] = {}
        self.organizations: dict[int, Row] = {}
        self.leads: dict[str, Row] = {}
        self.timeline: dict[int, Row] = {}
        self.activities: dict[int, Row] = {}
        self.deals: dict[int, Row] = {}
        self.stages: dict[int, Row] = {1: _stage(1, "Qualified"), 2: _stage(2, "Proposal")}
        for key, name, kind in _STANDARD:
            self.fields[key] = _field(key, name, kind, {52: "Webinar"} if key == "channel" else None, custom=False)
        self.add_user("Zoé Lefèvre", "zoe@example.test")
        self.add_user("Karim Benali", "karim@example.test")

    # --- what people do there

    def add_user(self, name: str, email: str) -> int:
        user = self._next("user")
        self.users[user] = {"id": user, "name": name, "email": email, "active_flag": True, "is_deleted": False}
        return user

    def add_label(self, name: str, color: str = "red") -> str:
        label = self._uuid("label")
        self.labels[label] = {"id": label, "name": name, "color": color, **self._stamps()}
        return label

    def add_field(self, name: str, kind: str = "varchar", options: tuple[str, ...] = ()) -> str:
        key = uuid.uuid5(uuid.NAMESPACE_DNS, name).hex + "0" * 8
        self.fields[key] = _field(key, name, kind, {190 + i: label for i, label in enumerate(options)} or None)
        return key

    def add_person(self, name: str, email: str = "", phone: str = "", org: int | None = None, **more: Any) -> int:
        person = self._next("person")
        self.persons[person] = {
            "id": person, "name": name, "org_id": org, "is_deleted": False, "custom_fields": {}, **self._seconds(),
            "emails": [{"value": email, "primary": True, "label": "work"}] if email else [],
            "phones": [{"value": phone, "primary": True, "label": "work"}] if phone else [],
            **more,
        }  # fmt: skip
        return person

    def add_organization(self, name: str) -> int:
        found = self._next("organization")
        self.organizations[found] = {"id": found, "name": name, "is_deleted": False, "custom_fields": {}}
        return found

    def add_lead(self, name: str = "Jeanne Roux", *, owner: int = ME, labels: tuple[str, ...] = (), **more: Any) -> str:
        """A lead of a new person."""
        lead = self._uuid("lead")
        given = {"email": f"{lead[:8]}@prospect.example", **more.pop("person", {})}
        org = more.pop("organization", None)
        self.leads[lead] = {
            "id": lead, "title": f"{name} lead", "owner_id": owner, "creator_id": ME, "person_id": None,
            "label_ids": [self._label(each) for each in labels], "organization_id": org, "source_name": "Web forms",
            "origin": "API", "origin_id": None, "channel": 52, "channel_id": "spring", "is_archived": False,
            "was_seen": False, "value": None, "expected_close_date": None, "next_activity_id": None, "visible_to": "3",
            "cc_email": "acme@pipedrivemail.com", **self._stamps(), **more,
        }  # fmt: skip
        if "person_id" not in more:
            self.leads[lead]["person_id"] = self.add_person(name, **given)
        return lead

    def edit(self, lead: str, **values: Any) -> None:
        """Somebody changes the lead; a value of None takes a custom field away."""
        row = self.leads[lead]
        row.update(values, update_time=self._now())
        for key in [key for key, value in row.items() if value is None and key in self.fields and key not in _SYSTEM]:
            del row[key]

    def label(self, lead: str, *names: str) -> None:
        """Somebody gives the lead these labels and no others."""
        self.edit(lead, label_ids=[self._label(name) for name in names])

    def labels_of(self, lead: str) -> list[str]:
        return [self.labels[each]["name"] for each in self.leads[lead]["label_ids"]]

    def value(self, lead: str, name: str) -> Any:
        """A field of the lead by the field's name."""
        return self.leads[lead].get(next(key for key, each in self.fields.items() if each["field_name"] == name))

    def archive(self, lead: str, archived: bool = True) -> None:
        self.edit(lead, is_archived=archived)

    def delete(self, lead: str) -> None:
        del self.leads[lead]

    def convert(self, lead: str, **values: Any) -> int:
        """The lead becomes a deal, and its notes go with it; as a lead it is «deleted»."""
        row, deal = self.leads.pop(lead), self._next("deal")
        self.deals[deal] = {
            "id": deal, "title": row["title"], "owner_id": row["owner_id"], "value": 1200, "currency": "EUR",
            "person_id": row["person_id"], "org_id": row["organization_id"], "stage_id": 1, "pipeline_id": 1,
            "status": "open", "is_deleted": False, "is_archived": False, "source_lead_id": lead, "custom_fields": {},
            **self._seconds(), **values,
        }  # fmt: skip
        for note in self.timeline.values():
            if note.get("lead_id") == lead:
                note.pop("lead_id")
                note["deal_id"] = deal
        return deal

    def edit_deal(self, deal: int, **values: Any) -> None:
        self.deals[deal].update(values, update_time=self._seconds()["update_time"])

    def do(self, lead: str | None, kind: str = "call", **more: Any) -> int:
        """Somebody logs an activity as done."""
        found, at = self._next("activity"), self._seconds()["update_time"]
        self.activities[found] = {
            "id": found, "subject": f"A {kind}", "type": kind, "owner_id": ME, "is_deleted": False, "lead_id": lead,
            "done": True, "marked_as_done_time": at, "due_date": at[:10], "due_time": "09:30:00", "note": "",
            **self._seconds(), **more,
        }  # fmt: skip
        return found

    def notes_on(self, lead: str = "", deal: int = 0) -> list[str]:
        """The contents of the notes of a lead or a deal, as stored."""
        of = ("lead_id", lead) if lead else ("deal_id", deal)
        return [note["content"] for note in self.timeline.values() if note.get(of[0]) == of[1]]

    def add_note(self, content: str, **of: Any) -> int:
        """A note, with its HTML as the service likes it."""
        note = self._next("note")
        kept = re.sub(r"(?is)<script.*?</script>|<br\s*>", lambda m: "" if m[0][1] in "sS" else "<br />", content)
        at = self._now().replace("T", " ")[:19]
        self.timeline[note] = {
            "id": note,
            "active_flag": True,
            "content": kept,
            "add_time": at,
            "update_time": at,
            **of,
        }
        return note

    # --- the service

    def __call__(self, request: Request) -> Reply:
        """Answer one request, or lose it. Raises Lost."""
        self.catch_up()
        self.asked.append((self._now_ms(), request.method, request.path))
        fault = self._fault(request)
        if fault == "late" and request.method != "GET" and self.luck:
            self._late.append((self._now_ms() + self.luck.randrange(600_000), request))
        if fault in ("lost_before", "late"):
            raise Lost("timeout")
        reply = self._limited(request) or self._edge(fault) or self._served(request)
        self.exchanges.append((request, reply))
        if fault == "lost":
            raise Lost("timeout")
        if fault == "html":
            return self._reply(200, _CLOUDFLARE)
        if fault == "error_after":
            return self._reply(502, b"<html>Bad gateway</html>")
        return reply

    def catch_up(self) -> None:
        """Do what was delayed and is due by now, in any order."""
        due = [each for each in self._late if each[0] <= self._now_ms()]
        self._late = [each for each in self._late if each not in due]
        for _, request in due:
            self._served(request)

    @property
    def spent_today(self) -> int:
        today = self._now_ms() // _DAY_MS
        own = sum(cost_of(DAY, method, path) for at, method, path in self.asked if at // _DAY_MS == today)
        return int(own) + self.spent_by_others

    def count(self, method: str, part: str) -> int:
        """How many requests of this method had `part` in their path."""
        return sum(method == each and part in path for _, each, path in self.asked)

    def _fault(self, request: Request) -> Fault | None:
        for each in self.faults:
            if each[0] in ("*", request.method) and each[1] in request.path:
                self.faults.remove(each)
                return each[2]
        bad = self.luck is not None and self.luck.random() < 0.3
        return self.luck.choice(ANY) if bad and self.luck else None

    def _limited(self, request: Request) -> Reply | None:
        """429 for the day's budget or for the burst; who goes on all the same meets the edge."""
        if self.spent_today > self.day_tokens:
            return self._reply(429, _failure("daily token budget exceeded"))
        now = self._now_ms()
        if self.burst and sum(at > now - 2000 for at, _, _ in self.asked) > self.burst:
            return self._burst()
        self._refusals = 0
        return None

    def _burst(self) -> Reply:
        self._refusals += 1
        if self._refusals > self.forgives:
            return self._reply(403, _CLOUDFLARE)
        return self._reply(429, _failure("request over limit"), burst_left=0)

    def _edge(self, fault: Fault | None) -> Reply | None:
        if fault == "html_403":
            return self._reply(403, _CLOUDFLARE)
        if fault == "gone":
            return self._reply(404, _failure("not found"))
        return self._burst() if fault == "burst" else None

    def _served(self, request: Request) -> Reply:
        if request.headers.get("x-api-token") != self.token or "api_token" in request.query:
            return self._reply(401, {"success": False, "error": "unauthorized access", "errorCode": 401})
        try:
            return self._reply(*self._route(request))
        except Refused as refused:
            return self._reply(refused.status, _failure(refused.error))
        except (ValueError, KeyError, TypeError) as error:
            return self._reply(400, _failure(f"bad request: {error!r}"))

    def _reply(self, status: int, document: Any, burst_left: int = 19) -> Reply:
        html = isinstance(document, bytes)
        told = {
            "date": formatdate(self._now_ms() / 1000, usegmt=True),
            "content-type": "text/html; charset=UTF-8" if html else "application/json",
        }
        if not html and not self.hides_headers:
            left = max(0, self.day_tokens - self.spent_today)
            told |= {"x-daily-ratelimit-token-limit": str(self.day_tokens), "x-ratelimit-limit": "20"}
            told |= {"x-daily-ratelimit-token-remaining": str(left), "x-ratelimit-remaining": str(burst_left)}
            told |= {"x-ratelimit-reset": "2"}
        return Reply(status, told, [document if html else json.dumps(document).encode()])

    def _route(self, request: Request) -> tuple[int, Any]:
        match (request.method, *request.steps):
            case ("GET", "api", "v1", "users", "me"):
                return 200, _success(
                    self.users[ME] | {"company_id": 77, "company_name": "Acme", "company_domain": self.company}
                )
            case ("GET", "api", "v1", "users"):
                return 200, _success(list(self.users.values()))
            case ("GET", "api", "v1", "leadLabels"):
                return 200, _success(list(self.labels.values()))
            case ("POST", "api", "v1", "leadLabels"):
                body = json.loads(request.body)
                return 200, _success(self.labels[self.add_label(body["name"], body["color"])])
            case (method, "api", "v1", "leads", *rest):
                return self._of_leads(method, rest, request)
            case (method, "api", "v1", "notes", *rest):
                return self._of_notes(method, rest, request)
            case (method, "api", "v2", *rest):
                return self._of_v2(method, rest, request)
        raise Refused(404, "unknown method")

    def _of_leads(self, method: str, rest: list[str], request: Request) -> tuple[int, Any]:
        if method == "GET" and not rest:
            return 200, self._listed(request.query)
        lead = self.leads.get(rest[0])
        if lead is None:
            raise Refused(404, "requested lead not found")
        if method == "PATCH":
            self._patched(lead, json.loads(request.body))
        return 200, _success(dict(lead))

    def _listed(self, query: Mapping[str, str]) -> Row:
        """Not archived leads, as the list has them by now; `updated_since` is inclusive."""
        since = query.get("updated_since", "")
        if since and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", since):
            raise Refused(400, "updated_since is not an instant")
        live = [row for row in self.leads.values() if not row["is_archived"] and row["update_time"] >= since[:-1]]
        live = [row for row in live if row["update_time"] <= self._now(self.lag_s)]
        name, _, way = query.get("sort", "add_time ASC").partition(" ")
        return self._paged(
            sorted(live, key=lambda row: (row[name], str(row["id"])), reverse=way == "DESC"), query, flat=True
        )

    def _paged(self, rows: list[Row], query: Mapping[str, str], *, flat: bool) -> Row:
        start, limit = int(query.get("start", 0)), min(int(query.get("limit", 100)), self.page_cap)
        more = len(rows) > start + limit
        about = {"start": start, "limit": limit, "more_items_in_collection": more}
        beside: Row = about if flat else {"pagination": about | ({"next_start": start + limit} if more else {})}
        return _success(rows[start : start + limit]) | {"additional_data": beside}

    page_cap: int = 500

    def _patched(self, lead: Row, body: Row) -> None:
        if lead["is_archived"] and body != {"is_archived": False}:
            raise Refused(400, "archived leads cannot be edited")
        for label in body.get("label_ids", ()):
            if label not in self.labels:
                raise Refused(400, f"label {label} does not exist")
        for key in body:
            if key not in lead and key not in self.fields:
                raise Refused(400, f"unknown field {key}")
        self.edit(lead["id"], **body)

    def _of_notes(self, method: str, rest: list[str], request: Request) -> tuple[int, Any]:
        query = request.query
        if method == "GET":
            of = {key: value for key, value in query.items() if key in ("lead_id", "deal_id")}
            rows = [note for note in self.timeline.values() if all(str(note.get(k)) == v for k, v in of.items())]
            return 200, self._paged(sorted(rows, key=lambda row: str(row["add_time"])), query, flat=False)
        if method == "DELETE":
            self.timeline.pop(int(rest[0]))
            return 200, _success(True)
        body = json.loads(request.body)
        if "lead_id" in body and body["lead_id"] not in self.leads:
            raise Refused(404, "requested lead not found")
        if "deal_id" in body and body["deal_id"] not in self.deals:
            raise Refused(404, "requested deal not found")
        return 200, _success(self.timeline[self.add_note(**body)])

    def _of_v2(self, method: str, rest: list[str], request: Request) -> tuple[int, Any]:
        if (method, rest) == ("POST", ["dealFields"]):
            body = json.loads(request.body)
            return 200, _success(self.fields[self.add_field(body["field_name"], body["field_type"])])
        lists: dict[str, Callable[[], list[Row]]] = {
            "persons": lambda: list(self.persons.values()),
            "organizations": lambda: list(self.organizations.values()),
            "activities": lambda: list(self.activities.values()),
            "deals": lambda: [deal for deal in self.deals.values() if not deal["is_archived"]],
            "dealFields": lambda: list(self.fields.values()),
            "stages": lambda: list(self.stages.values()),
        }
        if method != "GET" or len(rest) != 1 or rest[0] not in lists:
            raise Refused(404, "unknown method")
        return 200, self._cursored(self._chosen(lists[rest[0]](), request.query), request.query)

    def _chosen(self, rows: list[Row], query: Mapping[str, str]) -> list[Row]:
        if "ids" in query:
            ids = [int(each) for each in query["ids"].split(",")]
            if len(ids) > 100:
                raise Refused(400, "too many ids")
            rows = [row for row in rows if row["id"] in ids]
        since = query.get("updated_since", "")
        rows = [row for row in rows if not since or row["update_time"] >= since]
        if "done" in query:
            rows = [row for row in rows if row["done"] is (query["done"] == "true")]
        if "include_fields" not in query:
            rows = [{key: value for key, value in row.items() if key != "source_lead_id"} for row in rows]
        if by := query.get("sort_by"):
            rows = sorted(rows, key=lambda row: (row[by], row["id"]), reverse=query.get("sort_direction") == "desc")
        return rows

    def _cursored(self, rows: list[Row], query: Mapping[str, str]) -> Row:
        start = int(urlsafe_b64decode(query["cursor"])) if "cursor" in query else 0
        limit = min(int(query.get("limit", 100)), self.page_cap)
        more = len(rows) > start + limit
        following = urlsafe_b64encode(str(start + limit).encode()).decode() if more else None
        return _success(rows[start : start + limit]) | {"additional_data": {"next_cursor": following}}

    # --- small things

    def _now_ms(self) -> int:
        return self.time.wall_ms() + self.skew_ms

    def _now(self, ago_s: int = 0) -> str:
        return datetime.fromtimestamp(self._now_ms() / 1000 - ago_s, UTC).isoformat(timespec="milliseconds")[:23] + "Z"

    def _stamps(self) -> Row:
        return {"add_time": self._now(), "update_time": self._now()}

    def _seconds(self) -> Row:
        return {name: f"{at[:19]}Z" for name, at in self._stamps().items()}

    def _label(self, name: str) -> str:
        return next((key for key, each in self.labels.items() if each["name"] == name), "") or self.add_label(name)

    def _next(self, kind: str) -> int:
        self._ids[kind] += 1
        return self._ids[kind]

    def _uuid(self, kind: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{kind}{self._next(kind)}"))


_SYSTEM: Final = frozenset(key for key, _, _ in _STANDARD)


def _success(data: Any) -> Row:
    return {"success": True, "data": data}


def _failure(error: str) -> Row:
    return {
        "success": False,
        "error": error,
        "error_info": "Object was not found.",
        "data": None,
        "additional_data": None,
    }


def _stage(number: int, name: str) -> Row:
    return {"id": number, "order_nr": number, "name": name, "is_deleted": False, "pipeline_id": 1}


def _field(key: str, name: str, kind: str, options: Mapping[int, str] | None, *, custom: bool = True) -> Row:
    choices = [{"id": each, "label": label} for each, label in options.items()] if options else None
    about = {"field_name": name, "field_code": key, "field_type": kind, "options": choices}
    return about | {"is_custom_field": custom, "is_optional_response_field": False}
