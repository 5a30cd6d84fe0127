"""When things go wrong while something is written: what surely was not done is said, what may have been is left open.

Each rule is tried at every write of a change in turn: an adapter that writes a record and then a note has two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq.testing.conformance import faults
from leadq.testing.conformance.bench import because
from leadq.testing.conformance.cases import case, ensure
from leadq.testing.conformance.pushing import applied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadq.plugins.sdk import Change
    from leadq.testing.conformance.bench import Bench, Outcome, Strike

_UNDONE = ("auth", "rate_limited", "transient")
"""Kinds of failure that say: none of the changes without a result was applied."""


def _verdict(bench: Bench) -> Change:
    """A verdict with a note, on a lead that nobody wrote to before."""
    lead = str(500 + bench.ops)
    bench.add(lead, name="Jeanne", status="working")
    return bench.change(lead, "disqualify", status="disqualified", reason="dq.no_need", note="Pas de besoin.")


def _struck(bench: Bench, effect: Strike) -> Iterator[tuple[int, Change, Outcome]]:
    """A push of two changes for each write of the first one, with that write struck; its number from 0 on."""
    change = _verdict(bench)
    before = len(bench.writes())
    applied(bench.push(change), change)
    for number in range(len(bench.writes()) - before):
        bench.heal()
        first, second = _verdict(bench), _verdict(bench)
        bench.strike(effect, on="write", after=number)
        before = len(bench.writes())
        outcome = bench.push(first, second)
        bench.heal()
        yield len(bench.writes()) - before, first, outcome


def _refusal(bench: Bench, status: int, kind: str) -> None:
    for _writes, change, outcome in _struck(bench, faults.answers(status)):
        result, refused = outcome.results.get(change.op_id), outcome.refused.get(change.op_id)
        ensure(not result or result.status != "applied", f"a change that meets a {status} is «applied»")
        ensure(not outcome.error, f"a {status} for one change ends the push{because(outcome)}: let the error through")
        ensure(
            not refused or refused.kind == kind,
            f"a {status} is told as {refused.kind if refused else ''}, not as {kind}",
        )


@case("push", "http")
def a_refusal_is_told_of_that_change_alone(bench: Bench) -> None:
    _refusal(bench, 422, "rejected")


@case("push", "http")
def a_conflict_is_told_of_that_change_alone(bench: Bench) -> None:
    _refusal(bench, 409, "conflict")


@case("push", "http")
def a_record_that_is_gone_is_told_of_that_change_alone(bench: Bench) -> None:
    _refusal(bench, 404, "gone")


@case("push", "http")
def a_record_in_use_waits_and_stops_no_other(bench: Bench) -> None:
    for _writes, change, outcome in _struck(bench, faults.answers(423)):
        result = outcome.results.get(change.op_id)
        ensure(not result or result.status != "applied", "a change of a record that is in use (423) is «applied»")


def _ended(bench: Bench, effect: Strike, kind: str, what: str) -> None:
    """The first write was refused for all: that is said, and nothing more is sent."""
    for number, (writes, change, outcome) in enumerate(_struck(bench, effect)):
        ensure(change.op_id not in outcome.results, f"a change that meets {what} gets a result")
        ensure(outcome.error, f"{what} goes unseen: let the error of context.http through")
        failure = outcome.failure
        if number == 0:
            ensure(
                failure and failure.kind == kind,
                f"{what} is told as {failure.kind if failure else 'nothing'}{because(outcome)}, not as {kind}",
            )
        else:
            ensure(
                failure and failure.kind not in _UNDONE,
                f"half of a change is written, then comes {what}, and it says that nothing was:"
                " put `with context.http.change():` around the requests of one change",
            )
        ensure(writes == number + 1, f"after {what} more is sent: leadq decides when to go on")


@case("push", "http")
def a_login_that_expires_ends_the_push(bench: Bench) -> None:
    _ended(bench, faults.answers(401), "auth", "a 401")


@case("push", "http")
def a_429_with_seconds_ends_the_push(bench: Bench) -> None:
    _ended(bench, faults.limited("seconds"), "rate_limited", "a 429 with seconds")


@case("push", "http")
def a_429_with_a_date_ends_the_push(bench: Bench) -> None:
    _ended(bench, faults.limited("date"), "rate_limited", "a 429 with a date")


@case("push", "http")
def a_429_without_a_word_ends_the_push(bench: Bench) -> None:
    _ended(bench, faults.limited("nothing"), "rate_limited", "a 429 that says no time")


@case("push", "http")
def no_network_ends_the_push(bench: Bench) -> None:
    _ended(bench, faults.refused, "transient", "no network")


def _doubtful(bench: Bench, what: str) -> None:
    for number, (writes, change, outcome) in enumerate(_struck(bench, faults.DOUBTFUL[what])):
        ensure(change.op_id not in outcome.results, f"after {what} nobody knows, and the change gets a result")
        ensure(
            change.op_id not in outcome.refused or number == 0,
            f"after {what} nobody knows, and the change is refused",
        )
        failure = outcome.failure
        ensure(
            not failure or failure.kind not in _UNDONE,
            f"after {what} nobody knows, and it says that nothing was applied: let the error of context.http through",
        )
        ensure(writes <= number + 1 or not failure, f"after {what} it sends again: only leadq may, after a look")


@case("push", "http")
def after_a_timeout_the_change_is_unknown(bench: Bench) -> None:
    _doubtful(bench, "a timeout")


@case("push", "http")
def after_a_lost_answer_the_change_is_unknown(bench: Bench) -> None:
    _doubtful(bench, "a lost answer")


@case("push", "http")
def after_a_broken_line_the_change_is_unknown(bench: Bench) -> None:
    _doubtful(bench, "a broken line")


@case("push", "http")
def after_half_an_answer_the_change_is_unknown(bench: Bench) -> None:
    _doubtful(bench, "a truncated answer")


@case("push", "http")
def after_a_page_of_html_the_change_is_unknown(bench: Bench) -> None:
    _doubtful(bench, "a page of HTML with 200")


@case("push", "http")
def after_a_503_the_change_is_unknown(bench: Bench) -> None:
    _doubtful(bench, "a 503 before")


@case("push", "http")
def after_a_502_that_was_done_the_change_is_unknown(bench: Bench) -> None:
    _doubtful(bench, "a 502 after it was done")


@case("push", "http")
def an_answer_that_says_nothing_is_no_failure(bench: Bench) -> None:
    for body in (b"", b"{}", b"null", b"[]"):
        effect = faults.done_but(faults.answers(200 if body else 204, body))
        for _writes, _change, outcome in _struck(bench, effect):
            ensure(
                outcome.is_typed,
                f"a write that was done and answered with {body!r} fails in a way nobody foresaw{because(outcome)}",
            )
            ensure(not outcome.refused, f"a write that was done and answered with {body!r} is refused")


@case("push", "http", "provable", "service.notes", "service.status")
def what_was_lost_and_sent_again_is_there_exactly_once(bench: Bench) -> None:
    for what, effect in faults.DOUBTFUL.items():
        for _writes, change, _outcome in _struck(bench, effect):
            _settled(bench, change)
            lead = change.external_id
            ensure(bench.stands(lead, "disqualified"), f"after {what}, a look and a second sending the status is lost")
            held = sum("Pas de besoin." in note for note in bench.notes(lead))
            ensure(held == 1, f"after {what}, a look and a second sending the note is there {held} times")


def _settled(bench: Bench, change: Change) -> None:
    """What leadq does about a change that is unknown: look, send what is not there, look again."""
    from dataclasses import replace

    if "idempotent_push" in bench.adapter.capabilities:
        applied(bench.push(change), change)
        return
    found = bench.look(change.external_id, markers=True)
    entry = change.op_id in (found.markers or ())
    if not (entry and found.last_op == change.op_id):
        again = replace(change, scope="record") if entry else change
        applied(bench.push(again), again)


@case("push", "http")
def a_record_that_was_written_and_a_note_that_was_not_are_not_called_undone(bench: Bench) -> None:
    for number, (_writes, change, outcome) in enumerate(_struck(bench, faults.refused)):
        if number:
            failure = outcome.failure
            ensure(
                change.op_id not in outcome.results and failure and failure.kind not in _UNDONE,
                "the record is written, the note is not, and it says that nothing was applied:"
                " put `with context.http.change():` around the requests of one change",
            )
