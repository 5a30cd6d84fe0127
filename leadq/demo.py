"""A queue to look at: believable leads around `now`, made through the same doors as real ones.

The leads and what happened to them are in demo_leads.py; here their instants are worked out. Delays run in open hours,
so "40 minutes late" is looked for backwards on the contract's own calendar: the demo shows each band of the queue on
any day. Two bands follow the clock on the wall by their own rules: after 18:00 whatever is due on the same day is at
risk already (B2 instead of B4), and from 23:50 on a promise of the same day is close enough for B0 instead of B5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from leadq import config, read
from leadq.clock import Clock
from leadq.demo_leads import Gesture, Story, stories
from leadq.demo_talk import MAILS, SEGMENTS
from leadq.desk import Desk
from leadq.domain.bands import PROMISE_LEAD_MS
from leadq.domain.calendar import Calendar
from leadq.domain.contract import Policy
from leadq.domain.events import TOUCHED, Draft
from leadq.handoff import Defaults
from leadq.intake import Intake
from leadq.ledger import ADAPTER
from leadq.paths import Home
from leadq.queue import Queue
from leadq.rulebook import DEFAULT_TEMPLATE, template_text, write_contract
from leadq.sqlite import Store
from leadq.text import fold
from leadq.uids import uuid7

MEMBER: Final = "zoe"
"""Whose queue it is: a member of the template."""

_CONNECTION: Final = "csv"
_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 86_400_000
_ROUND_MS: Final = 5 * _MINUTE_MS
_FIRST_ID: Final = 1001

# Numbers that are nobody's: ARCEP (decision 2018-0881) and Ofcom keep these ranges for fiction, NANPA 555-0100 to 0199.
_PHONES: Final = {"FR": "01 99 00 12 {:02}", "GB": "+44 20 7946 0{:03}", "US": "+1 212-555-01{:02}"}


@dataclass(frozen=True, slots=True)
class Instants:
    """When things of the demo happen, in milliseconds UTC, seen from `now_ms`."""

    now_ms: int
    day_end_ms: int
    calendar: Calendar
    standard: Policy

    def ago(self, minutes: int) -> int:
        """So many minutes of the wall clock ago."""
        return self.now_ms - minutes * _MINUTE_MS

    def worked(self, minutes: int) -> int:
        """The latest instant since which so many open minutes have passed."""
        first, last = self.calendar.first_ms, self.now_ms
        while first < last:
            middle = (first + last + 1) // 2
            enough = self.calendar.elapsed(middle, self.now_ms) >= minutes * _MINUTE_MS
            first, last = (middle, last) if enough else (first, middle - 1)
        return first

    def due_today(self, share: float) -> int:
        """A handoff whose wall clock ends today and is not at risk yet; `share` of the way through those there are."""
        budget_ms = self.standard.clocks["first_touch"].amount_ms or 0
        earliest = self.now_ms - round(budget_ms * self.standard.at_risk[0]) + 1
        latest = min(self.ago(1), self.day_end_ms - budget_ms)
        return earliest + round(share * max(0, latest - earliest))

    def after(self, start_ms: int, minutes: int) -> int:
        """So many open minutes after `start_ms`; where none has passed since, a quarter of the way to now."""
        due_ms = self.calendar.add(start_ms, minutes * _MINUTE_MS)
        return due_ms if due_ms is not None and due_ms < self.now_ms else start_ms + (self.now_ms - start_ms) // 4

    def later_today(self, minutes: int) -> int:
        """In so many minutes on a round time; late in the day, between then and midnight."""
        wanted = -(-(self.now_ms + minutes * _MINUTE_MS) // _ROUND_MS) * _ROUND_MS
        soonest = self.now_ms + PROMISE_LEAD_MS + 1
        return wanted if wanted <= self.day_end_ms or soonest > self.day_end_ms else (soonest + self.day_end_ms) // 2

    def in_days(self, days: int) -> int:
        """The same time so many working days on."""
        return self.calendar.add_days(self.now_ms, days) or self.now_ms + days * 86_400_000


def build(home: Home, now_ms: int) -> None:
    """Fill an empty home with the demo's leads, as if `zoe` had worked them until `now_ms`."""
    config.write(home, MEMBER)
    write_contract(home.contract, _contract().encode("utf-8"))
    with closing(Store(home, keep=True)) as store:
        with Queue(store, Clock(now_ms)).desk() as desk:
            told = stories(_instants(desk))
        names = {story.key: f"{_CONNECTION}:{_FIRST_ID + number}" for number, story in enumerate(told)}
        for at_ms, number, gesture in _in_order(told):
            queue = Queue(store, Clock(at_ms))
            story = told[number]
            if gesture is None:
                _hand_over(queue, story, number)
            else:
                queue.perform([names[story.key]], gesture.verb)


def _contract() -> str:
    """The template with something to say to whom; its last policy counts every hour: so there is work on a Sunday."""
    before, last = template_text(DEFAULT_TEMPLATE).rsplit('clock.first_touch = { target = "1bd" }', 1)
    return f'{before}clock.first_touch = {{ target = "24h", unit = "wall" }}{last}{SEGMENTS}'


def _instants(desk: Desk) -> Instants:
    contract = desk.rules.current
    policy = contract.policies[-1]
    calendar = desk.rules.calendar(desk.rules.current_id, policy.calendar, desk.now_ms)
    return Instants(desk.now_ms, read.moment(desk.db, desk.now_ms).day_end_ms, calendar, policy)


def _in_order(told: tuple[Story, ...]) -> Iterator[tuple[int, int, Gesture | None]]:
    """Everything that happens, oldest first: instant, which story, and the gesture (None: the handoff)."""
    happenings = [(story.at_ms, number, -1) for number, story in enumerate(told)]
    happenings += [(g.at_ms, number, index) for number, story in enumerate(told) for index, g in enumerate(story.then)]
    for at_ms, number, index in sorted(happenings):
        yield at_ms, number, told[number].then[index] if index >= 0 else None


def _hand_over(queue: Queue, story: Story, number: int) -> None:
    with queue.desk() as desk:
        defaults = Defaults(desk.now_ms, ZoneInfo(desk.rules.current.zone), handed_off_ms=story.at_ms)
        Intake(desk, _CONNECTION, defaults).take([(number, _cells(story, number), {})])
        query = "SELECT uid FROM lead WHERE external_id = ?"
        (lead_uid,) = desk.db.execute(query, (str(_FIRST_ID + number),)).fetchone()
        desk.ledger.append(lead_uid, _mails(story, number), uuid7(desk.now_ms), ADAPTER)


def _mails(story: Story, number: int) -> list[Draft]:
    """What a campaign had sent before the handoff: to some nothing, to others up to three mails, a week apart."""
    subjects = MAILS[story.cells["language"]][: number % 4]
    data = {"channel": "email", "outcome": "no_answer", "human": False}
    mails = [
        Draft(TOUCHED, story.at_ms - (3 + 7 * weeks) * _DAY_MS, data, {"note": subject})
        for weeks, subject in enumerate(subjects)
    ]
    return mails[::-1]


def _cells(story: Story, number: int) -> dict[str, str]:
    """The row of a story: what it does not say of itself is made up from its number."""
    country = story.cells["country"]
    made_up = {
        "id": str(_FIRST_ID + number),
        "email": f"{_slug(story.cells['name'], '.')}@{_slug(story.cells['company'], '-')}.example",
        "phone": _PHONES.get(country, _PHONES["FR"]).format(number),
    }
    return made_up | dict(story.cells)


def _slug(text: str, between: str) -> str:
    return between.join(re.findall("[a-z0-9]+", fold(text)))[:40].strip(between) or "contact"
