"""A dry run says what the run would do, and neither side is any different afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from leadq.cli.sync import told
from leadq.domain.verbs import Accept, Note
from leadq.errors import Exit, LeadqError
from leadq.paths import Home
from leadq.plugins.sdk import Page
from leadq.sync.engine import run_sync
from leadq.sync.report import SyncReport
from leadq.sync.run import Wishes
from leadq.sync.wire import Lost
from leadq.testing.crm import LAGGING, ORDERED, FakeCRM, Personality
from leadq.testing.invariants import a_dry_run_writes_nothing
from leadq.testing.nemesis import Nemesis
from leadq.testing.rest import Rest
from leadq.testing.time import VirtualTime
from tests.sync.laptop import Laptop


@pytest.fixture
def it(memory: Path) -> Laptop:
    return fetched(memory)


def fetched(memory: Path, leads: int = 4, personality: Personality = ORDERED) -> Laptop:
    """A laptop that knows its leads."""
    made = Laptop(Home(memory / "config", memory / "data", memory / "state"), personality)
    for number in range(leads):
        made.book.create(f"L{number}", name=f"Lead {number}")
    made.time.sleep(60)
    made.sync()
    return made


def digest(it: Laptop) -> str:
    """Of the database and its log, to the byte; an empty log is none."""
    files = sorted(path for path in it.home.data.iterdir() if path.suffix in (".db", ".db-wal"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def rehearsed(it: Laptop, **wishes: Any) -> tuple[list[dict[str, Any]], Any]:
    """The plan, without op ids and names; after making sure that nothing has changed anywhere."""
    assert it.crm
    before, effects, asked = digest(it), list(it.book.effects), len(it.crm.asked)
    (report,) = run_sync(
        it.home, now_ms=it.time.wall_ms(), timeout_s=1e6, wishes=Wishes(**wishes), ticks=it.time, open_child=it.open,
        dry_run=True,
    ).connections  # fmt: skip
    assert a_dry_run_writes_nothing(each.method for each in it.crm.asked[asked:]) == []
    assert digest(it) == before
    assert it.nemesis or it.book.effects == effects  # unless what was delayed has come meanwhile
    assert report.plan is not None
    return [
        {name: value for name, value in step.items() if name not in ("op_id", "name")} for step in report.plan
    ], report


def test_what_would_come_in_is_said_with_what_is_different(it: Laptop) -> None:
    it.book.create("N1", name="Nouvelle")
    it.book.set("L1", {"campaign": "Salon"})
    it.book.set("L2", {"status": "qualified"})
    plan, report = rehearsed(it)
    assert plan == [
        {"step": "create", "lead": "N1"},
        {"step": "update", "lead": "L1", "field": "campaign", "base": None, "new": "Salon"},
        {"step": "update", "lead": "L2", "field": "status", "base": "new", "new": "qualified"},
    ]
    assert (report.requests, report.pulled, report.status) == (1, 0, Exit.DONE)
    assert it.sync().pulled == 3


def test_each_waiting_op_has_its_step_and_the_run_does_just_that(it: Laptop) -> None:
    for number in range(4):
        it.queue.perform([f"crm:L{number}"], Accept())
    it.queue.perform(["crm:L0"], Note("Rappeler."))
    it.book.set("L1", {"status": "accepted"})
    it.book.set("L2", {"status": "qualified"})
    it.book.reassign("L3", "rep-2")
    plan, report = rehearsed(it, pull=False)
    assert [(step["step"], step["lead"], step["verb"]) for step in plan if "verb" in step] == [
        ("send", "L0", "accept"), ("send", "L1", "accept"), ("conflict", "L2", "accept"), ("conflict", "L3", "accept"),
        ("send", "L0", "note"),
    ]  # fmt: skip
    assert [step["lead"] for step in plan if step["step"] == "depart"] == ["L3"]
    assert (report.pending, report.conflicts, report.status) == (5, 0, Exit.NEEDS_PERSON)
    real = it.sync(pull=False)
    assert (real.pushed, real.conflicts, real.status) == (3, 2, Exit.NEEDS_PERSON)


@pytest.mark.parametrize(
    ("fault", "pause_s", "step"),
    [("lose_reply", 0, "adopt"), ("lose_reply", 200, "adopt"), ("drop", 0, "wait"), ("drop", 200, "resend")],
)
def test_an_op_without_an_answer_waits_is_found_or_goes_out_again(
    it: Laptop, fault: Any, pause_s: int, step: str
) -> None:
    assert it.crm
    it.queue.perform(["crm:L0"], Accept())
    it.twist = lambda request, reply: reply
    crm, lost = it.crm, []

    def losing(request: Any) -> Any:
        if request.method == "PATCH" and not lost:
            lost.append(request)
            if fault == "lose_reply":
                crm(request)
            raise Lost("reset")
        return crm(request)

    it.answer = losing  # type: ignore[method-assign]
    it.sync(pull=False)
    it.time.sleep(pause_s)
    plan, _ = rehearsed(it, pull=False)
    assert [each["step"] for each in plan] == [step]


def test_what_left_is_foreseen_and_a_guard_that_would_ask_asks(memory: Path) -> None:
    it = fetched(memory, 12)
    for number in range(6):
        it.book.archive(f"L{number}")
    plan, report = rehearsed(it, full=True)
    assert (plan, report.status) == ([], Exit.NEEDS_PERSON)
    assert "6 of 12" in report.error
    plan, _ = rehearsed(it, full=True, force_empty=True)
    assert [(step["step"], step["why"]) for step in plan] == [("depart", "archived")] * 6


def test_offline_what_waits_is_counted_and_the_exit_status_is_the_runs(it: Laptop) -> None:
    it.queue.perform(["crm:L0"], Accept())

    def nobody(request: Any) -> Any:
        raise Lost("refused")

    it.answer = nobody  # type: ignore[method-assign]
    plan, report = rehearsed(it)
    assert [step["step"] for step in plan] == ["wait"]
    assert "cannot be reached" in report.error
    assert report.pending == 1
    assert it.sync().status == report.status == Exit.PARTLY


def test_a_careless_adapter_that_writes_while_it_reads_is_refused_and_nothing_leaves(it: Laptop) -> None:
    class Careless(Rest):
        def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page]:
            self._http.patch("/leads/L0", {"properties": {"seen": True}})
            yield from super().pull(cursor, scope)

    it.kind = Careless
    plan, report = rehearsed(it)
    assert (plan, report.error, report.requests) == ([], "A dry run writes nothing.", 0)


def test_a_connection_that_was_never_used_is_foreseen_too(memory: Path) -> None:
    it = Laptop(Home(memory / "config", memory / "data", memory / "state"))
    it.store.create()
    it.book.create("L0", name="Lead 0")
    it.time.sleep(60)
    plan, report = rehearsed(it)
    assert ([step["step"] for step in plan], report.cursor) == (["create"], None)


def test_only_the_first_steps_are_shown_and_the_rest_is_counted(memory: Path) -> None:
    it = fetched(memory, 0)
    for number in range(25):
        it.book.create(f"N{number}", name=f"Lead {number}")
    it.time.sleep(60)
    plan, report = rehearsed(it)
    lines = list(told(SyncReport("", (report,))))
    assert (len(plan), len(lines)) == (25, 22)
    assert lines[1] == "  Lead 0 · new here"
    assert lines[-1] == "  and 5 more"


@pytest.mark.parametrize("seed", range(12))
def test_under_a_nemesis_a_dry_run_changes_nothing_either(memory: Path, seed: int) -> None:
    it = fetched(memory, 4, LAGGING)
    assert it.crm
    it.nemesis = it.crm.nemesis = Nemesis(seed, rate=0.5, budget=30)
    for number in range(4):
        with suppress(LeadqError):  # it may have left meanwhile
            it.queue.perform([f"crm:L{number}"], Accept())
        it.nemesis.meddle(it.book, new_id=it.crm.merged_id())
        it.crm.catch_up()
        rehearsed(it, full=bool(number % 2))
        it.sync()
        it.crm.catch_up()


def test_two_dry_runs_say_the_same(memory: Path) -> None:
    it = Laptop(Home(memory / "config", memory / "data", memory / "state"), crm=FakeCRM(ORDERED, VirtualTime()))
    it.book.create("L0", name="Lead 0")
    it.time.sleep(60)
    it.sync()
    it.queue.perform(["crm:L0"], Accept())
    assert rehearsed(it)[0] == rehearsed(it)[0] != []
