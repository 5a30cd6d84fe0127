"""The floor: how the database is made, opened, locked, kept private, brought up to date, and what a bad disk does."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from leadq import db, read, sqlite, upgrading
from leadq.domain import verbs
from leadq.errors import Exit, LeadqError
from leadq.lock import held
from leadq.order import Filter
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store, on_network
from tests.leads import NOW_MS, hand_over

TOUCH = verbs.Touch("call", "no_answer")


def pragmas(connection: sqlite3.Connection) -> dict[str, int | str]:
    names = ("foreign_keys", "synchronous", "wal_autocheckpoint", "journal_mode", "trusted_schema", "cell_size_check",
             "secure_delete", "busy_timeout", "mmap_size", "temp_store")  # fmt: skip
    return {name: (connection.execute(f"PRAGMA {name}").fetchone() or (0,))[0] for name in names}


def schema_version(home: Home) -> str:
    with closing(sqlite3.connect(home.database)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def open_leads(store: Store) -> int:
    with store.read() as connection:
        return len(read.queue_ids(connection, read.moment(connection, NOW_MS), Filter()))


# How it is opened


def test_a_committed_write_is_on_disk_and_never_checkpoints_by_itself(store: Store) -> None:
    expected = {
        "foreign_keys": 1,
        "synchronous": 2,
        "wal_autocheckpoint": 0,
        "journal_mode": "wal",
        "trusted_schema": 0,
        "cell_size_check": 1,
        "secure_delete": 1,
        "busy_timeout": 5000,
        "mmap_size": 0,
        "temp_store": 2,
    }
    with store.transaction() as connection:
        assert pragmas(connection) == expected
    with store.read() as connection:
        assert pragmas(connection) == expected


def test_a_reader_cannot_write(store: Store) -> None:
    store.create()
    with store.read() as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("INSERT INTO meta VALUES ('a', 'b')")


def test_a_look_belongs_to_one_instant(queue: Queue, store: Store) -> None:
    hand_over(queue)
    with store.read() as before:
        assert before.execute("SELECT count(*) FROM lead").fetchone() == (1,)
        hand_over(queue, {"email": "second@forges.example"})
        assert before.execute("SELECT count(*) FROM lead").fetchone() == (1,)
    assert open_leads(store) == 2


def test_a_block_that_fails_leaves_nothing(store: Store) -> None:
    def begin_and_stop() -> None:
        with store.transaction() as connection:
            connection.execute("INSERT INTO meta VALUES ('a', 'b')")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begin_and_stop()
    with store.read() as connection:
        assert connection.execute("SELECT count(*) FROM meta").fetchone() == (0,)


def test_one_writer_at_a_time_and_the_next_is_told_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_LOCK_WAIT_S", 0.0)
    with store.transaction(), pytest.raises(LeadqError) as caught, Store(store.home).transaction():
        pass
    assert (caught.value.code, caught.value.exit_status) == ("locked", Exit.TEMPORARY)
    with Store(store.home).transaction() as connection:
        assert connection.in_transaction


def test_a_reader_never_waits_for_a_writer(queue: Queue, store: Store) -> None:
    hand_over(queue)
    with store.transaction() as connection:
        connection.execute("DELETE FROM clock")
        assert open_leads(store) == 1


def test_a_grown_wal_is_folded_back_by_the_writer(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.create()
    wal = store.home.database.with_name("leadq.db-wal")
    with closing(store.open_reader()):  # with somebody else there, closing does not fold the WAL back
        with store.transaction() as connection:
            connection.execute("INSERT INTO meta VALUES ('a', ?)", ("x" * 100_000,))
        assert wal.stat().st_size > 100_000
        monkeypatch.setattr(sqlite, "_CHECKPOINT_BYTES", 50_000)
        with store.transaction() as connection:
            connection.execute("INSERT INTO meta VALUES ('b', 'y')")
        assert wal.stat().st_size == 0


@pytest.fixture
def keeping(home: Home) -> Iterator[Store]:
    """A store that keeps its writer, as the screen's does; it has written once."""
    with closing(Store(home, keep=True)) as store:
        write(store, "first")
        yield store


def write(store: Store, key: str) -> sqlite3.Connection:
    with store.transaction() as connection:
        connection.execute("INSERT INTO meta VALUES (?, '')", (key,))
    return connection


def written(store: Store) -> list[str]:
    with store.read() as connection:
        return [str(row[0]) for row in connection.execute("SELECT key FROM meta ORDER BY key")]


def is_open(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return False
    return True


def test_a_writer_is_kept_only_for_who_asks_for_it_and_until_it_is_closed(store: Store, keeping: Store) -> None:
    assert not is_open(write(store, "another's"))
    kept = write(keeping, "second")
    assert write(keeping, "third") is kept
    assert written(store) == ["another's", "first", "second", "third"]
    keeping.close()
    assert not is_open(kept)


def test_a_writer_is_not_kept_after_an_error(keeping: Store) -> None:
    kept = write(keeping, "second")
    with pytest.raises(sqlite3.IntegrityError):
        write(keeping, "second")
    assert not is_open(kept)
    write(keeping, "third")
    assert written(keeping) == ["first", "second", "third"]


def test_a_kept_writer_does_not_write_into_a_file_that_is_gone(keeping: Store, tmp_path: Path) -> None:
    keeping.home.data.rename(tmp_path / "moved away")
    keeping.home.data.mkdir()
    write(keeping, "second")
    assert written(keeping) == ["second"]


def test_a_kept_writer_holds_nobody_up(keeping: Store) -> None:
    write(Store(keeping.home), "another's")
    Store(keeping.home).rewrite()
    write(keeping, "second")
    assert written(keeping) == ["another's", "first", "second"]


# Where it is, and who may look


def test_only_the_owner_may_look_even_with_a_careless_umask(queue: Queue, home: Home) -> None:
    before = os.umask(0)
    try:
        hand_over(queue)
        with queue.store.read():  # while -wal and -shm are there
            modes = {path: stat.S_IMODE(path.stat().st_mode) for path in home.data.parent.rglob("*")}
    finally:
        os.umask(before)
    assert {path.name for path in modes} >= {"leadq.db", "leadq.db-wal", "leadq.db-shm", "leadq.lock", "contract.toml"}
    for path, mode in modes.items():
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_looking_at_a_home_that_does_not_exist_finds_it_empty_and_makes_nothing(store: Store, home: Home) -> None:
    assert open_leads(store) == 0
    with store.read() as connection:
        at = read.moment(connection, NOW_MS)
        assert read.counts(connection, at, Filter()) == read.Counts()
        assert read.sync_lines(connection) == []
    assert not home.data.parent.exists()


def test_a_home_that_was_only_half_made_is_made_again(
    store: Store, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            store.create()
    assert not home.exists
    draft = home.database.with_name("leadq.db.new")
    assert draft.exists()
    draft.write_bytes(draft.read_bytes()[:5000])
    draft.with_name("leadq.db.new-journal").write_bytes(b"left over")
    assert open_leads(store) == 0
    with store.transaction() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not draft.exists()


@pytest.mark.parametrize(
    ("mounts", "network"),
    [
        ("/dev/vda / ext4 rw 0 0\n", False),
        ("/dev/vda / ext4 rw 0 0\nserver:/export /home nfs4 rw 0 0\n", True),
        ("server:/ / nfs rw 0 0\n/dev/sda1 /home ext4 rw 0 0\n", False),
        ("/dev/vda / ext4 rw 0 0\n//server/share /home/jo\\040doe cifs rw 0 0\n", True),
        ("/dev/vda / ext4 rw 0 0\nserver:/export /hom nfs4 rw 0 0\n", False),
        ("/dev/vda / ext4 rw 0 0\nnot a mount\n\n", False),
        ("", False),
    ],
)
def test_the_nearest_mount_says_whether_a_folder_is_on_the_network(mounts: str, network: bool, tmp_path: Path) -> None:
    listing = tmp_path / "mounts"
    listing.write_text(mounts, "utf-8")
    assert on_network(Path("/home/jo doe/leadq/leadq.db"), listing) is network


def test_a_system_that_does_not_list_mounts_has_no_network_folders(tmp_path: Path) -> None:
    assert not on_network(Path("/home/jo"), tmp_path / "missing")


def test_a_network_folder_gets_no_wal(store: Store, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "on_network", lambda path: True)
    hand_over(queue)
    with store.transaction() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert not store.home.database.with_name("leadq.db-wal").exists()


# Which schema it has


def test_the_schema_file_is_what_the_tables_declare() -> None:
    assert (Path(db.__file__).parent / "schema.sql").read_text("utf-8") == db.schema_sql()


def test_a_database_of_a_newer_leadq_is_refused_and_untouched(store: Store, keeping: Store, home: Home) -> None:
    with closing(sqlite3.connect(home.database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    for attempt in (store.read, store.transaction, keeping.transaction):
        with pytest.raises(LeadqError) as caught, attempt():
            pass
        assert (caught.value.code, caught.value.exit_status) == ("newer_database", Exit.CONFIG)
        assert "9999" in caught.value.message
    assert schema_version(home) == "9999"


REVISION = """
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("ALTER TABLE lead ADD COLUMN nickname TEXT")
    op.execute("UPDATE lead SET nickname = 'x'")
"""


@pytest.fixture
def old_home(queue: Queue) -> Home:
    """A home with one lead, as this release makes it."""
    hand_over(queue)
    return queue.store.home


@pytest.fixture
def next_release(old_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A leadq with one migration more than the one that made `old_home`: its file, for a test to write."""
    shutil.copytree(Path(upgrading.__file__).parent / "migrations", tmp_path / "leadq" / "migrations")
    monkeypatch.setattr(sqlite, "SCHEMA_HEAD", "0003")
    monkeypatch.setattr(upgrading, "__file__", str(tmp_path / "leadq" / "upgrading.py"))
    return tmp_path / "leadq" / "migrations" / "versions" / "r0003_test.py"


def test_an_older_home_is_brought_up_to_date_after_a_sound_backup(old_home: Home, next_release: Path) -> None:
    next_release.write_text(REVISION, "utf-8")
    store = Store(old_home)
    with store.read() as connection:
        assert connection.execute("SELECT nickname FROM lead").fetchall() == [("x",)]
    assert schema_version(old_home) == "0003"
    backup = old_home.database.with_name("leadq.db.before-0002")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0002",)
        assert connection.execute("SELECT count(*) FROM lead").fetchone() == (1,)


def test_a_verb_finds_the_new_schema_too(old_home: Home, queue: Queue, next_release: Path) -> None:
    next_release.write_text(REVISION, "utf-8")
    queue.perform(["1"], TOUCH)
    with Store(old_home).read() as connection:
        assert connection.execute("SELECT state, nickname FROM lead").fetchall() == [("working", "x")]


def test_of_two_that_come_at_once_only_the_first_migrates(old_home: Home, next_release: Path) -> None:
    next_release.write_text(REVISION, "utf-8")
    Store(old_home).upgrade()
    Store(old_home).upgrade()  # it saw the old schema, and then waited for the lock
    assert [path.name for path in old_home.data.glob("*.before-*")] == ["leadq.db.before-0002"]


def test_a_migration_that_fails_leaves_the_old_database(old_home: Home, next_release: Path) -> None:
    next_release.write_text(REVISION + '    raise RuntimeError("half way")\n', "utf-8")
    for _attempt in range(2):
        with pytest.raises(RuntimeError, match="half way"), Store(old_home).read():
            pass
    assert schema_version(old_home) == "0002"
    with closing(sqlite3.connect(old_home.database)) as connection:
        assert "nickname" not in [row[1] for row in connection.execute("PRAGMA table_info(lead)")]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_migration_on_a_full_disk_is_said_and_leaves_the_old_database(old_home: Home, next_release: Path) -> None:
    full = (
        '    op.execute("PRAGMA max_page_count = 1")\n    op.execute("CREATE TABLE big AS SELECT zeroblob(100000)")\n'
    )
    next_release.write_text(REVISION + full, "utf-8")
    with pytest.raises(LeadqError) as caught, Store(old_home).read():
        pass
    assert (caught.value.code, caught.value.exit_status) == ("io", Exit.IO)
    assert schema_version(old_home) == "0002"


def test_no_migration_runs_on_a_backup_that_is_not_sound(
    old_home: Home, next_release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_release.write_text(REVISION, "utf-8")

    def broken(database: Path) -> Path:
        raise sqlite3.DatabaseError("the backup is not sound")

    monkeypatch.setattr(upgrading, "_backup", broken)
    with pytest.raises(LeadqError, match="not sound"), Store(old_home).read():
        pass
    assert schema_version(old_home) == "0002"


def test_a_home_of_the_first_release_gets_the_schema_of_a_new_one(home: Home, tmp_path: Path) -> None:
    for folder in (home.config, home.data, home.state):
        folder.mkdir(mode=0o700, parents=True)
    with closing(sqlite3.connect(home.database)) as connection:
        connection.executescript((Path(__file__).parent / "schema_0001.sql").read_text("utf-8"))
        connection.executescript(
            "CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('0001')"
        )
    fresh = Store(Home(*(tmp_path / "fresh" / name for name in ("config", "data", "state"))))
    fresh.create()
    with Store(home).read() as migrated, fresh.read() as new:
        assert _shape_of(migrated) == _shape_of(new)


def _shape_of(connection: sqlite3.Connection) -> dict[str, object]:
    """Columns in order with type, NOT NULL and default, and each index's columns and condition."""
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    shape: dict[str, object] = {
        name: connection.execute(f"PRAGMA table_info({name})").fetchall() for name in names if name != "alembic_version"
    }
    for name, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"):
        shape[name] = " ".join(sql.split()).casefold()
    return shape


# A bad disk


def io_error(act: pytest.ExceptionInfo[LeadqError]) -> None:
    error = act.value
    assert (error.code, error.exit_status) == ("io", Exit.IO)
    assert "\n" not in error.message
    assert error.hint


@pytest.fixture
def fill_up(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """What SQLite says of a full disk, where none can be had: from then on the file may not grow by a page."""
    real = sqlite._open

    def cramped(uri: str, cache_kb: int) -> sqlite3.Connection:
        connection = real(uri, cache_kb)
        connection.execute("PRAGMA max_page_count = 1")  # SQLite makes that the present size
        return connection

    return lambda: monkeypatch.setattr(sqlite, "_open", cramped)


def test_a_full_disk_is_one_sentence_and_what_was_saved_stays(
    queue: Queue, store: Store, fill_up: Callable[[], None]
) -> None:
    hand_over(queue)
    fill_up()
    with pytest.raises(LeadqError) as caught:
        hand_over(queue, *({"note": "x" * 2000, "company": f"Big {n}"} for n in range(100)))
    io_error(caught)
    assert open_leads(store) == 1


def test_a_file_that_is_not_a_database_is_one_sentence(store: Store, home: Home) -> None:
    home.data.mkdir(parents=True)
    home.database.write_bytes(b"not a database at all" * 100)
    for attempt in (store.read, store.transaction):
        with pytest.raises(LeadqError) as caught, attempt():
            pass
        io_error(caught)


def test_a_page_that_the_disk_spoilt_is_one_sentence(queue: Queue, store: Store, home: Home) -> None:
    hand_over(queue)
    with store.read() as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'person'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    with home.database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    with pytest.raises(LeadqError) as caught, store.read() as connection:
        connection.execute("SELECT name FROM person").fetchone()
    io_error(caught)


def test_a_wrong_statement_of_ours_is_a_bug_and_not_the_disk(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"), store.transaction() as connection:
        connection.execute("SELECT * FROM nowhere")
    with pytest.raises(sqlite3.OperationalError, match="no such table"), store.read() as connection:
        connection.execute("SELECT * FROM nowhere")


# The lock


def test_a_lock_is_free_again_when_its_holder_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with held(path, 0.0):
        pass
    with held(path, 0.0), pytest.raises(LeadqError) as caught, held(path, 0.0):
        pass
    assert caught.value.exit_status == Exit.TEMPORARY
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
