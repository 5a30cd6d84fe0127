"""What figures take from events: what stands and nothing that was taken back, each thing when it happened."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from leadq.domain.metrics.cycle import Cycle
from leadq.facts import read_facts
from leadq.sqlite import Store
from tests.cli.runner import Leadq
from tests.leads import NOW_MS

OFF_TARGET = ("--criterion", "size", "--quality", "2")


def cycle(leadq: Leadq, lead: int, as_of_ms: int = NOW_MS) -> Cycle:
    with Store(leadq.home).read() as db:
        (found,) = (one for one in read_facts(db, as_of_ms).cycles if one.id == lead)
    return found


def done(leadq: Leadq, *words: str) -> None:
    result = leadq(*words)
    assert (result.status, result.err) == (0, "")


def touch(leadq: Leadq, lead: int, outcome: str, *words: str) -> None:
    done(leadq, "touch", str(lead), "--channel", "call", "--outcome", outcome, *words)


def test_what_was_undone_has_not_happened(leadq: Leadq) -> None:
    touch(leadq, 1, "connected")
    done(leadq, "undo")
    found = cycle(leadq, 1)
    assert (found.attempts, found.connected_ms, found.assigned_ms, found.accepted) == (0, None, None, False)


def test_a_redo_brings_it_back(leadq: Leadq) -> None:
    touch(leadq, 1, "connected")
    done(leadq, "undo")
    done(leadq, "redo")
    assert cycle(leadq, 1).attempts == 1


def test_who_spoke_before_we_did_was_not_spoken_with(leadq: Leadq) -> None:
    touch(leadq, 2, "replied", "--inbound", "--at", "2026-05-13T12:00")
    touch(leadq, 2, "no_answer", "--at", "2026-05-13T13:00")
    assert cycle(leadq, 2).connected_ms is None
    touch(leadq, 2, "replied", "--inbound", "--at", "2026-05-13T14:00")
    assert cycle(leadq, 2).connected_ms == NOW_MS - 3_600_000


def test_a_rejection_that_marketing_recycles_stays_a_rejection(leadq: Leadq) -> None:
    done(leadq, "reject", "1", "--reason", "rej.below_threshold", *OFF_TARGET)
    done(leadq, "feedback", "answer", "1", "ack")
    found = cycle(leadq, 1)
    assert (found.state, found.verdict, found.rejected, found.answered_ms) == ("recycled", "reject", True, NOW_MS)


def test_what_will_have_happened_is_not_known_yet(leadq: Leadq) -> None:
    """Another clock may be two minutes ahead of ours."""
    touch(leadq, 1, "connected", "--at", "2026-05-13T15:01")
    before, then = cycle(leadq, 1, NOW_MS + 59_999), cycle(leadq, 1, NOW_MS + 60_000)
    assert (before.attempts, before.first_touch_ms) == (0, None)
    assert (then.attempts, then.first_touch_ms) == (1, NOW_MS + 60_000)


def test_a_new_cycle_remembers_where_somebody_first_came_from(leadq: Leadq) -> None:
    done(leadq, "reject", "1", "--reason", "rej.off_icp", *OFF_TARGET)
    done(leadq, "reopen", "1", "--reason", "again")
    later = replace(leadq, now="2026-05-13T14:00:00Z")
    rows: list[dict[str, Any]] = later("metrics", "M1", "--json", "--by", "first_source").json["parts"]
    assert len(rows) == 1
    with Store(leadq.home).read() as db:
        facts = read_facts(db, NOW_MS)
    (again,) = (one for one in facts.cycles if one.cycle == 2)
    assert facts.following[cycle(leadq, 1).uid] is again


def test_a_touch_without_evidence_or_entered_late_is_doubtful(leadq: Leadq) -> None:
    touch(leadq, 2, "no_answer", "--evidence", "https://x.example/1")
    touch(leadq, 2, "no_answer")
    touch(leadq, 2, "no_answer", "--evidence", "https://x.example/2", "--at", "2026-05-13T14:45")
    touch(leadq, 2, "no_answer", "--evidence", "https://x.example/3", "--at", "2026-05-13T14:44")
    assert (cycle(leadq, 2).attempts, cycle(leadq, 2).doubtful) == (4, 2)


def test_that_there_was_evidence_outlives_the_link(leadq: Leadq) -> None:
    touch(leadq, 1, "no_answer", "--evidence", "https://x.example/1")
    with Store(leadq.home).transaction() as db:
        db.execute("DELETE FROM event_text")
    assert cycle(leadq, 1).doubtful == 0
