"""What helps to decide about one lead beside what it is: how good its source has been, and what to do now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadq import views
from leadq.clock import iso
from leadq.domain.decide_verdict import effort_made
from leadq.domain.folding import fold
from leadq.domain.next_best import Standpoint, Suggestion, suggest
from leadq.domain.reasons import by_code
from leadq.handoff import PERSON_FIELDS, values_again
from leadq.i18n import N_, _, current, number
from leadq.ledger import history
from leadq.neighbours import Neighbours, neighbours
from leadq.rulebook import stored
from leadq.saying import say_when
from leadq.source_rates import SourceRate, source_rate
from leadq.words import channel, labelled, missing_word

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from leadq.domain.contract import Contract, Segment
    from leadq.domain.lead import Lead
    from leadq.read import Moment

_ACTIONS: Final[Mapping[str, str]] = {
    "reply": N_("answer"),
    "keep_promise": N_("keep the promise"),
    "touch": N_("try"),
    "accept": N_("accept it"),
    "ask": N_("ask for what is missing"),
    "wait": N_("wait"),
    "reject": N_("reject it"),
    "disqualify": N_("disqualify it"),
    "verdict": N_("give a verdict, or plan a next step"),
}
_WHY: Final[Mapping[str, str]] = {
    "opposed": N_("does not want to be contacted"),
    "reply_waits": N_("waits for an answer"),
    "promise_due": N_("it is due"),
    "paused": N_("paused"),
    "phone_invalid": N_("the phone is wrong"),
    "email_invalid": N_("the e-mail is wrong"),
    "no_way_left": N_("no way is left to try"),
    "hot_untouched": N_("hot, and nobody has tried yet"),
    "not_accepted": N_("nobody has accepted it yet"),
    "untouched": N_("nobody has tried yet"),
    "step_due": N_("the next try is due"),
    "not_tried": N_("not tried this way yet"),
    "effort_made": N_("the agreed effort is made"),
    "not_connected": N_("nobody answered"),
    "planned": N_("the next step is planned"),
    "nothing_planned": N_("nothing is planned"),
}
"""Code of next_best.WHY -> words."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """`suggestion` is None for a closed lead, `rate` while nothing of its source has ended."""

    suggestion: Suggestion | None
    rate: SourceRate | None
    around: Neighbours


def outlook(db: sqlite3.Connection, at: Moment, lead_id: int) -> Outlook:
    """The outlook of one lead at one moment."""
    source, campaign, text = db.execute(
        "SELECT l.source, l.campaign, k.text FROM lead l JOIN contract k ON k.id = l.contract_id WHERE l.id = ?",
        (lead_id,),
    ).fetchone()
    look = standpoint(db, at, lead_id, stored(text), views.Calendars(db))
    return Outlook(suggest(look), source_rate(db, source, campaign), neighbours(db, lead_id))


def standpoint(
    db: sqlite3.Connection, at: Moment, lead_id: int, contract: Contract, calendars: views.Calendars
) -> Standpoint:
    """What a suggestion about one lead looks at; `contract` is the one that it keeps now."""
    uid, contract_id, phone, email = db.execute(
        "SELECT l.uid, l.contract_id, p.phone, p.email FROM lead l JOIN person p ON p.id = l.person_id WHERE l.id = ?",
        (lead_id,),
    ).fetchone()
    lead = fold(history(db, uid))
    name = next((policy.calendar for policy in contract.policies if policy.id == lead.handoff.policy), "")
    calendar = calendars.named(contract_id, name)
    return Standpoint(
        lead=lead,
        clocks=views.clocks(db, lead_id),
        ways=frozenset(way for way, known in (("phone", phone), ("email", email)) if known),
        effort_made=calendar is not None and effort_made(lead, contract.cadence, calendar),
        now_ms=at.now_ms,
        day_end_ms=at.day_end_ms,
    )


def segment(db: sqlite3.Connection, lead_id: int, lead: Lead, contract: Contract) -> Segment | None:
    """The first segment of `contract` that a lead belongs to: what to say to it, and with what."""
    if not contract.segments:
        return None
    columns = ", ".join(f"p.{name}" for name in PERSON_FIELDS)
    person = db.execute(
        f"SELECT {columns} FROM lead l JOIN person p ON p.id = l.person_id WHERE l.id = ?", (lead_id,)
    ).fetchone()
    values = values_again(dict(zip(PERSON_FIELDS, person, strict=True)), lead)
    return next((one for one in contract.segments if one.when.holds(values)), None)


def as_shape(ahead: Outlook) -> dict[str, Any]:
    """What `show --json` adds to a lead."""
    found, rate = ahead.suggestion, ahead.rate
    suggestion = found and {
        "action": found.action,
        "channel": found.channel or None,
        "why": list(found.why),
        "reason": found.detail or None,
        "until": iso(found.until_ms),
    }
    return {"suggestion": suggestion, "source_rate": rate and rate.as_shape(), "around": ahead.around.as_shape()}


def say_suggestion(found: Suggestion, zone: ZoneInfo, now_ms: int) -> str:
    """One line: what to do, how, and why: `try: call · hot, and nobody has tried yet`."""
    what = _(_ACTIONS[found.action])
    if found.channel:
        what = labelled(what, channel(found.channel))
    if found.until_ms is not None:
        what = _("{what} until {when}").format(what=what, when=say_when(found.until_ms, zone, now_ms))
    if found.detail and (reason := by_code(found.detail)):
        what = f"{what} ({reason.say(current())})"
    return " · ".join((what, *(_why(code) for code in found.why)))


def _why(code: str) -> str:
    kind, _colon, info = code.partition(":")
    if kind == "missing":
        return labelled(_("missing"), missing_word(info))
    return _(_WHY[kind])


def say_rate(rate: SourceRate) -> str:
    """One line: `web: 12 of 40 qualified, 30 % (18 to 45)`."""
    what = rate.source if rate.campaign is None else f"{rate.source} / {rate.campaign}"
    told = _("{hits} of {n} qualified, {rate} % ({low} to {high})").format(
        hits=number(rate.qualified),
        n=number(rate.n),
        rate=round(rate.rate * 100),
        low=round(rate.low * 100),
        high=round(rate.high * 100),
    )
    return labelled(what, told)
