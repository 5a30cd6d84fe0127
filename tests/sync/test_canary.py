"""Two secrets that must not be found anywhere: whatever the service sends back, and whatever the adapter does."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from leadq.cli.sync import told
from leadq.domain.verbs import Accept, Note
from leadq.paths import Home
from leadq.plugins.sdk import (
    Account,
    AuthFailed,
    Change,
    Context,
    Login,
    Option,
    Page,
    RateLimited,
    Rejected,
    RemoteLead,
    Result,
    Transient,
)
from leadq.sync.ports import SystemTicks
from leadq.sync.report import SyncReport
from leadq.sync.wire import Reply, Request
from leadq.testing.crm import ORDERED, FakeCRM
from leadq.testing.inside import Inside
from leadq.testing.invariants import no_secret_is_told
from leadq.testing.rest import Rest
from leadq.testing.server import serve
from leadq.testing.straight import Straight
from tests.plugins.fakes import announce
from tests.sync.laptop import TOKEN, Laptop

SECOND = 'canary-7f3a/9+x?"é'
SECRETS = (TOKEN, SECOND)
REMARK = SECOND
FORMS = tuple(
    form
    for secret in SECRETS
    for form in (
        secret, quote(secret, safe=""), quote(secret), base64.b64encode(secret.encode()).decode(),
        base64.b64encode(f"user:{secret}".encode()).decode(), json.dumps(secret),
    )
)  # fmt: skip


class Telling(Rest):
    """Has a second secret, which it sends in a header, and an option in which somebody has put it too."""

    options = (*Rest.options, Option("second", "", secret=True), Option("remark", ""))

    @classmethod
    def login(cls, context: Context) -> Login:
        login = super().login(context)
        return Login(login.base_url, {**login.headers, "x-second": quote(context.secrets["second"])})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.context = context


class Watched(Laptop):
    """Keeps all that was ever said by it; and what its transport would show in a bug report."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.said: dict[str, str | bytes] = {}
        self.opened: list[Inside] = []
        settings = self.home.settings
        settings.write_text(settings.read_text("utf-8") + f"remark = {json.dumps(REMARK)}\n", "utf-8")

    def open(self, order: Any, ticks: Any) -> Inside:
        order = replace(order, secrets={"token": TOKEN, "second": SECOND})
        self.said[f"order {len(self.opened)}"] = repr(replace(order, options={}))
        self.opened.append(Inside(order, self.kind, Straight(self.answer, self.time), ticks))
        return self.opened[-1]

    def run(self) -> None:
        number = len(self.opened)
        try:
            report = self.sync()
        except BaseException as error:
            self.said[f"raised {number}"] = repr(error)
            raise
        self.said[f"report {number}"] = repr(report) + json.dumps(SyncReport("", (report,)).as_json())
        self.said[f"screen {number}"] = "\n".join(told(SyncReport("", (report,))))

    def leaks(self) -> list[str]:
        files = {str(path): path.read_bytes() for path in self.home.data.parent.rglob("*") if path.is_file()}
        del files[str(self.home.settings)]  # where somebody has put one; it must not go on from there
        assert any(name.endswith(".db") for name in files), sorted(files)
        records = {}
        for number, inside in enumerate(self.opened):
            assert inside._serving
            assert inside._serving.http
            records[f"record {number}"] = repr(inside._serving.http.recorder.exchanges)
            records[f"client {number}"] = repr(inside._serving.http)
        return [each.what for each in no_secret_is_told({**files, **self.said, **records}, SECRETS)]


def worked(memory: Path, kind: type[Rest], twist: Callable[[Request, Reply], Reply] | None = None) -> Watched:
    """Two cycles that go well, with work in between, and two under `twist`."""
    it = Watched(Home(memory / "config", memory / "data", memory / "state"), kind=Telling)
    for number in range(3):
        it.book.create(f"L{number}", name=f"Lead {number}")
    it.time.sleep(60)
    it.run()
    it.queue.perform(["crm:L0"], Accept())
    it.queue.perform(["crm:L1"], Note("Rappeler."))
    it.kind = kind
    it.twist = twist or it.twist
    for _ in range(2):
        it.time.sleep(4000)
        it.run()
    return it


def told_back(body: Any, status: int = 200, **headers: str) -> Callable[[Request, Reply], Reply]:
    named = {name.replace("_", "-"): value.replace("é", "e") for name, value in headers.items()}
    whole = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda request, reply: Reply(status, {**reply.headers, **named}, [whole])


def rows(**values: Any) -> Callable[[Request, Reply], Reply]:
    first = {"id": "X1", "owner": "rep-1", "state": "open", "updated_ms": 1, "properties": {"name": "X"}}
    return told_back({**first, "items": [{**first, **values}], "next": None, **values})


ECHOES: Mapping[str, Callable[[str], Callable[[Request, Reply], Reply]]] = {
    "a name": lambda form: rows(properties={"name": form, "email": f"{form}@x.example", "status": form}),
    "an id": lambda form: rows(id=form),
    "who we are": lambda form: told_back({"id": form, "name": form}),
    "a field nobody knows": lambda form: rows(properties={"name": "X", form: form}, echo={"deep": [form]}),
    "a refusal": lambda form: told_back({"message": f"bad token {form}"}, 400),
    "a login": lambda form: told_back({"error": {"detail": f"bad token {form}"}}, 401),
    "a pause": lambda form: told_back({"message": form}, 429, retry_after=form),
    "a web page": lambda form: told_back(f"<html>{form}</html>".encode()),
    "a cookie": lambda form: told_back({"items": []}, set_cookie=f"session={form}", x_echo=form, date=form),
    "a redirect": lambda form: told_back(b"", 302, location=f"https://{quote(form, safe='')}.evil.example/?t={form}"),
    "a redirect here": lambda form: told_back(b"", 302, location=f"/leads?token={quote(form, safe='')}"),
    "the way on": lambda form: told_back({"items": [], "next": f"https://crm.test/leads?token={form}"}),
}


@pytest.mark.parametrize("form", [TOKEN, " ".join(FORMS)], ids=["as it is", "in every form"])
@pytest.mark.parametrize("where", ECHOES)
def test_a_service_that_sends_a_secret_back_is_not_repeated(memory: Path, where: str, form: str) -> None:
    assert worked(memory, Telling, ECHOES[where](form)).leaks() == []


class Careless(Telling):
    """Tells everything that it knows, the way that `HOW` says."""

    how: Callable[[str], Any]

    def blurt(self) -> Any:
        known = (*self.context.secrets.values(), repr(self.context.secrets), repr(self.context.options))
        return type(self).how(" ".join((*known, *FORMS)))


class InPull(Careless):
    def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page]:
        self.blurt()
        yield from super().pull(cursor, scope)


class InPush(Careless):
    def push(self, changes: Sequence[Change]) -> Iterator[Result]:
        self.blurt()
        yield from super().push(changes)


class InResults(Careless):
    def push(self, changes: Sequence[Change]) -> Iterator[Result]:
        for change in changes:
            yield Result(change.op_id, "rejected", FORMS[0], " ".join(FORMS), FORMS[3])


class InPages(Careless):
    def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page]:
        lead = RemoteLead("X1", "lead", FORMS[0], False, {"name": FORMS[1], FORMS[0]: FORMS[6]}, {}, (FORMS[0],))
        yield Page((lead,), json.dumps(FORMS), more=False)


class InWords(Careless):
    def check(self) -> Account:
        return Account(SECOND, TOKEN)


def raising(kind: Callable[[str], BaseException]) -> Callable[[str], Any]:
    def how(secret: str) -> None:
        raise kind(secret)

    return how


HOWS: Mapping[str, Callable[[str], Any]] = {
    "prints": print,
    "any error": raising(ValueError),
    "leaves": raising(SystemExit),
    "auth": raising(AuthFailed),
    "transient": raising(Transient),
    "a name of a value": raising(lambda text: Rejected("", "{" + text + "}", **{text: text})),
    "a value": raising(lambda text: Rejected("", "no {why}", why=text)),
    "a pause": raising(lambda text: RateLimited(5, "later {why}", why=text)),
}


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("place", [InPull, InPush], ids=["pull", "push"])
def test_an_adapter_that_tells_its_secrets_is_not_repeated(memory: Path, place: type[Careless], how: str) -> None:
    kind = type("Kind", (place,), {"how": staticmethod(HOWS[how])})
    assert worked(memory, kind).leaks() == []


@pytest.mark.parametrize("kind", [InResults, InPages, InWords], ids=["results", "pages", "words"])
def test_an_adapter_that_hands_its_secrets_over_as_data_is_not_believed(memory: Path, kind: type[Careless]) -> None:
    assert worked(memory, kind).leaks() == []


def test_a_short_secret_is_not_said_either(memory: Path) -> None:
    kind = type("Kind", (InPull,), {"how": staticmethod(raising(lambda text: ValueError("no pw-4711 here")))})
    it = worked(memory, Telling)
    order = replace(it.opened[0]._order, secrets={"token": TOKEN, "second": "pw-4711"})
    with Inside(order, kind, Straight(it.answer, it.time), it.time) as inside:
        inside.ready()
        (failed,) = inside.pull(None, {})
    assert "no *** here" in repr(failed)


def test_a_secret_that_is_a_word_of_a_name_leaves_the_name_alone(memory: Path) -> None:
    it = worked(memory, Telling)
    order = it.opened[0]._order
    with Inside(replace(order, secrets={"token": TOKEN, "second": "Lead"}), Telling,
                Straight(it.answer, it.time), it.time) as inside:  # fmt: skip
        inside.ready()
        (page,) = inside.pull(None, {})
    assert isinstance(page, Page)
    assert page.leads[0].fields["name"] == "Lead 2"


LEAKY = """
import logging, os, sys, warnings
from leadq.plugins.sdk import *
from leadq.testing.rest import Rest

class Leaky(Rest):
    name = "leaky"
    options = (*Rest.options, Option("second", "", secret=True))

    def __init__(self, context):
        super().__init__(context)
        self.context = context
        logging.basicConfig(level=logging.DEBUG)
        self.tell()

    def tell(self):
        text = " ".join(self.context.secrets.values())
        print(text); print(text, file=sys.stderr); os.write(1, text.encode()); os.write(2, text.encode())
        logging.getLogger("x").error(text); warnings.warn(text)

    def push(self, changes):
        self.tell()
        yield from super().push(changes[:1])
        raise ValueError("lost " + " ".join(self.context.secrets.values()))

@hookimpl
def leadq_adapter():
    return Leaky
"""


def children(of: int) -> list[Path]:
    """The processes of `of`, and theirs, that run now."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue  # it ended meanwhile
        if parent == of:
            found += [stat.parent, *children(int(stat.parent.name))]
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows what a process was given")
def test_no_process_no_file_and_no_screen_shows_a_secret(tmp_path: Path) -> None:
    """The real command line: a token from a command, a second secret from the environment, a leaky plugin."""
    home = Home(tmp_path / "config", tmp_path / "data", tmp_path / "state")
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    announce(plugins, "leaky", LEAKY)
    (tmp_path / "safe").write_text(TOKEN + "\n", "utf-8")
    crm = FakeCRM(ORDERED, SystemTicks())
    for number in range(3):
        crm.book.create(f"L{number}", name=f"Lead {number}", note=SECOND)
    given: dict[str, bytes] = {}
    running: list[subprocess.Popen[bytes]] = []

    def watching(request: Request) -> Reply:
        for process in children(running[0].pid) if running else []:
            for name in ("cmdline", "environ"):
                given[f"{process.name} {name}"] = (process / name).read_bytes()
        return crm(request)

    environ = {
        **os.environ, "LEADQ_HOME": str(tmp_path), "LEADQ_CRM_SECOND": SECOND,
        "PYTHONPATH": os.pathsep.join((str(plugins), *sys.path)),
    }  # fmt: skip
    said: dict[str, str | bytes] = {}

    def leadq(*words: str) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "leadq", *words], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        running[:] = [process]
        said[f"out {len(said)}"], said[f"err {len(said)}"] = process.communicate(timeout=60)

    with serve(watching) as url:
        home.config.mkdir(parents=True)
        home.settings.write_text(
            f'[connection.crm]\nadapter = "leaky"\nurl = "{url}"\ntoken_command = ["cat", "{tmp_path / "safe"}"]\n',
            "utf-8",
        )
        leadq("sync", "--json")
        assert json.loads(said["out 0"])["connections"][0]["pulled"] == 3
        leadq("accept", "crm:L0", "--json")
        leadq("sync")
        leadq("status", "--json")
        leadq("list", "--json")
    assert "lost ***" in str(said)
    assert any(b"leadq.sync.child" in text for text in given.values())
    assert not any(b"LEADQ_CRM" in text for text in given.values())
    files = {
        str(path): path.read_bytes()
        for folder in (home.config, home.data, home.state)
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert [each.what for each in no_secret_is_told({**files, **said, **given}, SECRETS)] == []
