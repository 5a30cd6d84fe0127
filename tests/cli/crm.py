"""A home beside a fake CRM, for command lines that talk to it: no child, no network, and a keyring in memory."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from leadq.plugins.csv import CsvAdapter
from leadq.plugins.sdk import Choice, CrmField, CrmOwner, Description, Option, Step
from leadq.sync import stop, visit
from leadq.sync.asking import Introduce, Introduction
from leadq.sync.protocol import Failed
from leadq.sync.serving import UnusableError, introduced, told
from leadq.sync.wire import Reply, Request
from leadq.testing.crm import ORDERED, FakeCRM
from leadq.testing.inside import Inside
from leadq.testing.rest import Rest
from leadq.testing.straight import Straight
from leadq.testing.time import VirtualTime
from tests.cli.runner import Leadq, Result
from tests.keyrings import Memory, install

TOKEN = "pat-fake-0123456789"
OTHER = "pat-other-987654321"
URL = "https://crm.test"
CONNECT = ("connect", "rest", "--name", "crm", "--option", f"url={URL}", "--token-stdin")


class Described(Rest):
    """Says what is there, and needs one field of its own."""

    capabilities = Rest.capabilities | {"describe", "prepare"}
    options = (*Rest.options, Option("pin", "Another secret", secret=True))
    fields: tuple[CrmField, ...] = (
        CrmField("hs_score", "Lead score", "number"),
        CrmField("tier", "Tier", "choice", (Choice("a", "A"), Choice("b", "B"))),
        CrmField("custom.utm", "UTM"),
    )
    owners = (CrmOwner("81234", "Léa Bernard", "lea@forges.example"), CrmOwner("9", "Nobody of Ours"))
    missing: ClassVar[list[Step]] = []
    made: ClassVar[list[str]] = []

    def describe(self) -> Description:
        statuses = self._http.get("/fields").data["status"]
        return Description(self.fields, self.owners, tuple(Choice(each, each.title()) for each in statuses))

    def plan(self) -> Sequence[Step]:
        return self.missing

    def prepare(self, steps: Sequence[Step]) -> None:
        self.made.extend(step.id for step in steps)
        self.missing.clear()


class Unfound:
    """The child of an adapter that cannot be had."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> Unfound:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def introduced(self) -> Introduction | Failed:
        try:
            return introduced(Introduce(self._name, 1.0))
        except UnusableError as error:
            return told(error)


@dataclass
class Office:
    """`leadq` beside a CRM; `kind` is the adapter called `rest`, and `twist` what becomes of each answer."""

    leadq: Leadq
    keyring: Any = field(default_factory=Memory)
    kind: type[Rest] = Described
    twist: Callable[[Request, Reply], Reply] = lambda request, reply: reply

    def __post_init__(self) -> None:
        self.before = self.files()
        self.time = VirtualTime()
        self.crm = FakeCRM(ORDERED, self.time)
        self.orders: list[Any] = []
        for number in range(7):
            self.crm.book.create(f"L{number}", name=f"Lead {number}", company="ACME")
        self.time.sleep(60)

    def open(self, order: Any, ticks: Any) -> Any:
        if order.adapter == "csv":
            return Inside(order, CsvAdapter, Straight(self.answer, self.time), self.time)
        if order.adapter != "rest":
            return Unfound(order.adapter)
        self.orders.append(order)
        return Inside(order, self.kind, Straight(self.answer, self.time), self.time)

    def answer(self, request: Request) -> Reply:
        return self.twist(request, self.crm(request))

    def run(self, *words: str, stdin: str = "", **environment: str) -> Result:
        return self.leadq(*words, stdin=stdin.encode(), **environment)

    def connect(self, *more: str, token: str = TOKEN, **environment: str) -> Result:
        return self.run(*CONNECT, *more, stdin=f"{token}\n", **environment)

    @property
    def settings(self) -> str:
        file = self.leadq.home.settings
        return file.read_text("utf-8") if file.exists() else ""

    @property
    def untouched(self) -> bool:
        """Whether every file is as it was at first."""
        files = {name: data for name, data in self.files().items() if not name.endswith(("-wal", "-shm"))}
        return files == self.before and self.keyring.kept == {}

    def files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.leadq.folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with its contract in force, which takes longer than a test may."""
    seed = Leadq(tmp_path_factory.mktemp("made") / "home")
    assert seed("init", "--template", "pme-fr").status == 0
    return seed.folder


@pytest.fixture
def office(_made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A home without leads, and everything that it talks to."""
    it = Office(Leadq(Path(shutil.copytree(_made, tmp_path / "home"))))
    install(monkeypatch, it.keyring)
    monkeypatch.setattr(visit, "open_any", it.open)
    monkeypatch.setattr(stop, "Child", it.open)
    monkeypatch.setattr(Described, "missing", [])
    monkeypatch.setattr(Described, "made", [])
    return it
