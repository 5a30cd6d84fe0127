"""Events as a file: one JSON object a line, to be put together with others' (docs/events.md).

The first line says what the file is. Contract versions and the compiled years of their calendars travel along, because
what an event means is settled by them; who a lead is about does not. Free text only when somebody asks for it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import ge
from typing import Any, BinaryIO, Final

from leadq import __version__
from leadq.clock import iso
from leadq.domain.calendar import CalendarYear
from leadq.domain.contract import Contract
from leadq.domain.contract_file import read_contract
from leadq.domain.events import VERSION
from leadq.errors import Exit, LeadqError
from leadq.eventdata import is_instant, is_text, wrong_key
from leadq.i18n import N_, _
from leadq.ledger import EVENT_COLUMNS, compact
from leadq.text import clean_block

FORMAT: Final = 1
"""Grows when a reader of the format before could no longer understand a file."""

_LONGEST: Final = 4 << 20
_SHOWN: Final = 40
_UID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_WORD: Final = re.compile(r"[\w.:-]{0,64}", re.ASCII)
_ACTOR_KINDS: Final = ("human", "system", "bot", "adapter")

NOT_JSON: Final = N_("This is not one JSON object.")
TOO_LONG: Final = N_("This line is longer than 4 MB.")
UNKNOWN_LINE: Final = N_("This is neither an event nor a contract nor a calendar year.")
NO_KEY: Final = N_("“{key}” is missing.")
BAD_KEY: Final = N_("“{key}” cannot be {value}.")
NEWER_EVENT: Final = N_("This event was written by a newer leadq.")
BAD_CONTRACT: Final = N_("This is not the valid text of the contract with that hash.")
BAD_YEAR: Final = N_("This is not a compiled calendar year.")


class BadLine(ValueError):
    """A line that cannot be taken: a template to translate, and what it needs."""

    def __init__(self, template: str, **params: object) -> None:
        super().__init__(template)
        self.template = template
        self.params = params


@dataclass(frozen=True, slots=True)
class Header:
    """The first line: which contract was in force (its hash), how many events follow, and which device wrote it."""

    contract: str
    events: int
    device: str = ""


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event as its columns (EVENT_COLUMNS), and its free text where the file has it."""

    row: tuple[Any, ...]
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class YearLine:
    """A row of `calendar_year`."""

    row: tuple[str, int, bytes, str]


Line = EventLine | YearLine | Contract


# out


def lines(db: sqlite3.Connection, now_ms: int, *, texts: bool) -> Iterator[dict[str, Any]]:
    """All that one home knows, as the objects of the file; `db` is one consistent look."""
    yield _header(db, now_ms, texts)
    yield from _contracts(db)
    yield from _years(db)
    for *values, text in db.execute(_EVENTS_WITH_TEXTS if texts else _EVENTS):
        event = dict(zip(EVENT_COLUMNS, values, strict=True))
        event["data"] = json.loads(event["data"])
        yield {**event, "texts": json.loads(text)} if text else event


def _header(db: sqlite3.Connection, now_ms: int, texts: bool) -> dict[str, Any]:
    meta = dict(db.execute("SELECT key, value FROM meta WHERE key IN ('device', 'contract')"))
    contract = db.execute("SELECT hash FROM contract WHERE id = ?", (int(meta.get("contract", 0)),)).fetchone()
    return {
        "leadq": "events",
        "format": FORMAT,
        "version": __version__,
        "exported_at": iso(now_ms),
        "device": meta.get("device"),
        "contract": contract[0] if contract else None,
        "events": db.execute("SELECT count(*) FROM event").fetchone()[0],
        "texts": texts,
    }


def _contracts(db: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    """The versions that events name, and the one in force."""
    for digest, text in db.execute(f"SELECT hash, text FROM contract WHERE {_WANTED} ORDER BY id"):
        yield {"contract": {"hash": digest, "text": text}}


def _years(db: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    calendars = db.execute(f"SELECT calendars FROM contract WHERE {_WANTED}")
    digests = {plain["digest"] for (text,) in calendars for plain in json.loads(text).values()}
    for digest, year, windows, days_off in db.execute("SELECT digest, year, windows, days_off FROM calendar_year"):
        if digest in digests:
            packed = base64.b64encode(windows).decode("ascii")
            yield {"calendar_year": {"digest": digest, "year": year, "windows": packed, "days_off": days_off}}


_WANTED: Final = """(hash IN (SELECT json_extract(data, '$.contract') FROM event
    WHERE type IN ('handed_off', 'contract_moved'))
    OR id = (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'contract'))"""
_COLUMNS: Final = ", ".join(f"e.{name}" for name in EVENT_COLUMNS)
_EVENTS: Final = f"SELECT {_COLUMNS}, NULL FROM event e ORDER BY e.seq"
_EVENTS_WITH_TEXTS: Final = f"""SELECT {_COLUMNS},
    (SELECT json_group_object(t.kind, t.text) FROM event_text t WHERE t.event_uid = e.uid HAVING count(*) > 0)
    FROM event e ORDER BY e.seq"""


# in


def read_header(raw: bytes) -> Header:
    """What the first line says. Raises LeadqError `not_events` (2) or `newer_events` (78)."""
    try:
        head = _object(raw)
    except BadLine:
        head = {}
    if head.get("leadq") != "events" or not isinstance(head.get("format"), int):
        raise LeadqError(
            "not_events",
            _("That is no file of events: its first line does not say so."),
            hint=_("`leadq events export FILE` makes one; `leadq import` takes leads."),
            exit_status=Exit.USAGE,
        )
    if head["format"] > FORMAT:
        raise LeadqError(
            "newer_events",
            _("That file of events was made by a newer leadq (format {found}, this one knows {known}).").format(
                found=head["format"], known=FORMAT
            ),
            hint=_("Upgrade leadq, then import it."),
            exit_status=Exit.CONFIG,
        )
    events = head.get("events")
    device = str(head.get("device") or "")
    return Header(str(head.get("contract") or ""), events if isinstance(events, int) else 0, device)


def numbered(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each line that is not empty, with its number; one that is too long is cut, so that it cannot fill the memory."""
    number = 0
    while raw := stream.readline(_LONGEST):
        number += 1
        rest = raw
        while len(rest) == _LONGEST and not rest.endswith(b"\n"):
            rest = stream.readline(_LONGEST)
        if raw.strip():
            yield number, raw


def parse(raw: bytes) -> Line:
    """What a line after the first one says. Raises BadLine."""
    if len(raw) >= _LONGEST:
        raise BadLine(TOO_LONG)
    try:
        return _line(_object(raw))
    except RecursionError:
        raise BadLine(NOT_JSON) from None


def _line(found: Mapping[str, Any]) -> Line:
    if "contract" in found:
        return _contract(_inner(found, "contract"))
    if "calendar_year" in found:
        return _year(_inner(found, "calendar_year"))
    if "uid" in found or "lead_uid" in found:
        return _event(found)
    raise BadLine(UNKNOWN_LINE)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadLine(NOT_JSON) from None
    if not isinstance(found, dict):
        raise BadLine(NOT_JSON)
    return found


def _no_number(name: str) -> None:
    raise ValueError(name)


def _inner(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = found[key]
    if not isinstance(inner, dict):
        raise _bad(key, inner)
    return inner


def _contract(said: Mapping[str, Any]) -> Contract:
    text = said.get("text")
    contract = None
    if isinstance(text, str):
        contract = read_contract(text.encode("utf-8", "replace"), "contract", check_holidays=False).contract
    if contract is None or contract.hash != said.get("hash"):
        raise BadLine(BAD_CONTRACT)
    return contract


def _year(said: Mapping[str, Any]) -> YearLine:
    digest, year, windows, days_off = (said.get(key) for key in ("digest", "year", "windows", "days_off"))
    try:
        packed = base64.b64decode(str(windows), validate=True)
        if not (isinstance(digest, str) and type(year) is int and isinstance(days_off, str)):
            raise BadLine(BAD_YEAR)
        times = CalendarYear.from_bytes(year, packed, days_off).windows
    except (ValueError, TypeError, binascii.Error):
        raise BadLine(BAD_YEAR) from None
    openings, closings = list(times[::2]), list(times[1::2])
    if len(openings) != len(closings) or openings != sorted(openings) or any(map(ge, openings, closings)):
        raise BadLine(BAD_YEAR)
    return YearLine((digest, year, packed, days_off))


def _event(said: Mapping[str, Any]) -> EventLine:
    for key in EVENT_COLUMNS:
        if key not in said:
            raise BadLine(NO_KEY, key=key)
        if not _fits(key, said[key]):
            raise _bad(key, said[key])
    if said["v"] > VERSION:
        raise BadLine(NEWER_EVENT)
    if (wrong := wrong_key(said["data"])) is not None:
        raise _bad(f"data.{wrong}", said["data"][wrong])
    texts = said.get("texts", {})
    if not (
        isinstance(texts, dict) and all(isinstance(text, str) and _WORD.fullmatch(kind) for kind, text in texts.items())
    ):
        raise _bad("texts", texts)
    row = tuple(compact(said[key]) if key == "data" else said[key] for key in EVENT_COLUMNS)
    return EventLine(row, {kind: clean_block(text) for kind, text in texts.items()})


def _fits(key: str, value: object) -> bool:
    """Whether an event may have this value; what its data means is only known when its lead is folded."""
    if key in ("uid", "lead_uid"):
        return isinstance(value, str) and _UID.fullmatch(value) is not None
    if key.endswith("_ms"):
        return is_instant(value)
    if key == "v":
        return type(value) is int and value > 0
    if key == "data":
        return isinstance(value, dict)
    if key == "actor":
        return is_text(value)
    if key == "actor_kind":
        return value in _ACTOR_KINDS
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def _bad(key: str, value: object) -> BadLine:
    shown = json.dumps(value)
    return BadLine(BAD_KEY, key=key, value=shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…")


# for a hub, where what a home has goes in parts


def contracts_named(
    db: sqlite3.Connection, hashes: Iterable[str]
) -> Iterator[tuple[str, str, str, str, list[tuple[str, int, bytes, str]]]]:
    """The contracts with these hashes that are here: hash, name, version, text, and the years of their calendars."""
    wanted = json.dumps(sorted(hashes))
    for digest, name, version, text, calendars in db.execute(_NAMED, (wanted,)).fetchall():
        digests = json.dumps([plain["digest"] for plain in json.loads(calendars).values()])
        yield digest, name, version, text, db.execute(_YEARS_OF, (digests,)).fetchall()


_NAMED: Final = """SELECT hash, name, version, text, calendars FROM contract
    WHERE hash IN (SELECT value FROM json_each(?)) ORDER BY id"""
_YEARS_OF: Final = """SELECT digest, year, windows, days_off FROM calendar_year
    WHERE digest IN (SELECT value FROM json_each(?)) ORDER BY digest, year"""
