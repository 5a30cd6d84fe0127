"""What the class says of itself, and who it is at the other end."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from typing import TYPE_CHECKING, Any

from leadq.plugins.manager import METHODS, SUPPORTED
from leadq.plugins.sdk import Limit, Option
from leadq.settings import is_secret
from leadq.testing.conformance import faults
from leadq.testing.conformance.bench import because, ready_of
from leadq.testing.conformance.cases import case, ensure

if TYPE_CHECKING:
    from leadq.testing.conformance.bench import Bench

_ALLOWED = ("leadq.plugins", "leadq.testing")
_ELSEWHERE = frozenset({"httpx", "requests", "urllib3", "aiohttp", "urllib.request", "http.client", "textual", "click"})


@case()
def the_name_is_one_small_word(bench: Bench) -> None:
    name: object = bench.adapter.name
    ensure(
        isinstance(name, str) and re.fullmatch(r"[a-z][a-z0-9_-]*", name),
        f"name is {name!r}; it is written in settings and in LEAD: small letters, digits, - and _",
    )


@case()
def the_api_version_is_one_that_leadq_speaks(bench: Bench) -> None:
    version = bench.adapter.api_version
    ensure(version in SUPPORTED, f"api_version is {version!r}, and this leadq knows {sorted(SUPPORTED)}")


@case()
def capabilities_are_words_and_each_has_its_method(bench: Bench) -> None:
    can = bench.adapter.capabilities
    ensure(isinstance(can, frozenset), f"capabilities is a {type(can).__name__}; make it a frozenset of words")
    ensure(all(isinstance(word, str) for word in can), "capabilities has something in it that is no word")
    wanted = [*sorted(METHODS & can), *(["plan"] if "prepare" in can else []), "check"]
    lacking = [name for name in wanted if not callable(getattr(bench.adapter, name, None))]
    ensure(not lacking, f"it declares what it has no method for: {', '.join(lacking)}")


@case()
def it_can_do_something(bench: Bench) -> None:
    ensure({"push", "pull"} & bench.adapter.capabilities, "it declares neither push nor pull, so leadq never calls it")


@case()
def what_a_lookup_proves_is_declared_where_writing_twice_writes_twice(bench: Bench) -> None:
    can = bench.adapter.capabilities
    ensure(
        "push" not in can or {"lookup", "idempotent_push"} & can,
        "it pushes, and has neither lookup nor idempotent_push: after a lost answer nobody could tell what was done",
    )


@case()
def options_are_options_and_each_has_a_help(bench: Bench) -> None:
    options: Any = bench.adapter.options
    ensure(isinstance(options, tuple), f"options is a {type(options).__name__}; make it a tuple of Option")
    ensure(all(isinstance(each, Option) and each.help for each in options), "an option is no Option, or has no help")
    names = [each.name for each in options]
    ensure(len(set(names)) == len(names), "two options have one name")


@case()
def what_looks_like_a_secret_is_declared_as_one(bench: Bench) -> None:
    open_ones = [each.name for each in bench.adapter.options if is_secret(each.name) and not each.secret]
    ensure(not open_ones, f"{', '.join(open_ones)} would stand in the settings file: say secret=True")


@case("http")
def limits_are_limits(bench: Bench) -> None:
    limits = getattr(bench.adapter, "limits", ())
    ensure(
        isinstance(limits, tuple) and all(isinstance(each, Limit) and each.amount > 0 < each.per_s for each in limits),
        "limits is a tuple of Limit, each with an amount and seconds above 0",
    )


@case()
def it_imports_the_sdk_and_no_other_way_out(bench: Bench) -> None:
    try:
        tree = ast.parse(inspect.getsource(sys.modules[bench.adapter.__module__]))
    except (OSError, TypeError, KeyError, SyntaxError):
        return
    named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    named |= {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    ours = {
        name for name in named if name.startswith("leadq.") and not name.startswith(("leadq.plugins", "leadq.test"))
    }
    bad = sorted(ours | {name for name in named if name in _ELSEWHERE or name.partition(".")[0] in _ELSEWHERE})
    ensure(not bad, f"it imports {', '.join(bad)}; of leadq import leadq.plugins.sdk, and speak HTTP with context.http")


@case("service")
def making_one_asks_nothing(bench: Bench) -> None:
    with bench.watched():
        bench.instance()
    ensure(not bench.requests, "it speaks to the service while it is made; wait until a method is called")


@case("service")
def check_names_the_account_and_always_the_same(bench: Bench) -> None:
    first, second = ready_of(bench.check()), ready_of(bench.check())
    ensure(first.account and first.account.id, "check() gives an account without an id")
    ensure(first.account == second.account, "check() gives another account the second time")
    ensure(first.account and isinstance(first.account.id, str), "the id of the account is no text")


@case("http", "service")
def check_only_reads(bench: Bench) -> None:
    bench.dry_run = True
    ready_of(bench.check())
    ensure(not bench.writes(), "check() writes")


@case("http", "service")
def check_proves_the_login(bench: Bench) -> None:
    bench.strike(faults.answers(401), times=50)
    outcome = bench.check()
    ensure(bench.requests, "check() asks nothing, so it proves nothing")
    ensure(
        outcome.failure and outcome.failure.kind == "auth",
        f"check() with a refused login is not an AuthFailed{because(outcome)}: let the error of context.http through",
    )


@case("http", "service")
def check_without_a_network_says_so(bench: Bench) -> None:
    bench.strike(faults.refused, times=50)
    outcome = bench.check()
    ensure(
        outcome.failure and outcome.failure.kind == "transient",
        f"check() without a network is not a Transient{because(outcome)}: let the error of context.http through",
    )


@case("http", "service")
def check_takes_no_page_of_html_for_an_account(bench: Bench) -> None:
    bench.strike(faults.page_of_html(200), times=50)
    outcome = bench.check()
    ensure(outcome.error, "check() takes a page of HTML for an account")
    ensure(outcome.is_typed, f"check() does not understand its own failure{because(outcome)}")


@case("http", "service")
def check_takes_no_empty_answer_for_an_account(bench: Bench) -> None:
    bodies: tuple[Any, ...] = ({}, [], None, {"id": None}, "x")
    for body in bodies:
        bench.heal()
        bench.strike(faults.answers(200, b"null" if body is None else body), times=50)
        outcome = bench.check()
        ensure(outcome.is_typed, f"check() fails in a way nobody foresaw when the answer is {body!r}{because(outcome)}")
        ensure(outcome.error, f"check() takes {body!r} for an account")


@case("describe")
def a_description_only_reads_and_has_names(bench: Bench) -> None:
    bench.dry_run = True
    with bench.watched():
        found = bench.instance().describe()  # type: ignore[attr-defined]
    ensure(all(each.name for each in found.fields), "describe() gives a field without a name")
    ensure(all(each.id for each in found.owners), "describe() gives an owner without an id")


@case("prepare")
def a_plan_only_reads_and_its_steps_are_sentences(bench: Bench) -> None:
    bench.dry_run = True
    with bench.watched():
        steps = bench.instance().plan()  # type: ignore[attr-defined]
    ensure(all(each.id and each.message for each in steps), "plan() gives a step without an id or a sentence")
    for each in steps:
        ensure(each.message.format_map(each.params), f"the sentence of step {each.id} lacks a value")


@case("prepare")
def what_was_prepared_is_not_planned_again(bench: Bench) -> None:
    with bench.watched():
        adapter = bench.instance()
        adapter.prepare(adapter.plan())  # type: ignore[attr-defined]
        left = bench.instance().plan()  # type: ignore[attr-defined]
    ensure(not left, f"after prepare() plan() still names {', '.join(each.id for each in left)}")
