"""The few calls of Tryton that the adapter makes, as a real one answered them; see tests/e2e for the real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from leadq_tryton import Tryton

from leadq.plugins.sdk import Context

ME, OTHER = 1, 2
TOWARDS = {"opportunity": "opportunity", "lost": "lost", "cancel": "cancelled", "lead": "lead"}
FROM = {"opportunity": {"lead"}, "lost": {"lead", "opportunity"}, "cancel": {"lead", "opportunity"}}
FROM["lead"] = {"opportunity", "lost", "cancelled"}


class TrytonRefusesError(Exception):
    """The `error` of an answer."""


class Answered:
    """An answer of the client that leadq gives."""

    status = 200
    headers: Mapping[str, str] = {}

    def __init__(self, data: Any) -> None:
        self.data = data


class FakeTryton:
    """Records and notes in dictionaries, behind the client that leadq would give. `before` hears of each call before it
    is done: somebody else may act there. `writes` are the calls that changed something, without the context."""

    def __init__(self) -> None:
        self.records: dict[int, dict[str, Any]] = {}
        self.notes: list[dict[str, Any]] = []
        self.writes: list[tuple[str, list[Any]]] = []
        self.calls: list[str] = []
        self.before: Callable[[str], None] = lambda method: None
        self.tick = 0

    def adapter(self, **context: Any) -> Tryton:
        """An adapter that talks to it, in a process of its own."""
        options = {"url": "https://crm.example/", "database": "acme", "login": "rita"}
        return Tryton(Context(options, {"password": "s3cret"}, connected=self, **context))  # type: ignore[arg-type]

    def lead(self, **values: Any) -> int:
        """A new record of mine."""
        number = len(self.records) + 1
        about = {"id": number, "number": str(number), "state": "lead", "employee": ME, "lost_reason": None}
        self.records[number] = about | {"description": "Asked for a demo"} | values
        self.touch(number)
        return number

    def touch(self, number: int) -> None:
        """Whatever is written gives the record another time."""
        self.tick += 1
        self.records[number]["at"] = self.tick

    @contextmanager
    def change(self) -> Iterator[None]:
        yield

    def post(self, path: str, document: Any, *, read: bool = False) -> Answered:
        """One call."""
        assert path == "/rpc/"
        method = document["method"].removeprefix("model.")
        *params, context = document["params"]
        self.calls.append(method)
        self.before(method)
        if not read:
            self.writes.append((method, params))
        try:
            return Answered({"id": 1, "result": self._does(method, params, context)})
        except TrytonRefusesError as refused:
            return Answered({"id": 1, "error": list(refused.args)})

    def _does(self, method: str, params: list[Any], context: Mapping[str, Any]) -> Any:
        model, _, name = method.rpartition(".")
        if name == "get_preferences":
            return {"employee": ME, "employee.rec_name": "Rita", "company": 1}
        assert context["employee"] == ME  # Tryton would not know the company either
        if model == "ir.note":
            return self._note(name, params)
        if name == "fields_get":
            return FIELDS.get(model, {})
        if model == "company.employee":
            return [{"id": ME, "rec_name": "Rita", "party.": {"id": 7, "email": "rita@acme.example"}}]
        if name in ("search_read", "read"):
            return self._read(name, params)
        return self._write(name, params, context.get("_timestamp", {}))

    def _read(self, name: str, params: list[Any]) -> list[dict[str, Any]]:
        if name == "read":
            if missing := [number for number in params[0] if number not in self.records]:
                raise TrytonRefusesError("UserError", [f'You read records "{missing[0]}" that don\'t exist.', "", None])
            if any(self.records[number].get("hidden") for number in params[0]):
                raise TrytonRefusesError("UserError", ["You are not allowed to read records.", "", None])
            return [self._row(self.records[number]) for number in params[0]]
        domain, offset, limit, order, _names = params
        assert (offset, order) == (0, [["last_modified_at", "ASC"], ["id", "ASC"]])
        seen = [record for record in self.records.values() if not record.get("hidden")]
        rows = sorted(seen, key=lambda record: (record["at"], record["id"]))
        return [self._row(record) for record in rows if all(_true(clause, record) for clause in domain)][:limit]

    def _row(self, record: dict[str, Any]) -> dict[str, Any]:
        own = [note for note in self.notes if note["resource"] == f"sale.opportunity,{record['id']}"]
        return {
            **{name: value for name, value in record.items() if name not in ("at", "hidden")},
            "last_modified_at": instant(record["at"]),
            "_timestamp": str(record["at"]),
            "notes.": [{"id": note["id"], "message": note["message"]} for note in own],
        }

    def _write(self, name: str, params: list[Any], stamps: Mapping[str, str]) -> None:
        record = self.records[params[0][0]]
        known = stamps.get(f"sale.opportunity,{record['id']}")
        if known is not None and known != str(record["at"]):
            raise TrytonRefusesError("ConcurrencyException", "Records were modified in the meanwhile")
        if name == "write":
            record.update(params[1])
        elif record["state"] not in FROM[name]:
            raise TrytonRefusesError("UserError", [f'You can not call "{name}".', "", None])
        elif name == "opportunity" and record.get("party", 1) is None:
            raise TrytonRefusesError("UserError", ['A value is required for field "Party".', "", None])
        else:
            record["state"] = TOWARDS[name]
        self.touch(record["id"])

    def _note(self, name: str, params: list[Any]) -> None:
        if name == "delete":
            self.notes = [note for note in self.notes if note["id"] not in params[0]]
            return
        number = max((note["id"] for note in self.notes), default=0) + 1
        self.notes.append({"id": number, **params[0][0]})


def instant(tick: int) -> dict[str, Any]:
    """A time as Tryton writes it; a tick is a microsecond."""
    noon = {"year": 2026, "month": 5, "day": 13, "hour": 12, "minute": 0, "second": 0}
    return {"__class__": "datetime", **noon, "microsecond": tick}


def _true(clause: list[Any], record: Mapping[str, Any]) -> bool:
    if clause[0] == "OR":
        return any(_true(part, record) if isinstance(part[0], str) else _all(part, record) for part in clause[1:])
    name, operator, wanted = clause
    value = record["at"] if name == "last_modified_at" else record[name]
    if isinstance(wanted, dict):
        wanted = wanted["microsecond"] if wanted["hour"] == 12 else -1
    if operator == "in":
        return value in wanted
    return bool(value == wanted if operator == "=" else value > wanted)


def _all(clauses: list[Any], record: Mapping[str, Any]) -> bool:
    return all(_true(clause, record) for clause in clauses)


FIELDS: dict[str, dict[str, Any]] = {
    "sale.opportunity": {
        "state": {"type": "selection", "string": "State", "selection": [["lead", "Lead"], ["lost", "Lost"]]},
        "amount": {"type": "numeric", "string": "Amount"},
        "party": {"type": "many2one", "string": "Party"},
    },
    "party.party": {"name": {"type": "char", "string": "Name"}},
}
