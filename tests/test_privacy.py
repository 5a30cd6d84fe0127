"""An erasure leaves no byte of a person in the home, changes no figure, and nothing brings the person back."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from leadq import config, sqlite, waking
from leadq.backups import back_up, folder_of
from leadq.clock import Clock
from leadq.doctor import Examination, refold
from leadq.domain import verbs
from leadq.errors import Exit, LeadqError
from leadq.lock import held
from leadq.plugins.csv import HEADER, CsvAdapter
from leadq.plugins.sdk import Change, Context, Result
from leadq.privacy import erase, find_people
from leadq.queue import Queue
from leadq.restore import restore
from leadq.sqlite import Store
from leadq.sync.engine import run_sync
from leadq.sync.ports import Ticks
from leadq.sync.protocol import Failed, Open, Ready, Used
from tests.leads import NOW_MS, ROW, hand_over

CLOCK = Clock(NOW_MS)
ZOE = {
    "id": "crm-zoe-77", "name": "Zoé Quatremère", "email": "zoe.quatremere@forges.example", "phone": "+33199778866",
    "note": "préfère la guimauve au téléphone",
}  # fmt: skip
QUOTE = "« trop cher, Élodie décide »"
RAW = "matricule 9f3c-zq"
TRACES = (ZOE["id"], ZOE["name"], ZOE["email"], ZOE["phone"], "guimauve", QUOTE, RAW)
TOUCH = verbs.Touch("call", "connected", insights=(f"quote:{QUOTE}",), note="reparler de guimauve")


def rows(store: Store, query: str) -> list[Any]:
    with store.read() as db:
        return db.execute(query).fetchall()


def found_in(folder: Path, *traces: str) -> list[tuple[str, str]]:
    """Which file holds which trace, in any case, in UTF-8 or UTF-16."""
    forms = [
        (trace, form.encode(code))
        for trace in traces
        for form in {trace, trace.upper(), trace.lower()}
        for code in ("utf-8", "utf-16-le", "utf-16-be")
    ]
    files = [(path.name, path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
    return [(name, trace) for name, content in files for trace, form in forms if form in content]


def copy_of(store: Store, path: Path) -> Path:
    """A copy of the database as it is now, as a backup makes it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with closing(sqlite3.connect(store.home.database)) as live, closing(sqlite3.connect(path)) as copy:
        live.backup(copy)
    return path


class Csv:
    """The csv adapter without a process around it, in the place of `supervisor.Child`."""

    def __init__(self, order: Open, _ticks: Ticks) -> None:
        self._adapter = CsvAdapter(Context(order.options))
        self.used = Used()

    def __enter__(self) -> Csv:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def ready(self) -> Ready:
        return Ready(CsvAdapter.capabilities, self._adapter.check())

    def push(self, changes: Sequence[Change]) -> Iterator[list[Result | Failed]]:
        yield list(self._adapter.push(changes))


def sync(store: Store) -> None:
    """What waits leaves."""
    run_sync(store.home, now_ms=NOW_MS, open_child=Csv)


def lived(queue: Queue, store: Store) -> None:
    """Zoé is known, was called, and part of it has left; Karl, whose lead is 2, has nothing to do with her."""
    hand_over(queue, {**ZOE, "handed_off_at": "2026-05-12T08:00:00Z"}, {"name": "Karl Meyer", "note": "rien"})
    with store.transaction() as db:
        db.execute("UPDATE person SET raw = ? WHERE id = 1", (f'{{"remarque": "{RAW}"}}',))
    queue.perform(["1"], TOUCH)
    queue.perform(["2"], verbs.Touch("call", "voicemail", note="=1+1; rappeler"))
    sync(store)
    queue.perform(["1"], verbs.Note("encore la guimauve"))
    copy_of(store, store.home.data / "backups" / "leadq-2026-05-13.db")
    copy_of(store, store.home.data / "leadq.db.before-0001")
    log = store.home.state / "leadq.log"
    log.touch(mode=0o600)
    log.write_text(f"refused: <{ZOE['email'].upper()}> {ZOE['name']}\nkept\n", "utf-8")
    with store.transaction() as db:
        db.execute("UPDATE outbox SET last_error = ? WHERE state = 'held'", (f"{ZOE['email']} is not valid",))
        db.execute("UPDATE connection_state SET last_error = ?", (f"{ZOE['email']} is not valid",))


@pytest.fixture(autouse=True)
def sound(store: Store) -> Iterator[None]:
    """Whatever a test does, the rows are what the events fold to, and every check of the doctor is content."""
    yield
    if store.home.exists:
        with store.read() as db:
            assert [lead_id for lead_id, same in refold(db) if not same] == []
        assert [check.message for check in Examination(store.home, NOW_MS).checks() if not check.ok] == []


FIGURES = """SELECT l.state, count(DISTINCT l.uid), count(e.uid), min(l.first_touch_ms), max(l.score), max(l.source)
    FROM lead l JOIN event e ON e.lead_uid = l.uid WHERE e.type <> 'erased' GROUP BY l.state"""


def test_not_a_byte_of_an_erased_person_stays_in_the_home(queue: Queue, store: Store) -> None:
    lived(queue, store)
    folder = store.home.data.parent
    assert {trace for _file, trace in found_in(folder, *TRACES)} == set(TRACES)
    with store.read() as screen:  # another process that has the file open, between two looks
        screen.execute("COMMIT")
        done = erase(store, CLOCK, ZOE["email"])
        assert found_in(folder, *TRACES) == []
    assert found_in(folder, *TRACES) == []
    assert {path.name for path in done.rewritten} == {
        "leadq.db", "outcomes.csv", "leadq.log", "leadq-2026-05-13.db", "leadq.db.before-0001",
    }  # fmt: skip
    assert done.left == ()
    assert (store.home.state / "leadq.log").read_text("utf-8") == "refused: <[…]> […]\nkept\n"


def test_figures_and_everybody_else_are_as_before(queue: Queue, store: Store) -> None:
    lived(queue, store)
    outcomes = store.home.data / "outcomes.csv"
    figures, before = rows(store, FIGURES), outcomes.read_bytes().splitlines()
    done = erase(store, CLOCK, ZOE["email"])
    after = outcomes.read_bytes().splitlines()
    assert rows(store, FIGURES) == figures
    assert (done.people, done.leads, done.open, done.waiting, len(done.events)) == (1, (1,), (1,), 1, 1)
    assert rows(store, "SELECT name, raw FROM person") == [("", ""), ("Karl Meyer", "{}")]
    assert rows(store, "SELECT text FROM event_text ORDER BY 1") == [("=1+1; rappeler",), ("rien",)]
    assert [line for line in after if b"voicemail" in line] == [line for line in before if b"voicemail" in line]
    assert [line.split(b",")[0] for line in after] == [line.split(b",")[0] for line in before]
    assert rows(store, "SELECT country, language FROM person WHERE id = 1") == [("FR", "fr")]


def test_what_still_goes_out_carries_nothing_personal(queue: Queue, store: Store) -> None:
    lived(queue, store)
    erase(store, CLOCK, ZOE["email"])
    sync(store)
    last = (store.home.data / "outcomes.csv").read_text("utf-8").splitlines()[-1].split(",")
    assert (last[4], last[2], last[3], last[8]) == ("note", "", "", "")
    assert found_in(store.home.data.parent, *TRACES) == []


def test_an_import_does_not_bring_an_erased_person_back(queue: Queue, store: Store) -> None:
    lived(queue, store)
    erase(store, CLOCK, ZOE["email"])
    ways = ({}, {"id": ""}, {"email": "", "phone": ""}, {"id": "", "email": ""})
    report = hand_over(queue, *({**ZOE, **again} for again in ways), {"email": "neu@forges.example"})
    assert (report.created, [one["line"] for one in report.rejected]) == (1, [2, 3, 4, 5])
    assert all("erased on 2026-05-13" in one["reason"] for one in report.rejected)
    assert not any(trace in one["reason"] for one in report.rejected for trace in TRACES)
    assert found_in(store.home.data.parent, *TRACES) == []


def test_every_table_is_known_to_an_erasure(queue: Queue, store: Store) -> None:
    """A new table is either gone through in `erasing.blank`, or named here as holding nothing about a prospect."""
    gone_through = {
        "person", "event_text", "remote_ref", "remote_snapshot", "outbox", "connection_state", "lead", "suppression",
    }  # fmt: skip
    about_nobody = {"calendar_year", "contract", "member", "meta", "event", "clock", "alembic_version"}
    hand_over(queue)
    tables = {name for (name,) in rows(store, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == gone_through | about_nobody


def test_an_erasure_cannot_be_undone(queue: Queue, store: Store) -> None:
    hand_over(queue, ZOE)
    queue.perform(["1"], verbs.Reject("rej.no_consent", 1))
    erase(store, CLOCK, "1")
    queue.undo()
    assert rows(store, "SELECT DISTINCT why FROM suppression") == [("erased",)]
    assert rows(store, "SELECT name FROM person") == [("",)]
    with pytest.raises(LeadqError) as caught:
        queue.undo()
    assert caught.value.code == "nothing_to_undo"


def test_every_cycle_product_line_and_merged_record_of_a_person_is_theirs(queue: Queue, store: Store) -> None:
    hand_over(queue, ZOE, {**ZOE, "id": "", "product_line": "b"}, {"email": "z.q@home.example", "phone": ""}, {})
    queue.perform(["3"], verbs.Merge("1"))
    with store.read() as db:
        people = find_people(db, "z.q@home.example")
        assert people == find_people(db, ZOE["email"].upper()) == find_people(db, "2")
    erase(store, CLOCK, "csv:crm-zoe-77")
    assert found_in(store.home.data.parent, *TRACES[:4], "z.q@home") == []
    assert rows(store, "SELECT count(*) FROM person WHERE raw = ''") == [(len(people),)]
    assert rows(store, "SELECT name FROM person WHERE raw <> ''") == [(ROW["name"],)]


def test_an_erased_lead_does_not_wake_up_and_nobody_is_called(queue: Queue, store: Store) -> None:
    hand_over(queue, ZOE, {})
    queue.perform(["1"], verbs.Accept())
    queue.perform(["1"], verbs.Recycle("rec.timing", 3, wake_ms=NOW_MS + 1))
    erase(store, CLOCK, "1")
    erase(store, CLOCK, "2")
    with Queue(store, Clock(NOW_MS + 1)).desk() as desk:
        waking.wake(desk, "batch")
    assert rows(store, "SELECT count(*) FROM lead WHERE person_id = 1") == [(1,)]
    with pytest.raises(LeadqError) as caught:
        queue.perform(["2"], verbs.Touch("call", "no_answer"))
    assert caught.value.code == "opposed"


def test_somebody_who_was_never_here_is_not_found(queue: Queue, store: Store) -> None:
    hand_over(queue)
    for reference, status in (("nobody@forges.example", Exit.NOT_FOUND), ("99", Exit.NOT_FOUND), ("x", Exit.USAGE)):
        with pytest.raises(LeadqError) as caught:
            erase(store, CLOCK, reference)
        assert caught.value.exit_status == status
    assert rows(store, "SELECT count(*) FROM suppression") == [(0,)]


# What is outside


def test_another_system_keeps_its_id_until_the_last_change_has_left(queue: Queue, store: Store, tmp_path: Path) -> None:
    store.create()
    config.write(store.home, "me")
    with store.home.settings.open("a", encoding="utf-8") as settings:
        settings.write(f'outcomes = "{(tmp_path / "shared" / "outcomes.csv").as_posix()}"\n')
    hand_over(queue, ZOE)
    queue.perform(["1"], TOUCH)
    sync(store)
    queue.perform(["1"], verbs.Note("guimauve"))
    done = erase(store, CLOCK, "1")
    assert (done.known_by, done.waiting) == ((("csv", ZOE["id"]),), 1)
    assert ZOE["email"] in (tmp_path / "shared" / "outcomes.csv").read_text("utf-8")
    assert rows(store, "SELECT external_id FROM lead") == [(ZOE["id"],)]
    sync(store)
    erase(store, CLOCK, ZOE["email"])
    assert rows(store, "SELECT external_id FROM lead") == [("",)]
    assert found_in(store.home.data, *TRACES) == []


def outcomes_of(store: Store, *cells: tuple[str, ...], delimiter: str = ",", end: str = "\n") -> bytes:
    (uid,) = rows(store, "SELECT uid FROM lead WHERE id = 1")[0]
    lines = [HEADER, *(tuple(cell.replace("UID", uid) for cell in row) for row in cells)]
    return "".join(delimiter.join(line) + end for line in lines).encode()


@pytest.mark.parametrize(
    ("delimiter", "end", "bom"), [(",", "\n", b""), (";", "\r\n", b"\xef\xbb\xbf"), ("\t", "\n", b"")]
)
def test_the_outcomes_keep_their_dialect_and_every_other_row_its_bytes(
    queue: Queue, store: Store, delimiter: str, end: str, bom: bytes
) -> None:
    hand_over(queue, ZOE, {})
    hers = (
        "op1",
        "UID",
        "A1",
        ZOE["email"],
        "touch",
        "connected",
        "",
        "",
        f'"undo:op0 a ""{QUOTE}"" {end}b"',
        "t",
        "me",
    )
    cleaned = ("op1", "UID", "", "", "touch", "connected", "", "", "undo:op0", "t", "me")
    others = ("op2", "other", "B2", "karl@b.example", "note", "", "", "", f'"he said ""yes""{end}twice"', "t", "me")
    path = store.home.data / "outcomes.csv"
    path.touch(mode=0o600)
    path.write_bytes(bom + outcomes_of(store, others, hers, others, delimiter=delimiter, end=end))
    erase(store, CLOCK, "1")
    assert path.read_bytes() == bom + outcomes_of(store, others, cleaned, others, delimiter=delimiter, end=end)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_row_that_a_crash_tore_goes_and_one_that_lost_its_line_end_stays(queue: Queue, store: Store) -> None:
    hand_over(queue, ZOE)
    whole = ("op1", "UID", "A1", ZOE["email"], "note", "", "", "", "guimauve", "t", "me")
    path = store.home.data / "outcomes.csv"
    path.touch(mode=0o600)
    path.write_bytes(outcomes_of(store, whole)[:-1])
    erase(store, CLOCK, "1")
    assert path.read_bytes() == outcomes_of(store, ("op1", "UID", "", "", "note", "", "", "", "", "t", "me"))[:-1]
    path.write_bytes(outcomes_of(store, whole)[:-20])
    erase(store, CLOCK, "1")
    assert path.read_bytes() == outcomes_of(store)


def test_a_file_of_outcomes_that_is_not_ours_any_more_loses_the_names(queue: Queue, store: Store) -> None:
    hand_over(queue, ZOE)
    path = store.home.data / "outcomes.csv"
    path.touch(mode=0o600)
    path.write_bytes(f"something else\n{ZOE['email']};{ZOE['name']}\n\xff".encode("latin-1"))
    erase(store, CLOCK, "1")
    assert path.read_bytes() == "something else\n[…];".encode() + ZOE["name"].encode("latin-1") + b"\n\xff"


# Several processes, and what goes wrong half-way


def test_a_sync_under_way_is_waited_for_and_nothing_is_half_done(
    queue: Queue, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_over(queue, ZOE)
    monkeypatch.setattr("leadq.privacy._SYNC_WAIT_S", 0.0)
    with held(store.home.sync_lock("csv"), 0.0), pytest.raises(LeadqError) as caught:
        erase(store, CLOCK, "1")
    assert (caught.value.code, caught.value.exit_status) == ("locked", Exit.TEMPORARY)
    assert rows(store, "SELECT name FROM person") == [(ZOE["name"],)]


def test_a_reader_of_the_old_state_is_said_and_the_same_command_finishes(
    queue: Queue, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived(queue, store)
    real = sqlite._open

    def impatient(uri: str, cache_kb: int) -> sqlite3.Connection:
        connection = real(uri, cache_kb)
        connection.execute("PRAGMA busy_timeout = 0")
        return connection

    monkeypatch.setattr(sqlite, "_open", impatient)
    with closing(store.open_reader()) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT name FROM person WHERE id = 1").fetchone() == (ZOE["name"],)
        with pytest.raises(LeadqError) as caught:
            erase(store, CLOCK, ZOE["email"])
        assert (caught.value.code, caught.value.exit_status) == ("locked", Exit.TEMPORARY)
        assert reader.execute("SELECT name FROM person WHERE id = 1").fetchone() == (ZOE["name"],)
    assert rows(store, "SELECT name FROM person WHERE id = 1") == [("",)]
    done = erase(store, CLOCK, ZOE["email"])
    assert (done.people, done.events) == (0, ())
    assert found_in(store.home.data.parent, *TRACES) == []


def test_others_write_on_while_people_are_erased(queue: Queue, store: Store) -> None:
    hand_over(queue, *({"name": f"Guimauve {number}"} for number in range(6)))

    def write() -> None:
        other = Queue(Store(store.home), CLOCK)
        for number in range(15):
            other.perform(["6"], verbs.Note(f"note {number}"))

    with ThreadPoolExecutor(2) as pool:
        writing = [pool.submit(write) for _thread in range(2)]
        for number in range(1, 6):
            erase(store, CLOCK, str(number))
        for one in writing:
            one.result()
    assert rows(store, "SELECT count(*) FROM event_text") == [(30,)]
    assert rows(store, "SELECT name FROM person WHERE raw <> ''") == [("Guimauve 5",)]


def test_a_backup_that_cannot_be_read_is_named_and_stops_nothing(queue: Queue, store: Store) -> None:
    lived(queue, store)
    broken = store.home.data / "backups" / "broken.db"
    broken.touch(mode=0o600)
    broken.write_bytes((store.home.data / "leadq.db.before-0001").read_bytes()[:5000])
    done = erase(store, CLOCK, ZOE["email"])
    assert [path for path, _why in done.left] == [broken]
    assert {file for file, _trace in found_in(store.home.data.parent, *TRACES)} <= {"broken.db"}


def test_a_backup_as_old_as_the_first_schema_is_cleaned_too(queue: Queue, store: Store) -> None:
    hand_over(queue, ZOE)
    old = store.home.data / "leadq.db.before-0002"
    old.touch(mode=0o600)
    with closing(sqlite3.connect(old)) as db:
        db.executescript((Path(__file__).parent / "schema_0001.sql").read_text("utf-8"))
        db.execute(
            "INSERT INTO person VALUES (1, ?, '', '', ?, '', '', '', '', ?, NULL, '', '', '{}', 0)",
            (ZOE["name"], ZOE["email"], ZOE["email"]),
        )
        db.commit()
    done = erase(store, CLOCK, "1")
    assert (old in done.rewritten, done.left) == (True, ())
    assert found_in(store.home.data, *TRACES) == []


# A restore


def test_a_restore_does_not_bring_an_erased_person_back(queue: Queue, store: Store, tmp_path: Path) -> None:
    lived(queue, store)
    elsewhere = copy_of(store, tmp_path / "usb" / "old.db")
    erase(store, CLOCK, ZOE["email"])
    in_the_home = store.home.data / "backups" / "put-there-later.db"
    shutil.copyfile(elsewhere, in_the_home)
    for file in (in_the_home, elsewhere):
        assert restore(store, file, NOW_MS).erased == 1
        assert found_in(store.home.data.parent, *TRACES) == []
        assert rows(store, "SELECT state FROM lead WHERE id = 1") == [("connected",)]
        assert rows(store, "SELECT lead_uid = (SELECT uid FROM lead WHERE id = 1) FROM event"
                           " WHERE type = 'erased'") == [(1,)]  # fmt: skip
    assert hand_over(queue, ZOE).rejected != []


def test_a_restore_does_not_make_somebody_callable_who_opposed_since(
    queue: Queue, store: Store, tmp_path: Path
) -> None:
    hand_over(queue, ZOE, {})
    copy = copy_of(store, tmp_path / "old.db")
    queue.perform(["1"], verbs.Reject("rej.no_consent", 1))
    assert restore(store, copy, NOW_MS).erased == 0
    assert rows(store, "SELECT id, opposed_ms IS NOT NULL FROM lead ORDER BY id") == [(1, 1), (2, 0)]
    assert hand_over(queue, {**ZOE, "id": "", "product_line": "b"}).opposed == 1


def test_a_lead_of_somebody_erased_since_does_not_wake_up_in_a_restored_home(
    queue: Queue, store: Store, tmp_path: Path
) -> None:
    hand_over(queue, ZOE)
    queue.perform(["1"], verbs.Accept())
    queue.perform(["1"], verbs.Recycle("rec.timing", 3, wake_ms=NOW_MS + 1))
    copy = copy_of(store, tmp_path / "old.db")
    erase(store, CLOCK, "1")
    assert restore(store, copy, NOW_MS + 1).erased == 1
    assert rows(store, "SELECT cycle, state FROM lead") == [(1, "recycled")]


@pytest.mark.parametrize("state", ["broken", "gone"])
def test_where_no_database_says_who_was_erased_its_newest_backup_does(
    queue: Queue, store: Store, tmp_path: Path, state: str
) -> None:
    lived(queue, store)
    elsewhere = copy_of(store, tmp_path / "usb" / "old.db")
    erase(store, CLOCK, "1")
    back_up(store.home, folder_of(store.home), NOW_MS)
    for path in store.home.data.glob("leadq.db*"):
        path.unlink()
    if state == "broken":
        store.home.database.write_bytes(b"not a database at all" * 1000)
    assert restore(store, elsewhere, NOW_MS).erased == 1
    assert found_in(store.home.data.parent, *TRACES) == []


def test_what_a_killed_backup_or_restore_left_goes_with_an_erasure(queue: Queue, store: Store) -> None:
    lived(queue, store)
    for left in (".restore-x/leadq.db", "backups/.leadq-20260513T130000Z.db.77", "leadq.db.new"):
        copy_of(store, store.home.data / left)
    done = erase(store, CLOCK, "1")
    assert done.left == ()
    assert found_in(store.home.data.parent, *TRACES) == []
