"""`backup` and `restore`: a copy that can be trusted, and a home that comes back whole or not at all."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from leadq import sqlite, upgrading
from leadq.doctor import refold
from leadq.lock import held
from leadq.restore import restore
from leadq.sqlite import Store
from tests.cli.runner import Leadq
from tests.leads import NOW_MS


def backed_up(leadq: Leadq, *words: str) -> Path:
    result = leadq("backup", "--json", *words)
    assert result.status == 0, result.out
    return Path(result.json["file"])


def rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def changed(path: Path, statement: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()
    return path


def content(folder: Path) -> dict[str, bytes]:
    """What a home holds; the files with which readers of a WAL talk to each other are no content."""
    return {
        str(path): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in (".lock", ".db-shm", ".db-wal")
    }


# backup


def test_a_backup_is_one_private_file_that_holds_every_row(leadq: Leadq) -> None:
    leadq("accept", "1")
    with closing(Store(leadq.home).open_reader()):  # what was just written is still in the WAL
        leadq("accept", "2")
        result = leadq("backup", "--json")
    file = Path(result.json["file"])
    assert file == leadq.home.data / "backups" / "leadq-20260513T130000Z.db"
    assert (result.json["leads"], result.json["events"], result.json["removed"]) == (4, 6, [])
    assert rows(file, "SELECT count(*) FROM event") == [(6,)]
    assert rows(file, "PRAGMA integrity_check") == [("ok",)]
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_the_newest_seven_stay_and_what_goes_is_said(leadq: Leadq, tmp_path: Path) -> None:
    made = [backed_up(Leadq(leadq.folder, f"2026-05-{day:02d}T08:00:00Z")) for day in range(1, 8)]
    last = leadq("backup")
    assert f"Removed the older {made[0]}." in last.out
    left = sorted(path.name for path in made[0].parent.iterdir())
    assert left == [*(path.name for path in made[1:]), "leadq-20260513T130000Z.db"]


def test_only_backups_of_this_home_are_ever_removed(leadq: Leadq, tmp_path: Path) -> None:
    shared, other = tmp_path / "shared", Leadq(tmp_path / "other")
    other("add", "--name", "Somebody", "--email", "s@else.example")
    theirs = backed_up(Leadq(other.folder, "2020-01-01T00:00:00Z"), "--to", str(shared))
    notes = shared / "leadq-20200101T000000Z.db.txt"
    notes.write_text("mine")
    fake = shared / "leadq-20190101T000000Z.db"
    fake.write_text("not a database")
    for day in range(1, 10):
        backed_up(Leadq(leadq.folder, f"2026-05-{day:02d}T08:00:00Z"), "--to", str(shared))
    assert theirs.exists()
    assert notes.exists()
    assert fake.exists()
    assert len(list(shared.iterdir())) == 3 + 7


def test_two_backups_of_one_second_are_two_files_that_sort(leadq: Leadq) -> None:
    first, second, third = backed_up(leadq), backed_up(leadq), backed_up(leadq)
    assert first < second < third


def test_a_backup_made_with_a_clock_put_back_is_not_removed_at_once(leadq: Leadq) -> None:
    for day in range(1, 9):
        backed_up(Leadq(leadq.folder, f"2026-05-{day:02d}T08:00:00Z"))
    assert backed_up(Leadq(leadq.folder, "2020-01-01T00:00:00Z")).exists()


def test_a_home_that_does_not_exist_has_nothing_to_back_up(empty: Leadq) -> None:
    result = empty("backup", "--json")
    assert (result.status, result.json["file"]) == (0, None)
    assert not empty.folder.exists()


def test_a_damaged_home_gives_no_backup(leadq: Leadq) -> None:
    harmed = bytearray(leadq.home.database.read_bytes())
    harmed[4096:40_960] = b"\xff" * 36_864
    leadq.home.database.write_bytes(harmed)
    result = leadq("backup", "--json")
    assert (result.status, result.code) == (74, "damaged")
    assert list((leadq.home.data / "backups").iterdir()) == []


def test_doctor_finds_a_backup_that_is_not_whole_or_that_others_can_read(leadq: Leadq) -> None:
    def check() -> dict[str, Any]:
        return {one["id"]: one for one in leadq("doctor", "--json").json["checks"]}["backups"]

    assert "no backup" in check()["message"]
    file = backed_up(leadq)
    assert (check()["ok"], file.name in check()["message"]) == (True, True)
    file.chmod(0o644)
    assert check()["fix"] == f"chmod go-rwx {file}"
    file.chmod(0o600)
    harmed = bytearray(file.read_bytes())
    harmed[20_480:40_960] = b"\xff" * 20_480
    file.write_bytes(harmed)
    assert (check()["ok"], check()["fix"]) == (False, "Make another: `leadq backup`.")


# restore


def test_what_a_backup_holds_comes_back_and_what_was_there_is_kept(leadq: Leadq) -> None:
    leadq("accept", "1")
    file = backed_up(leadq)
    leadq("accept", "2")
    result = leadq("restore", str(file), "--json")
    assert (result.status, result.json["events"], result.json["newer_events"]) == (0, 5, 1)
    states = {lead["id"]: lead["state"] for lead in leadq("list", "--json").json}
    assert (states[1], states[2]) == ("accepted", "handed_off")
    assert leadq("doctor").status == 0
    kept = leadq("restore", result.json["kept"], "--json")
    assert (kept.json["events"], kept.json["newer_events"]) == (6, 0)
    assert leadq("show", "2", "--json").json["state"] == "accepted"


def test_a_lost_laptop_comes_back_in_an_empty_folder(leadq: Leadq, tmp_path: Path) -> None:
    file = backed_up(leadq, "--to", str(tmp_path / "stick"))
    fresh = Leadq(tmp_path / "new")
    result = fresh("restore", str(file), "--json")
    assert (result.status, result.json["kept"]) == (0, None)
    assert fresh.ids() == leadq.ids()
    assert fresh.home.contract.read_text("utf-8") == leadq.home.contract.read_text("utf-8")
    assert fresh("doctor").status == 0


def test_a_restored_home_is_another_device_and_a_second_restore_a_third(leadq: Leadq) -> None:
    leadq("accept", "1")
    file = backed_up(leadq)
    devices = [leadq("whoami", "--json").json["device"]]
    for _turn in range(2):
        assert leadq("restore", str(file)).status == 0
        devices.append(leadq("whoami", "--json").json["device"])
    assert len(set(devices)) == 3
    assert sorted(devices)[0] == devices[0]
    assert {device.partition(".")[0] for device in devices} == {devices[0]}


def test_backups_from_before_a_restore_are_still_this_homes(leadq: Leadq) -> None:
    first = backed_up(Leadq(leadq.folder, "2026-04-01T08:00:00Z"))
    leadq("restore", str(first))
    for day in range(1, 8):
        backed_up(Leadq(leadq.folder, f"2026-05-{day:02d}T08:00:00Z"))
    assert not first.exists()


@pytest.mark.parametrize("waiting", ["held", "pending", "blocked", "inflight"])
def test_what_waited_in_a_backup_is_unknown_and_arrives_once(leadq: Leadq, waiting: str) -> None:
    leadq("accept", "1")
    with Store(leadq.home).transaction() as connection:
        connection.execute("UPDATE outbox SET state = ?", (waiting,))
    file = backed_up(leadq)
    leadq("sync")  # `inflight` and `blocked` go out too, as they do after a crash or a decision
    result = leadq("restore", str(file), "--json")
    assert result.json["unknown"] == 1
    assert rows(leadq.home.database, "SELECT state FROM outbox") == [("unknown",)]
    report = leadq("sync", "--json").json["connections"][0]
    assert (report["resent"], report["unknown"]) == (1, 0)
    assert len((leadq.home.data / "outcomes.csv").read_text("utf-8").splitlines()) == 2


def test_what_was_done_or_needs_a_person_stays_so(leadq: Leadq) -> None:
    leadq("accept", "1", "2")
    with Store(leadq.home).transaction() as connection:
        connection.execute("UPDATE outbox SET state = 'dead' WHERE seq = 1 AND rowid = 1")
        connection.execute("UPDATE outbox SET state = 'done' WHERE rowid = 2")
    result = leadq("restore", str(backed_up(leadq)), "--json")
    assert result.json["unknown"] == 0
    assert rows(leadq.home.database, "SELECT state FROM outbox ORDER BY rowid") == [("dead",), ("done",)]


def test_who_opposed_since_the_backup_stays_on_that_list(leadq: Leadq) -> None:
    file = backed_up(leadq)
    assert leadq("reject", "1", "--reason", "rej.no_consent", "--quality", "3").status == 0
    before = rows(leadq.home.database, "SELECT * FROM suppression")
    leadq("restore", str(file))
    assert len(before) == 1
    assert rows(leadq.home.database, "SELECT * FROM suppression") == before


def test_who_has_the_home_open_sees_all_of_the_old_and_then_all_of_the_new(leadq: Leadq) -> None:
    file = backed_up(leadq)
    leadq("accept", "1", "2")
    store = Store(leadq.home)
    with closing(store.open_reader()) as screen, store.read() as look:
        version = screen.execute("PRAGMA data_version").fetchone()
        before = look.execute("SELECT count(*) FROM event").fetchone()
        assert leadq("restore", str(file)).status == 0
        assert look.execute("SELECT count(*) FROM event").fetchone() == before == (6,)
        assert screen.execute("PRAGMA data_version").fetchone() != version
        assert screen.execute("SELECT count(*) FROM event").fetchone() == (4,)
        assert screen.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_broken_home_is_put_aside_whole_and_replaced(leadq: Leadq) -> None:
    file = backed_up(leadq)
    leadq.home.database.write_bytes(b"not a database at all" * 1000)
    result = leadq("restore", str(file), "--json")
    assert (result.status, result.json["newer_events"]) == (0, None)
    assert Path(result.json["kept"]).read_bytes().startswith(b"not a database")
    assert len(leadq.ids()) == 4
    assert leadq("doctor").status == 0


def test_a_backup_of_an_older_leadq_is_brought_up_to_date(
    leadq: Leadq, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = backed_up(leadq, "--to", str(tmp_path / "stick"))
    head = f"{int(sqlite.SCHEMA_HEAD) + 1:04d}"
    shutil.copytree(Path(upgrading.__file__).parent / "migrations", tmp_path / "next" / "migrations")
    (tmp_path / "next" / "migrations" / "versions" / f"r{head}_test.py").write_text(
        f"from alembic import op\nrevision = {head!r}\ndown_revision = {sqlite.SCHEMA_HEAD!r}\n"
        "branch_labels = None\ndepends_on = None\n\n"
        "def upgrade():\n    op.execute('ALTER TABLE lead ADD COLUMN nickname TEXT')\n"
    )
    monkeypatch.setattr(sqlite, "SCHEMA_HEAD", head)
    monkeypatch.setattr(upgrading, "__file__", str(tmp_path / "next" / "upgrading.py"))
    assert leadq("restore", str(file)).status == 0
    assert rows(leadq.home.database, "SELECT version_num FROM alembic_version") == [(head,)]
    assert rows(leadq.home.database, "SELECT count(*) FROM lead WHERE nickname IS NULL") == [(4,)]
    assert not list(leadq.home.data.glob(".restore-*"))


@pytest.mark.parametrize("wrong", ["missing", "text", "foreign", "truncated", "unsound", "newer", "other_team", "own"])
def test_a_wrong_file_is_refused_in_one_sentence_and_nothing_changes(leadq: Leadq, tmp_path: Path, wrong: str) -> None:
    expected = {
        "missing": (2, "no_file"),
        "text": (2, "not_a_backup"),
        "foreign": (2, "not_a_backup"),
        "truncated": (74, "damaged"),
        "unsound": (74, "damaged"),
        "newer": (78, "newer_database"),
        "other_team": (78, "other_team"),
        "own": (2, "own_database"),
    }[wrong]
    file = _wrong(leadq, tmp_path, wrong)
    before = content(leadq.folder)
    told = leadq("restore", str(file))
    result = leadq("restore", str(file), "--json")
    assert (result.status, result.code) == expected
    assert (told.status, told.out, told.err.count("\n")) == (expected[0], "", 1)
    assert content(leadq.folder) == before


def _wrong(leadq: Leadq, tmp_path: Path, wrong: str) -> Path:
    file = Path(shutil.copy(backed_up(leadq), tmp_path / "wrong.db"))
    if wrong == "missing":
        file.unlink()
    elif wrong == "text":
        file.write_text("name,email\n")
    elif wrong == "foreign":
        file.unlink()
        changed(file, "CREATE TABLE lead (id)")
    elif wrong == "truncated":
        file.write_bytes(file.read_bytes()[:20_000])
    elif wrong == "unsound":
        harmed = bytearray(file.read_bytes())
        harmed[8192:40_960] = b"\xff" * 32_768
        file.write_bytes(harmed)
    elif wrong == "newer":
        changed(file, "UPDATE alembic_version SET version_num = '9999'")
    elif wrong == "other_team":
        changed(file, "UPDATE contract SET name = 'Globex'")
    else:
        file = leadq.home.database
    return file


def test_a_sync_on_its_way_is_not_disturbed(leadq: Leadq, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadq.restore._SYNC_WAIT_S", 0.0)
    leadq("accept", "1")
    leadq("sync")
    file = backed_up(leadq)
    with held(leadq.home.state / "sync-csv.lock", 0):
        result = leadq("restore", str(file), "--json")
    assert (result.status, result.code) == (75, "locked")


def test_a_killed_restore_leaves_nothing_behind_for_the_next(leadq: Leadq) -> None:
    file = backed_up(leadq)
    left = leadq.home.data / ".restore-abc"
    left.mkdir()
    (left / "leadq.db").write_bytes(b"half")
    assert leadq("restore", str(file)).status == 0
    assert not left.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="NOT PROVEN HERE: this system has neither fork nor kill -9")
def test_a_kill_in_the_middle_of_a_restore_leaves_the_old_or_the_new(leadq: Leadq) -> None:
    file = backed_up(leadq)
    leadq("accept", "1", "2")
    counts = set()
    for seed in range(15):
        pid = os.fork()
        if pid == 0:
            restore(Store(leadq.home), file, NOW_MS)
            os._exit(0)
        time.sleep(random.Random(seed).uniform(0.0, 0.04))  # the only way to kill at any instant
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        with Store(leadq.home).read() as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            counts.add(db.execute("SELECT count(*) FROM event").fetchone()[0])
            assert all(same for _lead_id, same in refold(db))
    assert counts <= {4, 6}
    assert leadq("restore", str(file)).status == 0
    assert not list(leadq.home.data.glob(".restore-*"))


def test_both_say_it_in_french(leadq: Leadq) -> None:
    assert "Sauvegardé et vérifié" in leadq("--lang", "fr", "backup").out
    assert "Restauré" in leadq("--lang", "fr", "restore", str(backed_up(leadq))).out
