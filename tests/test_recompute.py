"""A new version of the contract and the clocks that run: who follows it, who stays, and what never changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from leadq import views
from leadq.clock import Clock
from leadq.doctor import refold
from leadq.domain import events as ev
from leadq.domain import verbs
from leadq.domain.clocks import Clock as Deadline
from leadq.ledger import history
from leadq.paths import Home
from leadq.queue import Queue
from leadq.rulebook import template_text
from leadq.sqlite import Store
from tests.leads import NOW_MS, hand_over

MINUTE, HOUR = 60_000, 3_600_000
PME = template_text("pme-fr")
DAY_OFF = ("extra = []", "extra = [2026-05-15]")
SLOWER = ('clock.accept = { target = "15m"', 'clock.accept = { target = "45m"')
STRICTER = ('clock.accept = { target = "15m"', 'clock.accept = { target = "1m"')
FOLLOW = '\n[recompute]\non_policy_change = "open_clocks"\n'
STAY = '\n[recompute]\non_calendar_change = "new_handoffs_only"\n'


@pytest.fixture
def lead(queue: Queue) -> int:
    """A hot lead, handed off five minutes ago."""
    return int(hand_over(queue).lead_ids[0])


def agree(home: Home, *changes: tuple[str, str], more: str = "") -> None:
    """Edit the contract in force: the template with these changes."""
    text = PME
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    home.contract.write_text(text + more, "utf-8")


def write(queue: Queue) -> None:
    """Any write: it brings an edited contract into force."""
    with queue.desk():
        return


def clocks(store: Store, lead_id: int) -> dict[str, Deadline]:
    with store.read() as db:
        return {clock.kind: clock for clock in views.clocks(db, lead_id)}


def contract_hash(store: Store) -> str:
    with store.read() as db:
        (digest,) = db.execute(
            "SELECT hash FROM contract WHERE id = (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'contract')"
        ).fetchone()
    return str(digest)


def moves(store: Store, lead_id: int) -> list[Any]:
    with store.read() as db:
        (uid,) = db.execute("SELECT uid FROM lead WHERE id = ?", (lead_id,)).fetchone()
        return [event for event in history(db, uid) if event.type == ev.CONTRACT_MOVED]


def is_what_its_events_say(store: Store) -> bool:
    with store.read() as db:
        return all(same for _lead_id, same in refold(db))


def test_new_hours_move_the_clocks_that_run(queue: Queue, store: Store, lead: int) -> None:
    before = clocks(store, lead)
    agree(store.home, DAY_OFF)
    write(queue)
    after = clocks(store, lead)
    assert {clock.contract for clock in after.values()} == {contract_hash(store)}
    assert after["accept"].due_ms == before["accept"].due_ms
    assert after["disposition"].due_ms > before["disposition"].due_ms  # type: ignore[operator]
    (event,) = moves(store, lead)
    assert (event.actor_kind, event.data) == ("system", {"contract": contract_hash(store)})
    assert is_what_its_events_say(store)


def test_new_hours_move_nothing_when_the_contract_says_so(queue: Queue, store: Store, lead: int) -> None:
    before = clocks(store, lead)
    agree(store.home, DAY_OFF, more=STAY)
    write(queue)
    assert clocks(store, lead) == before
    assert moves(store, lead) == []


def test_a_new_delay_is_for_new_handoffs(queue: Queue, store: Store, lead: int) -> None:
    before = clocks(store, lead)
    agree(store.home, SLOWER, DAY_OFF)
    write(queue)
    assert clocks(store, lead) == before
    later = int(hand_over(queue, {"email": "later@forges.example"}).lead_ids[0])
    assert clocks(store, later)["accept"].contract == contract_hash(store)


def test_a_new_delay_moves_open_clocks_when_the_contract_says_so(queue: Queue, store: Store, lead: int) -> None:
    before = clocks(store, lead)
    agree(store.home, SLOWER, more=FOLLOW)
    write(queue)
    assert clocks(store, lead)["accept"].due_ms == (before["accept"].due_ms or 0) + 30 * MINUTE
    assert is_what_its_events_say(store)


def test_what_had_stopped_stays_what_it_was(queue: Queue, store: Store, lead: int) -> None:
    """Accepted in time under the contract of that day: a stricter one does not make it late after the fact."""
    queue.perform([str(lead)], verbs.Accept())
    before = clocks(store, lead)
    agree(store.home, STRICTER, DAY_OFF, more=FOLLOW)
    write(queue)
    after = clocks(store, lead)
    assert after["accept"] == before["accept"]
    assert after["accept"].state(NOW_MS) == "met"
    assert after["disposition"].contract == contract_hash(store) != before["accept"].contract
    assert is_what_its_events_say(store)


def test_late_stays_late(queue: Queue, store: Store, lead: int) -> None:
    later = Queue(store, Clock(NOW_MS + HOUR))
    later.perform([str(lead)], verbs.Accept())
    agree(store.home, ('clock.accept = { target = "15m"', 'clock.accept = { target = "8h"'), more=FOLLOW)
    write(later)
    assert clocks(store, lead)["accept"].state(NOW_MS + HOUR) == "met_late"


def test_a_touch_after_the_move_is_judged_by_the_new_contract(queue: Queue, store: Store, lead: int) -> None:
    agree(store.home, ('clock.first_touch = { target = "30m"', 'clock.first_touch = { target = "2h"'), more=FOLLOW)
    write(queue)
    later = Queue(store, Clock(NOW_MS + HOUR))
    later.perform([str(lead)], verbs.Touch("call", "no_answer"))
    assert clocks(store, lead)["first_touch"].state(NOW_MS + HOUR) == "met"
    assert is_what_its_events_say(store)


def test_an_earlier_touch_that_arrives_late_is_judged_by_the_contract_of_its_time(
    queue: Queue, store: Store, lead: int
) -> None:
    old = contract_hash(store)
    agree(store.home, DAY_OFF)
    write(Queue(store, Clock(NOW_MS + HOUR)))
    Queue(store, Clock(NOW_MS + 2 * HOUR)).perform([str(lead)], verbs.Touch("call", "no_answer", at_ms=NOW_MS + MINUTE))
    first = clocks(store, lead)["first_touch"]
    assert (first.contract, first.state(NOW_MS + 2 * HOUR)) == (old, "met")
    assert is_what_its_events_say(store)


def test_a_closed_cycle_never_moves(queue: Queue, store: Store, lead: int) -> None:
    queue.perform([str(lead)], verbs.Reject("rej.spam", 1))
    before = clocks(store, lead)
    agree(store.home, DAY_OFF, more=FOLLOW)
    write(queue)
    assert clocks(store, lead) == before
    assert moves(store, lead) == []


def test_a_lead_whose_policy_is_gone_stays_where_it_is(queue: Queue, store: Store, lead: int) -> None:
    before = clocks(store, lead)
    agree(store.home, ('id = "hot"', 'id = "burning"'), more=FOLLOW)
    write(queue)
    assert clocks(store, lead) == before


def test_a_condition_or_a_word_moves_nothing(queue: Queue, store: Store, lead: int) -> None:
    before = clocks(store, lead)
    agree(store.home, ("score >= 80", "score >= 90"), ('version = "2026-1"', 'version = "2026-2"'), more=FOLLOW)
    write(queue)
    assert clocks(store, lead) == before


def test_a_late_lead_whose_policy_is_gone_is_late_until_somebody_acts(queue: Queue, store: Store, lead: int) -> None:
    """E13: a policy that is taken away neither clears what is late nor leaves it late for ever."""
    agree(store.home, ('id = "hot"', 'id = "burning"'), more=FOLLOW)
    later = Queue(store, Clock(NOW_MS + HOUR))
    write(later)
    assert clocks(store, lead)["first_touch"].state(NOW_MS + HOUR) == "breached_open"
    later.perform([str(lead)], verbs.Reject("rej.spam", 1))
    assert not any(clock.running for clock in clocks(store, lead).values())


def test_a_pause_outlives_a_new_contract(queue: Queue, store: Store, lead: int) -> None:
    """E15: it is an event, so a version that comes while the lead waits cannot forget it."""
    queue.perform([str(lead)], verbs.Pause("prospect_on_leave", NOW_MS + 6 * 24 * HOUR, evidence="https://x.example"))
    before = clocks(store, lead)["disposition"]
    agree(store.home, ("extra = []", "extra = [2026-05-28]"))
    write(queue)
    after = clocks(store, lead)["disposition"]
    assert after.pauses == before.pauses != ()
    assert after.state(NOW_MS + HOUR) == "paused"
    assert (after.due_ms or 0) > (before.due_ms or 0)


def test_what_leadq_does_itself_bears_nobodys_name(queue: Queue, store: Store, lead: int) -> None:
    """E41: it was zoe's gesture that brought the contract into force, and not zoe who moved the clocks."""
    agree(store.home, DAY_OFF)
    queue.perform([str(lead)], verbs.Accept())
    (event,) = moves(store, lead)
    assert (event.actor, event.actor_kind) == ("system", "system")


def test_undoing_a_gesture_does_not_undo_the_agreement(queue: Queue, store: Store, lead: int) -> None:
    agree(store.home, DAY_OFF)
    queue.perform([str(lead)], verbs.Accept())
    moved = clocks(store, lead)["disposition"]
    queue.undo()
    assert clocks(store, lead)["disposition"] == moved
    assert len(moves(store, lead)) == 1


def test_going_back_moves_the_clocks_back_and_keeps_the_history(queue: Queue, store: Store, lead: int) -> None:
    before = clocks(store, lead)
    for changes in ((DAY_OFF,), ()):
        agree(store.home, *changes)
        write(queue)
    assert clocks(store, lead) == before
    assert len(moves(store, lead)) == 2
    assert is_what_its_events_say(store)


def test_no_op_leaves_for_a_move_and_a_signature_moves_nothing(queue: Queue, store: Store, lead: int) -> None:
    agree(store.home, ("signed = []", 'signed = [{ role = "sales", by = "A", on = 2026-05-13 }]'))
    write(queue)
    assert moves(store, lead) == []
    agree(store.home, DAY_OFF)
    write(queue)
    with store.read() as db:
        assert db.execute("SELECT count(*) FROM outbox").fetchone() == (0,)


def test_a_gesture_that_fails_brings_nothing_into_force(queue: Queue, store: Store, lead: int) -> None:
    before = clocks(store, lead)
    agree(store.home, DAY_OFF)
    with pytest.raises(LookupError), queue.desk():
        raise LookupError
    assert clocks(store, lead) == before


def test_many_leads_move_page_by_page(queue: Queue, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadq.recompute._PAGE", 3)
    leads = hand_over(queue, *({} for _each in range(8))).lead_ids
    before = [clocks(store, lead)["disposition"] for lead in leads]
    agree(store.home, DAY_OFF)
    write(queue)
    after = [clocks(store, lead)["disposition"] for lead in leads]
    assert all(a._replace(contract=b.contract, due_ms=b.due_ms, stale_ms=b.stale_ms, at_risk_ms=b.at_risk_ms) == b
               for a, b in zip(after, before, strict=True))  # fmt: skip
    assert all((a.due_ms or 0) > (b.due_ms or 0) for a, b in zip(after, before, strict=True))
    assert is_what_its_events_say(store)


REMATCH = '\n[recompute]\non_match_change = "rematch_shorter_only"\n'
FAIR_IS_HOT = ("or score >= 80", "or trigger == 'event'")
DEMO_IS_NOT = ("['demo', 'pricing', 'contact']", "['pricing', 'contact']")


def fair(queue: Queue, **more: str) -> int:
    """A lead of a trade fair, handed off five minutes ago: to be accepted within four hours."""
    return int(hand_over(queue, {"trigger": "event", "score": "10", **more}).lead_ids[0])


def test_a_policy_is_matched_again_when_that_is_shorter(queue: Queue, store: Store) -> None:
    lead = fair(queue)
    before = clocks(store, lead)
    agree(store.home, FAIR_IS_HOT, more=REMATCH)
    write(queue)
    after = clocks(store, lead)
    assert {clock.policy for clock in before.values()} == {"event"}
    assert {(clock.policy, clock.contract) for clock in after.values()} == {("hot", contract_hash(store))}
    assert after["accept"].due_ms == after["accept"].started_ms + 15 * MINUTE
    (event,) = moves(store, lead)
    assert (event.actor, event.data) == ("system", {"contract": contract_hash(store), "policy": "hot"})
    assert is_what_its_events_say(store)


def test_a_policy_is_never_matched_again_for_a_longer_one(queue: Queue, store: Store, lead: int) -> None:
    before = clocks(store, lead)
    agree(store.home, DEMO_IS_NOT, more=REMATCH)
    write(queue)
    assert clocks(store, lead) == before
    assert moves(store, lead) == []


def test_a_policy_is_kept_when_the_contract_says_so(queue: Queue, store: Store) -> None:
    lead = fair(queue)
    before = clocks(store, lead)
    agree(store.home, FAIR_IS_HOT)
    write(queue)
    assert clocks(store, lead) == before


def test_what_had_stopped_is_not_judged_by_the_policy_that_is_matched_again(queue: Queue, store: Store) -> None:
    """Accepted after five minutes of four hours: a policy that asked for one minute does not make it late."""
    lead = fair(queue)
    queue.perform([str(lead)], verbs.Accept())
    accepted = clocks(store, lead)["accept"]
    agree(store.home, FAIR_IS_HOT, STRICTER, more=REMATCH)
    write(queue)
    after = clocks(store, lead)
    assert after["accept"] == accepted
    assert after["first_touch"].policy == "hot"
    assert is_what_its_events_say(store)


def test_a_clock_that_nobody_had_promised_when_it_ended_does_not_appear(queue: Queue, store: Store) -> None:
    """The new policy has a clock for the owner; the owner had touched the lead before anybody agreed to that."""
    lead = fair(queue)
    queue.perform([str(lead)], verbs.Touch("call", "no_answer"))
    owner = ('clock.first_touch = { target = "30m"', 'clock.owner_touch = { target = "1m", unit = "business" }\n'
             'clock.first_touch = { target = "30m"')  # fmt: skip
    agree(store.home, FAIR_IS_HOT, owner, more=REMATCH)
    write(Queue(store, Clock(NOW_MS + HOUR)))
    after = clocks(store, lead)
    assert after["disposition"].policy == "hot"
    assert "owner_touch" not in after
    assert is_what_its_events_say(store)


def test_a_lead_that_changes_its_policy_keeps_its_tier(queue: Queue, store: Store) -> None:
    lead = fair(queue)
    agree(store.home, FAIR_IS_HOT, more=REMATCH)
    write(queue)
    with store.read() as db:
        assert db.execute("SELECT tier FROM lead WHERE id = ?", (lead,)).fetchone() == ("warm",)


def test_who_somebody_is_counts_when_a_policy_asks_for_it(queue: Queue, store: Store) -> None:
    lead = fair(queue, title="Directrice")
    agree(store.home, ("or score >= 80", "or title == 'Directrice'"), more=REMATCH)
    write(queue)
    assert clocks(store, lead)["accept"].policy == "hot"


def test_a_policy_matched_again_goes_on_with_the_next_version(queue: Queue, store: Store) -> None:
    """The lead moved to another policy once; it is by that one that it follows, or does not, from then on."""
    lead = fair(queue)
    agree(store.home, FAIR_IS_HOT, more=REMATCH)
    write(queue)
    fairs = ('id = "event"', 'id = "fairs"')
    agree(store.home, FAIR_IS_HOT, DAY_OFF, fairs, more=REMATCH + 'on_policy_change = "open_clocks"\n')
    write(queue)
    assert {(clock.policy, clock.contract) for clock in clocks(store, lead).values()} == {("hot", contract_hash(store))}
    assert is_what_its_events_say(store)


def test_an_interrupted_move_changes_nothing(queue: Queue, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C between two pages: no lead has moved, the old version is in force, and the next write moves them all."""
    monkeypatch.setattr("leadq.recompute._PAGE", 3)
    leads = hand_over(queue, *({} for _each in range(8))).lead_ids
    before, digest = [clocks(store, lead) for lead in leads], contract_hash(store)
    agree(store.home, DAY_OFF)
    heard: list[tuple[int, int]] = []

    @contextmanager
    def impatient() -> Iterator[Callable[[int, int], None]]:
        def hear(done: int, of: int) -> None:
            heard.append((done, of))
            if done:
                raise KeyboardInterrupt

        yield hear

    with pytest.raises(KeyboardInterrupt), Queue(store, Clock(NOW_MS), impatient).desk():
        pass
    assert heard == [(0, 8), (3, 8)]
    assert ([clocks(store, lead) for lead in leads], contract_hash(store)) == (before, digest)
    write(queue)
    assert all(len(moves(store, lead)) == 1 for lead in leads)
    assert is_what_its_events_say(store)
