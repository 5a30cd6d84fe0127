"""A home follows the contract of its team's source, or goes on under the one that it has and says why."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from leadq import config
from leadq.clock import Clock
from leadq.errors import Exit, LeadqError
from leadq.queue import Queue
from leadq.rulebook import template_text
from leadq.sync import agreements
from leadq.sync.agreements import Follower, source_of
from leadq.sync.engine import run_sync
from leadq.sync.fetching import MAX_TEXT, Fetch, Fetched, fetch
from leadq.sync.ports import SystemTicks
from leadq.sync.protocol import Failed, decode, encode
from leadq.sync.run import Wishes, worded
from leadq.sync.supervisor import Child
from leadq.sync.wire import Lost, Reply, Request
from tests.agreed import draft, read, signed
from tests.cli.runner import Leadq
from tests.leads import NOW_MS, hand_over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadq.paths import Home
    from leadq.sqlite import Store
    from leadq.sync.report import ContractReport

SPRING, SUMMER = signed("2026-05", "2026-05-01"), signed("2026-07", "2026-07-01")
SUMMER_MS = NOW_MS + 60 * 86_400_000


def follows(home: Home, source: str, pin: str = "") -> None:
    pinned = f'pin = "sha256:{pin}"\n' if pin else ""
    config.save(home.settings, f'[me]\nmember = "zoe"\n\n[contract]\nsource = {json.dumps(source)}\n{pinned}')


@pytest.fixture
def team(tmp_path: Path, home: Home, store: Store, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The team's file, which a home with a lead in it follows; it is read in this process."""
    monkeypatch.setattr(agreements, "fetched", lambda order, ticks: fetch(order))
    hand_over(Queue(store, Clock(NOW_MS)), {})
    file = tmp_path / "team.toml"
    follows(home, str(file))
    return file


def look(store: Store, now_ms: int = NOW_MS, *, patient: bool = False) -> ContractReport:
    report = Follower(store, now_ms, SystemTicks()).look((), patient=patient)
    assert report is not None
    return report


def version(store: Store) -> str:
    with store.read() as db:
        (found,) = db.execute(
            "SELECT version FROM contract WHERE id = (SELECT value FROM meta WHERE key = 'contract')"
        ).fetchone()
    return str(found)


def asides(home: Home) -> list[str]:
    return sorted(path.name for path in home.config.glob("contract.before-*"))


def test_a_signed_contract_comes_into_force_and_the_file_of_the_home_is_the_same(team: Path, store: Store) -> None:
    team.write_text(SPRING, "utf-8")
    report = look(store)
    assert (report.version, report.new, report.error, report.status) == ("2026-05", True, None, Exit.DONE)
    assert store.home.contract.read_text("utf-8") == SPRING
    assert look(store).new is False
    assert asides(store.home) == []


def test_what_somebody_wrote_into_the_home_is_put_aside(team: Path, store: Store) -> None:
    mine = draft("mine", "2026-01-01")
    store.home.contract.write_text(mine, "utf-8")
    team.write_text(SPRING, "utf-8")
    look(store)
    assert [(store.home.config / name).read_text("utf-8") for name in asides(store.home)] == [mine]


def test_a_link_to_a_shared_file_is_put_aside_and_the_shared_file_is_left_alone(team: Path, store: Store) -> None:
    shared = team.with_name("shared.toml")
    shared.write_text(template_text("pme-fr"), "utf-8")
    store.home.contract.unlink()
    store.home.contract.symlink_to(shared)
    team.write_text(SPRING, "utf-8")
    assert look(store).new
    assert shared.read_text("utf-8") == template_text("pme-fr")
    assert not store.home.contract.is_symlink()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (draft("2026-05", "2026-05-01"), "unsigned_contract"),
        (signed("2026-05", "2026-05-01", "sales"), "unsigned_contract"),
        (SPRING.replace('target = "15m"', 'target = "90m"'), "unsigned_contract"),
        ("<!doctype html><p>Sign in", "contract"),
        ('schema = 1\n[contract]\nname = "x"', "contract"),
        ("", "contract"),
    ],
    ids=["draft", "half", "tampered", "page", "incomplete", "empty"],
)
def test_what_is_not_signed_or_no_contract_is_one_sentence_and_work_goes_on(
    team: Path, store: Store, text: str, code: str
) -> None:
    team.write_text(text, "utf-8")
    report = look(store)
    assert isinstance(report.cause, LeadqError)
    assert (report.cause.code, report.status, report.version) == (code, Exit.CONFIG, "2026-1")
    assert "\n" not in (report.error or "\n")
    hand_over(Queue(store, Clock(NOW_MS)), {"email": "new@x.example"})
    assert version(store) == "2026-1"
    assert read(store.home.contract.read_text("utf-8")).version == "2026-1"


def test_the_last_good_one_stays_when_the_next_is_broken_older_or_gone(team: Path, store: Store) -> None:
    team.write_text(SUMMER, "utf-8")
    look(store, SUMMER_MS)
    team.write_text(SPRING, "utf-8")
    older = look(store, SUMMER_MS)
    assert older.cause is not None
    assert (older.cause.code, older.status) == ("older_contract", Exit.CONFIG)
    team.unlink()
    gone = look(store, SUMMER_MS)
    assert (gone.status, gone.version) == (Exit.TEMPORARY, "2026-07")
    team.write_text(SUMMER, "utf-8")
    assert look(store, SUMMER_MS).error is None
    assert version(store) == "2026-07"


def test_an_announced_contract_comes_on_its_day_with_the_first_gesture_and_without_its_source(
    team: Path, store: Store
) -> None:
    team.write_text(SUMMER, "utf-8")
    report = look(store)
    assert (report.version, report.new) == ("2026-1", False)
    assert report.announced is not None
    assert report.announced["effective_from"] == "2026-07-01"
    team.unlink()
    look(store)
    hand_over(Queue(store, Clock(NOW_MS)), {"email": "before@x.example"})
    assert version(store) == "2026-1"
    hand_over(Queue(store, Clock(SUMMER_MS)), {"email": "after@x.example"})
    assert version(store) == "2026-07"
    with store.read() as db:
        under = db.execute(
            "SELECT k.version FROM lead l JOIN contract k ON k.id = l.contract_id ORDER BY l.id"
        ).fetchall()
    assert [one for (one,) in under] == ["2026-1", "2026-1", "2026-07"]


def test_an_announcement_ends_when_the_source_has_it_no_more_and_when_no_source_is_named(
    team: Path, store: Store
) -> None:
    team.write_text(SUMMER, "utf-8")
    assert look(store).announced
    team.write_text(SPRING, "utf-8")
    assert look(store).announced is None
    team.write_text(SUMMER, "utf-8")
    assert look(store).announced
    config.save(store.home.settings, '[me]\nmember = "zoe"\n')
    assert Follower(store, NOW_MS, SystemTicks()).look((), patient=False) is None
    hand_over(Queue(store, Clock(SUMMER_MS)), {"email": "after@x.example"})
    assert version(store) == "2026-05"


def test_a_settings_folder_that_cannot_be_written_keeps_nobody_from_working(
    team: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, raw: bytes) -> None:
        raise OSError(28, "No space left on device")

    team.write_text(SPRING, "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr("leadq.distribution.write_contract", full)
        report = look(store)
        assert (report.status, report.version) == (Exit.CONFIG, "2026-1")
        hand_over(Queue(store, Clock(NOW_MS)), {"email": "b@x.example"})
    assert version(store) == "2026-1"
    assert look(store).version == "2026-05"


def test_only_the_pinned_contract_is_followed(team: Path, store: Store) -> None:
    team.write_text(SPRING, "utf-8")
    follows(store.home, str(team), read(SUMMER).hash)
    report = look(store)
    assert report.cause is not None
    assert (report.cause.code, report.status) == ("pinned_contract", Exit.CONFIG)
    follows(store.home, str(team), read(SPRING).hash)
    assert look(store).version == "2026-05"


@pytest.mark.parametrize("table", ["source = 3", 'pin = "sha256:12"', 'pin = "latest"', "pin = true"])
def test_settings_that_mean_nothing_are_refused(home: Home, table: str) -> None:
    config.save(home.settings, f"[contract]\n{table}\n")
    with pytest.raises(LeadqError) as refused:
        config.load(home)
    assert refused.value.exit_status == Exit.CONFIG


def test_the_source_that_the_contract_names_is_followed_where_the_settings_name_none(team: Path, store: Store) -> None:
    config.save(store.home.settings, '[me]\nmember = "zoe"\n')
    named = store.home.contract.read_text("utf-8").replace('name = "PME"', f'name = "PME"\nsource = "{team}"', 1)
    store.home.contract.write_text(named, "utf-8")
    hand_over(Queue(store, Clock(NOW_MS)), {"email": "b@x.example"})
    team.write_text(SPRING, "utf-8")
    assert look(store).version == "2026-05"


def test_a_sync_looks_each_time_and_a_watch_now_and_then(
    team: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.write_text(SPRING, "utf-8")
    asked: list[Fetch] = []
    monkeypatch.setattr(agreements, "fetched", lambda order, ticks: asked.append(order) or fetch(order))
    report = run_sync(store.home, None, now_ms=NOW_MS)
    assert report.contract is not None
    assert (report.contract.new, report.exit_status) == (True, Exit.DONE)
    run_sync(store.home, None, now_ms=NOW_MS)
    for _ in range(3):
        assert run_sync(store.home, None, now_ms=NOW_MS, wishes=Wishes(one_shot=False)).contract is None
    assert run_sync(store.home, None, now_ms=NOW_MS, wishes=Wishes(pull=False)).contract is None
    assert run_sync(store.home, None, now_ms=NOW_MS, dry_run=True).contract is None
    assert len(asked) == 2
    team.unlink()
    assert run_sync(store.home, None, now_ms=NOW_MS).exit_status == Exit.TEMPORARY


def test_a_hub_that_is_not_there_is_said_and_stops_no_other_connection(team: Path, store: Store) -> None:
    follows(store.home, "hub")
    report = run_sync(store.home, None, now_ms=NOW_MS)
    assert report.contract is not None
    assert (report.contract.status, report.exit_status) == (Exit.CONFIG, Exit.CONFIG)
    assert [each.error for each in report.connections] == [None]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("https://key:secret@x.example/c.toml?token=secret", "https://x.example/c.toml?…"),
        ("https://x.example:8443/c.toml", "https://x.example:8443/c.toml"),
        ("folder/c.toml", "folder/c.toml"),
    ],
)
def test_what_is_shown_of_a_source_is_no_secret(home: Home, said: str, shown: str) -> None:
    follows(home, said)
    source = source_of(home, config.load(home), None)
    assert source is not None
    assert source.shown == shown


# fetching


URL = "https://x.example/c.toml?key=secret"


def ask(answer: Any, url: str = URL) -> Fetched | Failed:
    return fetch(Fetch(url, True, 5.0), answer)


def test_an_address_is_read_by_the_one_client_with_redirects_on_its_own_host_only() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Reply:
        seen.append(request)
        return Reply(200, {}, [b"\xef\xbb\xbfschema = 1"]) if len(seen) > 1 else Reply(302, {"location": "/d.toml"})

    found = ask(answer)
    assert found == Fetched("schema = 1")
    assert [one.target for one in seen] == ["/c.toml?key=secret", "/d.toml"]
    away = ask(lambda request: Reply(302, {"location": "https://elsewhere.example/c.toml"}))
    assert isinstance(away, Failed)
    assert away.kind == "load"
    circle = ask(lambda request: Reply(302, {"location": "/c.toml"}))
    assert isinstance(circle, Failed)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, "load"), (403, "load"), (401, "load"), (204, "load"), (500, "transient"), (429, "transient")],
)
def test_an_answer_that_is_no_contract_says_whether_waiting_may_help(status: int, kind: str) -> None:
    found = ask(lambda request: Reply(status, {}))
    assert isinstance(found, Failed)
    assert found.kind == kind
    assert "secret" not in worded(found)


@pytest.mark.parametrize(
    "url",
    [
        "http://x.example/c.toml",
        "ftp://x.example/c",
        "https://a:b@x.example/c",
        "https://169.254.169.254/",
        "https://[",
    ],
)
def test_an_address_that_is_not_safe_is_never_asked(url: str) -> None:
    def answer(request: Request) -> Reply:
        raise AssertionError("it was asked")

    found = ask(answer, url)
    assert isinstance(found, Failed)
    assert found.kind == "load"


def test_what_is_too_large_or_no_text_is_refused(tmp_path: Path) -> None:
    for found in (
        ask(lambda request: Reply(200, {}, [b"#" * MAX_TEXT, b"#"])),
        ask(lambda request: Reply(200, {}, [b"\xff"])),
    ):
        assert isinstance(found, Failed)
        assert found.kind == "load"
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * (MAX_TEXT + 1))
    for path in (large, tmp_path):
        found = fetch(Fetch(str(path), False, 5.0))
        assert isinstance(found, Failed)
        assert found.kind == "load"


def test_nobody_there_may_be_there_later() -> None:
    def refuses(request: Request) -> Reply:
        raise Lost("refused")

    found = ask(refuses)
    assert isinstance(found, Failed)
    assert found.kind == "transient"


@contextmanager
def served(text: str) -> Iterator[str]:
    """A web server on this machine."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/c.toml"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_process_of_its_own_reads_an_address_on_this_machine() -> None:
    with served(SPRING) as url, Child(Fetch(url, True, 20.0), SystemTicks()) as child:
        assert child.fetched() == Fetched(SPRING)
    order = Fetch("/é", False, 1.0)
    assert decode(encode(order)) == order


# the command line


def test_pull_says_what_became_of_it_and_what_comes(team: Path, home: Home) -> None:
    leadq = Leadq(home.data.parent)
    team.write_text(SPRING, "utf-8")
    shown = leadq("contract", "pull", "--json").json
    assert (shown["ok"], shown["version"], shown["new"]) == (True, "2026-05", True)
    team.write_text(SUMMER, "utf-8")
    assert "2026-07 comes into force on 2026-07-01" in leadq("contract", "pull").out
    assert leadq("contract", "show", "--json").json["announced"]["version"] == "2026-07"
    status = leadq("status", "--json").json["contract"]
    assert (status["version"], status["source"], status["announced"]["effective_from"]) == (
        "2026-05", str(team), "2026-07-01",
    )  # fmt: skip
    assert "2026-07 comes into force on 2026-07-01" in leadq("status").out
    assert "2026-07" in leadq("contract", "show").out
    team.unlink()
    refused = leadq("contract", "pull", "--json")
    assert (refused.status, refused.code) == (75, "unreachable")
    assert leadq("status").status == 0


def test_pull_without_a_source_and_publish_without_a_hub_say_what_to_set(team: Path, home: Home) -> None:
    leadq = Leadq(home.data.parent)
    config.save(home.settings, '[me]\nmember = "zoe"\n')
    assert leadq("contract", "pull", "--json").code == "no_source"
    assert leadq("contract", "publish", "--json").code == "unsigned_contract"
    team.write_text(SPRING, "utf-8")
    assert leadq("contract", "publish", str(team), "--json").code == "unknown_connection"


def test_a_file_is_signed_where_it_is_and_brings_nothing_into_force(team: Path, home: Home, store: Store) -> None:
    leadq = Leadq(home.data.parent)
    team.write_text(draft("2026-05", "2026-05-01"), "utf-8")
    team.chmod(0o644)
    for role in ("sales", "marketing"):
        assert leadq("contract", "sign", str(team), "--as", role, "--by", "Ana").status == 0
    assert version(store) == "2026-1"
    assert team.stat().st_mode & 0o777 == 0o644
    assert look(store).version == "2026-05"


def test_the_screen_says_which_contract_comes(team: Path, store: Store) -> None:
    from leadq import read as reads
    from leadq.tui.contract_lines import contract_lines

    team.write_text(SUMMER, "utf-8")
    look(store)
    with store.read() as db:
        lines = contract_lines(db, reads.moment(db, NOW_MS), 80)
    assert any("2026-07 comes into force on 2026-07-01" in line for line in lines)
