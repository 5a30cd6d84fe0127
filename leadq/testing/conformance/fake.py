"""A service made from what a `RestAdapter` declares: it has the paths, the paging and the places that the class names.

    class AcmeFake(RestFake):
        adapter = Acme
        sample = json.loads(Path("leads.json").read_text())     # records as the real service answers them

It shows that the class is whole, and keeps its promises when things go wrong; whether the real service has those paths
and places only a look at it can tell: `leadq plugin check --live`.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from leadq.plugins.described import at
from leadq.plugins.paging import ByLink, ByOffset, ByPage, ByToken
from leadq.plugins.place import iso, millis
from leadq.plugins.records import as_html, from_html
from leadq.plugins.shapes import Context
from leadq.sync.wire import Reply, Request

if TYPE_CHECKING:
    from leadq.plugins.rest import RestAdapter
    from leadq.plugins.shapes import RemoteLead
    from leadq.testing.time import VirtualTime

_URL: Final = "https://crm.test"


@dataclass(slots=True)
class _Lead:
    record: dict[str, Any]
    changed_ms: int
    notes: list[tuple[str, str]] = field(default_factory=list)


class _No(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class RestFake:
    """Answers requests; `add`, `remove`, `status` and `notes` are what people do and see there.

    `page` is the most that it puts on a page, whatever it is asked for. `hole`: an empty page comes in between.
    `lag_s`: how far its list is behind. `by_id`: the list is in the order of the ids, not of the changes.
    """

    adapter: ClassVar[type[RestAdapter]]
    sample: ClassVar[Sequence[Mapping[str, Any]]] = ()
    can_lag: ClassVar[bool] = True
    forgets: ClassVar[bool] = True
    can_by_id: ClassVar[bool] = True
    text_ids: ClassVar[bool] = True
    account: ClassVar[str] = "me-1"

    def __init__(self, time: VirtualTime) -> None:
        self.page = 3
        self.hole = False
        self.lag_s = 0
        self.by_id = False
        self._time = time
        self._leads: dict[str, _Lead] = {}
        self._notes = 0
        self._base = urlsplit(self.adapter.base_url).path.rstrip("/")

    @property
    def says(self) -> tuple[str, ...]:
        """What of a lead it can show, of name and e-mail."""
        return tuple(name for name in ("name", "email") if name in self.adapter.fields)

    @property
    def can_hole(self) -> bool:
        """Whether its way of paging has room for an empty page."""
        return isinstance(self.adapter.paging, ByToken | ByLink)

    # What people do and see

    def add(self, lead: str, *, ago_s: int = 0, **fields: Any) -> None:
        """A lead with these fields (by leadq's names), changed now or so long ago."""
        known = self._leads.get(lead)
        record = known.record if known else self._blank(lead)
        words = self.adapter.states.get(fields.get("status", ""), fields.get("status", ""))
        if "status" in fields:
            fields["status"] = words if isinstance(words, str) else words[0]
        for name, value in fields.items():
            if name in self.adapter.fields:
                _set(record, self.adapter.fields[name], value)
        self._leads[lead] = known or _Lead(record, 0)
        self._touch(lead, ago_s)

    @classmethod
    def read(cls) -> list[RemoteLead]:
        """The sample as the adapter understands it."""
        adapter = cls.adapter(Context({}))
        return [adapter.lead_from(record) for record in cls.sample]

    def remove(self, lead: str) -> None:
        """The lead is not there any more."""
        del self._leads[lead]

    def status(self, lead: str) -> str:
        """The state of a lead in leadq's words; the first of those that its word may stand for."""
        return next(iter(self.states(lead)), "")

    def states(self, lead: str) -> list[str]:
        """All states that the word of a lead may stand for."""
        word = at(self._leads[lead].record, self.adapter.writes.get("status", ""))
        return [state for state, words in self._states() if word in words] or [str(word or "")]

    def notes(self, lead: str) -> list[str]:
        """The texts of its notes, oldest first."""
        kept = at(self._leads[lead].record, self.adapter.writes.get("note", ""))
        texts = [text for _, text in self._leads[lead].notes] or ([str(kept)] if kept else [])
        return [from_html(text) if self.adapter.note_html else text for text in texts]

    def write_note(self, lead: str, text: str) -> None:
        """Somebody adds a note."""
        self._add_note(lead, as_html(text) if self.adapter.note_html else text)

    def _states(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(s, (w,) if isinstance(w, str) else tuple(w)) for s, w in self.adapter.states.items()]

    # What it answers

    def __call__(self, request: Request) -> Reply:
        """Answer one request."""
        try:
            return self._reply(200, *self._routed(request))
        except _No as no:
            return self._reply(no.status, {"message": "no"})

    def _routed(self, request: Request) -> tuple[Any, dict[str, str]]:
        raw = request.target.partition("?")[0].removeprefix(self._base)
        body = json.loads(request.body) if request.body else {}
        kind = self.adapter
        if request.method == "GET" and kind.me and raw == kind.me:
            me: dict[str, Any] = {}
            _set(me, kind.me_id, self.account)
            _set(me, kind.me_label, "Camille Martin")
            return me, {}
        if request.method == "GET" and raw == kind.leads:
            return self._listed(request.query)
        for method, template, answer in self._places():
            ids = _ids(template, raw, request.query) if template and request.method == method else None
            if ids is not None:
                return answer(*ids, body), {}
        raise _No(404)

    def _places(self) -> tuple[tuple[str, str, Callable[..., Any]], ...]:
        kind = self.adapter
        return (
            ("GET", kind.record, lambda lead, body: self._wrapped(lead)),
            (kind.update_with.upper(), kind.record, self._write),
            ("GET", kind.notes, lambda lead, body: self._noted(lead)),
            ("POST", kind.notes_add or kind.notes, self._take_note),
            ("DELETE", kind.note, self._drop_note),
        )

    def _one(self, lead: str) -> _Lead:
        if lead not in self._leads:
            raise _No(404)
        return self._leads[lead]

    def _wrapped(self, lead: str) -> Any:
        record = self._one(lead).record
        return _set({}, self.adapter.record_in, record) if self.adapter.record_in else record

    def _write(self, lead: str, body: dict[str, Any]) -> Any:
        _merge(self._one(lead).record, body)
        self._touch(lead)
        return self._wrapped(lead)

    def _noted(self, lead: str) -> Any:
        rows = [
            _set(
                _set(_set({}, self.adapter.note_id, number), self.adapter.note_text, text), self.adapter.note_at, at_ms
            )
            for at_ms, (number, text) in enumerate(self._one(lead).notes, start=1_700_000_000)
        ]
        return _set({}, self.adapter.notes_items, rows) if self.adapter.notes_items else rows

    def _take_note(self, *said: Any) -> Any:
        """The lead is in the path, or in the body."""
        body = said[-1]
        lead = str(at(body, self.adapter.note_lead)) if len(said) == 1 else str(said[0])
        self._one(lead)
        return {"id": self._add_note(lead, str(at(body, self.adapter.note_text)))}

    def _add_note(self, lead: str, text: str) -> str:
        self._notes += 1
        self._leads[lead].notes.append((f"n{self._notes}", text))
        return f"n{self._notes}"

    def _drop_note(self, lead: str, note: str, body: Any) -> Any:
        found = self._one(lead)
        found.notes = [each for each in found.notes if each[0] != note]
        return {}

    # The list

    def _listed(self, query: Mapping[str, str]) -> tuple[Any, dict[str, str]]:
        since_ms = millis(query.get(self.adapter.since)) if self.adapter.since else 0
        until_ms = self._time.wall_ms() - self.lag_s * 1000
        rows = sorted(
            (0 if self.by_id else lead.changed_ms, key)
            for key, lead in self._leads.items()
            if since_ms <= lead.changed_ms <= until_ms
        )
        start, rest = self._from(rows, query)
        page = [] if self.hole and start else rest[: self.page]
        hole, self.hole = self.hole and bool(start), self.hole and not start
        headers: dict[str, str] = {}
        whole: Any = [self._leads[key].record for _, key in page]
        if self.adapter.items:
            whole = _set({}, self.adapter.items, whole)
        last = (page or rows[start - 1 : start])[-1:] if len(rest) > len(page) else []
        after = "".join(f"{changed_ms}~{key}" for changed_ms, key in last) + ("~~" if hole else "")
        self._lead_on(whole, headers, query, after, len(rows))
        return whole, headers

    def _from(self, rows: list[tuple[int, str]], query: Mapping[str, str]) -> tuple[int, list[tuple[int, str]]]:
        """How many rows come before the page that is asked for, and the rows from there on."""
        paging = self.adapter.paging
        start = 0
        if isinstance(paging, ByPage):
            start = (int(query.get(paging.param, paging.first)) - paging.first) * self.page
        elif isinstance(paging, ByOffset):
            start = int(query.get(paging.param, 0))
        else:
            after = query.get(paging.param if isinstance(paging, ByToken) else "after", "")
            changed_ms, _, key = after.removesuffix("~~").partition("~")
            start = sum(row <= (int(changed_ms), key) for row in rows) if after else 0
        return start, rows[start:]

    def _lead_on(self, whole: Any, headers: dict[str, str], query: Mapping[str, str], after: str, count: int) -> None:
        """Say in the answer how to go on; `after` is where, "" after the last page."""
        paging = self.adapter.paging
        if isinstance(paging, ByPage) and paging.last:
            _set(whole, paging.last, paging.first - 1 + max(1, -(-count // self.page)))
        if isinstance(paging, ByPage | ByOffset | ByToken) and paging.more:
            _set(whole, paging.more, bool(after))
        if isinstance(paging, ByToken):
            _set(whole, paging.token, after or None)
        if isinstance(paging, ByLink):
            since = query.get(self.adapter.since, "")
            kept = f"&{self.adapter.since}={since}" if since else ""
            link = f"{_URL}{self._base}{self.adapter.leads}?after={after}{kept}" if after else ""
            if paging.link:
                _set(whole, paging.link, link or None)
            elif link:
                headers["link"] = f'<{_URL}{self._base}/leads?after=first>; rel="first", <{link}>; rel="next"'

    # Records

    def _blank(self, lead: str) -> dict[str, Any]:
        """A record as the sample has them, or an empty one; ids that look like numbers are numbers."""
        record = copy.deepcopy(dict(self.sample[0])) if self.sample else {}
        for place in self.adapter.writes.values():
            _set(record, place, None)
        looks_like_a_number = lead.isdecimal() and str(int(lead)) == lead
        _set(record, self.adapter.id, int(lead) if looks_like_a_number else lead)
        return record

    def _touch(self, lead: str, ago_s: int = 0) -> None:
        found = self._leads[lead]
        found.changed_ms = self._time.wall_ms() - ago_s * 1000
        if self.adapter.updated_at:
            kept = at(self.sample[0], self.adapter.updated_at) if self.sample else ""
            said: Any = iso(found.changed_ms)
            if isinstance(kept, int | float):
                said = found.changed_ms if kept > 1e11 else found.changed_ms // 1000
            _set(found.record, self.adapter.updated_at, said)

    def _reply(self, status: int, document: Any, headers: Mapping[str, str] = {}) -> Reply:
        told = {"content-type": "application/json", "date": formatdate(self._time.wall_ms() / 1000, usegmt=True)}
        return Reply(status, {**told, **headers}, [json.dumps(document).encode()])


def _ids(template: str, raw: str, query: Mapping[str, str]) -> tuple[str, ...] | None:
    """The ids in a path that fits the template, decoded; those in the template's query come last."""
    path, _, asked = template.partition("?")
    pattern = re.escape(path).replace(r"\{id\}", "([^/]+)").replace(r"\{note\}", "([^/]+)")
    found = re.fullmatch(pattern, raw)
    named = [name for name, value in parse_qsl(asked) if value in ("{id}", "{note}")]
    if not found or any(name not in query for name in named):
        return None
    return (*map(unquote, found.groups()), *(query[name] for name in named))


def _set(document: Any, place: str, value: Any) -> Any:
    """Put a value at a place, making what is above it; the document."""
    if not place:
        return document
    *above, last = place.split(".")
    inner = document
    for key in above:
        inner = inner[int(key)] if isinstance(inner, list) else inner.setdefault(key, {})
    if isinstance(inner, list):
        inner[int(last)] = value
    else:
        inner[last] = value
    return document


def _merge(record: dict[str, Any], body: Mapping[str, Any]) -> None:
    for name, value in body.items():
        if isinstance(value, Mapping) and isinstance(record.get(name), dict):
            _merge(record[name], value)
        else:
            record[name] = value
