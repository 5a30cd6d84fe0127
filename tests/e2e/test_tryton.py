"""End to end against Tryton on PostgreSQL: what leadq says it did is what Tryton's own log says, whatever goes wrong.

In the log each write and each press of a button is one entry, with who did it; notes are counted by their last line.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from leadq.domain.verbs import Note
from tests.e2e.rep import SETTLED_S
from tests.e2e.tryton import OPPORTUNITY, Server, until

if TYPE_CHECKING:
    from tests.e2e.between import Forward, Reply
    from tests.e2e.conftest import Desk

pytestmark = pytest.mark.e2e

LOST = ["write lost_reason", "button lost"]
VERDICT = ("--reason", "dq.no_budget", "--quality", "2", "--note", "No money this year.")
CALL = ("--channel", "call", "--outcome", "no_answer", "--note", "Rang twice.")
NOTE, ROW = "LOCK TABLE ir_note IN EXCLUSIVE MODE", "SELECT id FROM sale_opportunity WHERE id = {lead} FOR UPDATE"


def test_a_day_of_work_is_in_tryton_once(desk: Desk) -> None:
    lead = desk.lead
    desk.rep.says("disqualify", desk.called, *VERDICT)
    report = desk.rep.syncs()
    desk.rep.rests()
    assert (report["pushed"], report["error"]) == (1, None)
    assert desk.rep.ops(lead) == [("accept", "done"), ("touch", "done"), ("disqualify", "done")]
    assert desk.crm.log(lead) == LOST
    assert desk.crm.state(lead) == "lost"
    assert len(desk.crm.marked(lead)) == 2
    assert [note.splitlines()[0].split(",")[0] for note in desk.crm.notes(lead)] == [
        "accept",
        "touch connected",
        "disqualify dq.no_budget",
    ]


def test_a_verdict_that_is_taken_back_is_taken_back_in_tryton(desk: Desk) -> None:
    lead = desk.lead
    desk.rep.says("disqualify", desk.called, *VERDICT)
    desk.rep.syncs()
    desk.rep.says("undo")
    desk.rep.syncs()
    assert desk.crm.state(lead) == "lead"
    assert desk.crm.log(lead) == [*LOST, "button lead"]
    assert desk.rep.syncs()["conflicts"] == 0
    assert lead not in desk.rep.departed()


def test_a_note_whose_answer_is_lost_is_there_once(desk: Desk) -> None:
    lead = desk.lead
    desk.rep.says("touch", desk.called, *CALL)
    desk.line.losing("ir.note.create")
    assert desk.rep.syncs()["unknown"] == 1
    desk.rep.waits(SETTLED_S)
    assert desk.rep.syncs()["adopted"] == 1
    desk.rep.rests()
    assert len(desk.crm.marked(lead)) == len(set(desk.crm.marked(lead))) == 2


@pytest.mark.parametrize("call", ["ir.note.create", f"{OPPORTUNITY}.write", f"{OPPORTUNITY}.lost"])
def test_a_verdict_of_which_any_answer_is_lost_is_there_once(desk: Desk, call: str) -> None:
    lead = desk.lead
    desk.rep.says("disqualify", desk.called, *VERDICT)
    desk.line.losing(call)
    assert desk.rep.syncs()["unknown"] == 1
    desk.rep.rests()
    assert desk.crm.log(lead) == LOST
    assert len(desk.crm.marked(lead)) == 2
    assert desk.rep.ops(lead)[-1] == ("disqualify", "done")


@pytest.mark.parametrize("lock", [NOTE, ROW])
def test_a_server_that_is_killed_in_the_middle_of_a_write_has_it_once(desk: Desk, lock: str) -> None:
    lead = desk.lead
    desk.rep.says("disqualify", desk.called, *VERDICT)
    with desk.crm.held(lock.format(lead=lead)) as hold:
        syncing = desk.rep.starts("sync")
        until(hold.waiters, "the write did not come")
        desk.crm.server.signal(signal.SIGKILL)
    syncing.communicate()
    desk.crm.server.start()
    assert desk.rep.ops(lead)[-1] == ("disqualify", "unknown")
    desk.rep.rests()
    assert desk.crm.log(lead) == LOST
    assert len(desk.crm.marked(lead)) == 2
    assert desk.rep.ops(lead)[-1] == ("disqualify", "done")


@pytest.fixture
def second(desk: Desk) -> Iterator[Server]:
    """Another server of the same company; the first one is back when the test is over."""
    first = desk.crm.server
    server = Server(desk.crm.root, desk.crm.database, desk.crm.name)
    server.start()
    yield server
    first.signal(signal.SIGCONT)
    desk.turns_to(first)
    server.end()


def frozen(desk: Desk) -> Callable[[Forward], Reply | None]:
    """The server stops as the call arrives, which stays with it until it goes on; the line to it is cut meanwhile."""

    def stop(forward: Forward) -> None:
        desk.crm.server.signal(signal.SIGSTOP)
        threading.Thread(target=lambda: desk.late.append(forward()), daemon=True).start()

    return stop


def test_a_note_that_is_written_late_beside_the_one_that_was_sent_again_goes(desk: Desk, second: Server) -> None:
    lead = desk.lead
    desk.rep.says("touch", desk.called, *CALL)
    desk.line.once("ir.note.create", frozen(desk))
    assert desk.rep.syncs()["unknown"] == 1
    stopped = desk.turns_to(second)
    desk.rep.waits(SETTLED_S)
    assert desk.rep.syncs()["resent"] == 1
    assert len(desk.crm.marked(lead)) == 2
    stopped.signal(signal.SIGCONT)
    until(lambda: len(desk.crm.marked(lead)) == 3, "the late note did not come")
    desk.rep.rests()
    assert len(desk.crm.marked(lead)) == len(set(desk.crm.marked(lead))) == 2


def test_a_button_that_is_pressed_late_changes_nothing_any_more(desk: Desk, second: Server) -> None:
    lead = desk.lead
    desk.rep.says("disqualify", desk.called, *VERDICT)
    desk.line.once(f"{OPPORTUNITY}.lost", frozen(desk))
    assert desk.rep.syncs()["unknown"] == 1
    stopped = desk.turns_to(second)
    desk.rep.waits(SETTLED_S)
    assert desk.rep.syncs()["resent"] == 1
    desk.rep.says("undo")
    desk.rep.syncs()
    stopped.signal(signal.SIGCONT)
    until(lambda: desk.late, "the late button was not pressed")
    assert b"ConcurrencyException" in desk.late[0].body
    desk.rep.rests()
    assert desk.crm.log(lead) == [*LOST, "button lead"]
    assert desk.crm.state(lead) == "lead"


def test_a_lead_that_somebody_else_takes_on_before_us_is_a_conflict(desk: Desk) -> None:
    lead = desk.lead
    desk.rep.says("disqualify", desk.called, *VERDICT)
    desk.crm.otto.presses("opportunity", lead)
    assert desk.rep.syncs()["conflicts"] == 1
    assert desk.crm.log(lead) == []
    assert desk.crm.state(lead) == "opportunity"


def test_a_lead_that_somebody_else_changes_in_the_last_moment_is_not_covered(desk: Desk) -> None:
    """The look that came just before does not help here: only the record's own time, held against it, does."""
    lead = desk.lead
    desk.rep.says("disqualify", desk.called, *VERDICT)

    def first(forward: Forward) -> Reply | None:
        desk.crm.otto.presses("opportunity", lead)
        return forward()

    desk.line.once(f"{OPPORTUNITY}.write", first)
    assert desk.rep.syncs()["unknown"] == 1
    desk.rep.waits(SETTLED_S)
    assert desk.rep.syncs()["conflicts"] == 1
    assert desk.crm.log(lead) == []
    assert desk.crm.state(lead) == "opportunity"


def test_a_word_that_somebody_else_writes_in_the_last_moment_stays_and_the_verdict_comes(desk: Desk) -> None:
    lead = desk.lead
    desk.rep.says("disqualify", desk.called, *VERDICT)

    def first(forward: Forward) -> Reply | None:
        desk.crm.otto.writes(lead, reference="PO-77")
        return forward()

    desk.line.once(f"{OPPORTUNITY}.lost", first)
    assert desk.rep.syncs()["unknown"] == 1
    desk.rep.rests()
    assert desk.crm.log(lead) == LOST
    assert desk.crm.log(lead, "otto") == ["write reference"]
    assert len(desk.crm.marked(lead)) == 2


def test_what_commits_below_the_watermark_is_not_lost(empty: Desk) -> None:
    """Tryton stamps a change with the time at which its transaction began."""
    crm, rep = empty.crm, empty.rep
    leads = crm.leads([f"Usine{number}" for number in range(230)])
    rep.syncs()
    with ThreadPoolExecutor() as threads:
        with crm.held(ROW.format(lead=leads[-1])) as hold:
            writing = threads.submit(crm.otto.does, f"{OPPORTUNITY}.write", leads, {"description": "New price list"})
            until(hold.waiters, "the long write did not come")
            later = crm.lead("Tuileries")
            assert rep.syncs()["pulled"] == 1
            (newest,) = crm.admin.reads(OPPORTUNITY, [["id", "=", later]], "last_modified_at")
        writing.result(60)
    above = [["last_modified_at", ">=", newest["last_modified_at"]], ["id", "in", leads]]
    assert crm.admin.reads(OPPORTUNITY, above) == []  # the trap is there
    assert rep.syncs()["pulled"] == len(leads)
    titles = rep.titles()
    assert {titles[lead] for lead in leads} == {"New price list"}
    assert titles[later] == "Tuileries asked for a demo"


def test_a_lead_that_is_deleted_and_one_that_is_given_away_have_left(empty: Desk) -> None:
    crm, rep = empty.crm, empty.rep
    stays, goes, given = crm.leads(["Cimenteries", "Chaufferies", "Fonderies"])
    rep.syncs()
    rep.does([goes, given], Note("They asked for the price list."))
    crm.otto.presses("cancel", goes)
    crm.otto.does(f"{OPPORTUNITY}.delete", [goes])
    crm.otto.writes(given, employee=crm.employees["otto"])
    rep.syncs("--full")
    assert rep.departed() == {goes: "deleted", given: "reassigned"}
    rep.rests()
    assert rep.ops(goes) == [("note", "dead")]
    assert rep.ops(given) == [("note", "done")]  # what was heard stays true on somebody else's lead
    assert len(crm.marked(given)) == 1
    assert crm.log(given) == crm.log(stays) == []


def test_a_lead_that_somebody_else_closes_has_left_at_the_next_sync(empty: Desk) -> None:
    crm, rep = empty.crm, empty.rep
    lost, sold = crm.leads(["Faienceries", "Cristalleries"])
    rep.syncs()
    crm.otto.presses("lost", lost)
    crm.otto.presses("opportunity", sold)
    rep.syncs()
    assert rep.departed() == {lost: "archived", sold: "converted"}
