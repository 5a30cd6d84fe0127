"""From one row of marketing's file to a handoff: clean values, what the contract says of them, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from leadq.domain import events as ev
from leadq.domain.contract import Contract
from leadq.domain.events import Draft
from leadq.i18n import N_
from leadq.text import clean, fold
from leadq.values import normal_email, normal_phone, parse_date, parse_number

PERSON_FIELDS: Final = ("name", "company", "title", "email", "phone", "country", "language", "timezone")
"""What describes the person: kept in `person`, never in an event."""

_NUMBERS: Final = ("score", "fit", "engagement", "company_size")
_EVENT_FIELDS: Final = ("country", "language", "sector", "company_size", "role", "product_line", "consent_basis")
"""What policies look at and identifies nobody: kept in the event, so that figures can be cut by it after an erasure."""

BAD_DATE: Final = N_("“{text}” in column {column} is not a date: write 2026-05-13 15:00 or 13/05/2026 15:00.")
BAD_NUMBER: Final = N_("“{text}” in column {column} is not a number.")
NOBODY: Final = N_("Nothing says who this is: no name, company, e-mail or phone.")


class BadRow(ValueError):
    """A row that cannot become a lead: a template to translate, and what it needs."""

    def __init__(self, template: str, **params: object) -> None:
        super().__init__(template)
        self.template = template
        self.params = params


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row, read: cleaned `values` by field, the keys that tell the same person again, and the handoff instant.

    `name_key` is worked out only for who has neither e-mail nor phone: nobody else is recognised by it.
    """

    external_id: str
    values: Mapping[str, Any]
    email_key: str | None
    phone_key: str | None
    name_key: str
    handed_off_ms: int
    dated: bool
    date_only: bool

    @property
    def key(self) -> tuple[str, str]:
        """What makes two rows the same lead: the id, else e-mail, else phone, else name and company (docs/cli.md)."""
        if self.external_id:
            return ("id", self.external_id)
        if self.email_key:
            return ("email", self.email_key)
        return ("phone", self.phone_key) if self.phone_key else ("name", self.name_key)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for rows that do not say: from the command line, or now."""

    now_ms: int
    zone: ZoneInfo
    owner: str = ""
    campaign: str = ""
    trigger: str = ""
    handed_off_ms: int | None = None


def read_row(raw: Mapping[str, str], defaults: Defaults) -> Candidate:
    """A row's cells by field as a candidate. Raises BadRow for what cannot be understood; nothing is guessed."""
    values: dict[str, Any] = {name: clean(text).strip() for name, text in raw.items()}
    values["name"] = values.get("name") or f"{values.get('first_name', '')} {values.get('last_name', '')}".strip()
    for name in _NUMBERS:
        values[name] = _number(values.get(name, ""), name)
    for name, fallback in (("owner", defaults.owner), ("campaign", defaults.campaign), ("trigger", defaults.trigger)):
        values[name] = values.get(name) or fallback
    email_key = normal_email(values.get("email", ""))
    phone_key = normal_phone(values.get("phone", ""), values.get("country", "") or "FR")
    if not (values["name"] or values.get("company") or email_key or phone_key):
        raise BadRow(NOBODY)
    handed_off_ms, dated, date_only = _handed_off(values.get("handed_off_at", ""), defaults)
    return Candidate(
        external_id=values.get("id", ""),
        values=values,
        email_key=email_key,
        phone_key=phone_key,
        name_key="" if email_key or phone_key else fold(f"{values['name']}|{values.get('company', '')}"),
        handed_off_ms=handed_off_ms,
        dated=dated,
        date_only=date_only,
    )


def _number(text: str, column: str) -> float | None:
    if not text:
        return None
    value = parse_number(text)
    if value is None and column != "company_size":  # people write "50-100" there: unknown, not wrong
        raise BadRow(BAD_NUMBER, text=text, column=column)
    return value


def _handed_off(text: str, defaults: Defaults) -> tuple[int, bool, bool]:
    if not text:
        given = defaults.handed_off_ms
        return (defaults.now_ms, False, False) if given is None else (given, True, False)
    parsed = parse_date(text, defaults.zone)
    if parsed is None:
        raise BadRow(BAD_DATE, text=text, column="handed_off_at")
    return parsed[0], True, parsed[1]


def hand_off(candidate: Candidate, contract: Contract, *, cycle: int, connection: str) -> Draft:
    """The handoff event: the package without personal data, and what the contract says of it at this moment."""
    fields = _scored(candidate.values, contract)
    policy = contract.policy_for(fields)
    met, unmet = contract.criteria_met(fields)
    data: dict[str, Any] = {
        "policy": policy.id,
        "contract": contract.hash,
        "tier": policy.tier,
        "connection": connection,
        "missing": list(contract.missing_info(fields)),
        "criteria": dict.fromkeys(met, True) | dict.fromkeys(unmet, False),
        "fields": {name: fields[name] for name in _EVENT_FIELDS if fields.get(name) not in (None, "")},
    }
    for name in ("source", "campaign", "trigger", "score", "fit", "engagement", "owner", "product_line"):
        if fields.get(name) not in (None, ""):
            data[name] = fields[name]
    if cycle > 1:
        data["cycle"] = cycle
    if candidate.date_only:
        data["date_only"] = True
    return Draft(ev.HANDED_OFF, candidate.handed_off_ms, data)


def _scored(values: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
    """The row's own points where it has any, else the contract's; `score` is their sum unless the row says it."""
    fields = dict(values)
    if fields["fit"] is None and fields["engagement"] is None:
        points = contract.points(fields)
        if points:
            fields["fit"] = float(sum(p for _id, kind, p in points if kind == "fit"))
            fields["engagement"] = float(sum(p for _id, kind, p in points if kind == "engagement"))
    if fields["score"] is None and not (fields["fit"] is None and fields["engagement"] is None):
        fields["score"] = (fields["fit"] or 0) + (fields["engagement"] or 0)
    return fields
