"""The week's figures as the screen gets them: eight weeks of each, and the leads behind the two newest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from typing import Any

import pytest

from leadq import week
from leadq.clock import Clock
from leadq.domain import verbs
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.leads import NOW_MS, hand_over

DAY = 86_400_000


@pytest.fixture
def worked(queue: Queue) -> Queue:
    """This week one accepted and one rejected; one accepted last week."""
    old = Queue(queue.store, Clock(NOW_MS - 7 * DAY))
    hand_over(old, {"handed_off_at": "2026-05-06T12:55:00Z"})
    old.perform(["1"], verbs.Accept())
    hand_over(queue, {"email": "two@x.test"}, {"email": "three@x.test"})
    queue.perform(["2"], verbs.Accept())
    queue.perform(["3"], verbs.Reject("rej.off_icp", 2, criterion="size"))
    return queue


def found(store: Store) -> dict[str, Any]:
    with store.read() as db:
        return week.as_shape(db, NOW_MS)


def figure(shape: dict[str, Any], metric: str, name: str) -> dict[str, Any]:
    return next(one for one in shape["figures"] if (one["metric"], one["name"]) == (metric, name))


def test_weeks_go_from_monday_to_monday_where_the_contract_is(worked: Queue, store: Store) -> None:
    weeks = found(store)["weeks"]
    assert len(weeks) == week.WEEKS
    assert weeks[-1]["from_ms"] <= NOW_MS < weeks[-1]["to_ms"]
    assert all(one["to_ms"] == other["from_ms"] for one, other in pairwise(weeks))
    paris_midnight = 22 * 3_600_000  # in UTC, in summer
    assert {one["from_ms"] % DAY for one in weeks[2:]} == {paris_midnight}


def test_a_share_has_its_weeks_and_the_leads_of_the_two_newest(worked: Queue, store: Store) -> None:
    decided = figure(found(store), "M1", "decided")
    assert [one["value"] for one in decided["weeks"]][-3:] == [None, 1.0, 0.5]
    assert decided["leads"] == [
        {"counted": [1], "others": [], "of": 1},
        {"counted": [2], "others": [3], "of": 2},
    ]


def test_what_is_of_the_instant_is_of_no_week_that_is_over(worked: Queue, store: Store) -> None:
    weeks = figure(found(store), "M19", "leads")["weeks"]
    assert weeks[:-1] == [None] * (week.WEEKS - 1)
    assert weeks[-1]["value"] is not None


def test_a_promise_stands_beside_what_came_of_it(worked: Queue, store: Store) -> None:
    assert figure(found(store), "M7", "complete")["promised"] == 1.0
    assert figure(found(store), "M1", "decided")["promised"] is None


def test_a_home_that_is_not_there_has_figures_of_nothing(store: Store) -> None:
    shape = found(store)
    assert all(one is None or not one["value"] for each in shape["figures"] for one in each["weeks"])


def test_the_process_prints_one_document_in_the_language_asked_for(worked: Queue, home: Home) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "leadq.week", *map(str, home), str(NOW_MS), "fr"],
        capture_output=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert figure(json.loads(done.stdout), "M1", "decided")["weeks"][-1]["said"].startswith("50,0")
