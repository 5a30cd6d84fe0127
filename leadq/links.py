"""Where else a lead can be found: its record in the CRM, its e-mail and phone, the addresses that came with it.

Anyone can type an address into a web form. Only http and https with a plain host name, mailto and tel are ever handed
on, each put together anew; whoever opens one sees its host before.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

from leadq.i18n import N_
from leadq.text import clean
from leadq.values import normal_email, tel

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

    from leadq.config import Connection

RECORDS: Final[Mapping[str, str]] = {
    "hubspot": "https://app.hubspot.com/contacts/{account}/record/{kind}/{id}",
    "pipedrive": "https://{domain}.pipedrive.com/leads/inbox/{id}",
}
"""Where the adapters that come with leadq have their records; `link` of a connection says it for any other, or better.

Here, because an adapter is never imported by who shows leads: to ask it would take a process of its own.
"""

_HUBSPOT_KINDS: Final = {"contact": "0-1", "lead": "0-136"}
"""Ids of HubSpot's object types (docs/hubspot.md, `profile`)."""
_HOST: Final = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z0-9]")
_NAME: Final = re.compile(r"[a-z0-9-]+")
_BARE: Final = re.compile(r"(?:www\.|(?:[a-z]{2,3}\.)?linkedin\.com/)", re.IGNORECASE)
"""How addresses begin that people write without their scheme."""
_LONGEST: Final = 2000
_MOST: Final = 5
_PLACES: Final = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Link:
    """`kind`: crm, email, phone, web or evidence; `host` is what a person checks before the address is opened."""

    kind: str
    address: str
    host: str
    said: str = ""


WORDS: Final[Mapping[str, str]] = {
    "crm": N_("In the CRM"),
    "email": N_("E-mail"),
    "phone": N_("Phone"),
    "web": N_("Web"),
    "evidence": N_("Evidence"),
}
"""Kind of a link -> its name."""


def links(db: sqlite3.Connection, shape: Mapping[str, Any], connection: Connection | None) -> list[Link]:
    """The links of a lead, `shape` being as `show --json` prints it; `connection` is its own, None when it is gone."""
    account = db.execute("SELECT account FROM connection_state WHERE name = ?", (shape["connection"],)).fetchone()
    found = [
        *_record(shape, connection, account[0] if account else ""),
        *_mail(shape),
        *_phone(shape),
        *_web(db, shape["id"]),
        *_evidence(db, shape["uid"]),
    ]
    return list({link.address: link for link in reversed(found)}.values())[::-1]


def web_address(text: str) -> str:
    """An http or https address as other programs are given it, its host in ASCII; "" for anything else.

    No user name before the host: `https://crm.example@evil.example/` reads like another one than it is.
    """
    text = text.strip()
    if len(text) > _LONGEST or not text.isprintable() or " " in text:
        return ""
    try:
        parts = urlsplit(f"https://{text}" if _BARE.match(text) else text)
        host, port = (parts.hostname or "").encode("idna").decode("ascii").lower(), parts.port
    except ValueError:  # no IPv6 address, no port, no name: UnicodeError is one, too
        return ""
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not _HOST.fullmatch(host):
        return ""
    place = f"{host}:{port}" if port is not None else host
    safe = [quote(part, safe="/%:=&?~+!$,;'@()*-._") for part in parts[2:]]
    return urlunsplit((parts.scheme, place, *safe))


def template_fault(template: object) -> bool:
    """Whether `link` of a connection cannot be one: it is a web address with `{id}` in it, and perhaps `{account}`."""
    if not isinstance(template, str) or not {"id"} <= set(_PLACES.findall(template)) <= {"id", "account"}:
        return True
    return not web_address(_PLACES.sub("1", template)) or "{" in template.partition("://")[2].partition("/")[0]


def _record(shape: Mapping[str, Any], connection: Connection | None, account: str) -> Iterator[Link]:
    if connection is None or not shape["external_id"]:
        return
    values = {
        "id": quote(shape["external_id"], safe=""),
        "account": quote(account, safe=""),
        "kind": _HUBSPOT_KINDS.get(str(connection.options.get("profile", "contact")), ""),
        "domain": str(connection.options.get("domain", "")).strip().lower().removesuffix(".pipedrive.com"),
    }
    template = connection.link or RECORDS.get(connection.adapter, "")
    names = _PLACES.findall(template)
    if not names or not all(values.get(name) for name in names):
        return
    if "domain" in names and not _NAME.fullmatch(values["domain"]):
        return
    address = web_address(_PLACES.sub(lambda place: values[place[1]], template))
    if address:
        yield Link("crm", address, _host(address), connection.name)


def _mail(shape: Mapping[str, Any]) -> Iterator[Link]:
    address = normal_email(shape["email"] or "")
    if address and "email" not in shape["invalid"]:
        yield Link("email", f"mailto:{quote(address, safe='@+-._')}", clean(address.rpartition("@")[2]), address)


def _phone(shape: Mapping[str, Any]) -> Iterator[Link]:
    address = tel(shape["phone"] or "", shape["country"] or "")
    if address:
        yield Link("phone", address, address.removeprefix("tel:"), shape["phone"])


def _web(db: sqlite3.Connection, lead_id: int) -> Iterator[Link]:
    """The addresses among the cells that the lead came with."""
    (raw,) = db.execute(
        "SELECT p.raw FROM lead l JOIN person p ON p.id = l.person_id WHERE l.id = ?", (lead_id,)
    ).fetchone()
    found = ((name, web_address(text)) for name, text in _texts(json.loads(raw or "{}"), ""))
    known = [Link("web", address, _host(address), name) for name, address in found if address]
    yield from known[:_MOST]


def _evidence(db: sqlite3.Connection, lead_uid: str) -> Iterator[Link]:
    """Where what happened can be seen, the newest first."""
    rows = db.execute(
        "SELECT t.text FROM event e JOIN event_text t ON t.event_uid = e.uid AND t.kind = 'evidence'"
        " WHERE e.lead_uid = ? ORDER BY e.seq DESC",
        (lead_uid,),
    )
    known = [Link("evidence", address, _host(address)) for (text,) in rows if (address := web_address(text))]
    yield from known[:_MOST]


def _texts(value: object, name: str) -> Iterator[tuple[str, str]]:
    """Every text in a record, with the name that it stands under."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, name)
    elif isinstance(value, str):
        yield name, value


def _host(address: str) -> str:
    return urlsplit(address).netloc
