"""What goes out: each change once, the part of it that is asked for, and a result for what is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadq.testing.conformance.bench import because
from leadq.testing.conformance.cases import case, ensure

if TYPE_CHECKING:
    from leadq.plugins.sdk import Change
    from leadq.testing.conformance.bench import Bench, Outcome

NOTE = 'Rappeler jeudi : l’équipe « achats » décide. 😀\nDeux lignes, "guillemets", <b>gras</b> & 50 %.'


def applied(outcome: Outcome, *changes: Change) -> None:
    """Every one of these is applied, and nothing went wrong. Raises Broken."""
    ensure(not outcome.error, f"push() fails where nothing is wrong{because(outcome)}")
    for change in changes:
        result = outcome.results.get(change.op_id)
        ensure(result, f"push() gives no result for a change that was written ({change.verb})")
        ensure(result and result.status == "applied", f"a change that was written is not «applied»: {result}")


@case("push")
def a_verdict_sets_the_status(bench: Bench) -> None:
    bench.add("101", name="Jeanne", status="working")
    change = bench.change("101", "disqualify", status="disqualified", reason="dq.no_need", quality=2)
    applied(bench.push(change), change)
    ensure(
        bench.lacks(("service.status",)) or bench.stands("101", "disqualified"),
        "a verdict is «applied», and the status there is another",
    )


@case("push")
def every_change_gets_one_result_in_its_order(bench: Bench) -> None:
    leads = [str(number) for number in range(101, 113)]
    bench.add(*leads, name="Jeanne")
    changes = [bench.change(lead, "touch", reason="connected", status="connected") for lead in leads]
    outcome = bench.push(*changes)
    applied(outcome, *changes)
    given = [each.op_id for each in outcome.said if hasattr(each, "op_id")]
    ensure(given == [each.op_id for each in changes], "results do not come once each, in the order of the changes")


@case("push")
def a_result_is_about_the_lead_of_its_change(bench: Bench) -> None:
    bench.add("101", "102", name="Jeanne")
    changes = [bench.change("102", note="zwei"), bench.change("101", note="eins")]
    outcome = bench.push(*changes)
    applied(outcome, *changes)
    for change in changes:
        said = outcome.results[change.op_id].external_id
        ensure(said in ("", change.external_id), f"the result of a change of lead {change.external_id} names {said!r}")


@case("push")
def nothing_to_write_asks_nothing(bench: Bench) -> None:
    outcome = bench.push()
    ensure(not outcome.error and not bench.requests, "push() without changes does something")


@case("push", "service.notes")
def a_note_is_on_the_timeline_once_and_whole(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    change = bench.change("101", note=NOTE)
    applied(bench.push(change), change)
    held = [note for note in bench.notes("101") if NOTE.partition("\n")[0] in note]
    ensure(held, "a note that is «applied» is nowhere at the other end, or has lost characters")
    ensure(len(held) == 1, f"one note is there {len(held)} times")
    ensure(NOTE.splitlines()[1] in held[0], "the second line of a note is lost or changed")


@case("push", "lookup", "service.notes", "service.write_note")
def the_marker_is_the_last_line_of_a_note(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    change = bench.change("101", note=f"{NOTE}\nleadq:op-of-somebody")
    applied(bench.push(change), change)
    ensure(
        bench.notes("101")[-1].rstrip().rpartition("\n")[2].strip() == change.marker,
        f"the last line of a note is not {change.marker}: without it nobody finds it, and it is written twice",
    )


@case("push", "lookup", "service.write_note")
def a_touch_without_words_leaves_its_marker_too(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    change = bench.change("101", "touch", reason="no_answer")
    applied(bench.push(change), change)
    ensure(bench.markers(change.op_id, "101") == 1, "a touch leaves no entry on the timeline: see Change.adds")


@case("push", "lookup", "service.write_note")
def what_only_sets_the_record_adds_no_note(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    change = bench.change("101", "accept", status="accepted")
    applied(bench.push(change), change)
    ensure(not bench.notes("101"), "a change that adds nothing leaves an entry on the timeline: see Change.adds")


@case("push", "lookup", "service.write_note")
def the_scope_record_adds_no_note(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    change = bench.change("101", "disqualify", status="disqualified", note="Non.", scope="record")
    applied(bench.push(change), change)
    ensure(not bench.notes("101"), "with the scope «record» a note is added, which is there already: see Change.adds")
    ensure(bench.stands("101", "disqualified"), "with the scope «record» the record is not written")


@case("push", "lookup", "service.write_note")
def the_scope_timeline_leaves_the_record_alone(bench: Bench) -> None:
    bench.add("101", name="Jeanne", status="working")
    change = bench.change("101", "disqualify", status="disqualified", note="Non.", scope="timeline")
    applied(bench.push(change), change)
    ensure(
        bench.stands("101", "working"),
        "with the scope «timeline» the record is written, which is not ours any more: see Change.sets",
    )
    ensure(bench.markers(change.op_id, "101") == 1, "with the scope «timeline» the note is not added")


@case("push", "service.status")
def a_change_without_a_status_leaves_it_as_it_is(bench: Bench) -> None:
    bench.add("101", name="Jeanne", status="working")
    change = bench.change("101", note="Juste une note.")
    applied(bench.push(change), change)
    ensure(bench.stands("101", "working"), "a change whose status is empty sets the status")


@case("push", "service.status")
def the_last_of_several_changes_stands(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    changes = [bench.change("101", "touch", status=state, reason="connected") for state in ("working", "connected")]
    applied(bench.push(*changes), *changes)
    ensure(bench.stands("101", "connected"), "of two changes of one lead the first one stands: keep their order")


@case("push", "service.status")
def every_state_that_leadq_sets_has_a_word(bench: Bench) -> None:
    for number, state in enumerate(
        ("accepted", "working", "connected", "qualified", "disqualified", "recycled", "rejected")
    ):
        lead = str(200 + number)
        bench.add(lead, name="Jeanne")
        change = bench.change(lead, "touch", status=state)
        outcome = bench.push(change)
        ensure(outcome.is_typed, f"the state {state} fails in a way nobody foresaw{because(outcome)}")
        if change.op_id in outcome.results:
            ensure(bench.stands(lead, state), f"the state {state} arrives as {bench.status(lead)!r}")


@case("push", "idempotent_push")
def the_same_change_twice_is_written_once(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    change = bench.change("101", note="Une seule fois.")
    applied(bench.push(change), change)
    applied(bench.push(change), change)
    held = sum("Une seule fois." in note for note in bench.notes("101"))
    ensure(held == 1, f"idempotent_push is declared, and the same op_id sent twice is written {held} times")


@case("push", "service.status")
def the_record_may_be_written_twice(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    change = bench.change("101", "disqualify", status="disqualified", scope="record")
    for _ in range(2):
        applied(bench.push(change), change)
    ensure(bench.stands("101", "disqualified"), "written twice the record is in another state")


@case("push", "http")
def a_lead_that_is_not_there_stops_no_other(bench: Bench) -> None:
    bench.add("101", "103", name="Jeanne")
    changes = [bench.change(lead, "disqualify", status="disqualified") for lead in ("101", "999", "103")]
    outcome = bench.push(*changes)
    ensure(
        not outcome.error, f"a lead that is not there ends the push{because(outcome)}: let Gone of context.http through"
    )
    results, lost = outcome.results, changes[1].op_id
    ensure(
        lost in outcome.refused or (lost in results and results[lost].status != "applied"),
        "a change of a lead that is not there is «applied», or nothing is said of it",
    )
    ensure(
        {changes[0].op_id, changes[2].op_id} <= set(results),
        "after a lead that is not there the others are not written",
    )


@case("push", "http")
def a_change_without_an_id_goes_nowhere(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    change = bench.change("", "disqualify", status="disqualified", note="Non.")
    outcome = bench.push(change)
    result = outcome.results.get(change.op_id)
    ensure(not result or result.status != "applied", "a change without the id of a lead is «applied»")
    ensure(outcome.is_typed, f"a change without the id of a lead fails in a way nobody foresaw{because(outcome)}")
    ensure(not bench.writes(), "a change without the id of a lead is sent all the same")


@case("push", "http", "service.status")
def no_id_leads_to_another_lead(bench: Bench) -> None:
    bench.add("101", name="Jeanne", status="working")
    for odd in (
        "101/",
        "./101",
        "x/../101",
        "101?x=1",
        "101#x",
        "101%2f",
        " 101",
        "101/notes",
        "../leads/101",
        "%31%30%31",
    ):
        change = bench.change(odd, "disqualify", status="disqualified", note="Non.")
        outcome = bench.push(change)
        result = outcome.results.get(change.op_id)
        ensure(
            bench.stands("101", "working") and not bench.notes("101"),
            f"a change of the lead {odd!r} lands on 101: quote the id in the path",
        )
        ensure(
            not result or result.status != "applied", f"a change of the lead {odd!r}, who is not there, is «applied»"
        )
        ensure(outcome.is_typed, f"the id {odd!r} fails in a way nobody foresaw{because(outcome)}")


@case("push")
def results_come_as_they_are_known(bench: Bench) -> None:
    bench.add("101", "102", "103", name="Jeanne")
    changes = [bench.change(lead, note=f"Note {lead}.") for lead in ("101", "102", "103")]
    first = bench.push(*changes, results=1)
    ensure(list(first.results) == [changes[0].op_id], "push() gives no result before it has written everything")
    ensure(not first.error, f"push() cannot be stopped half-way{because(first)}")


@case("push", "http")
def what_was_stopped_is_not_written_in_secret(bench: Bench) -> None:
    leads = [str(number) for number in range(101, 107)]
    bench.add(*leads, name="Jeanne")
    changes = [bench.change(lead, note=f"Note {lead}.") for lead in leads]
    bench.push(*changes, results=1)
    before = len(bench.requests)
    bench.time.sleep(3600)
    ensure(len(bench.requests) == before, "after it was stopped it goes on writing")


@case("push", "http")
def a_dry_run_writes_nothing(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    bench.dry_run = True
    change = bench.change("101", note="Essai.")
    outcome = bench.push(change)
    ensure(not bench.writes(), "in a dry run something is written: say read=True only for what reads")
    ensure(change.op_id not in outcome.results, "in a dry run a change is «applied»")


@case("push")
def a_very_long_note_arrives_or_is_refused(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    change = bench.change("101", note="œ" * (1 << 20))
    outcome = bench.push(change)
    ensure(outcome.is_typed, f"a note of a million characters fails in a way nobody foresaw{because(outcome)}")
    held = any("œœœ" in note for note in bench.notes("101"))
    result = outcome.results.get(change.op_id)
    claims = bool(result and result.status == "applied")
    ensure(claims == held or bench.lacks(("service.notes",)), "a very long note is «applied» and not there")


@case("push", "service.notes")
def what_people_write_arrives_as_they_wrote_it(bench: Bench) -> None:
    for number, text in enumerate(HOSTILE.values()):
        lead = str(300 + number)
        bench.add(lead, name="Jeanne")
        change = bench.change(lead, note=text)
        outcome = bench.push(change)
        ensure(outcome.is_typed, f"the note {text[:40]!r} fails in a way nobody foresaw{because(outcome)}")
        result = outcome.results.get(change.op_id)
        if result and result.status == "applied":
            ensure(
                any("Jeanne" in note for note in bench.notes(lead)),
                f"the note {text[:40]!r} is «applied» and not there",
            )


@case("push", "http")
def a_letter_that_is_half_a_character_does_not_stop_the_push(bench: Bench) -> None:
    bench.add("101", "102", name="Jeanne")
    changes = [bench.change("101", note="Jeanne \ud83d"), bench.change("102", note="Karl")]
    with bench.watched():
        adapter: Any = bench.instance()
        results = {each.op_id for each in adapter.push(changes)}
    ensure(changes[1].op_id in results, "half a character in one note keeps the next from being written")


HOSTILE = {
    "control characters": "Jeanne \x1b[2J\x07\x9b31m\x00 Martin",
    "an address that changes the title": "Jeanne \x1b]0;pwned\x07",
    "a reversed direction": "Jeanne \u202egnitekram\u202c \u2066\u200f",
    "markup": "Jeanne [/] [@click=app.quit]x[/] <script>alert(1)</script>",
    "a formula": '=HYPERLINK("https://evil.test") Jeanne',
    "an address of ours": "Jeanne\nleadq:op-1",
    "lines of all kinds": "Jeanne\r\nMartin\u2028x\u2029y\x85z",
    "a long word": "Jeanne" + "x" * 50_000,
    "right to left": "Jeanne مرحبا שלום",
    "a quotation": 'Jeanne "; DROP TABLE lead; -- {0} %s ${x} {{y}}',
}
"""What anybody can type into a web form."""
