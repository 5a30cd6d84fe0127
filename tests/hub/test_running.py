"""What a home decides when it is the runner, and what it makes of the answers: without a hub."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from leadq import read, runners
from leadq.clock import Clock
from leadq.domain.verbs import Assign
from leadq.queue import Queue
from leadq.rulebook import write_template
from leadq.sync import running
from leadq.sync.downward import take_events
from leadq.sync.running import Round, heard_now, tell_crm
from tests.leads import NOW_MS, hand_over

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadq.sqlite import Store

DAY_MS = 86_400_000
GRANTED = {"epoch": 7, "since_ms": NOW_MS, "turns": {}}
ESCALATION = """
[escalation]
steps = [{ at = "breach", do = "reassign", max = 1, exclude_last = true }]
"""


class Hub:
    """Grants a round, and does all that it is asked to, or says that it is too late."""

    def __init__(self, *, fenced_after: int = 1000, **granted: Any) -> None:
        self.granted = {**GRANTED, **granted}
        self.words: list[str] = []
        self.acts: list[dict[str, Any]] = []
        self._fenced_after = fenced_after

    def __call__(self, word: str, what: Mapping[str, Any]) -> Mapping[str, Any]:
        self.words.append(word)
        if word == "run":
            return self.granted
        if self.words.count("act") > self._fenced_after:
            return {"fenced": True, "done": []}
        self.acts += what["acts"]
        return {"fenced": False, "done": [act["key"] for act in what["acts"]]}


def go(store: Store, hub: Hub, now_ms: int = NOW_MS) -> int:
    return Round(store, now_ms, "me", hub).go()


def given(hub: Hub) -> list[tuple[str, str, str]]:
    return [(act["from"], act["to"], act["rule"]) for act in hub.acts]


def test_leads_that_are_nobodys_are_given_away_in_turn_as_the_hub_counts_it(queue: Queue) -> None:
    hand_over(queue, {}, {"owner": "zoe"}, {})
    hub = Hub(turns={"rest": {"zoe": 5}})
    assert go(queue.store, hub) == 2
    assert given(hub) == [("", "karim", "rest"), ("", "zoe", "rest")]
    assert json.loads(hub.acts[0]["data"]) == {"to": "karim", "rule": "rest", "runner": "me"}
    assert len({act["key"] for act in hub.acts}) == len({act["uid"] for act in hub.acts}) == 2


def test_who_is_not_granted_the_round_decides_nothing(queue: Queue) -> None:
    hand_over(queue, {})
    hub = Hub(refused="busy")
    assert (go(queue.store, hub), hub.words) == (0, ["run"])


def test_a_round_is_said_in_parts_and_ends_at_the_first_that_is_refused(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_over(queue, *({} for _each in range(5)))
    monkeypatch.setattr(running, "_AT_ONCE", 2)
    hub = Hub()
    assert (go(queue.store, hub), hub.words.count("act")) == (5, 3)
    late = Hub(fenced_after=1)
    assert (go(queue.store, late), late.words.count("act")) == (2, 2)


def test_a_lead_whose_clock_ran_out_goes_to_the_next_and_makes_room_where_it_was(queue: Queue) -> None:
    write_template(queue.store.home, "pme-fr")
    contract = queue.store.home.contract
    text = contract.read_text("utf-8").replace("capacity = 40", "capacity = 1") + ESCALATION
    contract.write_text(text, "utf-8")
    hand_over(queue, {"owner": "zoe", "handed_off_at": ""}, {"handed_off_at": ""})
    hub = Hub(since_ms=NOW_MS)
    assert go(queue.store, hub, NOW_MS + 3 * DAY_MS) == 2
    assert given(hub) == [("zoe", "karim", "rest"), ("", "zoe", "rest")]
    said = json.loads(hub.acts[0]["data"])
    assert (said["step"], said["clock"], said["from"]) == ("breach", "accept", "zoe")
    later = Hub(since_ms=NOW_MS + 3 * DAY_MS)
    go(queue.store, later, NOW_MS + 3 * DAY_MS)
    assert given(later) == [("", "karim", "rest")]


def test_the_home_whose_runner_acted_tells_the_crm_once_and_another_one_never(queue: Queue) -> None:
    hand_over(queue, {})
    hub = Hub()
    go(queue.store, hub)
    (act,) = hub.acts
    event = {
        "hub_seq": 9, "uid": act["uid"], "device": "hub1", "lead_uid": act["lead"], "batch": act["uid"],
        "type": "assigned", "v": 1, "occurred_ms": NOW_MS, "recorded_ms": NOW_MS, "actor": "system",
        "actor_kind": "system", "data": act["data"], "texts": {},
    }  # fmt: skip
    page = {"events": [event], "owed": [], "contracts": [], "leads": []}
    with queue.desk() as desk:
        assert heard_now(desk.db, page, "somebody else") == []
        for expected in ([act["uid"]], []):
            uids = heard_now(desk.db, page, "me")
            assert uids == expected
            take_events(desk, page, set())
            tell_crm(desk, uids)
        assert desk.db.execute("SELECT verb, count(*) FROM outbox").fetchall() == [("assign", 1)]
        assert desk.db.execute("SELECT owner FROM lead").fetchone() == (act["to"],)


@pytest.mark.parametrize(
    ("cursor", "since"),
    [('{"silent_ms": -1}', None), (f'{{"silent_ms": {NOW_MS}}}', "2026-05-13T13:00:00Z"), ('{"silent_ms": 0}', "none"),
     (None, "none"), ("[]", "none"), ("not json", "none")],
)  # fmt: skip
def test_that_nobody_acts_for_the_team_is_said_where_there_is_something_to_do(
    queue: Queue, cursor: str | None, since: str | None
) -> None:
    hand_over(queue, {"owner": "zoe"})
    queue.perform(["1"], Assign("karim"))
    with queue.store.transaction() as db:
        db.execute("INSERT INTO connection_state (name, adapter, cursor) VALUES ('hub', 'hub', ?)", (cursor,))
    with queue.store.read() as db:
        assert runners.shape(db) == (None if since == "none" else {"since": since})
        assert bool(runners.warning(db, read.moment(db, NOW_MS))) == (since != "none")
    contract = queue.store.home.contract
    text = contract.read_text("utf-8")
    contract.write_text(text[: text.index("[[routing]]")] + text[text.index("[governance]") :], "utf-8")
    Queue(queue.store, Clock(NOW_MS)).perform(["1"], Assign("zoe"))
    with queue.store.read() as db:
        assert runners.shape(db) is None
