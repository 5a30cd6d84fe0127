"""kill -9, several writers, a full disk: what was acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from leadq.clock import Clock
from leadq.doctor import refold
from leadq.domain import events as ev
from leadq.domain.folding import fold
from leadq.domain.verbs import Note
from leadq.errors import Exit, LeadqError
from leadq.ledger import history
from leadq.outgoing import VERBS
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.leads import NOW_MS, hand_over
from tests.nursery import LEADS, Nursery

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="NOT PROVEN HERE: this system has neither fork nor kill -9"
)

_OPS: Final = tuple(kind for kind in VERBS if kind not in (ev.UNDONE, ev.CORRECTED))
_NEVER: Final = {
    "a verb without its op": f"""SELECT count(*) FROM event e WHERE type IN ({", ".join(repr(kind) for kind in _OPS)})
        AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.event_uid = e.uid)""",
    "an op without its event": "SELECT count(*) FROM outbox WHERE event_uid NOT IN (SELECT uid FROM event)",
    "an undo that left an op": """SELECT count(*) FROM event e, json_each(e.data, '$.events') u
        JOIN outbox o ON o.event_uid = u.value WHERE e.type = 'undone' AND o.state != 'cancelled'
        AND e.uid NOT IN (SELECT r.value FROM event d, json_each(d.data, '$.events') r WHERE d.type = 'undone')""",
    "a note without its text": """SELECT count(*) FROM event WHERE type = 'noted'
        AND uid NOT IN (SELECT event_uid FROM event_text)""",
    "a note on less than three leads": """SELECT count(*) FROM (
        SELECT 1 FROM event WHERE type = 'noted' GROUP BY batch HAVING count(*) != 3)""",
    "half a file": f"""SELECT count(*) FROM (
        SELECT 1 FROM event WHERE type = 'handed_off' AND json_extract(data, '$.previous') IS NULL
        GROUP BY batch HAVING count(*) NOT IN (2, {LEADS}))""",
    "half a merge": """SELECT count(*) FROM event m WHERE m.type = 'merged' AND NOT EXISTS (
        SELECT 1 FROM event a WHERE a.batch = m.batch AND a.type = 'absorbed'
        AND a.lead_uid = json_extract(m.data, '$.into'))""",
    "half an answer": """SELECT count(*) FROM event c WHERE c.type = 'rejection_closed'
        AND NOT EXISTS (SELECT 1 FROM event a WHERE a.batch = c.batch AND a.type = 'answered')""",
    "a new cycle of nobody": """SELECT count(*) FROM event
        WHERE json_extract(data, '$.previous') NOT IN (SELECT uid FROM lead)""",
    "an event of no lead": "SELECT count(*) FROM event WHERE lead_uid NOT IN (SELECT uid FROM lead)",
    "a lead of no event": "SELECT count(*) FROM lead WHERE uid NOT IN (SELECT lead_uid FROM event)",
}


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """One process that forks the workers of all tests here."""
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
def worked_on(home: Home) -> Queue:
    """A home with thirty fresh leads."""
    return _filled(home)


@pytest.fixture
def quickly_worked_on(memory: Path) -> Queue:
    """The same in memory: a process that is killed leaves what the system has of it, wherever that is."""
    return _filled(Home(memory / "config", memory / "data", memory / "state"))


def _filled(home: Home) -> Queue:
    queue = Queue(Store(home), Clock(NOW_MS))
    hand_over(queue, *({} for _ in range(LEADS)))
    return queue


def acknowledged(lines: Iterator[str]) -> set[str]:
    """The events of the gestures that returned; fails on any failure but a rule's."""
    uids: set[str] = set()
    for line in lines:
        word, *rest = line.split()
        if word == "gone":
            break
        assert word == "did", line
        uids.update(rest)
    return uids


def kill_one(nursery: Nursery, home: Home, seed: int) -> set[str]:
    """Let a worker do gestures, and kill it up to 60 ms after its first; what it had acknowledged."""
    nursery.tell("work", home.data.parent, seed, 0)
    pid = int(nursery.hear("pid")[0])
    uids = set(nursery.hear("did"))
    uids |= acknowledged(nursery.lines(random.Random(seed).uniform(0.0, 0.06)))
    os.kill(pid, signal.SIGKILL)
    nursery.tell("wait")
    return uids | acknowledged(nursery.lines(60.0))


def assert_sound(store: Store, uids: set[str]) -> None:
    with store.read() as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert uids <= {row[0] for row in db.execute("SELECT uid FROM event")}
        assert {what: db.execute(sql).fetchone()[0] for what, sql in _NEVER.items()} == dict.fromkeys(_NEVER, 0)
        assert [lead_id for lead_id, same in refold(db) if not same] == []


def assert_no_touch_came_without_its_accept(store: Store) -> None:
    with store.read() as db:
        for (uid,) in db.execute("SELECT uid FROM lead").fetchall():
            events = history(db, uid)
            ours = (index for index, event in enumerate(events) if event.type == ev.TOUCHED)
            touches = [index for index in ours if not events[index].data.get("inbound")]
            assert all(fold(events[:index]).state != "handed_off" for index in touches)


def survive(nursery: Nursery, queue: Queue, seeds: range) -> None:
    """One kill after the other on one home; after each the home is whole, and the next verb works."""
    uids: set[str] = set()
    for seed in seeds:
        uids |= kill_one(nursery, queue.store.home, seed)
        assert_sound(queue.store, uids)
        uids.update(queue.perform(["1", "2", "3"], Note("still here")).events)
    assert_no_touch_came_without_its_accept(queue.store)
    assert len(uids) > 3 * len(seeds)


def test_fifty_kills_lose_nothing_and_leave_nothing_half_done(nursery: Nursery, worked_on: Queue) -> None:
    survive(nursery, worked_on, range(50))


@pytest.mark.deep
@pytest.mark.parametrize("thousand", range(10))
def test_ten_thousand_kills_lose_nothing(nursery: Nursery, quickly_worked_on: Queue, thousand: int) -> None:
    """Looked at after each hundred: what one kill breaks, the next ones do not mend."""
    uids: set[str] = set()
    for hundred in range(10):
        nursery.tell("kill", quickly_worked_on.store.home.data.parent, 1000 * thousand + 100 * hundred, 100)
        uids |= acknowledged(line for line in nursery.lines(60.0) if not line.startswith("pid"))
        assert_sound(quickly_worked_on.store, uids)
        uids.update(quickly_worked_on.perform(["1", "2", "3"], Note("still here")).events)
    assert_no_touch_came_without_its_accept(quickly_worked_on.store)
    assert len(uids) > 500


def test_a_kill_while_the_home_is_made_leaves_none_or_a_whole_one(nursery: Nursery, tmp_path: Path) -> None:
    for seed in range(12):
        base = tmp_path / str(seed)
        home = Home(base / "config", base / "data", base / "state")
        nursery.tell("make", base, seed, 0)
        pid = int(nursery.hear("pid")[0])
        uids = acknowledged(nursery.lines(random.Random(seed).uniform(0.0, 0.04)))
        os.kill(pid, signal.SIGKILL)
        nursery.tell("wait")
        uids |= acknowledged(nursery.lines(60.0))
        assert_sound(Store(home), uids)
        hand_over(Queue(Store(home), Clock(NOW_MS)), {}, {"email": "next@forges.example"})
        assert_sound(Store(home), uids)


def test_four_writers_at_once_all_get_their_turn(nursery: Nursery, worked_on: Queue) -> None:
    for seed in range(4):
        nursery.tell("work", worked_on.store.home.data.parent, seed, 50)
    nursery.tell("wait")
    lines = list(iter(lambda: next(nursery.lines(60.0), "gone"), "gone"))
    done = [line for line in lines if not line.startswith("pid")]
    assert len(done) == 4 * 50
    assert_sound(worked_on.store, acknowledged(iter(done)))
    assert_no_touch_came_without_its_accept(worked_on.store)


# A disk that is full or read-only


Mount = Callable[[str], None]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Mount]]:
    """A file system of half a megabyte, and a way to mount it again with other options."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip(
            "NOT PROVEN HERE: only root on Linux can mount a small disk (tests/test_sqlite.py has SQLite say it)"
        )
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip(f"NOT PROVEN HERE: no file system can be mounted ({made.stderr.strip()})")

    def again(options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)

    yield folder, again
    subprocess.run(["umount", folder], check=True)


def note(queue: Queue) -> set[str]:
    return set(queue.perform(["1", "2", "3"], Note("x" * 2000)).events)


def failure(queue: Queue) -> LeadqError:
    with pytest.raises(LeadqError) as caught:
        note(queue)
    return caught.value


def test_a_full_disk_is_one_sentence_and_loses_nothing(disk: tuple[Path, Mount]) -> None:
    folder, mount_again = disk
    queue = Queue(Store(Home(folder / "config", folder / "data", folder / "state")), Clock(NOW_MS))
    hand_over(queue, *({} for _ in range(LEADS)))
    uids: set[str] = set()
    error = None
    while error is None:
        try:
            uids |= note(queue)
        except LeadqError as full:
            error = full
    assert (error.code, error.exit_status) == ("io", Exit.IO)
    assert "\n" not in error.message
    assert_sound(queue.store, uids)
    mount_again("size=4m")
    uids |= note(queue)
    assert_sound(queue.store, uids)


def test_a_home_cannot_be_made_on_a_full_disk_and_none_is_left(disk: tuple[Path, Mount]) -> None:
    folder, mount_again = disk
    (folder / "filler").write_bytes(b"x" * 560_000)
    home = Home(folder / "config", folder / "data", folder / "state")
    queue = Queue(Store(home), Clock(NOW_MS))
    with pytest.raises(LeadqError) as caught:
        hand_over(queue, {}, {})
    assert (caught.value.code, caught.value.exit_status) == ("io", Exit.IO)
    mount_again("size=4m")
    hand_over(queue, {}, {})
    assert_sound(Store(home), set())


def test_a_read_only_disk_is_one_sentence_and_the_home_is_whole_afterwards(disk: tuple[Path, Mount]) -> None:
    folder, mount_again = disk
    queue = Queue(Store(Home(folder / "config", folder / "data", folder / "state")), Clock(NOW_MS))
    hand_over(queue, *({} for _ in range(LEADS)))
    uids = note(queue)
    mount_again("ro")
    error = failure(queue)
    assert (error.code, error.exit_status) == ("io", Exit.IO)
    mount_again("rw")
    uids |= note(queue)
    assert_sound(queue.store, uids)
