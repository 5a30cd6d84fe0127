"""What the process of an adapter says, for everything that an adapter may do short of dying."""

from __future__ import annotations

import io
from itertools import count
from typing import TYPE_CHECKING

import pytest

from leadq.lock import held
from leadq.plugins.sdk import (
    Account,
    Change,
    Choice,
    CrmField,
    CrmOwner,
    Description,
    Option,
    Page,
    RemoteLead,
    Result,
    Step,
)
from leadq.sync.asking import Describe, Introduce, Introduction, Plan, Prepare, Steps
from leadq.sync.child import Line, serve
from leadq.sync.protocol import Done, Failed, Message, Open, ProtocolError, Pull, Push, Ready, decode, encode
from tests.plugins.fakes import adapter, announce

if TYPE_CHECKING:
    from pathlib import Path

CHANGES = tuple(
    Change(f"op-{n}", f"lead-{n}", "", "", "accept", "", None, (), "", "2026-05-13T13:00:00Z", "lea", 1, "d:1")
    for n in (1, 2, 3)
)
READY = Ready(frozenset({"push", "idempotent_push"}), Account("account"))


_NUMBERS = count()


class Plugins:
    """A folder of plugins, each under a name of its own, so that no import is remembered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def talk(self, code: str, *commands: Message, options: dict[str, str] | None = None) -> list[Message]:
        """What a child says to `commands` when `code` is the adapter."""
        name = f"fake{next(_NUMBERS)}"
        announce(self.folder, name, code.replace("NAME", name))
        return talk(Open(name, options or {}, str(self.folder / "lock"), 60.0), *commands)


def talk(*commands: Message) -> list[Message]:
    outgoing = io.BytesIO()
    serve(Line(io.BytesIO(b"".join(map(encode, commands))), outgoing))
    return [decode(line) for line in outgoing.getvalue().splitlines()]


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugins:
    monkeypatch.syspath_prepend(tmp_path)
    return Plugins(tmp_path)


def said(message: Message) -> str:
    assert isinstance(message, Failed)
    return message.message.format_map(message.params)


def test_an_adapter_is_checked_and_answers_for_every_change(plugins: Plugins) -> None:
    assert plugins.talk(adapter("NAME"), Push(CHANGES), Push(CHANGES[:1])) == [
        READY,
        *(Result(f"op-{n}", "applied") for n in (1, 2, 3)),
        Done(),
        Result("op-1", "applied"),
        Done(),
    ]


@pytest.mark.parametrize(
    ("push", "kind", "why"),
    [
        ("raise KeyError('x')", "crash", "KeyError: 'x'"),
        ("sys.exit(1)", "crash", "SystemExit: 1"),
        ("yield 'op-2'", "crash", "AttributeError"),
        ("yield Result('op-99', 'applied')", "crash", "op-99"),
        ("yield Result('op-1', 'applied')", "crash", "op-1"),
        ("raise AuthFailed('Token expired.')", "auth", "Token expired."),
        ("raise RateLimited(retry_after=30)", "rate_limited", "asks for a pause"),
        ("raise Transient('{host} is away.', host='crm')", "transient", "crm is away."),
        ("raise AdapterError('none of the six')", "crash", "none of the six"),
    ],
)
def test_what_was_answered_before_a_failure_counts(plugins: Plugins, push: str, kind: str, why: str) -> None:
    ready, first, failure = plugins.talk(
        adapter("NAME", f"yield Result('op-1', 'applied'); {push}"), Push(CHANGES), Push(CHANGES)
    )
    assert (ready, first) == (READY, Result("op-1", "applied"))
    assert isinstance(failure, Failed)
    assert (failure.kind, failure.op_id) == (kind, None)
    assert failure.retry_after == (30 if kind == "rate_limited" else None)
    assert why in said(failure)


@pytest.mark.parametrize("error", ["Rejected('email', 'no')", "Conflict('no')", "Gone('no')"])
def test_a_refusal_of_one_change_settles_it_and_the_next_ones_are_pushed(plugins: Plugins, error: str) -> None:
    push = f"""for change in changes:
            if change.op_id == 'op-2':
                raise {error}
            yield Result(change.op_id, 'applied')"""
    kind = error.partition("(")[0].lower()
    assert plugins.talk(adapter("NAME", push), Push(CHANGES))[1:] == [
        Result("op-1", "applied"),
        Failed(kind, "no", {}, "op-2"),  # type: ignore[arg-type]
        Result("op-3", "applied"),
        Done(),
    ]


def test_an_adapter_may_leave_a_change_without_an_answer(plugins: Plugins) -> None:
    assert plugins.talk(adapter("NAME", "yield Result('op-2', 'retry')"), Push(CHANGES))[1:] == [
        Result("op-2", "retry"),
        Done(),
    ]


def test_leads_are_pulled_page_by_page(plugins: Plugins) -> None:
    pull = """
    def pull(self, cursor, scope):
        yield Page((RemoteLead("42", fields={"name": scope["owner"]}),), "c1", True)
        yield Page((), cursor, False)
"""
    code = adapter("NAME").replace("\n@hookimpl", f"{pull}\n@hookimpl")
    assert plugins.talk(code, Pull("c0", {"owner": "lea"}))[1:] == [
        Page((RemoteLead("42", fields={"name": "lea"}),), "c1", True),
        Page((), "c0", False),
        Done(),
    ]


DESCRIBES = """
    def describe(self):
        return DESCRIPTION

    def plan(self):
        yield Step("p", "Create {name}.", {"name": "x"})

    def prepare(self, steps):
        raise Rejected("", "made " + steps[0].id)
"""


def test_an_adapter_says_what_is_there_and_what_it_would_create(plugins: Plugins) -> None:
    found = 'Description((CrmField("f", "F", "choice", (Choice("a"),)),), (CrmOwner("1", "Zoé"),))'
    code = adapter("NAME").replace("\n@hookimpl", f"{DESCRIBES.replace('DESCRIPTION', found)}\n@hookimpl")
    steps = (Step("p", "Create {name}.", {"name": "x"}),)
    answers = plugins.talk(code, Describe(), Plan(), Prepare(steps))
    assert answers == [
        READY,
        Description((CrmField("f", "F", "choice", (Choice("a"),)),), (CrmOwner("1", "Zoé"),)),
        Done(),
        Steps(steps),
        Done(),
        Failed("rejected", "made p"),
    ]


@pytest.mark.parametrize("found", ["None", "Description((CrmField(5),))", "Description(owners=(3,))"])
def test_a_description_that_is_none_is_the_adapters_failure(plugins: Plugins, found: str) -> None:
    code = adapter("NAME").replace("\n@hookimpl", f"{DESCRIBES.replace('DESCRIPTION', found)}\n@hookimpl")
    try:
        last = plugins.talk(code, Describe())[-1]
    except ProtocolError:
        return  # the supervisor would not hear it either
    assert isinstance(last, Failed)


def test_an_adapter_is_introduced_without_settings(plugins: Plugins) -> None:
    announce(plugins.folder, "shy", adapter("shy"))
    introduction = Introduction((Option("outcomes", "a file"),), READY.capabilities)
    assert talk(Introduce("shy", 60.0)) == [introduction]
    (failure,) = talk(Introduce("nobody", 60.0))
    assert "No adapter called" in said(failure)


@pytest.mark.parametrize(
    ("check", "kind"),
    [("raise AuthFailed('no')", "auth"), ("raise Rejected('url', 'no')", "load"), ("1 / 0", "crash")],
)
def test_a_connection_that_does_not_work_is_said_before_anything_is_pushed(
    plugins: Plugins, check: str, kind: str
) -> None:
    (failure,) = plugins.talk(adapter("NAME").replace('return Account("account")', check), Push(CHANGES))
    assert isinstance(failure, Failed)
    assert (failure.kind, failure.op_id) == (kind, None)


def test_an_adapter_that_does_not_load_or_is_not_set_up_is_said(plugins: Plugins) -> None:
    (broken,) = plugins.talk("raise RuntimeError('no licence')")
    (wrong,) = plugins.talk(adapter("NAME"), options={"outcome": "x"})
    (missing,) = talk(Open("csv", {}, str(plugins.folder / "lock"), 60.0))
    (unknown,) = talk(Open("cvs", {}, str(plugins.folder / "lock"), 60.0))
    assert {message.kind for message in (broken, wrong, missing, unknown) if isinstance(message, Failed)} == {"load"}
    assert "RuntimeError: no licence" in said(broken)
    assert "no option “outcome”; it has: outcomes" in said(wrong)
    assert "needs “outcomes”" in said(missing)
    assert "did you mean “csv”" in said(unknown)


def test_a_child_waits_for_the_one_before_it_and_gives_up_with_a_sentence(plugins: Plugins) -> None:
    with held(plugins.folder / "lock", 0):
        (failure,) = talk(Open("csv", {}, str(plugins.folder / "lock"), 0.01))
    assert isinstance(failure, Failed)
    assert failure.kind == "transient"
    assert "has not ended" in said(failure)


def test_a_child_that_is_not_spoken_to_as_agreed_says_so() -> None:
    (failure,) = talk(Push(CHANGES))
    assert "first of all open" in said(failure)


def test_a_dry_run_takes_no_lock_and_leaves_no_file(plugins: Plugins, tmp_path: Path) -> None:
    announce(plugins.folder, "rehearsal", adapter("rehearsal"))
    lock = tmp_path / "not there" / "lock"
    assert talk(Open("rehearsal", {}, str(lock), 60.0, dry_run=True)) == [READY]
    assert not lock.parent.exists()
