"""Alerts over a real home: written once by whoever looks first, found by index, and never a flood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from leadq import alerts, config, doctor, read
from leadq.alerts import Lookout, Seen, record
from leadq.clock import Clock
from leadq.domain import verbs
from leadq.explain import explain
from leadq.ledger import history
from leadq.order import Filter
from leadq.paths import Home
from leadq.queue import Queue
from leadq.rulebook import DEFAULT_TEMPLATE, template_text
from leadq.sqlite import Store
from tests.conftest import at
from tests.leads import NOW_MS, hand_over

MINUTE = 60_000
ACCEPT_RISK, ACCEPT_DUE, TOUCH_RISK, TOUCH_DUE = 2.5, 10, 10, 25
"""Minutes after `NOW_MS` of the clocks of a hot lead handed off five minutes before."""


@pytest.fixture
def zoes(home: Home, queue: Queue) -> Queue:
    """Zoé's home, whose alerts have been looked at until now."""
    config.write(home, "zoe")
    hand_over(queue, {"owner": "zoe", "name": "Hélène"})
    record(queue.store, Clock(NOW_MS))
    return queue


def later(minutes: float) -> Clock:
    return Clock(NOW_MS + round(minutes * MINUTE))


def said(store: Store, kind: str = "alerted") -> list[Mapping[str, Any]]:
    """The data of the events of this type, in their order."""
    with store.read() as db:
        uids = [uid for (uid,) in db.execute("SELECT uid FROM lead ORDER BY id")]
        return [event.data for uid in uids for event in history(db, uid) if event.type == kind]


def pairs(store: Store) -> list[tuple[str, str]]:
    return [(data["clock"], data["level"]) for data in said(store)]


def look(lookout: Lookout, store: Store, clock: Clock) -> Seen:
    with store.read() as db:
        return lookout.look(db, clock.now_ms())


def test_each_clock_is_alerted_once_a_level_however_often_somebody_looks(zoes: Queue) -> None:
    for minutes in (2.4, 2.5, 2.5, 6, 10, 10.1, 25, 26, 40):
        record(zoes.store, later(minutes))
    assert pairs(zoes.store) == [
        ("accept", "at_risk"), ("first_touch", "at_risk"), ("accept", "breach"), ("first_touch", "breach"),
    ]  # fmt: skip


def test_an_alert_is_nobodys_gesture(zoes: Queue) -> None:
    record(zoes.store, later(ACCEPT_RISK))
    with zoes.store.read() as db:
        (uid,) = db.execute("SELECT uid FROM lead").fetchone()
        alert = history(db, uid)[-1]
    assert (alert.actor, alert.actor_kind) == ("system", "system")
    assert alert.data["due_ms"] == later(ACCEPT_DUE).now_ms()


def test_the_first_look_at_a_home_alerts_nothing_of_the_past(home: Home, queue: Queue) -> None:
    config.write(home, "zoe")
    hand_over(queue, {"owner": "zoe"})
    assert record(queue.store, later(60)) == 0
    assert record(queue.store, later(61)) == 0
    assert said(queue.store) == []


def test_a_clock_that_was_years_ahead_for_a_moment_silences_nothing(zoes: Queue) -> None:
    record(zoes.store, later(3 * 365 * 1440))
    record(zoes.store, later(1))
    assert ("first_touch", "at_risk") not in pairs(zoes.store)
    record(zoes.store, later(TOUCH_RISK))
    assert ("first_touch", "at_risk") in pairs(zoes.store)


def test_leads_that_come_in_late_already_ring_nothing(zoes: Queue) -> None:
    hand_over(zoes, {"owner": "zoe", "trigger": "webinar", "handed_off_at": "2026-05-11T08:00:00Z"})
    record(zoes.store, later(1))
    assert said(zoes.store) == []


def test_a_home_that_does_not_exist_is_not_made(store: Store) -> None:
    assert record(store, Clock(NOW_MS)) == 0
    assert not store.home.exists


def test_other_peoples_leads_ring_nothing_and_unowned_ones_do(zoes: Queue) -> None:
    hand_over(zoes, {"owner": "karim", "email": "a@example.test"}, {"owner": "", "email": "b@example.test"})
    record(zoes.store, later(ACCEPT_RISK))
    with zoes.store.read() as db:
        rung = db.execute("SELECT l.owner FROM event e JOIN lead l ON l.uid = e.lead_uid WHERE e.type = 'alerted'")
        assert sorted(owner for (owner,) in rung) == ["", "zoe"]


def test_a_touch_in_time_rings_nothing(zoes: Queue) -> None:
    zoes.perform(["1"], verbs.Touch("call", "no_answer"))
    record(zoes.store, later(60))
    assert pairs(zoes.store) == []


def test_a_promise_rings_ten_minutes_before_and_again_only_when_it_is_another_one(zoes: Queue) -> None:
    zoes.perform(["1"], verbs.Touch("call", "callback_set", next_ms=later(30).now_ms()))
    record(zoes.store, later(19.9))
    assert said(zoes.store) == []
    for minutes in (20, 21, 25):
        record(zoes.store, later(minutes))
    assert [(data["level"], data["due_ms"]) for data in said(zoes.store)] == [("promise", later(30).now_ms())]
    Queue(zoes.store, later(26)).perform(["1"], verbs.Touch("call", "callback_set", next_ms=later(60).now_ms()))
    record(zoes.store, later(50))
    assert [data["due_ms"] for data in said(zoes.store)] == [later(30).now_ms(), later(60).now_ms()]


def agreed(home: Home, old: str, new: str) -> None:
    """The template's contract with `new` in the place of `old`."""
    home.contract.parent.mkdir(parents=True, exist_ok=True)
    text = template_text(DEFAULT_TEMPLATE)
    assert old in text
    home.contract.write_text(text.replace(old, new, 1), "utf-8")


def test_a_second_reply_that_waits_too_long_rings_too(home: Home, queue: Queue) -> None:
    agreed(home, "clock.disposition", 'clock.reply = { target = "20m", unit = "business" }\nclock.disposition')
    hand_over(queue, {})
    record(queue.store, Clock(NOW_MS))
    queue.perform(["1"], verbs.Touch("call", "connected"))
    for minutes in (1, 40):
        Queue(queue.store, later(minutes)).perform(["1"], verbs.Touch("email", "replied", inbound=True))
        for waited in (11, 21, 22):
            record(queue.store, later(minutes + waited))
        Queue(queue.store, later(minutes + 30)).perform(["1"], verbs.Touch("email", "replied"))
    assert pairs(queue.store) == [("reply", "at_risk"), ("reply", "breach")] * 2


def test_a_contract_may_let_alerts_ring_at_any_hour(home: Home, queue: Queue) -> None:
    agreed(home, 'clock.accept = { target = "1bd" }', 'clock.accept = { target = "24h", unit = "wall" }')
    home.contract.write_text(home.contract.read_text("utf-8") + "\n[escalation]\nonly_in_calendar = false\n", "utf-8")
    hand_over(queue, {"trigger": "webinar", "handed_off_at": "2026-05-13T02:00:00Z"})
    record(queue.store, Clock(NOW_MS))
    at_night = at("2026-05-13T20:00")
    assert (record(queue.store, Clock(at_night - 1)), record(queue.store, Clock(at_night))) == (0, 1)
    assert pairs(queue.store) == [("accept", "at_risk")]


def test_many_alerts_are_written_in_bounded_pages(zoes: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_over(zoes, *({"owner": "zoe", "email": f"p{n}@example.test"} for n in range(7)))
    sizes: list[int] = []
    whole = alerts._record_page
    monkeypatch.setattr(alerts, "PAGE", 3)
    monkeypatch.setattr(alerts, "_record_page", lambda *args: sizes.append(whole(*args)) or sizes[-1])
    assert record(zoes.store, later(ACCEPT_RISK)) == 8
    assert sizes == [3, 3, 2]
    assert record(zoes.store, later(ACCEPT_RISK + 1)) == 0


def test_a_touch_logged_late_rescinds_the_breach_and_undo_takes_that_back_too(zoes: Queue) -> None:
    record(zoes.store, later(TOUCH_DUE + 1))
    assert ("first_touch", "breach") in pairs(zoes.store)
    desk = Queue(zoes.store, later(TOUCH_DUE + 2))
    desk.perform(["1"], verbs.Touch("call", "no_answer", at_ms=later(TOUCH_DUE).now_ms()))
    assert [data["clock"] for data in said(zoes.store, "breach_rescinded")] == ["first_touch"]
    assert ("first_touch", "breach") in pairs(zoes.store)
    desk.undo()
    desk.perform(["1"], verbs.Touch("call", "no_answer", at_ms=later(TOUCH_DUE).now_ms()))
    assert [data["clock"] for data in said(zoes.store, "breach_rescinded")] == ["first_touch", "first_touch"]
    assert pairs(zoes.store).count(("first_touch", "breach")) == 1


def test_a_touch_that_is_late_itself_rescinds_nothing(zoes: Queue) -> None:
    record(zoes.store, later(TOUCH_DUE + 1))
    Queue(zoes.store, later(TOUCH_DUE + 2)).perform(["1"], verbs.Touch("call", "no_answer"))
    assert said(zoes.store, "breach_rescinded") == []


def test_an_alert_does_not_stand_between_an_undo_and_its_redo(zoes: Queue) -> None:
    zoes.perform(["1"], verbs.Note("x"))
    zoes.undo()
    record(zoes.store, later(ACCEPT_RISK))
    assert Queue(zoes.store, later(ACCEPT_RISK)).redo().undone


def test_what_was_said_leaves_the_home_as_its_events_fold(zoes: Queue) -> None:
    record(zoes.store, later(TOUCH_DUE + 1))
    Queue(zoes.store, later(TOUCH_DUE + 2)).perform(
        ["1"], verbs.Touch("call", "no_answer", at_ms=later(TOUCH_DUE).now_ms())
    )
    with zoes.store.read() as db:
        assert all(same for _lead_id, same in doctor.refold(db))


def test_the_night_waits_for_the_opening(zoes: Queue) -> None:
    hand_over(
        Queue(zoes.store, Clock(at("2026-05-13T15:55"))),
        {"owner": "zoe", "trigger": "webinar", "handed_off_at": "2026-05-13T15:55:00Z", "email": "n@example.test"},
    )
    zoes.perform(["1"], verbs.Touch("call", "no_answer"))
    zoes.perform(["1"], verbs.Disqualify("dq.price", 2))
    lookout = Lookout("zoe")
    rung: list[tuple[int, str]] = []
    now_ms = at("2026-05-13T16:00")
    for _look in range(40):  # each look is at the instant that the one before named
        record(zoes.store, Clock(now_ms))
        seen = look(lookout, zoes.store, Clock(now_ms))
        rung += [(now_ms, news.level) for news in seen.news]
        if seen.next_ms is None or seen.due:
            break
        assert seen.next_ms > now_ms
        now_ms = seen.next_ms
    hours = {(ms // 3_600_000) % 24 for ms, _level in rung}
    assert rung
    assert hours <= set(range(7, 16))  # UTC; Paris is open from 9 to 18


def test_a_screen_hears_of_an_alert_that_another_process_wrote_and_not_of_those_before_it_opened(zoes: Queue) -> None:
    record(zoes.store, later(ACCEPT_RISK))
    lookout = Lookout("zoe")
    assert look(lookout, zoes.store, later(ACCEPT_RISK + 1)).news == ()
    record(zoes.store, later(TOUCH_RISK))
    (news,) = look(lookout, zoes.store, later(TOUCH_RISK + 1)).news
    assert (news.who, news.clock, news.level) == ("Hélène", "first_touch", "at_risk")
    assert look(lookout, zoes.store, later(TOUCH_RISK + 2)).news == ()


def test_a_look_names_the_next_instant_and_a_look_at_it_finds_something(zoes: Queue) -> None:
    lookout = Lookout("zoe")
    seen = look(lookout, zoes.store, later(0))
    assert (seen.due, seen.next_ms) == (False, later(ACCEPT_RISK).now_ms())
    assert not look(lookout, zoes.store, Clock(later(ACCEPT_RISK).now_ms() - 1)).due
    assert look(lookout, zoes.store, later(ACCEPT_RISK)).due


def test_the_next_instant_is_found_by_one_seek_of_each_index(zoes: Queue) -> None:
    where, params = Filter(view="mine", me="zoe").where()
    values = {**params, "now": NOW_MS, "from": NOW_MS, "lead": 1, "since": 0, "last": 9}
    ranges = [query.format(scope=where) for query in (alerts._AT_RISK, alerts._BREACHED, alerts._PROMISED)]
    with zoes.store.read() as db:
        for query in (*alerts.NEXT, *ranges, alerts._NEWS.format(scope=where)):
            plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", values)]
            assert [step for step in plan if step.startswith("SCAN") and "subquery" not in step] == []


def test_a_look_costs_the_same_however_many_leads_wait(zoes: Queue) -> None:
    def work() -> int:
        with zoes.store.read() as db:
            steps = 0

            def count() -> int:
                nonlocal steps
                steps += 1
                return 0

            lookout = Lookout("zoe")
            lookout.look(db, NOW_MS)  # what is kept from then on: calendars, contracts
            db.set_progress_handler(count, 10)
            lookout.look(db, NOW_MS + 1)
            return steps

    few = work()
    hand_over(zoes, *({"owner": "zoe", "email": f"p{n}@example.test"} for n in range(300)))
    assert work() <= few + 5


def test_explain_says_when_a_clock_was_alerted_and_that_it_was_in_time_after_all(zoes: Queue) -> None:
    record(zoes.store, later(TOUCH_DUE + 1))
    touch = verbs.Touch("call", "no_answer", at_ms=later(TOUCH_DUE).now_ms())
    Queue(zoes.store, later(TOUCH_DUE + 2)).perform(["1"], touch)
    with zoes.store.read() as db:
        found = explain(db, read.moment(db, later(30).now_ms()), 1)
    told = {reason.clock.kind: reason.alerts for reason in found.clocks}["first_touch"]
    assert [(alert.level, alert.rescinded_ms) for alert in told] == [("breach", later(TOUCH_DUE + 2).now_ms())]


def test_explain_gives_a_second_reply_none_of_the_alerts_of_the_first(home: Home, queue: Queue) -> None:
    agreed(home, "clock.disposition", 'clock.reply = { target = "20m", unit = "business" }\nclock.disposition')
    hand_over(queue, {})
    record(queue.store, Clock(NOW_MS))
    for minutes in (1, 40):
        Queue(queue.store, later(minutes)).perform(["1"], verbs.Touch("email", "replied", inbound=True))
        assert levels(queue.store, "reply", later(minutes + 1)) == []
        record(queue.store, later(minutes + 21))
        assert levels(queue.store, "reply", later(minutes + 21)) == ["breach"]
        Queue(queue.store, later(minutes + 30)).perform(["1"], verbs.Touch("email", "replied"))


def levels(store: Store, kind: str, clock: Clock) -> list[str]:
    """What `explain` says was rung of the lead's clock of that kind."""
    with store.read() as db:
        found = explain(db, read.moment(db, clock.now_ms()), 1)
    return [alert.level for reason in found.clocks if reason.clock.kind == kind for alert in reason.alerts]
