"""Reports that come by themselves: once, whole, the newest that was missed, and never a guess."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from leadq import config, publishing
from leadq.clock import Clock
from leadq.errors import Exit, LeadqError
from leadq.paths import Home
from leadq.publishing import Outcome
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.sync.delivering import NOT_THERE, Deliver, deliver
from leadq.sync.ports import SystemTicks
from leadq.sync.protocol import Done, Failed
from leadq.sync.wire import Lost, Reply, Request
from tests.cli.runner import Leadq
from tests.leads import NOW_MS, hand_over

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
TO_FOLDER = '\n[[publish]]\nreport = "weekly"\nat = "mon 08:00"\nto = "reports"\nlang = "fr"\n'


@pytest.fixture
def worked(home: Home, store: Store) -> Store:
    """A home with leads since a Wednesday, whose weekly report is due on the Monday after."""
    config.save(home.settings, f'[me]\nmember = "zoe"\n{TO_FOLDER}')
    hand_over(Queue(store, Clock(NOW_MS)), {}, {"campaign": "=1+1"})
    return store


def publish(store: Store, now_ms: int, **wanted: Any) -> list[Outcome]:
    return publishing.publish(store.home, store, now_ms, SystemTicks(), **wanted)


def files(store: Store) -> dict[str, bytes]:
    folder = store.home.data / "reports"
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def test_a_report_is_published_once_under_a_name_that_says_its_period(worked: Store) -> None:
    now_ms = NOW_MS + 6 * DAY_MS
    (done,) = publish(worked, now_ms)
    assert (done.state, done.period, done.status) == ("published", "2026-W20", Exit.DONE)
    assert list(files(worked)) == ["leadq-weekly-2026-W20.fr.html"]
    (Path(done.where)).unlink()
    for later_ms in (now_ms, now_ms + 1, now_ms + 5 * DAY_MS):
        assert [one.state for one in publish(worked, later_ms)] == ["up_to_date"]
    assert files(worked) == {}


def test_it_is_not_due_before_its_hour_and_nobody_has_to_know_what_came_before_the_home(worked: Store) -> None:
    assert [one.state for one in publish(worked, NOW_MS)] == ["nothing"]
    assert files(worked) == {}


def test_after_a_sleep_the_newest_that_was_missed_is_made_and_the_others_are_counted(worked: Store) -> None:
    publish(worked, NOW_MS + WEEK_MS)
    (done,) = publish(worked, NOW_MS + 4 * WEEK_MS)
    assert (done.state, done.period, done.missed) == ("published", "2026-W23", 2)
    assert set(files(worked)) == {"leadq-weekly-2026-W20.fr.html", "leadq-weekly-2026-W23.fr.html"}
    assert any("3" in line for line in publishing.told([done]))


def test_one_that_died_between_writing_and_remembering_writes_the_same_bytes(
    worked: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember = publishing._Publication._remember

    def dies(self: Any, entry: Any, record: publishing.Record) -> None:
        if record.state == "done":
            raise KeyboardInterrupt
        remember(self, entry, record)

    monkeypatch.setattr(publishing._Publication, "_remember", dies)
    with pytest.raises(KeyboardInterrupt):
        publish(worked, NOW_MS + WEEK_MS)
    first = files(worked)
    assert first
    monkeypatch.undo()
    hand_over(
        Queue(worked, Clock(NOW_MS + WEEK_MS + DAY_MS)),
        {"email": "new@x.example", "handed_off_at": "2026-05-21T08:00:00Z"},
    )
    (done,) = publish(worked, NOW_MS + WEEK_MS + 2 * DAY_MS)
    assert done.state == "published"
    assert files(worked) == first


def test_one_that_died_before_writing_leaves_nothing_half_written(
    worked: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", dies)
    with pytest.raises(KeyboardInterrupt):
        publishing.write(worked.home.data / "report.html", "half")
    assert not list(worked.home.data.glob("*report.html*"))


def test_a_dry_run_says_what_is_due_and_writes_nothing(worked: Store) -> None:
    (found,) = publish(worked, NOW_MS + WEEK_MS, dry_run=True)
    assert (found.state, files(worked)) == ("due", {})
    with worked.read() as db:
        assert db.execute("SELECT count(*) FROM meta WHERE key LIKE 'publish:%'").fetchone() == (0,)


def test_another_hour_makes_no_second_report_of_the_same_week(worked: Store) -> None:
    publish(worked, NOW_MS + WEEK_MS)
    settings = worked.home.settings.read_text("utf-8")
    config.save(worked.home.settings, settings.replace("mon 08:00", "mar. 18h30"))
    assert [one.state for one in publish(worked, NOW_MS + WEEK_MS)] == ["up_to_date"]


def test_a_folder_that_is_not_there_is_waited_for(worked: Store, tmp_path: Path) -> None:
    settings = worked.home.settings.read_text("utf-8")
    away = tmp_path / "share"
    config.save(worked.home.settings, settings.replace('"reports"', f'"{away.as_posix()}"'))
    now_ms = NOW_MS + WEEK_MS
    (late,) = publish(worked, now_ms)
    assert (late.state, late.status) == ("waiting", Exit.IO)
    assert not publishing.due(worked.home, worked, now_ms + 1000)
    away.mkdir()
    assert publishing.due(worked.home, worked, now_ms + 3_600_000)
    assert [one.state for one in publish(worked, now_ms + 1000)] == ["published"]


def test_a_change_of_zone_makes_no_second_report_of_the_same_week(
    worked: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(worked, NOW_MS + WEEK_MS)
    monkeypatch.setattr("leadq.read.zone_name", lambda db: "America/Montreal")
    assert [one.state for one in publish(worked, NOW_MS + WEEK_MS)] == ["up_to_date"]


def test_while_one_publishes_another_does_not(worked: Store) -> None:
    from leadq.lock import held

    worked.home.state.mkdir(parents=True, exist_ok=True)
    with held(worked.home.state / "publish.lock", 0), pytest.raises(LeadqError) as refused:
        publish(worked, NOW_MS + WEEK_MS)
    assert refused.value.exit_status is Exit.TEMPORARY


@contextmanager
def hook(status: int) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A web address on this machine that answers `status`, and what it was sent."""
    came: list[tuple[dict[str, str], bytes]] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook?x=1", came
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def to_hook(store: Store, url: str) -> None:
    config.save(store.home.settings, f'[[publish]]\nreport = "weekly"\nto = "{url}"\naudience = "marketing"\n')


def test_a_webhook_gets_the_report_once_signed_by_the_secret(worked: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADQ_PUBLISH_TOKEN", "between us")
    with hook(204) as (url, came):
        to_hook(worked, url)
        assert [one.state for one in publish(worked, NOW_MS + WEEK_MS)] == ["published"]
        assert [one.state for one in publish(worked, NOW_MS + WEEK_MS)] == ["up_to_date"]
    ((headers, body),) = came
    told = dict(part.split("=", 1) for part in headers["x-leadq-signature"].split(","))
    expected = hmac.new(b"between us", told["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert told["v1"] == expected
    shown = json.loads(body)
    assert (shown["kind"], shown["edition"]) == ("weekly", "marketing")
    assert headers["x-leadq-delivery"].startswith("leadq-weekly-marketing-2026-W20")


def test_without_a_secret_nothing_leaves(worked: Store) -> None:
    to_hook(worked, "http://127.0.0.1:9/")
    (found,) = publish(worked, NOW_MS + WEEK_MS)
    assert (found.state, found.status) == ("waiting", Exit.AUTH)


def outcome_of(worked: Store, monkeypatch: pytest.MonkeyPatch, failure: Failed | None) -> Outcome:
    monkeypatch.setenv("LEADQ_PUBLISH_TOKEN", "x")
    monkeypatch.setattr("leadq.sync.supervisor.Child.fired", lambda self: failure)
    to_hook(worked, "http://127.0.0.1:9/")
    (found,) = publish(worked, NOW_MS + WEEK_MS)
    return found


def test_what_surely_did_not_arrive_is_sent_again(worked: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert outcome_of(worked, monkeypatch, Failed("transient", "x")).state == "waiting"
    assert outcome_of(worked, monkeypatch, None).state == "published"


def test_what_may_have_arrived_is_not_sent_again_and_needs_a_person(
    worked: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = outcome_of(worked, monkeypatch, Failed("deadline", "x"))
    assert (found.state, found.status) == ("unknown", Exit.NEEDS_PERSON)
    assert outcome_of(worked, monkeypatch, None).state == "up_to_date"


def test_one_that_died_while_it_was_sending_does_not_send_again(worked: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(self: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setenv("LEADQ_PUBLISH_TOKEN", "x")
    to_hook(worked, "http://127.0.0.1:9/")
    with monkeypatch.context() as patch:
        patch.setattr("leadq.sync.supervisor.Child.fired", dies)
        with pytest.raises(KeyboardInterrupt):
            publish(worked, NOW_MS + WEEK_MS)
    assert [one.state for one in publish(worked, NOW_MS + WEEK_MS)] == ["unknown"]
    assert [one.state for one in publish(worked, NOW_MS + WEEK_MS)] == ["up_to_date"]


def test_a_disk_that_fails_after_sending_does_not_send_again(worked: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADQ_PUBLISH_TOKEN", "x")
    to_hook(worked, "http://127.0.0.1:9/")
    remember = publishing._Publication._remember

    def fails(self: Any, entry: Any, record: publishing.Record) -> None:
        if record.state == "done":
            raise LeadqError("io", "full", exit_status=Exit.IO)
        remember(self, entry, record)

    monkeypatch.setattr("leadq.sync.supervisor.Child.fired", lambda self: None)
    with monkeypatch.context() as patch:
        patch.setattr(publishing._Publication, "_remember", fails)
        with pytest.raises(LeadqError):
            publish(worked, NOW_MS + WEEK_MS)
    assert [one.state for one in publish(worked, NOW_MS + WEEK_MS)] == ["unknown"]


def test_one_that_died_while_it_was_sending_is_told_of_a_week_later_too(
    worked: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(self: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setenv("LEADQ_PUBLISH_TOKEN", "x")
    to_hook(worked, "http://127.0.0.1:9/")
    with monkeypatch.context() as patch:
        patch.setattr("leadq.sync.supervisor.Child.fired", dies)
        with pytest.raises(KeyboardInterrupt):
            publish(worked, NOW_MS + WEEK_MS)
    monkeypatch.setattr("leadq.sync.supervisor.Child.fired", lambda self: None)
    (found,) = publish(worked, NOW_MS + 2 * WEEK_MS)
    assert (found.state, found.period, found.status) == ("published", "2026-W21", Exit.NEEDS_PERSON)
    assert "2026-W20" in found.error


@pytest.mark.parametrize(("status", "arrived"), [(200, None), (204, None), (302, False), (404, False), (429, False),
                                                 (500, True), (503, True)])  # fmt: skip
def test_an_answer_says_whether_it_may_have_arrived(status: int, arrived: bool | None) -> None:
    said = deliver(Deliver("https://hook.example/in?a=1", {}, "{}", 5.0), lambda request: Reply(status, {}))
    if arrived is None:
        assert isinstance(said, Done)
    else:
        assert isinstance(said, Failed)
        assert (said.kind not in NOT_THERE) is arrived


def test_the_whole_address_is_asked_and_nothing_else() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Reply:
        seen.append(request)
        return Reply(200, {})

    deliver(Deliver("https://hook.example/in?a=1", {"x-a": "b"}, '{"é": 1}', 5.0), answer)
    assert [(one.method, one.target, one.headers["x-a"], one.body.decode()) for one in seen] == [
        ("POST", "/in?a=1", "b", '{"é": 1}')
    ]


def test_nobody_there_is_not_there_and_silence_may_be() -> None:
    def refuses(request: Request) -> Reply:
        raise Lost("refused")

    def breaks(request: Request) -> Reply:
        raise Lost("reset")

    order = Deliver("https://hook.example/", {}, "", 5.0)
    refused, broken = deliver(order, refuses), deliver(order, breaks)
    assert isinstance(refused, Failed)
    assert refused.kind in NOT_THERE
    assert isinstance(broken, Failed)
    assert broken.kind not in NOT_THERE


@pytest.mark.parametrize("url", ["http://example.com/", "https://169.254.169.254/", "https://a@b.example/", "ftp://x"])
def test_an_address_that_is_never_talked_to_is_refused_before_anything_leaves(url: str) -> None:
    said = deliver(Deliver(url, {}, "", 5.0), lambda request: Reply(200, {}))
    assert isinstance(said, Failed)
    assert said.kind in NOT_THERE


def test_publish_says_what_it_did_and_nothing_when_there_is_nothing(worked: Store, tmp_path: Path) -> None:
    leadq = Leadq(worked.home.data.parent, now="2026-05-20T08:00:00Z")
    shown = leadq("publish", "--dry-run", "--json").json
    assert shown["dry_run"] is True
    assert [(one["report"], one["period"], one["state"]) for one in shown["published"]] == [
        ("weekly", "2026-W20", "due")
    ]
    assert "leadq-weekly-2026-W20.fr.html" in leadq("publish").out
    nobody = Leadq(tmp_path / "none")("publish")
    assert (nobody.status, (tmp_path / "none").exists()) == (0, False)
    assert "[[publish]]" in nobody.out
