"""What is legal in a contract and will surprise somebody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leadq.domain.contract_doubts import doubts
from leadq.domain.contract_file import located, read_contract

NOW_MS = int(datetime(2026, 5, 13, tzinfo=UTC).timestamp() * 1000)
WEEK = 'mon = "09:00-18:00", tue = "09:00-18:00", wed = "09:00-18:00", thu = "09:00-18:00", fri = "09:00-18:00"'
TEXT = """schema = 1
[contract]
name = "D"
version = "1"
effective_from = 2026-01-01
review_by = {review}
zone = "Europe/Paris"
[icp]
version = "1"
on_icp = "true"
review_by = 2026-05-12
[calendar.s]
zone = "Europe/Paris"
holidays = {{ country = "FR", extra = [{extra}] }}
week = {{ {week} }}
[[policy]]
id = "first"
match = "{first}"
calendar = "s"
clock.first_touch = {{ {touch} }}
[[policy]]
id = "second"
match = "{second}"
calendar = "s"
clock.accept = {{ target = "2h", unit = "business" }}
[[policy]]
id = "rest"
match = "true"
calendar = "s"
clock.accept = {{ target = "2h", unit = "business" }}
[member.zoe]
name = "Zoé"
role = "sdr"
{member}
"""
PLAIN = {
    "review": "2026-05-13", "extra": "", "week": WEEK, "first": "trigger == 'demo'", "second": "score >= 80",
    "touch": 'target = "2h", unit = "business"', "member": 'calendar = "s"',
}  # fmt: skip
ICP = ("icp.review_by", "This was to be reviewed by 2026-05-12.")


def found(**parts: str) -> list[tuple[str, str]]:
    reading = read_contract(TEXT.format(**{**PLAIN, **parts}).encode(), "d.toml", check_holidays=False)
    assert reading.contract is not None, reading.errors
    _errors, warnings = located(doubts(reading.contract, NOW_MS), reading.contract.text, "d.toml")
    return [(one.key, one.message) for one in warnings]


def test_a_review_is_past_the_day_after() -> None:
    assert found() == [ICP]
    assert found(review="2026-05-12")[0][0] == "contract.review_by"


def test_a_member_without_a_calendar_is_named() -> None:
    assert [key for key, _message in found(member="")] == ["icp.review_by", "member.zoe"]


def test_a_wall_clock_shorter_than_the_week_end_runs_out_in_it() -> None:
    """From Friday 18:00 to Monday 09:00 are 63 hours."""
    assert found(touch='target = "63h", unit = "wall"') == [ICP]
    (_icp, (key, message)) = found(touch='target = "62h", unit = "wall"')
    assert key == "policy[0].clock.first_touch"
    assert "63h" in message


def test_a_calendar_that_is_always_open_has_no_week_end() -> None:
    assert found(touch='target = "1h", unit = "wall"', week='all = "00:00-24:00"') == [ICP]


@pytest.mark.parametrize(
    ("first", "second", "warned"),
    [
        ("trigger == 'demo'", "trigger  ==  'demo'", True),
        ("trigger in ['demo', 'pricing']", "trigger == 'demo'", True),
        ("trigger in ['demo', 'pricing']", "trigger in ['pricing', 'demo']", True),
        ("trigger in ['demo', 'pricing']", "trigger in ['demo', 'event']", False),
        ("trigger == 'demo'", "trigger in ['demo', 'pricing']", False),
        ("trigger in ['demo', 'pricing']", "source == 'demo'", False),
        ("trigger in ['demo', 'pricing'] and score > 3", "trigger == 'demo'", False),
        ("score in [80, 90]", "score == 80.0", True),
        ("score in [80, 90]", "trigger in ['=80.0']", False),
    ],
)
def test_a_policy_whose_leads_an_earlier_one_takes_is_never_reached(first: str, second: str, warned: bool) -> None:
    keys = [key for key, _message in found(first=first, second=second)]
    assert ("policy[1].match" in keys) is warned


def test_a_calendar_closed_for_more_than_a_week_is_a_gap() -> None:
    """Mondays only, and Whit Monday off: named days off do not count, the days around them do."""
    (_icp, (key, message)) = found(week='mon = "09:00-18:00"')
    assert key == "calendar.s.week"
    assert "12 days" in message


def test_a_summer_closure_surprises_nobody() -> None:
    """Three weeks off span four week-ends, more than eight days in all."""
    days = ", ".join(f"2026-08-{day:02}" for day in (*range(3, 8), *range(10, 15), *range(17, 22)))
    assert found(extra=days) == [ICP]
