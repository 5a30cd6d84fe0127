"""A cycle against the other end: each outcome once, in order, whatever fails, and all accounted for."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadq.clock import Clock
from leadq.domain.verbs import Accept, Note, Reject, Touch
from leadq.errors import Exit, LeadqError
from leadq.lock import held
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.sync.engine import run_sync
from leadq.sync.protocol import Failed
from leadq.sync.report import SyncReport
from leadq.sync.run import Wishes
from tests.leads import NOW_MS, hand_over
from tests.sync.outside import Fault, Outside

if TYPE_CHECKING:
    from leadq.plugins.sdk import Change

LOOP = Wishes(one_shot=False)
WALL_MS = NOW_MS + 10**11  # nothing in a cycle may mistake one clock for the other


@dataclass
class Hands:
    """A clock that the test moves."""

    wall: int = WALL_MS

    def wall_ms(self) -> int:
        return self.wall

    def monotonic(self) -> float:
        return self.wall / 1000


def sync(home: Home, outside: Outside, **options: Any) -> SyncReport:
    return run_sync(home, **{"now_ms": NOW_MS, "ticks": Hands(), "open_child": outside.open, **options})


def states(home: Home) -> dict[str, str]:
    """The state of each op, oldest first."""
    with Store(home).read() as db:
        return dict(db.execute("SELECT op_id, state FROM outbox ORDER BY rowid").fetchall())


def op(home: Home, op_id: str) -> dict[str, Any]:
    with Store(home).read() as db:
        cursor = db.execute("SELECT * FROM outbox WHERE op_id = ?", (op_id,))
        return dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))


def edit(home: Home, statement: str, *values: object) -> None:
    with Store(home).transaction() as db:
        db.execute(statement, values)


def accept(queue: Queue, leads: int) -> None:
    """Accept that many leads: one op each."""
    queue.perform([str(number + 1) for number in range(leads)], Accept())


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture(scope="module")
def five_leads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with five leads, made once."""
    base = tmp_path_factory.mktemp("five")
    made = Home(base / "config", base / "data", base / "state")
    first = {"id": "42", "email": "jeanne@forges.example"}
    hand_over(Queue(Store(made), Clock(NOW_MS)), first, {}, {}, {}, {})
    return base


@pytest.fixture
def home(tmp_path: Path, five_leads: Path) -> Home:
    """A copy of it for each test."""
    base = Path(shutil.copytree(five_leads, tmp_path / "home"))
    return Home(base / "config", base / "data", base / "state")


def test_what_a_person_did_leaves_whole(queue: Queue, home: Home, outside: Outside) -> None:
    queue.perform(["1"], Reject("rej.bad_data", 2, missing=("phone", "role"), note="Pas le bon poste."))
    report = sync(home, outside)
    (change,) = outside.applied
    assert (change.external_id, change.email) == ("42", "jeanne@forges.example")
    assert (change.verb, change.reason, change.quality) == ("reject", "rej.bad_data", 2)
    assert (change.missing, change.note) == (("phone", "role"), "Pas le bon poste.")
    assert (change.occurred_at, change.actor, change.seq) == ("2026-05-13T13:00:00Z", "me", 1)
    assert change.stamp.endswith(":1")
    assert change.compensates is None
    assert set(states(home).values()) == {"done"}
    assert op(home, change.op_id)["done_ms"] == NOW_MS
    assert report.exit_status == Exit.DONE


def test_a_touch_leaves_with_its_outcome_as_its_reason(queue: Queue, home: Home, outside: Outside) -> None:
    queue.perform(["1"], Touch("call", "voicemail", note="Rappeler."))
    sync(home, outside)
    assert [(change.verb, change.reason, change.note) for change in outside.applied] == [
        ("accept", "", ""),
        ("touch", "voicemail", "Rappeler."),
    ]


def test_the_report_is_the_documented_document(queue: Queue, home: Home, outside: Outside) -> None:
    accept(queue, 2)
    document = json.loads(json.dumps(sync(home, outside).as_json()))
    assert document["connections"] == [
        {
            "name": "csv",
            "pulled": 0,
            "refused": 0,
            "pushed": 2,
            "adopted": 0,
            "resent": 0,
            "pending": 0,
            "unknown": 0,
            "conflicts": 0,
            "dead": 0,
            "next_attempt_at": None,
            "cursor": None,
            "skew_ms": None,
            "requests": 0,
            "duration_ms": 0,
            "error": None,
        }
    ]
    assert document["run_id"]


def test_an_outcome_leaves_once_however_often_sync_runs(queue: Queue, home: Home, outside: Outside) -> None:
    accept(queue, 3)
    for _ in range(3):
        assert sync(home, outside).exit_status == Exit.DONE
    assert len(outside.ids) == len(set(outside.ids)) == 3
    assert len(outside.orders) == 1  # with nothing to send, no process is started


def test_an_op_is_in_flight_on_the_disk_before_it_leaves_and_no_transaction_is_open(
    queue: Queue, home: Home, outside: Outside
) -> None:
    accept(queue, 2)
    seen: list[set[str]] = []

    def look() -> None:
        seen.append(set(states(home).values()))
        edit(home, "UPDATE meta SET value = value")  # another process writes meanwhile, without waiting

    outside.before_push = look
    sync(home, outside)
    assert seen == [{"inflight"}]


def test_the_ops_of_one_lead_leave_one_after_the_other(queue: Queue, home: Home, outside: Outside) -> None:
    for note in ("one", "two", "three"):
        queue.perform(["1", "2"], Note(note))
    sync(home, outside)
    assert [len(push) for push in outside.pushes] == [2, 2, 2]
    for lead in {change.lead_uid for change in outside.applied}:
        assert [change.note for change in outside.applied if change.lead_uid == lead] == [
            "one",
            "two",
            "three",
        ]


@pytest.mark.parametrize(
    ("fault", "state", "count"), [("reject", "dead", "dead"), ("conflict", "conflict", "conflicts")]
)
def test_an_op_that_needs_a_person_blocks_its_own_lead_only(
    queue: Queue, home: Home, outside: Outside, fault: Any, state: str, count: str
) -> None:
    queue.perform(["1"], Accept())
    queue.perform(["1"], Note("behind"))
    queue.perform(["2"], Accept())
    first, behind, other = states(home)
    outside.faults = lambda change: fault if change.op_id == first else ""
    report = sync(home, outside)
    assert states(home) == {first: state, behind: "blocked", other: "done"}
    assert getattr(report.connections[0], count) == 1
    assert report.connections[0].pending == 1
    assert report.exit_status == Exit.NEEDS_PERSON
    assert op(home, first)["last_error"] in ("No such stage.", "Changed by Paul.")
    edit(home, "UPDATE outbox SET state = 'cancelled' WHERE op_id = ?", first)
    sync(home, outside)
    assert states(home)[behind] == "done"


def test_a_child_that_dies_leaves_what_it_had_unknown_and_the_rest_pending(
    queue: Queue, home: Home, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadq.sync.push.BATCH", 2)
    accept(queue, 5)
    ids = list(states(home))
    outside.faults = lambda change: "after" if change.op_id == ids[1] else ""
    report = sync(home, outside)
    assert list(states(home).values()) == ["done", "unknown", "pending", "pending", "pending"]
    (connection,) = report.connections
    assert (connection.pushed, connection.unknown, connection.pending) == (1, 1, 3)
    assert connection.error == "It after."
    assert connection.next_attempt_at is not None
    assert report.exit_status == Exit.PARTLY
    outside.faults = lambda change: ""
    report = sync(home, outside)
    assert (report.connections[0].resent, report.connections[0].pushed) == (1, 4)
    assert sorted(outside.ids) == sorted(ids)
    assert set(states(home).values()) == {"done"}


def test_a_crash_of_ours_makes_what_was_in_flight_unknown_never_pending(
    queue: Queue, home: Home, outside: Outside
) -> None:
    class PowerCutError(BaseException):
        pass

    accept(queue, 1)
    (op_id,) = states(home)

    def cut() -> None:
        raise PowerCutError

    outside.before_push = cut
    with pytest.raises(PowerCutError):
        sync(home, outside)
    edit(home, "UPDATE outbox SET state = 'inflight'")  # as if not even the last words had been written
    outside.before_push = lambda: None
    outside.capabilities = frozenset({"push"})
    assert sync(home, outside).connections[0].unknown == 1
    assert states(home) == {op_id: "unknown"}
    assert outside.ids == []


def test_stopping_sync_leaves_an_honest_outbox(queue: Queue, home: Home, outside: Outside) -> None:
    accept(queue, 2)

    def stop() -> None:
        raise KeyboardInterrupt

    outside.before_push = stop
    with pytest.raises(KeyboardInterrupt):
        sync(home, outside)
    assert set(states(home).values()) == {"unknown"}


def test_without_idempotent_push_an_unknown_op_is_reported_and_not_sent_again(
    queue: Queue, home: Home, outside: Outside
) -> None:
    outside.capabilities = frozenset({"push"})
    queue.perform(["1", "2"], Accept())
    queue.perform(["1"], Note("behind"))
    first, _second, behind = states(home)
    outside.faults = lambda change: "silent" if change.op_id == first else ""
    for _ in range(3):
        report = sync(home, outside)
    assert outside.ids.count(first) == 1
    assert (states(home)[first], states(home)[behind]) == ("unknown", "pending")
    assert (report.connections[0].unknown, report.exit_status) == (1, Exit.PARTLY)


@pytest.mark.parametrize(
    ("fault", "status", "attempts"),
    [("transient", Exit.PARTLY, 0), ("auth", Exit.AUTH, 0), ("retry", Exit.PARTLY, 1)],
)
def test_what_was_not_applied_waits_and_costs_an_attempt_only_when_it_left(
    queue: Queue, home: Home, outside: Outside, fault: Any, status: Exit, attempts: int
) -> None:
    accept(queue, 1)
    (op_id,) = states(home)
    outside.faults = lambda change: fault
    report = sync(home, outside)
    found = op(home, op_id)
    assert (found["state"], found["attempts"]) == ("pending", attempts)
    assert found["next_attempt_ms"] == WALL_MS + (4_000 if attempts else 2_000)
    assert report.exit_status == status
    outside.faults = lambda change: ""
    assert sync(home, outside).connections[0].pushed == 1


def test_an_undo_does_not_cancel_what_may_have_landed(queue: Queue, home: Home, outside: Outside) -> None:
    accept(queue, 1)
    (op_id,) = states(home)
    outside.faults = lambda change: "after"
    sync(home, outside)
    outside.faults = lambda change: "transient"
    sync(home, outside)
    assert states(home) == {op_id: "unknown"}
    assert len(queue.undo().compensated) == 1
    outside.faults = lambda change: ""
    sync(home, outside)
    assert [(change.verb, change.compensates) for change in outside.applied] == [
        ("accept", None),
        ("undo", op_id),
    ]


def test_an_op_that_is_undone_before_it_left_never_leaves(queue: Queue, home: Home, outside: Outside) -> None:
    accept(queue, 1)
    queue.undo()
    assert sync(home, outside).connections[0].pushed == 0
    assert outside.applied == []


def test_an_op_that_is_undone_while_sync_runs_is_left_out(
    queue: Queue, home: Home, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadq.sync.push.BATCH", 1)
    accept(queue, 2)
    first, second = states(home)

    def undo() -> None:
        outside.before_push = lambda: None
        edit(home, "UPDATE outbox SET state = 'cancelled' WHERE op_id = ?", second)

    outside.before_push = undo
    sync(home, outside)
    assert outside.ids == [first]


def test_a_service_that_asks_for_a_pause_gets_it(queue: Queue, home: Home, outside: Outside) -> None:
    hands = Hands()
    accept(queue, 1)
    outside.faults, outside.retry_after = lambda change: "limited", 90.0
    report = sync(home, outside, ticks=hands)
    assert report.exit_status == Exit.PARTLY
    outside.faults = lambda change: ""
    hands.wall += 89_000
    report = sync(home, outside, ticks=hands)
    assert outside.ids == []
    assert "pause until" in (report.connections[0].error or "")
    hands.wall += 1_000
    assert sync(home, outside, ticks=hands).connections[0].error is None
    assert len(outside.ids) == 1


def test_a_pause_that_our_clock_pushed_out_of_reach_is_over(queue: Queue, home: Home, outside: Outside) -> None:
    accept(queue, 1)
    outside.faults, outside.retry_after = lambda change: "limited", 10.0**9
    sync(home, outside)
    outside.faults = lambda change: ""
    sync(home, outside, ticks=Hands(WALL_MS - 7 * 86_400_000))
    assert len(outside.ids) == 1


def test_one_shot_sends_what_is_held_and_a_loop_waits_for_the_undo_window(
    queue: Queue, home: Home, outside: Outside
) -> None:
    accept(queue, 1)
    (op_id,) = states(home)
    window_ends = op(home, op_id)["not_before_ms"]
    assert sync(home, outside, wishes=LOOP, ticks=Hands(window_ends - 1)).connections[0].pending == 1
    assert outside.ids == []
    sync(home, outside, wishes=LOOP, ticks=Hands(window_ends))
    assert outside.ids == [op_id]


def test_a_loop_waits_after_a_failed_attempt_and_a_person_need_not(queue: Queue, home: Home, outside: Outside) -> None:
    accept(queue, 1)
    outside.faults = lambda change: "retry"
    sync(home, outside)
    sync(home, outside, wishes=LOOP)
    assert len(outside.pushes) == 1
    sync(home, outside, wishes=LOOP, ticks=Hands(WALL_MS + 4_000))
    sync(home, outside)
    assert len(outside.pushes) == 3


def test_a_second_sync_of_a_connection_stops_at_the_first(queue: Queue, home: Home, outside: Outside) -> None:
    accept(queue, 1)
    with held(home.state / "sync-csv.lock", 0):
        report = sync(home, outside)
    assert report.exit_status == Exit.TEMPORARY
    assert report.connections[0].error == "Another sync is running."
    assert set(states(home).values()) == {"held"}
    assert sync(home, outside).connections[0].pushed == 1


def test_a_dry_run_touches_nothing(queue: Queue, home: Home, outside: Outside) -> None:
    accept(queue, 2)
    before = home.database.read_bytes()
    report = sync(home, outside, dry_run=True)
    assert (report.connections[0].pending, report.exit_status) == (2, Exit.DONE)
    assert [step["step"] for step in report.connections[0].plan or ()] == ["send", "send"]
    assert ([order.dry_run for order in outside.orders], outside.pushes) == ([True], [])
    assert home.database.read_bytes() == before


def test_a_pull_sends_nothing_and_holds_what_is_held(queue: Queue, home: Home, outside: Outside) -> None:
    accept(queue, 2)
    assert sync(home, outside, wishes=Wishes(push=False)).connections[0].pending == 2
    assert outside.pushes == []
    assert set(states(home).values()) == {"held"}


def test_a_home_that_does_not_exist_has_nothing_to_sync_and_stays_so(tmp_path: Path, outside: Outside) -> None:
    home = Home(tmp_path / "config", tmp_path / "data", tmp_path / "state")
    report = sync(home, outside)
    assert [connection.name for connection in report.connections] == ["csv"]
    assert report.exit_status == Exit.DONE
    assert not home.data.exists()


def test_a_connection_that_is_not_configured_is_a_configuration_error(home: Home, outside: Outside) -> None:
    with pytest.raises(LeadqError) as caught:
        sync(home, outside, connections=["csv", "hubspot"])
    assert (caught.value.code, caught.value.exit_status) == ("unknown_connection", Exit.CONFIG)
    assert "hubspot" in caught.value.message
    assert "csv" in caught.value.hint


def test_connections_are_independent(queue: Queue, home: Home, outside: Outside) -> None:
    home.settings.write_text('[connection.csv]\n[connection."a/b"]\nadapter = "csv"\n', "utf-8")
    hand_over(queue, {"email": "other@forges.example"}, connection="a/b")
    queue.perform(["1", "6"], Accept())
    broken = Outside(refuses=Failed("load", "Adapter “{name}” is broken.", {"name": "csv"}))
    chosen = iter([broken, outside])
    report = run_sync(
        home,
        now_ms=NOW_MS,
        ticks=Hands(),
        open_child=lambda order, ticks: next(chosen).open(order, ticks),
    )
    first, second = report.connections
    assert (first.name, first.pending, first.error) == ("csv", 1, "Adapter “csv” is broken.")
    assert (second.name, second.pushed, second.error) == ("a/b", 1, None)
    assert report.exit_status == Exit.CONFIG


def test_an_adapter_that_only_reads_leaves_ops_where_they_are(queue: Queue, home: Home, outside: Outside) -> None:
    accept(queue, 1)
    outside.capabilities = frozenset({"pull"})
    report = sync(home, outside)
    assert (report.connections[0].pending, report.exit_status) == (1, Exit.CONFIG)


def test_what_was_last_said_is_kept_for_the_status_line(queue: Queue, home: Home, outside: Outside) -> None:
    def remembered() -> tuple[Any, ...]:
        with Store(home).read() as db:
            found = db.execute("SELECT adapter, last_push_ms, last_error FROM connection_state").fetchone()
        return tuple(found)

    accept(queue, 1)
    outside.faults = lambda change: "transient"
    sync(home, outside)
    assert remembered() == ("csv", None, "It transient.")
    outside.faults = lambda change: ""
    sync(home, outside)
    assert remembered() == ("csv", NOW_MS, None)


def test_progress_counts_up_to_all_of_it(queue: Queue, home: Home, outside: Outside) -> None:
    accept(queue, 3)
    heard: list[tuple[str, int, int]] = []
    sync(home, outside, on_progress=lambda *said: heard.append(said))
    assert heard == [("csv", 1, 3), ("csv", 2, 3), ("csv", 3, 3)]


FAULTS: tuple[Fault, ...] = ("", "", "before", "after", "silent", "retry", "transient", "limited", "auth")


SCHEDULES = st.lists(st.lists(st.sampled_from(FAULTS), min_size=1, max_size=6), min_size=1, max_size=4)
ONE_HOME = [HealthCheck.function_scoped_fixture]  # suffer() starts its ops anew


@settings(max_examples=8, deadline=None, suppress_health_check=ONE_HOME)
@given(SCHEDULES)
def test_whatever_fails_each_outcome_arrives_once_and_in_its_leads_order(
    busy_home: Home, schedule: list[list[Fault]]
) -> None:
    suffer(busy_home, schedule)


@pytest.mark.deep
@settings(max_examples=200, deadline=None, suppress_health_check=ONE_HOME)
@given(SCHEDULES)
def test_whatever_fails_for_long_each_outcome_arrives_once(busy_home: Home, schedule: list[list[Fault]]) -> None:
    suffer(busy_home, schedule)


def suffer(home: Home, schedule: list[list[Fault]]) -> None:
    """One sync for each list of faults, a healthy one at the end, and everything arrived as it should."""
    edit(home, "UPDATE outbox SET state = 'held', attempts = 0, next_attempt_ms = NULL, done_ms = NULL")
    outside, hands = Outside(), Hands()
    for faults in schedule:
        left = iter(faults)
        outside.faults = lambda change, left=left: next(left, "")  # type: ignore[misc]
        sync(home, outside, ticks=hands)
        assert "inflight" not in states(home).values()
        hands.wall += 120_000
    outside.faults = lambda change: ""
    assert sync(home, outside, ticks=hands).exit_status == Exit.DONE
    assert set(states(home).values()) == {"done"}
    assert sorted(outside.ids) == sorted(states(home))
    assert in_order(outside.applied)


def in_order(changes: list[Change]) -> bool:
    leads = {change.lead_uid for change in changes}
    return all([c.seq for c in changes if c.lead_uid == lead] == [1, 2, 3] for lead in leads)


@pytest.fixture
def busy_home(queue: Queue, home: Home) -> Home:
    """Three leads with three ops each; every example starts them anew."""
    for note in ("one", "two", "three"):
        queue.perform(["1", "2", "3"], Note(note))
    return home
