"""What an answer, or the lack of one, proves about a request: the table of reference/sync.md 1.4, and its errors.

The one question is whether the other end may have done what was asked. Only what surely was not done may be sent
again as it is; everything that this table does not know is unclear.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, Literal

from leadq.plugins.sdk import N_, AdapterError, AuthFailed, Conflict, Gone, RateLimited, Rejected, Transient

if TYPE_CHECKING:
    from leadq.sync.states import Evidence

Trouble = Literal[
    "no_connection",
    "connect_timeout",
    "pool_timeout",
    "untrusted",  # whoever answers there does not prove to be the service
    "refused_here",  # by ourselves, before a byte left
    "read_timeout",
    "write",
    "reset",
    "protocol",
    "deadline",
    "unknown",
]
"""How a request ended without an answer."""

Meaning = Literal["done", "offline", "untrusted", "auth", "limited", "busy", "rejected", "conflict", "gone", "unclear"]

_UNSENT: Final = frozenset({"no_connection", "connect_timeout", "pool_timeout", "refused_here"})

_STATUS: Final[Mapping[int, Meaning]] = {
    **dict.fromkeys((400, 402, 403, 405, 406, 411, 413, 414, 415, 422, 428, 431, 451), "rejected"),
    **dict.fromkeys((404, 410), "gone"),
    **dict.fromkeys((409, 412), "conflict"),
    401: "auth",
    423: "busy",
    429: "limited",
}
"""A status below 300 is `done`; one that is not here is `unclear`, 5xx above all: a gateway says that, not the
service, which may have finished (salesforce: «eventually process the original record»)."""

_EVIDENCE: Final[Mapping[Meaning, Evidence]] = {
    "done": "applied",
    "offline": "not_sent",
    "untrusted": "not_sent",
    "auth": "not_sent",
    "limited": "not_sent",
    "busy": "retry",
    "rejected": "rejected",
    "conflict": "conflict",
    "gone": "gone",
    "unclear": "no_answer",
}

_LEAST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 24 * 3600.0
_SECONDS: Final = re.compile(r"\d{1,15}(\.\d{1,9})?")


class NoAnswer(AdapterError):
    """It left, or may have left, and nothing clear came back: the change stays unknown until a read by id.

    `retry_after`: seconds that the service asks for all the same; None when it does not.
    """

    def __init__(self, message: str, /, retry_after: float | None = None, **params: object) -> None:
        super().__init__(message, **params)
        self.retry_after = retry_after


class Busy(Transient):
    """The record is locked for a moment; nothing was applied."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one request; `retry_after` in seconds, None when nothing was said."""

    meaning: Meaning
    status: int | None = None
    what: str = ""
    retry_after: float | None = None

    @property
    def evidence(self) -> Evidence:
        """The word that the outbox understands."""
        return _EVIDENCE[self.meaning]


def of_status(status: int, *, readable: bool) -> Meaning:
    """What a status means. `readable`: the body is the service's own (JSON as promised, or rightly empty).

    A page of HTML is from something in between. With 200 it proves nothing; with 403 it is a guard at the door
    that wants us slower (Pipedrive's); with 429 and 401 the door is the one that answers anyway.
    """
    if 200 <= status < 300:
        return "done" if readable else "unclear"
    meaning = _STATUS.get(status, "unclear")
    if readable or meaning in ("auth", "limited", "unclear"):
        return meaning
    return "limited" if status == 403 else "unclear"


def of_trouble(trouble: Trouble) -> Meaning:
    """What it means that there is no answer: never anything between «not sent» and «unclear»."""
    if trouble == "untrusted":
        return "untrusted"
    return "offline" if trouble in _UNSENT else "unclear"


def retry_after_s(value: str | None, date: str | None) -> float | None:
    """The pause that a `Retry-After` asks for, from 1 s to 24 h; None when it says nothing that can be used.

    An instant is taken against the answer's own `Date`, so that no clock of ours has a say in it (RFC 9110 10.2.3).
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return _clamped(float(text))
    until_ms = http_date_ms(text) if text else None
    now_ms = None if until_ms is None else http_date_ms(date)
    return None if until_ms is None or now_ms is None else _clamped((until_ms - now_ms) / 1000)


def http_date_ms(text: str | None) -> int | None:
    """An HTTP date in milliseconds UTC; None when it is not one."""
    try:
        return int(parsedate_to_datetime(text or "").timestamp()) * 1000
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def error_of(finding: Finding, *, write: bool, why: str) -> AdapterError:
    """The typed error for what is not `done`; `why` is what the service said, already redacted.

    For a read nothing can be in doubt: what is unclear is only «not now», and where a pause is asked for (503), «then».
    """
    match finding.meaning:
        case "auth":
            return AuthFailed(N_("The service does not accept the login: give it another with `leadq auth set`."))
        case "limited":
            return RateLimited(finding.retry_after)
        case "busy":
            return Busy(N_("The record is in use at the other end."))
        case "rejected":
            return Rejected("", N_("The service refused it: {why}"), why=why)
        case "conflict":
            return Conflict(N_("The record is in another state at the other end: {why}"), why=why)
        case "gone":
            return Gone(N_("The record is not there any more."))
        case "untrusted":
            return Transient(N_("The certificate of the service is not trusted, so nothing was sent to it."))
        case "offline":
            return Transient(N_("The service cannot be reached ({what})."), what=finding.what)
    return _unclear(finding, write=write)


def _unclear(finding: Finding, *, write: bool) -> AdapterError:
    if write:
        sentence = N_("No clear answer ({what}): it may have been done, or not.")
        return NoAnswer(sentence, finding.retry_after, what=finding.what)
    sentence = N_("The service gives no usable answer ({what}).")
    if finding.retry_after is not None:
        return RateLimited(finding.retry_after, sentence, what=finding.what)
    return Transient(sentence, what=finding.what)


def evidence_of(error: BaseException) -> Evidence:
    """What an error that came out of an adapter proves about the change that it was about."""
    for kind, evidence in _ERRORS:
        if isinstance(error, kind):
            return evidence
    return "no_answer"


_ERRORS: Final[tuple[tuple[type[AdapterError], Evidence], ...]] = (
    (Busy, "retry"),
    (Rejected, "rejected"),
    (Conflict, "conflict"),
    (Gone, "gone"),
    (AuthFailed, "not_sent"),
    (RateLimited, "not_sent"),
    (Transient, "not_sent"),
)


def _clamped(seconds: float) -> float:
    return min(max(seconds, _LEAST_PAUSE_S), _LONGEST_PAUSE_S)
