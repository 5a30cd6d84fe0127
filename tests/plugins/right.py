"""An adapter that is right, written without the base class, for the service of `tests.testing.conformance.acme`."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from leadq.plugins.sdk import (
    N_,
    Account,
    AdapterError,
    Found,
    Gone,
    Login,
    Option,
    Page,
    RateLimited,
    Rejected,
    RemoteLead,
    Result,
    Transient,
    marker_in,
)

LACKS = N_("The service answered without {what}.")
EVER = "2000-01-01T00:00:00Z"
OVERLAP = timedelta(minutes=10)


class Right:
    name = "right"
    api_version = 1
    capabilities = frozenset({"push", "pull", "lookup", "tidy"})
    options = (Option("url", "Address", required=True), Option("token", "Token", required=True, secret=True))

    @classmethod
    def login(cls, context):
        return Login(context.options["url"], {"authorization": f"Bearer {context.secrets['token']}"})

    def __init__(self, context):
        self.http = context.http
        self.token = context.secrets["token"]

    def __repr__(self):
        return "Right()"

    def check(self):
        me = self.http.get("/me").data
        if not isinstance(me, dict) or not me.get("id"):
            raise Transient(LACKS, what="id")
        return Account(str(me["id"]), str(me.get("name", "")))

    def pull(self, cursor, scope):
        since, place, began = self.parsed(cursor)
        while True:
            answer, place = self.listed(since, place)
            rows = answer.data.get("data") if isinstance(answer.data, dict) else None
            if not isinstance(rows, list):
                raise Transient(LACKS, what="data")
            began = began or self.now(answer)
            leads = tuple(self.lead(row) for row in rows)
            following = answer.data["meta"].get("next")
            if following == place and following:
                raise Transient(LACKS, what="progress")
            if not following:
                yield Page(leads, json.dumps([self.before(began), None, ""]), False)
                return
            place = following
            yield Page(leads, json.dumps([since or EVER, place, began]), True)

    def listed(self, since, place):
        params = {"updated_since": since} if since else {}
        try:
            return self.http.get("/leads", {**params, "cursor": place} if place else params), place
        except (Gone, Rejected):
            if not place:
                raise
        return self.http.get("/leads", params), None

    def parsed(self, cursor):
        try:
            since, place, began = json.loads(cursor or "")
            datetime.fromisoformat(since), datetime.fromisoformat(began or since)
            return since, place if isinstance(place, str) else None, began
        except (ValueError, TypeError):
            return "", None, ""

    def now(self, answer):
        return parsedate_to_datetime(answer.headers["date"]).astimezone(UTC).isoformat()

    def before(self, began):
        return (datetime.fromisoformat(began) - OVERLAP).isoformat().replace("+00:00", "Z")

    def lead(self, row):
        if not isinstance(row, dict) or not isinstance(row.get("id"), (str, int)):
            return RemoteLead("")
        contact = row.get("contact") if isinstance(row.get("contact"), dict) else {}
        fields = {"name": contact.get("name"), "email": contact.get("mail"), "status": self.state(row.get("stage"))}
        return RemoteLead(
            external_id=str(row["id"]),
            updated_at=str(row.get("modified") or ""),
            fields={name: value for name, value in fields.items() if value},
            raw=row,
            stamp=str(row.get("leadq_stamp") or ""),
        )

    def state(self, stage):
        return stage.removeprefix("crm-") if isinstance(stage, str) and stage.startswith("crm-") else ""

    def push(self, changes):
        for change in changes:
            with self.http.change():
                if change.sets:
                    self.http.patch(self.path(change.external_id), self.record(change))
                if change.adds:
                    self.http.post(self.path(change.external_id) + "/notes", {"body": self.text(change)})
            yield Result(change.op_id, "applied", change.external_id)

    def path(self, lead):
        if not lead:
            raise Rejected("external_id", N_("There is no id of the lead at the other end."))
        return f"/leads/{quote(lead, safe='')}"

    def record(self, change):
        said = {"lost_reason": change.reason, "leadq_op": change.op_id}
        if change.status:
            said["stage"] = f"crm-{change.status}"
            said["leadq_stamp"] = change.stamp
        return said

    def text(self, change):
        return f"{change.verb} {change.reason}\n{change.note}\n{change.marker}"

    def lookup(self, refs):
        for ref in refs:
            try:
                row = self.http.get(self.path(ref.external_id)).data
                found = self.found(ref, row)
                if found:
                    yield found
            except Gone:
                yield Found(ref.external_id, "deleted")
            except Rejected:
                yield Found(ref.external_id, "forbidden")

    def found(self, ref, row):
        lead = self.lead(row)
        if not lead.external_id:
            return None
        last_op = str(row.get("leadq_op") or "")
        found = Found(ref.external_id, "open", lead=lead, last_op=last_op, stamp=lead.stamp)
        return replace(found, markers=self.markers(ref.external_id)) if ref.markers else found

    def notes(self, lead):
        rows = self.http.get(self.path(lead) + "/notes").data
        if not isinstance(rows, list):
            raise Transient(LACKS, what="notes")
        return rows

    def markers(self, lead):
        return tuple(marker for note in self.notes(lead) if (marker := marker_in(note["body"])))

    def tidy(self, external_id, op_id):
        same = [note for note in self.notes(external_id) if marker_in(note["body"]) == op_id]
        for note in same[1:]:
            self.http.delete(f"{self.path(external_id)}/notes/{note['id']}")


USED = (AdapterError, RateLimited, time)
