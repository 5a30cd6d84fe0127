"""The clock without a lead: the vectors of the field, through the door that `leadq sla` uses."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from leadq import sla
from leadq.domain.contract import Contract
from leadq.domain.contract_file import read_contract
from leadq.domain.pauses import Pause
from leadq.errors import Exit, LeadqError

CONTRACT = """
schema = 1
[contract]
name = "Vectors"
version = "v"
effective_from = 2026-01-01
zone = "Europe/Paris"
dictionary = "seed-fr"
[calendar.s]
zone = "Europe/Paris"
holidays = { country = "FR" }
week = { mon = "09:00-18:00", tue = "09:00-18:00", wed = "09:00-18:00", thu = "09:00-18:00", fri = "09:00-18:00" }
[calendar.always]
zone = "Europe/Paris"
week = { all = "00:00-24:00" }
[[policy]]
id = "any"
match = "true"
calendar = "s"
at_risk = [0.75]
clock.accept = { target = "2h", unit = "business" }
clock.first_touch = { target = "24h", unit = "wall" }
clock.reply = { target = "8h", unit = "business" }
clock.disposition = { target = "4h", unit = "business", pausable = true }
"""


@pytest.fixture(scope="module")
def contract() -> Contract:
    reading = read_contract(CONTRACT.encode(), "vectors.toml")
    assert reading.contract is not None, reading.errors
    return reading.contract


def paris(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris")).timestamp() * 1000)


def test_v3_ascension_is_skipped_by_name(contract: Contract) -> None:
    answer = sla.due(contract, "any", "accept", paris("2026-05-13T17:00"))
    assert answer.clock.due_ms == paris("2026-05-15T10:00")
    assert any(step.why.startswith("holiday:Ascension") for step in answer.steps)
    assert sum(step.counted_ms for step in answer.steps) == 2 * 3_600_000


def test_v9_a_wall_clock_is_an_hour_shorter_on_the_clock_face_in_october(contract: Contract) -> None:
    assert sla.due(contract, "any", "first_touch", paris("2026-10-24T12:00")).clock.due_ms == paris("2026-10-25T11:00")


def test_v13_the_days_of_the_clock_change_have_23_and_25_hours(contract: Contract) -> None:
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25)):
        start = paris(f"{day}T00:00")
        end = paris(f"{day[:8]}{int(day[8:]) + 1:02}T00:00")
        assert sla.elapsed(contract, "always", start, end) == sla.Elapsed(hours * 3_600_000, hours * 3_600_000)


def test_v15_the_pause_shows_in_the_steps(contract: Contract) -> None:
    pause = Pause(paris("2026-05-19T17:00"), paris("2026-05-20T10:00"), "")
    answer = sla.due(contract, "any", "disposition", paris("2026-05-19T15:00"), [pause])
    assert answer.clock.due_ms == paris("2026-05-20T12:00")
    assert [step.why for step in answer.steps] == ["open", "paused", "closed", "paused", "open"]
    assert sum(step.counted_ms for step in answer.steps) == 4 * 3_600_000


def test_v27_at_risk_is_a_share_of_business_time(contract: Contract) -> None:
    clock = sla.due(contract, "any", "reply", paris("2026-06-05T16:00")).clock
    assert (clock.due_ms, clock.at_risk_ms) == (paris("2026-06-08T15:00"), (paris("2026-06-08T13:00"),))
    overdue = sla.elapsed(contract, "s", paris("2026-06-08T15:00"), paris("2026-06-09T09:30"))
    assert overdue.business_ms == 3.5 * 3_600_000


@pytest.mark.parametrize(
    ("policy", "kind", "code"), [("hot", "accept", "unknown_policy"), ("any", "x", "unknown_clock")]
)
def test_what_is_not_there_is_said_with_what_is(contract: Contract, policy: str, kind: str, code: str) -> None:
    with pytest.raises(LeadqError) as caught:
        sla.due(contract, policy, kind, 0)
    assert (caught.value.code, caught.value.exit_status) == (code, Exit.USAGE)
    assert caught.value.hint


def test_an_unknown_calendar_is_said(contract: Contract) -> None:
    with pytest.raises(LeadqError, match="mars"):
        sla.elapsed(contract, "mars", 0, 1)
