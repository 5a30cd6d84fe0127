"""How much is held in memory does not depend on how many calendars there are."""

from __future__ import annotations

import gc

import pytest

from leadq import views
from leadq.domain.calendar import Calendar
from leadq.queue import Queue
from leadq.recent import KEPT, Recent
from leadq.rulebook import template_text
from leadq.sqlite import Store
from leadq.trial import Trial
from tests.leads import NOW_MS

NAMES = [f"many-{number}" for number in range(KEPT + 6)]
CALENDAR = '[calendar.{0}]\nzone = "Europe/Paris"\nweek = {{ mon = "{1:02}:{2:02}-18:00" }}\n'
POLICY = '[[policy]]\nid = "{0}"\nmatch = "trigger == \'{0}\'"\ncalendar = "{0}"\nclock.accept = {{ target = "1bd" }}\n'


@pytest.fixture
def many(queue: Queue, store: Store) -> Queue:
    """A home whose contract has more calendars than are kept in memory, each compiled and stored."""
    calendars = "".join(CALENDAR.format(name, 8 + number // 60, number % 60) for number, name in enumerate(NAMES))
    policies = "".join(map(POLICY.format, NAMES))
    text = template_text("pme-fr")
    place = text.index('[[policy]]\nid = "hot"')
    store.home.contract.parent.mkdir(parents=True, exist_ok=True)
    store.home.contract.write_text(text[:place] + calendars + policies + text[place:], "utf-8")
    return queue


def alive() -> int:
    """How many of those calendars are in memory."""
    gc.collect()
    return sum(isinstance(one, Calendar) and one.spec.name in NAMES for one in gc.get_objects())


def test_calendars_in_memory_are_bounded_however_many_are_used(many: Queue, store: Store) -> None:
    with many.desk() as desk:
        for name in NAMES:
            desk.rules.rules(desk.rules.current_id, name, NOW_MS)
        assert alive() == KEPT, "a write"
        contract, contract_id = desk.rules.current, desk.rules.current_id
    with store.read() as db:
        calendars = views.Calendars(db)
        before = alive()
        assert all(calendars.named(contract_id, name) for name in NAMES)
        assert alive() - before <= KEPT, "a read"
    trial = Trial(contract, NOW_MS)
    before = alive()
    for name in NAMES:
        trial.rules(name, NOW_MS)
    assert alive() - before <= KEPT, "a dry run"


def test_what_came_first_leaves_first() -> None:
    numbers: Recent[int, int] = Recent()
    for number in range(KEPT + 2):
        numbers[number] = number
    assert list(numbers) == list(range(2, KEPT + 2))
