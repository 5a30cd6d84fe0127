"""A read by id: what is there now, and which of our changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq.plugins.sdk import Found
from leadq.testing.conformance import faults
from leadq.testing.conformance.bench import because
from leadq.testing.conformance.cases import case, ensure
from leadq.testing.conformance.pushing import applied

if TYPE_CHECKING:
    from leadq.testing.conformance.bench import Bench, Strike


@case("lookup")
def a_lead_that_is_there_is_open(bench: Bench) -> None:
    bench.add("101", name="Jeanne", status="working")
    found = bench.look("101")
    ensure(found.state == "open", f"a lead that is there is {found.state}")
    ensure(found.lead and found.lead.external_id == "101", "lookup() gives no lead, or another one")
    status = found.lead.fields.get("status") if found.lead else ""
    ensure(status in (None, "", "working"), f"the status at a look is {status!r}, and it is working")


@case("lookup")
def a_lead_that_is_not_there_is_deleted(bench: Bench) -> None:
    ensure(bench.look("999").state == "deleted", f"a lead that is not there is {bench.look('999').state}")


@case("lookup", "http")
def a_lead_that_we_may_not_see_is_forbidden(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    bench.strike(faults.answers(403), on="read", times=5)
    found = bench.lookup("101").found.get("101")
    ensure(found and found.state == "forbidden", f"a lead that answers 403 is {found.state if found else 'left out'}")


@case("lookup")
def every_lead_that_is_asked_for_is_answered_once(bench: Bench) -> None:
    bench.add("101", "102", "103", name="Jeanne")
    outcome = bench.lookup("103", "999", "101", "102")
    ensure(not outcome.error, f"one lead that is not there ends the look at the others{because(outcome)}")
    given = [each.external_id for each in outcome.said if isinstance(each, Found)]
    ensure(sorted(given) == ["101", "102", "103", "999"], f"asked for four leads lookup() answers for {given}")
    ensure([key for key, found in outcome.found.items() if found.state != "open"] == ["999"], "states are mixed up")


@case("lookup", "http")
def a_look_only_reads(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    bench.dry_run = True
    ensure(bench.look("101", markers=True).state == "open", "a look does not work in a dry run: say read=True")
    ensure(not bench.writes(), "lookup() writes")


@case("lookup", "http")
def a_look_at_nobody_asks_nothing(bench: Bench) -> None:
    outcome = bench.lookup()
    ensure(not outcome.error and not bench.requests, "lookup() without leads does something")


@case("lookup", "service.can_lag")
def a_look_is_never_at_a_list(bench: Bench) -> None:
    bench.service.lag_s = 3600
    bench.add("101", name="Jeanne", status="working")
    ensure(bench.look("101").state == "open", "lookup() reads a list, which is behind: read the lead by its id")


@case("lookup", "push")
def the_record_names_our_last_change(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    for state in ("working", "connected"):
        change = bench.change("101", "touch", status=state)
        applied(bench.push(change), change)
    found = bench.look("101", markers=True)
    proven = found.last_op == change.op_id or change.op_id in (found.markers or ())
    ensure(proven, "after a push neither the record nor the timeline shows the op id: nothing can be proven")
    ensure(
        found.last_op in ("", change.op_id), f"last_op is {found.last_op!r}, and the last change was {change.op_id!r}"
    )


@case("lookup", "push")
def the_stamp_comes_back_as_it_was_written(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    change = bench.change("101", "touch", status="working")
    applied(bench.push(change), change)
    stamp = bench.look("101").stamp
    ensure(stamp in ("", change.stamp), f"the stamp comes back as {stamp!r}, and {change.stamp!r} was written")


@case("lookup", "push")
def the_stamp_is_that_of_the_last_status(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    changes = [bench.change("101", "touch", status="working"), bench.change("101", note="Juste une note.")]
    applied(bench.push(*changes), *changes)
    stamp = bench.look("101").stamp
    ensure(stamp in ("", changes[0].stamp), "a change without a status writes its stamp: that goes with a status only")


@case("lookup", "push", "service.write_note")
def markers_are_read_when_they_are_asked_for(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    changes = [bench.change("101", note=f"Note {number}.") for number in range(3)]
    applied(bench.push(*changes), *changes)
    ensure(
        bench.look("101", markers=True).markers == tuple(each.op_id for each in changes),
        "markers are not all there, oldest first",
    )


@case("lookup", "service.write_note")
def a_lead_without_notes_has_no_markers(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    ensure(bench.look("101", markers=True).markers == (), "asked for markers a lead without notes has not ()")


@case("lookup", "push", "service.write_note")
def a_marker_that_is_there_twice_is_read_twice(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    change = bench.change("101", note="Deux fois.")
    applied(bench.push(change), change)
    applied(bench.push(change), change)
    there, read = bench.markers(change.op_id, "101"), bench.look("101", markers=True).markers or ()
    ensure(
        read.count(change.op_id) == there, f"a marker is there {there} times, and read {read.count(change.op_id)} times"
    )


@case("lookup", "service.write_note")
def what_others_write_is_no_marker(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    for text in ("leadq:op-9\nand more", "see leadq:op-9", "nothing", "x leadq:op-9 y", ""):
        bench.service.write_note("101", text)
    ensure(
        bench.look("101", markers=True).markers == (), "a note of somebody else counts as ours: only a last line does"
    )


@case("lookup", "http", "service.write_note")
def many_notes_hide_no_marker(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    change = bench.change("101", note="La première.")
    if "push" in bench.adapter.capabilities:
        applied(bench.push(change), change)
        for number in range(60):
            bench.service.write_note("101", f"note {number}")
        ensure(change.op_id in (bench.look("101", markers=True).markers or ()), "among many notes ours is not found")


def _never_deleted(bench: Bench, effect: Strike, kind: str, what: str) -> None:
    bench.add("101", "102", name="Jeanne")
    bench.lookup("101", markers=True)
    reads = len(bench.requests)
    for number in range(reads):
        bench.heal()
        bench.strike(effect, on="read", after=number)
        before = len(bench.requests)
        outcome = bench.lookup("101", "102", markers=True)
        found = outcome.found.get("101")
        ensure(
            not found or found.state == "open",
            f"after {what} a lead is {found.state if found else ''}: nobody knows that",
        )
        ensure(
            not found or found.markers is None or outcome.error or not outcome.found,
            f"{what} while notes are read goes unseen: a note that is there would be written again",
        )
        ensure(outcome.error, f"{what} at a look goes unseen: let the error of context.http through")
        ensure(
            outcome.failure and outcome.failure.kind == kind,
            f"{what} at a look is not told as {kind}{because(outcome)}",
        )
        ensure(len(bench.requests) - before == number + 1, f"after {what} a look asks again")


@case("lookup", "http")
def a_timeout_at_a_look_is_no_answer(bench: Bench) -> None:
    _never_deleted(bench, faults.dropped, "transient", "a timeout")


@case("lookup", "http")
def a_5xx_at_a_look_is_no_answer(bench: Bench) -> None:
    _never_deleted(bench, faults.answers(503), "transient", "a 503")


@case("lookup", "http")
def a_login_that_expires_at_a_look_is_told(bench: Bench) -> None:
    _never_deleted(bench, faults.answers(401), "auth", "a 401")


@case("lookup", "http")
def a_429_at_a_look_is_told(bench: Bench) -> None:
    _never_deleted(bench, faults.limited("seconds"), "rate_limited", "a 429")


@case("lookup", "http")
def a_page_of_html_at_a_look_is_no_answer(bench: Bench) -> None:
    _never_deleted(bench, faults.page_of_html(200), "transient", "a page of HTML with 200")


@case("lookup", "http")
def an_empty_answer_at_a_look_is_no_lead(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    for body in (b"null", b"{}", b"[]", b'"x"'):
        bench.heal()
        bench.strike(faults.answers(200, body), on="read", times=5)
        outcome = bench.lookup("101")
        found = outcome.found.get("101")
        ensure(outcome.is_typed, f"the answer {body!r} at a look fails in a way nobody foresaw{because(outcome)}")
        ensure(not found or not found.lead, f"the answer {body!r} at a look is taken for a lead")


@case("lookup", "service.remove")
def a_lead_that_was_deleted_is_said_to_be(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    bench.service.remove("101")
    ensure(bench.look("101").state in ("deleted", "archived"), "a lead that was deleted is still open at a look")


@case("tidy", "push", "service.write_note")
def of_two_entries_the_oldest_stays(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    change = bench.change("101", note="Deux fois.")
    applied(bench.push(change), change)
    bench.service.write_note("101", f"later\n{change.marker}")
    outcome = bench.tidy("101", change.op_id)
    ensure(not outcome.error, f"tidy() fails{because(outcome)}")
    ensure(bench.markers(change.op_id, "101") == 1, "after tidy() an entry is there twice, or not at all")
    ensure(not any("later" in note for note in bench.notes("101")), "of two entries tidy() leaves the younger one")


@case("tidy", "push", "service.write_note")
def tidying_leaves_everything_else_alone(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    changes = [bench.change("101", note=f"Note {number}.") for number in range(2)]
    applied(bench.push(*changes), *changes)
    bench.service.write_note("101", "of somebody else")
    before = bench.notes("101")
    bench.tidy("101", changes[0].op_id)
    ensure(bench.notes("101") == before, "tidy() takes away what is no double")
