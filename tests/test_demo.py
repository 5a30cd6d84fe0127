"""The demo shows each part of the product at any hour of any day, and nobody real."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from leadq import config, read, views
from leadq.demo import build
from leadq.doctor import refold
from leadq.domain.bands import BANDS
from leadq.order import Filter
from leadq.paths import Home
from leadq.sqlite import Store
from leadq.text import clean

PARIS = ZoneInfo("Europe/Paris")
MINE = Filter(view="mine", me="zoe")
EVERYTHING = Filter(states=("handed_off", "accepted", "working", "connected", "qualified", "disqualified", "recycled",
                            "rejected"))  # fmt: skip


def paris(local: str) -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=PARIS).timestamp() * 1000)


WEDNESDAY = paris("2026-05-13T11:07:23")

INSTANTS = {
    "Monday, just opened": "2026-05-11T09:02",
    "Friday, after closing": "2026-05-15T17:50",
    "Bastille Day": "2026-07-14T10:00",
    "New Year, just after midnight": "2027-01-01T00:05",
    "the night without two o'clock": "2026-03-29T03:30",
    "the night with two o'clock twice": "2026-10-25T02:30",
    "a leap day": "2028-02-29T17:59",
}
EVENINGS = {
    "Sunday night": ("2026-05-17T22:00", {"B4"}),
    "just before midnight": ("2026-05-13T23:55", {"B4", "B5"}),
}
"""What is due on the same day is at risk from 18:00 on, and a promise of the same day near from 23:50 on."""


def seen(home: Home, now_ms: int, wanted: Filter = MINE) -> set[str]:
    with Store(home).read() as db:
        return set(read.bands(db, read.moment(db, now_ms), wanted))


def shapes(home: Home, now_ms: int) -> list[dict[str, Any]]:
    with Store(home).read() as db:
        at = read.moment(db, now_ms)
        ids = read.queue_ids(db, at, EVERYTHING)
        return [views.lead(db, at, lead_id) for lead_id in ids]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One demo for the tests that only look."""
    base: Path = tmp_path_factory.mktemp("demo")
    home = Home(base / "config", base / "data", base / "state")
    build(home, WEDNESDAY)
    return home


@pytest.mark.parametrize("local", INSTANTS.values(), ids=INSTANTS)
def test_each_band_holds_a_lead_of_ours_whatever_the_day(home: Home, local: str) -> None:
    build(home, paris(local))
    assert seen(home, paris(local)) == set(BANDS)


@pytest.mark.parametrize(("local", "empty"), EVENINGS.values(), ids=EVENINGS)
def test_in_the_evening_only_the_bands_of_the_day_itself_are_empty(home: Home, local: str, empty: set[str]) -> None:
    build(home, paris(local))
    assert seen(home, paris(local)) == set(BANDS) - empty


def test_about_forty_leads_in_two_languages_and_each_open_state(built: Home) -> None:
    leads = shapes(built, WEDNESDAY)
    assert 38 <= len(leads) <= 48
    assert sum(lead["language"] == "fr" for lead in leads) >= 15
    assert sum(lead["language"] == "en" for lead in leads) >= 15
    states = {lead["state"] for lead in leads}
    assert states == {*EVERYTHING.states}


def test_something_waits_in_each_way(built: Home) -> None:
    with Store(built).read() as db:
        at = read.moment(db, WEDNESDAY)
        lines = read.lines(db, at, read.queue_ids(db, at, MINE)).values()
        woken = db.execute("SELECT count(*) FROM lead WHERE cycle = 2 AND trigger = 'wake'").fetchone()
    assert sum(line.reply_ms is not None for line in lines) == 1
    promises = [line.promise_ms - WEDNESDAY for line in lines if line.promise_ms is not None]
    assert sum(0 < left <= 600_000 for left in promises) == 1
    assert sum(left < 0 for left in promises) == 1
    assert sum(line.missing > 0 for line in lines) >= 2
    assert woken[0] == 1


def test_nobody_in_it_can_be_reached(built: Home) -> None:
    for lead in shapes(built, WEDNESDAY):
        assert lead["email"] == "" or lead["email"].endswith(".example")
        assert re.fullmatch(r"(?:01 99 00 |\+44 20 7946 0|\+1 212-555-01)[0-9 ]+|", lead["phone"])


def test_what_was_typed_with_intent_is_harmless_when_shown(built: Home) -> None:
    companies = [lead["company"] for lead in shapes(built, WEDNESDAY)]
    names = [lead["name"] for lead in shapes(built, WEDNESDAY)]
    assert "[/] ACME" in companies
    assert any(len(company) == 200 for company in companies)
    assert any("\u200d" in name for name in names)
    assert any("\u5c71" in name for name in names)
    assert sum("\ufffd" in text for text in (*names, *companies)) == 4
    assert all(text == clean(text) for text in (*names, *companies))


def test_every_gesture_was_possible_and_folds_again(built: Home) -> None:
    with Store(built).read() as db:
        assert all(same for _id, same in refold(db))
        late = db.execute("SELECT count(*) FROM event WHERE occurred_ms > ? OR recorded_ms > ?", (WEDNESDAY,) * 2)
        unordered = db.execute(
            "SELECT count(*) FROM event a JOIN event b ON b.seq = a.seq + 1 WHERE b.recorded_ms < a.recorded_ms"
        )
        assert (late.fetchone()[0], unordered.fetchone()[0]) == (0, 0)


def test_every_verdict_has_its_coded_feedback(built: Home) -> None:
    closed = [lead for lead in shapes(built, WEDNESDAY) if lead["band"] is None]
    assert len(closed) >= 5
    assert all(lead["feedback"]["quality"] for lead in closed)
    assert all(lead["feedback"]["reason"] for lead in closed if lead["state"] != "qualified")


def test_it_is_the_queue_of_zoe_under_the_template(built: Home) -> None:
    assert config.load(built).me == "zoe"
    with Store(built).read() as db:
        actors = {row[0] for row in db.execute("SELECT DISTINCT actor FROM event WHERE actor_kind = 'human'")}
        names = [row[0] for row in db.execute("SELECT name FROM contract")]
    assert actors == {"zoe"}
    assert names == ["PME"]


def test_the_same_instant_gives_the_same_demo(built: Home, home: Home) -> None:
    build(home, WEDNESDAY)

    def told(of: Home) -> list[Any]:
        leads = shapes(of, WEDNESDAY)
        for lead in leads:
            for event in lead["events"]:
                del event["uid"]
        return leads

    assert told(home) == told(built)
