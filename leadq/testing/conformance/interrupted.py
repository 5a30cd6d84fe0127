"""A pull that something ends half-way: it is said, what came before stands, and the next one goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq.sync.wire import Reply
from leadq.testing.conformance import faults
from leadq.testing.conformance.bench import because
from leadq.testing.conformance.cases import case, ensure
from leadq.testing.conformance.pulling import seven

if TYPE_CHECKING:
    from leadq.sync.wire import Request
    from leadq.testing.conformance.bench import Bench, Strike

_HERE, _AWAY = "https://crm.test/", "https://evil.test/far-away/"


def _interrupted(bench: Bench, effect: Strike, kinds: tuple[str, ...], what: str) -> None:
    """Each read of a pull in turn meets this: it must be said, and what came before it must stand."""
    leads = seven(bench)
    bench.whole_pull()
    reads = len(bench.requests)
    for number in range(min(reads, 6)):
        bench.heal()
        bench.strike(effect, on="read", after=number)
        before = len(bench.requests)
        outcome = bench.pull()
        failure = outcome.failure
        ensure(outcome.error, f"{what} in a pull goes unseen: let the error of context.http through")
        ensure(
            failure and failure.kind in kinds,
            f"{what} in a pull is told as {failure.kind if failure else 'nothing'}{because(outcome)},"
            f" not as {' or '.join(kinds)}",
        )
        ensure(
            len(bench.requests) - before == number + 1, f"after {what} it asks again: leadq decides when to try again"
        )
        rest = bench.whole_pull(outcome.cursor).leads
        ensure(set(leads) <= {*outcome.leads, *rest}, f"after {what} the next pull leaves out leads")


@case("pull", "http")
def no_network_in_a_pull_loses_nothing(bench: Bench) -> None:
    _interrupted(bench, faults.refused, ("transient",), "no network")


@case("pull", "http")
def a_timeout_in_a_pull_loses_nothing(bench: Bench) -> None:
    _interrupted(bench, faults.dropped, ("transient",), "a timeout")


@case("pull", "http")
def a_5xx_in_a_pull_loses_nothing(bench: Bench) -> None:
    _interrupted(bench, faults.answers(503), ("transient",), "a 503")


@case("pull", "http")
def a_login_that_expires_in_a_pull_is_told(bench: Bench) -> None:
    _interrupted(bench, faults.answers(401), ("auth",), "a 401")


@case("pull", "http")
def a_429_in_a_pull_is_told_with_its_seconds(bench: Bench) -> None:
    _interrupted(bench, faults.limited("seconds"), ("rate_limited",), "a 429")
    bench.heal()
    bench.strike(faults.limited("seconds"), on="read")
    failure = bench.pull().failure
    ensure(failure and failure.retry_after == 30, "the pause that a 429 asks for is not passed on")


@case("pull", "http")
def a_429_in_a_pull_is_told_with_its_date(bench: Bench) -> None:
    seven(bench, 2)
    bench.strike(faults.limited("date"), on="read")
    failure = bench.pull().failure
    ensure(failure and failure.kind == "rate_limited", "a 429 with a date is not a RateLimited")
    ensure(failure and failure.retry_after == 30, "the date that a 429 gives is not passed on")


@case("pull", "http")
def a_page_of_html_in_a_pull_loses_nothing(bench: Bench) -> None:
    _interrupted(bench, faults.page_of_html(200), ("transient",), "a page of HTML with 200")


@case("pull", "http")
def half_an_answer_in_a_pull_loses_nothing(bench: Bench) -> None:
    _interrupted(bench, faults.truncated, ("transient",), "a truncated answer")


@case("pull", "http")
def a_link_to_another_host_is_not_followed(bench: Bench) -> None:
    seven(bench)

    def away(request: Request, reply: Reply) -> Reply:
        headers = {name: text.replace(_HERE, _AWAY) for name, text in reply.headers.items()}
        return Reply(reply.status, headers, [b"".join(reply.chunks).replace(_HERE.encode(), _AWAY.encode())])

    bench.twist = away
    outcome = bench.pull()
    asked = any("far-away" in request.target for request in bench.requests)
    ensure(not asked, "a link to another host is taken for one of the service's: use context.http.follow")
    ensure(outcome.is_typed, f"a link to another host is not understood{because(outcome)}: use context.http.follow")
