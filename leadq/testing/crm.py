"""A CRM that speaks HTTP, with the manners of three real ones, and whatever a nemesis does to its requests.

GET    /me
GET    /leads?since_ms=&after=&limit=     open leads of ours, by (updated_ms, id), from an index
GET    /leads?ids=                        several as they are now, where batches are known
GET    /leads/{id}                        as it is now
GET    /leads/{id}/notes                  as they are now
GET    /activities?since_ms=              what others did, and prospects
GET    /notes?text=                       a search, from the index: what it does not find may be there
GET    /fields
PATCH  /leads/{id}                        {"properties": {...}}
POST   /leads/{id}/notes                  {"text": ...}
DELETE /leads/{id}/notes/{note}
POST   /leads/batch                       {"inputs": [{"id": ..., "properties": {...}}]}
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from random import Random
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from leadq.sync.wire import Lost, Reply, Request
from leadq.testing.book import ME, Book, Record
from leadq.testing.nemesis import Fate, Nemesis

if TYPE_CHECKING:
    from leadq.sync.ports import Ticks

_DAY_MS: Final = 86_400_000
_DRIP_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Personality:
    """How one CRM differs from the next (reference/crm-apis.md).

    `batch` is the largest batch, 0 for none; its results come in the order of the request (`ordered`, with 200 even
    when all failed), or in any order with 207. `index_lag_s` is how far lists and searches are behind.
    `merge_makes_new`: the survivor of a merge has a new id, and both old ones lead to it. `refuses` says in which
    states a lead cannot be changed, `hides` in which it cannot even be read. `day_tokens` is the daily budget, 0 for
    none; `cost` prices each request.
    """

    name: str
    batch: int = 0
    ordered: bool = False
    index_lag_s: float = 0.0
    merge_makes_new: bool = False
    refuses: tuple[str, ...] = ()
    day_tokens: int = 0
    hides: tuple[str, ...] = ("deleted",)

    def cost(self, method: str, path: str) -> int:
        """Tokens: 2 to read a record, 10 to write, 20 for a list, 40 for a search; nothing where nobody counts."""
        if not self.day_tokens:
            return 0
        if method != "GET":
            return 10
        return 40 if path == "/notes" else 20 if path in ("/leads", "/activities") else 2


LAGGING: Final = Personality("lagging", batch=100, index_lag_s=8.0, merge_makes_new=True)
BUDGETED: Final = Personality("budgeted", day_tokens=30_000, refuses=("archived",), hides=("deleted", "converted"))
ORDERED: Final = Personality("ordered", batch=200, ordered=True, refuses=("converted",))
PERSONALITIES: Final = (LAGGING, BUDGETED, ORDERED)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that reached the service, in the server's time."""

    at_ms: int
    method: str
    path: str
    cost: int


class _Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class FakeCRM:
    """Give it to `Http` as its handler, or to `serve`. `book` is the truth; `asked` is every request that came."""

    def __init__(
        self,
        personality: Personality,
        time: Ticks,
        *,
        nemesis: Nemesis | None = None,
        token: str = "pat-fake-0123456789",  # noqa: S107 - of a service that does not exist
        skew_ms: int = 0,
        page: int = 100,
    ) -> None:
        self.url = "https://crm.test"
        self.personality = personality
        self.book = Book(time, skew_ms)
        self.asked: list[Asked] = []
        self.nemesis = nemesis
        self.auth = {"authorization": f"Bearer {token}"}
        self._time = time
        self._page = page
        self._late: list[tuple[int, int, Request, int]] = []
        self._merges = 0

    def __call__(self, request: Request) -> Reply:
        """Answer one request, or lose it. Raises Lost."""
        self.catch_up()
        cost = self.personality.cost(request.method, request.path)
        self.asked.append(Asked(self.book.now_ms(), request.method, request.path, cost))
        fate = self.nemesis.fate(request) if self.nemesis else Fate()
        return self._meet(request, fate)

    def catch_up(self) -> None:
        """Do what was delayed and is due by now; whoever looks at the truth in the end must call it."""
        now = self.book.now_ms()
        due = sorted(each[:2] for each in self._late if each[0] <= now)
        for key in due:
            late = next(each for each in self._late if each[:2] == key)
            self._late.remove(late)
            self._serve(late[2], late[3])

    @property
    def waiting(self) -> int:
        """How many requests were delayed and are still to be done."""
        return len(self._late)

    def merge(self, loser: str, winner: str) -> str:
        """A manager merges two leads; the id of what is left."""
        return self.book.merge(loser, winner, into=self.merged_id())

    def merged_id(self) -> str:
        """The id that the next merge leads to; empty where the winner keeps its own."""
        self._merges += self.personality.merge_makes_new
        return f"m{self._merges}" if self.personality.merge_makes_new else ""

    def _meet(self, request: Request, fate: Fate) -> Reply:
        match fate.fault:
            case "refuse":
                raise Lost("refused")
            case "drop":
                raise Lost("timeout")
            case "late":
                if request.method != "GET":
                    now = self.book.now_ms()
                    self._late.append((now + int(fate.delay_s * 1000), len(self.asked), request, now))
                raise Lost("timeout")
            case "limited":
                return self._limited(fate.pause)
            case "expired":
                return self._reply(401, {"message": "token expired"})
            case "error_before":
                return self._reply(fate.status, b"<html>Bad gateway</html>")
            case "duplicate":
                self._serve(request)
        return self._after(request, fate, self._serve(request, fate=fate))

    def _after(self, request: Request, fate: Fate, served: tuple[int, Any]) -> Reply:
        """What reaches the client of a request that was done."""
        status, document = served
        match fate.fault:
            case "lose_reply":
                raise Lost("reset" if fate.dice % 2 else "timeout")
            case "error_after":
                return self._reply(fate.status, {"message": "gateway timeout"})
            case "html":
                return self._reply(200, b"<!doctype html><title>Sign in</title>")
            case "truncated":
                whole = json.dumps(document).encode()
                return self._reply(status, whole[: max(1, len(whole) // 2)])
            case "drip":
                return self._reply(status, document, slow=True)
        return self._reply(status, document)

    def _reply(self, status: int, document: Any, *, slow: bool = False, pause: str = "") -> Reply:
        html = isinstance(document, bytes) and document.startswith(b"<")
        body = document if isinstance(document, bytes) else b"" if document is None else json.dumps(document).encode()
        told = {
            "date": formatdate(self.book.now_ms() / 1000, usegmt=True),
            "content-type": "text/html" if html else "application/json",
            **({"retry-after": pause} if pause else {}),
        }
        if self.personality.day_tokens:
            told["x-daily-ratelimit-token-remaining"] = str(max(0, self.personality.day_tokens - self.spent_today()))
        return Reply(status, told, self._dripped(body) if slow else [body])

    def _dripped(self, body: bytes) -> Iterator[bytes]:
        for index in range(len(body)):
            self._time.sleep(_DRIP_S)
            yield body[index : index + 1]

    def _limited(self, pause: str) -> Reply:
        told = formatdate(self.book.now_ms() / 1000 + 40, usegmt=True) if pause == "date" else pause
        return self._reply(429, {"message": "slow down"}, pause=told)

    def spent_today(self) -> int:
        """Tokens, since the server's last midnight."""
        today = self.book.now_ms() // _DAY_MS
        return sum(each.cost for each in self.asked if each.at_ms // _DAY_MS == today)

    def _serve(self, request: Request, sent_ms: int | None = None, fate: Fate | None = None) -> tuple[int, Any]:
        """Do it; status and document."""
        if request.headers.get("authorization") != self.auth["authorization"]:
            return 401, {"message": "no such token"}
        if self.personality.day_tokens and self.spent_today() > self.personality.day_tokens:
            return 429, {"message": "daily budget used up"}
        try:
            return self._route(request, sent_ms, fate or Fate())
        except _Refused as refused:
            return refused.status, {"message": refused.message}
        except (ValueError, KeyError, TypeError, AttributeError):
            return 400, {"message": "malformed request"}

    def _route(self, request: Request, sent_ms: int | None, fate: Fate) -> tuple[int, Any]:
        if request.method == "GET":
            return 200, self._read(request.steps, request.query, fate)
        match (request.method, *request.steps):
            case "PATCH", "leads", lead:
                return 200, self._changed(lead, json.loads(request.body)["properties"], sent_ms).as_json()
            case "POST", "leads", "batch":
                return self._batch(json.loads(request.body)["inputs"], sent_ms, fate)
            case "POST", "leads", lead, "notes":
                text = str(json.loads(request.body)["text"])
                return 201, {"id": self.book.append(self._visible(lead).id, text, by="leadq", sent_ms=sent_ms).id}
            case "DELETE", "leads", lead, "notes", note:
                if self.book.remove(self._visible(lead).id, note, sent_ms=sent_ms):
                    return 204, None
                raise _Refused(404, "no such note")
        raise _Refused(404, "no such address")

    def _read(self, place: list[str], query: dict[str, str], fate: Fate) -> Any:
        match place:
            case ["me"]:
                return {"id": ME, "name": "Camille Martin"}
            case ["fields"]:
                return {"status": self.book.statuses}
            case ["leads"]:
                return self._several(query["ids"].split(",")) if "ids" in query else self._listed(query, fate)
            case ["activities"]:
                since_ms = int(query.get("since_ms", 0))
                return {"items": [each.as_json() for each in self.book.deeds if each.at_ms >= since_ms]}
            case ["notes"]:
                return {"items": self._found(query["text"], fate)}
            case ["leads", lead]:
                return self._visible(lead).as_json()
            case ["leads", lead, "notes"]:
                return {"items": [{"id": each.id, "text": each.text} for each in self._visible(lead).notes]}
        raise _Refused(404, "no such address")

    def _visible(self, lead: str) -> Record:
        """What a read by id leads to. Where a merge makes a new id, the old ones lead to that."""
        record = self.book.get(lead)
        if record and record.state == "merged" and self.personality.merge_makes_new:
            return self._visible(record.moved_to)
        if record is None or record.state in self.personality.hides:
            raise _Refused(404, "no such lead")
        return record

    def _changed(self, lead: str, properties: dict[str, Any], sent_ms: int | None) -> Record:
        record = self._visible(lead)
        if record.state in self.personality.refuses or record.state == "merged":
            raise _Refused(400, f"a lead that is {record.state} cannot be changed")
        for name in self.book.removed & properties.keys():
            raise _Refused(400, f"there is no field {name}")
        if properties.get("status", "new") not in self.book.statuses and "status" in properties:
            raise _Refused(400, f"{properties['status']} is not a value of status")
        return self.book.set(record.id, properties, by="leadq", sent_ms=sent_ms)

    def _listed(self, query: dict[str, str], fate: Fate) -> dict[str, Any]:
        """One page of what the index knows: it is behind, and more so when the nemesis says so."""
        behind_ms = int(1000 * (self.personality.index_lag_s + (fate.delay_s if fate.fault in ("stale", "lag") else 0)))
        as_of = self.book.now_ms() - behind_ms
        start = (int(query.get("since_ms", 0)), query.get("after", ""))
        size = min(int(query.get("limit", self._page)), self._page)
        known = (self.book.as_of(lead, as_of) for lead in self.book.ids())
        mine = [each for each in known if each and each.owner == ME and each.state == "open"]
        rest = sorted((each.updated_ms, each.id, each) for each in mine if (each.updated_ms, each.id) > start)
        page = [each for _, _, each in rest[:size]]
        more = len(rest) > size
        following = (
            f"{self.url}/leads?since_ms={page[-1].updated_ms}&after={quote(page[-1].id)}&limit={size}" if more else None
        )
        return {"items": [each.as_json() for each in page], "next": following}

    def _several(self, ids: list[str]) -> dict[str, Any]:
        """Each as `asked` for; what is not there is left out."""
        if len(ids) > max(1, self.personality.batch):
            raise _Refused(400, "too many ids")
        rows = []
        for lead in ids:
            with suppress(_Refused):
                rows.append({"asked": lead, **self._visible(lead).as_json()})
        return {"items": rows}

    def _found(self, text: str, fate: Fate) -> list[dict[str, str]]:
        behind_s = self.personality.index_lag_s + (fate.delay_s if fate.fault == "lag" else 0)
        as_of = self.book.now_ms() - int(behind_s * 1000)
        known = [record for lead in self.book.ids() if (record := self.book.as_of(lead, as_of))]
        return [{"id": note.id, "lead": each.id} for each in known for note in each.notes if text in note.text]

    def _batch(self, inputs: list[dict[str, Any]], sent_ms: int | None, fate: Fate) -> tuple[int, Any]:
        if not self.personality.batch:
            raise _Refused(404, "no such address")
        if len(inputs) > self.personality.batch:
            raise _Refused(400, "too many inputs")
        dice = Random(fate.dice)  # noqa: S311 - a part of the seed
        half = fate.fault == "partial"
        results = []
        for each in inputs:
            if half and dice.random() < 0.3:
                continue  # neither done nor told
            result = self._one(each, sent_ms)
            if not (half and dice.random() < 0.3):
                results.append(result)
        if half:
            dice.shuffle(results)
        return self._multi(results)

    def _one(self, each: dict[str, Any], sent_ms: int | None) -> dict[str, Any]:
        try:
            record = self._changed(str(each["id"]), each["properties"], sent_ms)
        except _Refused as refused:
            return {"id": each["id"], "success": False, "status": refused.status, "message": refused.message}
        return {"id": each["id"], "success": True, "record": record.id, "updated_ms": record.updated_ms}

    def _multi(self, results: list[dict[str, Any]]) -> tuple[int, Any]:
        if self.personality.ordered:
            return 200, results
        failed = [each for each in results if not each["success"]]
        return (207 if failed else 200), {
            "results": [each for each in results if each["success"]],
            "errors": failed,
        }
