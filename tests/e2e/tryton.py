"""The server under test, and what another user of it sees and does: the oracle is its own log."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.e2e.provision import PASSWORD, TEMPLATE, Database, free_port

OPPORTUNITY: Final = "sale.opportunity"
_START_S: Final = 60.0


class TrytonError(Exception):
    """What the server answered instead of a result."""


class Server:
    """A Tryton on `database`; several may serve the same one."""

    def __init__(self, root: Path, database: Database, name: str) -> None:
        self.port = free_port()
        self.name = name
        self._root = root
        self._settings = root / f"trytond-{self.port}.conf"
        session = "[session]\nauthentications = password\nmax_attempt = 2\n"
        self._settings.write_text(f"{database.settings}[web]\nlisten = 127.0.0.1:{self.port}\n{session}", "utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [self._root / "venv" / "bin" / "trytond", "-c", self._settings, "-d", self.name]
        with (self._root / "trytond.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        ends = time.monotonic() + _START_S
        while time.monotonic() < ends and self._process.poll() is None:
            with suppress(OSError):
                call(f"http://127.0.0.1:{self.port}/rpc/", "common.server.version", [], "")
                return
            time.sleep(0.1)  # nothing tells when a server of somebody else's listens
        raise AssertionError("trytond does not start; see trytond.log")

    def signal(self, number: int) -> None:
        """Stop it, let it go on, or kill it."""
        assert self._process
        self._process.send_signal(number)
        if number == signal.SIGKILL:
            self._process.wait(10)

    def end(self) -> None:
        """Kill it, if it is still there."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)
        self._settings.unlink(missing_ok=True)


def call(url: str, method: str, params: list[Any], authorization: str) -> Any:
    """One call of Tryton's JSON-RPC. Raises TrytonError."""
    body = json.dumps({"id": 1, "method": method, "params": params}).encode()
    headers = {"content-type": "application/json"} | ({"authorization": authorization} if authorization else {})
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as answer:
        document = json.loads(answer.read())
    if "error" in document:
        raise TrytonError(document["error"])
    return document["result"]


@dataclass
class Person:
    """Somebody who works in Tryton itself, logged in once."""

    crm: Crm
    login: str
    password: str
    context: dict[str, Any] = field(default_factory=dict)
    _session: str = ""

    def does(self, method: str, *params: Any) -> Any:
        """A call with their context, such as `sale.opportunity.write`."""
        if not self._session:
            uid, token, _ = call(self.crm.url, "common.db.login", [self.login, {"password": self.password}, "en"], "")
            self._session = "Session " + b64encode(f"{self.login}:{uid}:{token}".encode()).decode()
            self.context = self.does("res.user.get_preferences", True)
        return call(self.crm.url, f"model.{method}", [*params, self.context], self._session)

    def reads(self, model: str, domain: list[Any], *names: str) -> list[dict[str, Any]]:
        """Records, in the order in which they were made."""
        found: list[dict[str, Any]] = self.does(f"{model}.search_read", domain, 0, None, [["id", "ASC"]], list(names))
        return found

    def presses(self, button: str, lead: int) -> None:
        """One of the buttons of an opportunity."""
        self.does(f"{OPPORTUNITY}.{button}", [lead])

    def writes(self, lead: int, **values: Any) -> None:
        """Fields of an opportunity."""
        self.does(f"{OPPORTUNITY}.write", [lead], values)


class Crm:
    """One company in a database of its own: Rita, whose leads they are, Otto beside her, and the administrator, who
    reads the log."""

    def __init__(self, root: Path, database: Database, name: str) -> None:
        database.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        self.root, self.database, self.name = root, database, name
        self.server = Server(root, database, name)
        self.server.start()
        self.admin = Person(self, "admin", PASSWORD)
        self._found()
        self.rita = Person(self, "rita", "Rita-long-77x")
        self.otto = Person(self, "otto", "Otto-long-77x")

    @property
    def url(self) -> str:
        """Where calls to this database go, past everything that a test puts in between."""
        return f"http://127.0.0.1:{self.server.port}/{self.name}/rpc/"

    def _found(self) -> None:
        """A company with two salespeople."""
        does = self.admin.does
        (euro,) = does("currency.currency.create", [{"name": "Euro", "code": "EUR", "symbol": "E"}])
        acme, rita, otto = does("party.party.create", [{"name": "Acme"}, {"name": "Rita"}, {"name": "Otto"}])
        (company,) = does("company.company.create", [{"party": acme, "currency": euro}])
        people = [{"party": party, "company": company} for party in (rita, otto)]
        self.employees = dict(zip(("rita", "otto"), does("company.employee.create", people), strict=True))
        ((me,),) = (self.admin.reads("res.user", [["login", "=", "admin"]], "login"),)
        mine = {"companies": [["add", [company]]], "company": company}
        does("res.user.write", [me["id"]], mine)
        (group,) = self.admin.reads("res.group", [["name", "=", "Sale Opportunity"]], "name")
        for login, employee in self.employees.items():
            about = {"name": login.title(), "login": login, "password": f"{login.title()}-long-77x"}
            works = {"groups": [["add", [group["id"]]]], "employees": [["add", [employee]]], "employee": employee}
            does("res.user.create", [about | mine | works])
        self.admin.context = does("res.user.get_preferences", True)

    def lead(self, name: str) -> int:
        """A new lead of Rita's."""
        return self.leads([name])[0]

    def leads(self, names: list[str]) -> list[int]:
        """New leads of Rita's, made in one transaction."""
        parties = self.rita.does("party.party.create", [_party(name) for name in names])
        named = zip(names, parties, strict=True)
        about = [{"description": f"{name} asked for a demo", "party": party} for name, party in named]
        made: list[int] = self.rita.does(f"{OPPORTUNITY}.create", about)
        return made

    def state(self, lead: int) -> str:
        """The state that Tryton shows."""
        return str(self.admin.reads(OPPORTUNITY, [["id", "=", lead]], "state")[0]["state"])

    def log(self, lead: int, who: str = "rita") -> list[str]:
        """What `who` did to the record: each write and each button, by Tryton's own log, oldest first."""
        about = [["resource", "=", f"{OPPORTUNITY},{lead}"], ["event", "in", ["write", "button", "delete"]]]
        entries = self.admin.reads("ir.model.log", [*about, ["user.login", "=", who]], "event", "target")
        return [f"{entry['event']} {entry['target'] or ''}".strip() for entry in entries]

    def notes(self, lead: int) -> list[str]:
        """The notes on the record, oldest first."""
        found = self.admin.reads("ir.note", [["resource", "=", f"{OPPORTUNITY},{lead}"]], "message")
        return [str(note["message"]) for note in found]

    def marked(self, lead: int) -> list[str]:
        """The entries of leadq's on the record's timeline, by their last line."""
        lines = [note.splitlines()[-1] for note in self.notes(lead)]
        return [line for line in lines if line.startswith("leadq:")]

    def held(self, statement: str) -> Hold:
        """A lock that another transaction has until it is let go."""
        return Hold(self.database, self.name, statement)

    def end(self) -> None:
        """The server and the database go."""
        self.server.end()
        self.database.run(f"DROP DATABASE {self.name} WITH (FORCE)")


class Hold:
    """A transaction that holds what `statement` locks, for as long as the block lasts."""

    def __init__(self, database: Database, name: str, statement: str) -> None:
        self._database, self._name, self._statement = database, name, statement

    def __enter__(self) -> Hold:
        self._session = self._database.psql(self._name)
        assert self._session.stdin
        assert self._session.stdout
        self._session.stdin.write(f"BEGIN;\n{self._statement};\n\\echo held\n")
        self._session.stdin.flush()
        while (line := self._session.stdout.readline()).strip() != "held":
            assert line, "psql ended"
        return self

    def waiters(self) -> int:
        """How many other sessions wait for a lock."""
        return int(self._database.run(_WAITERS, self._name))

    def __exit__(self, *_: object) -> None:
        self._session.communicate("ROLLBACK;\n")


_WAITERS: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def _party(name: str) -> dict[str, Any]:
    mail = f"hello@{name.lower()}.example"
    return {"name": name, "contact_mechanisms": [["create", [{"type": "email", "value": mail}]]]}


def until(true: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Wait for something that another process does."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, what
        time.sleep(0.05)


ENVIRON: Final = {name: value for name, value in os.environ.items() if not name.startswith("LEADQ_")}
