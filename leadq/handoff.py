"""From one row of marketing's file to a handoff: clean values, what the contract says of them, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from leadq.domain.contract import Contract
from leadq.domain.lead import Lead
from leadq.i18n import N_
from leadq.text import clean, clean_block, fold, is_plain
from leadq.values import normal_country, normal_email, normal_phone, parse_date, parse_number

PERSON_FIELDS: Final = ("name", "company", "title", "email", "phone", "country", "language", "timezone")
"""What describes the person: kept in `person`, never in an event (but country and language, which name nobody)."""

PACKAGE_FIELDS: Final = ("source", "campaign", "trigger", "score", "fit", "engagement", "owner", "product_line")
JUDGED_FIELDS: Final = ("sector", "company_size", "role", "consent_basis")
"""What policies look at and identifies nobody: kept in the event, so that figures can be cut by it after an erasure."""

_KEPT_FIELDS: Final = ("country", "language", *JUDGED_FIELDS, "product_line")
_SAYS_NOTHING: Final = ("", None)
_NUMBERS: Final = ("score", "fit", "engagement", "company_size")
_SILENT: Final = dict.fromkeys(
    ("id", "first_name", "last_name", "handed_off_at", "note", *PERSON_FIELDS, *PACKAGE_FIELDS, *JUDGED_FIELDS), ""
)
"""A row that says nothing: every field that a row may have."""

_HOME: Final = "FR"  # how to read a phone number of somebody whose country is not said

BAD_DATE: Final = N_("“{text}” in column {column} is not a date: write 2026-05-13 15:00 or 13/05/2026 15:00.")
BAD_NUMBER: Final = N_("“{text}” in column {column} is not a number.")
NOBODY: Final = N_("Nothing says who this is: no name, company, e-mail or phone.")
_SHOWN: Final = 60

Values = dict[str, Any]
"""The row by field: cleaned text, "" where it says nothing; a number or None for the fields that are numbers."""

Key = tuple[str, str, str]
"""Of which kind, of which product line, and the value."""


class BadRow(ValueError):
    """A row that cannot become a lead: a template to translate, and what it needs."""

    def __init__(self, template: str, **params: object) -> None:
        super().__init__(template)
        self.template = template
        self.params = params


class PersonKeys(NamedTuple):
    """What tells the same person again.

    `name` is worked out only for who has neither e-mail nor phone: nobody else is recognised by it.
    """

    email: str | None
    phone: str | None
    name: str


class Candidate(NamedTuple):
    """One row, read: its values, who it is about, and when it was handed off (`dated`: because somebody said so).

    A tuple, for there is one a row: a frozen dataclass of this size takes a microsecond more to make.
    """

    external_id: str
    values: Values
    person: PersonKeys
    handed_off_ms: int
    dated: bool
    date_only: bool

    @property
    def key(self) -> Key:
        """What makes two rows the same lead: the id, else e-mail, else phone, else name and company (docs/cli.md)."""
        return ("id", "", self.external_id) if self.external_id else self.key_without_id

    @property
    def key_without_id(self) -> Key:
        """The same for a row that gives no id: then each product line is a lead of its own."""
        line, person = self.values["product_line"], self.person
        if person.email:
            return ("email", line, person.email)
        return ("phone", line, person.phone) if person.phone else ("name", line, person.name)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for new leads that do not say: from the command line, or now."""

    now_ms: int
    zone: ZoneInfo
    owner: str = ""
    campaign: str = ""
    trigger: str = ""
    handed_off_ms: int | None = None

    def complete(self, values: Values) -> Values:
        """The values of a new lead. One that is known already keeps what it has: a default says nothing about it."""
        fallbacks = {"owner": self.owner, "campaign": self.campaign, "trigger": self.trigger}
        missing = {name: text for name, text in fallbacks.items() if text and not values[name]}
        return values | missing if missing else values


def read_row(raw: Mapping[str, str], defaults: Defaults) -> Candidate:
    """A row's cells by field as a candidate. Raises BadRow for what cannot be understood; nothing is guessed."""
    values = _cleaned(raw)
    if not values["name"]:
        values["name"] = f"{values['first_name']} {values['last_name']}".strip()
    for name in _NUMBERS:
        values[name] = _number(values[name], name) if values[name] else None
    if values["country"]:
        values["country"] = normal_country(values["country"])
    person = person_keys(values)
    if not (values["name"] or values["company"] or person.email or person.phone):
        raise BadRow(NOBODY)
    return Candidate(values["id"], values, person, *_handed_off(values["handed_off_at"], defaults))


def _cleaned(raw: Mapping[str, str]) -> Values:
    if is_plain("".join(raw.values())):  # one look at the row: a look at each of 20 cells takes four times as long
        return _SILENT | dict(zip(raw, map(str.strip, raw.values()), strict=True))
    values: Values = _SILENT.copy()
    for name, text in raw.items():
        values[name] = (clean_block(text) if name == "note" else clean(text)).strip()
    return values


def person_keys(values: Mapping[str, Any]) -> PersonKeys:
    """The keys of who these values describe."""
    email = normal_email(values["email"]) if values["email"] else None
    phone = normal_phone(values["phone"], values["country"] or _HOME) if values["phone"] else None
    return PersonKeys(email, phone, "" if email or phone else fold(f"{values['name']}|{values['company']}"))


def search_key(values: Mapping[str, Any]) -> str:
    """What a search looks through: name, company and e-mail, without case or accents."""
    return fold(f"{values['name']} {values['company']} {values['email']}")


def _number(text: str, column: str) -> float | None:
    value = parse_number(text)
    if value is None and column != "company_size":  # people write "50-100" there: unknown, not wrong
        raise BadRow(BAD_NUMBER, text=clean(text, _SHOWN), column=column)
    return value


def _handed_off(text: str, defaults: Defaults) -> tuple[int, bool, bool]:
    """The instant, whether anybody gave it, and whether it is only a date."""
    if not text:
        given = defaults.handed_off_ms
        return (defaults.now_ms, False, False) if given is None else (given, True, False)
    parsed = parse_date(text, defaults.zone)
    if parsed is None:
        raise BadRow(BAD_DATE, text=clean(text, _SHOWN), column="handed_off_at")
    return parsed[0], True, parsed[1]


def package(
    values: Values, contract: Contract, *, connection: str, cycle: int = 1, date_only: bool = False
) -> dict[str, Any]:
    """The data of a handoff event: no personal data, and what the contract says of the values at this moment."""
    values = _scored(values, contract)
    policy = contract.policy_for(values)
    data: dict[str, Any] = {
        "policy": policy.id,
        "contract": contract.hash,
        "tier": policy.tier,
        "connection": connection,
        "missing": contract.missing_info(values),
        "criteria": {criterion.id: criterion.test.holds(values) for criterion in contract.criteria},
        "fields": {name: value for name in _KEPT_FIELDS if (value := values[name]) not in _SAYS_NOTHING},
    }
    for name in PACKAGE_FIELDS:
        if (value := values[name]) not in _SAYS_NOTHING:
            data[name] = value
    if contract.icp is not None:
        data["icp"] = contract.icp.version
    flags = contract.objections(values)
    if flags:
        data["flags"] = flags
    if cycle > 1:
        data["cycle"] = cycle
    if date_only:
        data["date_only"] = True
    return data


def _scored(values: Values, contract: Contract) -> Values:
    """The row's own points where it has any, else the contract's; `score` is their sum unless the row says it."""
    fit, engagement, score = values["fit"], values["engagement"], values["score"]
    if score is not None and fit is not None and engagement is not None:
        return values
    if fit is None and engagement is None:
        points = contract.points(values)
        if not points:
            return values
        fit = float(sum(p for _id, kind, p in points if kind == "fit"))
        engagement = float(sum(p for _id, kind, p in points if kind == "engagement"))
    if score is None:
        score = (fit or 0) + (engagement or 0)
    return values | {"fit": fit, "engagement": engagement, "score": score}


def values_again(person: Mapping[str, str], lead: Lead) -> Values:
    """The values of a lead that is known, as a row would give them: who it is now, and what was handed over then."""
    then = lead.handoff
    package = {"source": then.source, "campaign": then.campaign, "trigger": then.trigger, "owner": lead.owner}
    points = {"score": then.score, "fit": then.fit, "engagement": then.engagement}
    numbers = dict.fromkeys(_NUMBERS)
    return {**_SILENT, **numbers, **person, **package, **points, **(then.fields or {})}
