"""What must never happen: secrets that get out, time that is slept away, text that drives a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from leadq.testing.conformance import faults
from leadq.testing.conformance.bench import TOKEN, because
from leadq.testing.conformance.cases import case, ensure
from leadq.testing.conformance.pushing import HOSTILE

if TYPE_CHECKING:
    from leadq.testing.conformance.bench import Bench, Outcome


def _everything(bench: Bench) -> list[Outcome]:
    """One of each that the adapter can do."""
    can, outcomes = bench.adapter.capabilities, [bench.check()]
    bench.add("101", name="Jeanne")
    if "pull" in can:
        outcomes.append(bench.pull())
    if "push" in can:
        outcomes.append(bench.push(bench.change("101", "disqualify", status="disqualified", note="Non.")))
    if "lookup" in can:
        outcomes.append(bench.lookup("101", markers=True))
    return outcomes


@case("http", "service")
def no_repr_shows_a_secret(bench: Bench) -> None:
    shown = repr(bench.instance()) + str(bench.instance())
    ensure(TOKEN not in shown, "the repr of the adapter shows the token")


@case("http", "service")
def the_token_goes_into_headers_only(bench: Bench) -> None:
    _everything(bench)
    ensure(bench.requests, "nothing is ever asked of the service")
    for request in bench.requests:
        ensure(TOKEN not in request.target, "the token is in an address, where logs keep it: send it in a header")
        ensure(TOKEN not in request.body.decode("utf-8", "replace"), "the token is in the body of a request")


@case("http", "service")
def nothing_that_comes_out_holds_a_secret(bench: Bench) -> None:
    for outcome in _everything(bench):
        ensure(TOKEN not in repr(outcome.said), "the token is in what is handed over to leadq")


@case("http", "service")
def no_sentence_holds_a_secret(bench: Bench) -> None:
    for effect in (faults.answers(401), faults.answers(422), faults.answers(503), faults.refused, faults.dropped,
                   faults.answers(200, {}), faults.page_of_html(200), faults.limited("seconds")):  # fmt: skip
        bench.heal()
        bench.strike(effect, times=50)
        for outcome in _everything(bench):
            told = f"{outcome.error!r} {outcome.error} {getattr(outcome.error, 'params', '')} {outcome.said!r}"
            ensure(
                TOKEN not in told, "the token is in an error: raise what context.http raises, or a sentence of your own"
            )


@case("http", "service")
def a_token_that_the_service_repeats_is_not_repeated(bench: Bench) -> None:
    bench.strike(faults.answers(422, {"message": "bad"}), times=50)
    for outcome in _everything(bench):
        ensure(TOKEN not in f"{outcome.error}", "the token is in an error")


@case("service")
def nothing_is_printed(bench: Bench) -> None:
    _everything(bench)
    ensure(not bench.printed.getvalue(), "it prints, where nobody looks: raise an error instead")


@case("http", "service")
def nobody_waits(bench: Bench) -> None:
    for effect in (faults.limited("seconds"), faults.answers(503), faults.refused, faults.dropped):
        bench.heal()
        bench.strike(effect, times=50)
        _everything(bench)
    bench.heal()
    _everything(bench)
    ensure(not bench.waits, "it sleeps: declare limits, and leave it to leadq when to try again")


@case("http", "service")
def a_failure_is_one_that_the_sdk_knows(bench: Bench) -> None:
    away = faults.answers(302, location="https://evil.test/")
    refusals = (faults.answers(status) for status in (400, 403, 418, 500))
    for effect in (*faults.DOUBTFUL.values(), *refusals, faults.refused, faults.limited("nothing"), away):
        bench.heal()
        bench.strike(effect, times=50)
        for outcome in _everything(bench):
            ensure(outcome.is_typed, f"a failure becomes one that nobody foresaw{because(outcome)}")


@case("http", "service")
def a_redirect_to_another_host_gets_nothing(bench: Bench) -> None:
    bench.strike(faults.answers(302, location="https://evil.test/"), times=50)
    for outcome in _everything(bench):
        ensure(outcome.error or not bench.requests, "a redirect to another host is taken for an answer")


@case("http", "service")
def a_huge_answer_is_refused_and_told(bench: Bench) -> None:
    bench.strike(faults.answers(200, b"[" + b" " * (9 << 20) + b"]"), times=50)
    for outcome in _everything(bench):
        ensure(outcome.is_typed, f"an answer of nine megabytes fails in a way nobody foresaw{because(outcome)}")


def _comes_in(bench: Bench, name: str) -> None:
    bench.add("101", name=HOSTILE[name])
    bench.add("102", name="Karl")
    outcome = bench.pull()
    ensure(outcome.is_typed, f"a lead whose name holds {name} ends the pull{because(outcome)}")
    ensure({"101", "102"} <= set(outcome.leads), f"a lead whose name holds {name} is left out, or keeps others out")


@case("pull")
def a_name_that_commands_a_terminal_comes_in(bench: Bench) -> None:
    _comes_in(bench, "control characters")
    _comes_in(bench, "an address that changes the title")


@case("pull")
def a_name_that_turns_the_direction_comes_in(bench: Bench) -> None:
    _comes_in(bench, "a reversed direction")
    _comes_in(bench, "right to left")


@case("pull")
def a_name_that_is_markup_comes_in(bench: Bench) -> None:
    _comes_in(bench, "markup")
    _comes_in(bench, "a quotation")


@case("pull")
def a_name_that_is_a_formula_comes_in(bench: Bench) -> None:
    _comes_in(bench, "a formula")


@case("pull")
def a_name_of_several_lines_comes_in(bench: Bench) -> None:
    _comes_in(bench, "lines of all kinds")


@case("pull")
def a_very_long_name_comes_in(bench: Bench) -> None:
    bench.add("101", name="œ" * 500_000)
    bench.add("102", name="Karl")
    outcome = bench.pull()
    ensure(outcome.is_typed and "102" in outcome.leads, f"a very long name keeps others out{because(outcome)}")


@case("pull", "http")
def half_a_character_in_a_name_comes_in(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    bench.twist = faults.each_record(lambda record: {**record, "zz": "\ud83d", "name": "Jeanne \ud83d"})
    outcome = bench.pull()
    ensure(outcome.is_typed and "101" in outcome.leads, f"half a character keeps a lead out{because(outcome)}")


@case("pull")
def what_comes_in_can_be_handed_over(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    bench.service.page = getattr(bench.service, "page", 1)
    with bench.watched():
        adapter: Any = bench.instance()
        for page in adapter.pull(None, {}):
            for lead in page.leads:
                json.dumps([dict(lead.fields), dict(lead.raw)])
