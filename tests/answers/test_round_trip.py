"""Verdicts go out as a table and come back filled in: each answer is one event, however often its file is read."""

from __future__ import annotations

import csv
import shutil
import tempfile
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from leadq import feedback, i18n
from leadq.answers.columns import COLUMNS, FILLED
from leadq.answers.workbook import as_workbook
from leadq.answers.writing import as_csv
from leadq.clock import Clock
from leadq.domain import verbs
from leadq.i18n import LANGUAGES, Language
from leadq.paths import find_home
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.answers.table import AT, Cells, answers, exported, filled, given, header, judged, saved_csv, saved_xlsx
from tests.hostile import HOSTILE
from tests.leads import NOW_MS, hand_over

WORDS: dict[Language, tuple[str, str, str]] = {
    "en": ("Taken note of", "changed", "DECLINED"), "fr": ("Pris en note", "change", "refusé"),
}  # fmt: skip
"""As people type them: with a capital, without an accent."""


@pytest.fixture(scope="module")
def home_with_verdicts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judged") / "home"
    judged(Queue(Store(find_home(str(folder))), Clock(NOW_MS)))
    return folder


@pytest.fixture
def queue(home_with_verdicts: Path, tmp_path: Path) -> Queue:
    """A home with five verdicts that wait for marketing."""
    return opened(Path(shutil.copytree(home_with_verdicts, tmp_path / "home")))


def opened(folder: Path) -> Queue:
    return Queue(Store(find_home(str(folder))), Clock(NOW_MS))


def test_a_row_says_all_that_an_answer_needs_and_no_address(queue: Queue) -> None:
    row = next(row for row in exported(queue) if row[AT["lead"]] == 2)
    cells = dict(zip(COLUMNS, row, strict=True))
    key = cells.pop("key")
    assert str(key).count(".") == 1
    assert cells == {
        "campaign": "campaign-1", "lead": 2, "name": "Jeanne Martin", "company": "Forges d’Ardèche",
        "at": "2026-05-13 15:00", "verdict": "rejected", "code": "rej.off_icp", "quality": "2 (Off target)",
        "reason": "Outside ICP (sector/size/role/geo) · criterion size", "missing": "", "said": "too small",
        "answer": "", "note": "", "by": "",
    }  # fmt: skip
    i18n.use("fr")
    assert "Téléphone, Budget" in [row[AT["missing"]] for row in exported(queue)]
    assert "@" not in as_csv(exported(queue))


def test_rows_come_by_campaign_and_one_campaign_can_be_had_alone(queue: Queue) -> None:
    assert [row[AT["lead"]] for row in exported(queue)] == [1, 3, 5, 2, 4]
    assert [row[AT["lead"]] for row in exported(queue, "campaign-1")] == [2, 4]


def test_what_is_answered_or_disputed_waits_for_marketing_no_more(queue: Queue) -> None:
    queue.perform(["1"], verbs.Answer("ack"))
    queue.perform(["2"], verbs.Dispute("look again"))
    assert [row[AT["lead"]] for row in exported(queue)] == [3, 5, 4]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("door", ["xlsx", "utf-8-sig", "cp1252"])
def test_a_table_filled_in_comes_back_as_it_was_meant(queue: Queue, language: Language, door: str) -> None:
    i18n.use(language)
    ack, changed, declined = WORDS[language]
    said = {1: (ack,), 2: (declined, "they are 300\nask again", "Nadia"), 4: (changed, "Formulaire corrigé à Évry")}
    rows = exported(queue)
    content = saved_xlsx(rows, said) if door == "xlsx" else saved_csv(filled(rows, said), door)
    i18n.use("en" if language == "fr" else "fr")  # who reads it speaks the other language
    taken = given(queue, content)
    assert (taken.answered, taken.same, taken.rejected, sorted(taken.leads)) == (3, 0, [], [1, 2, 4])
    assert answers(queue) == [
        (1, "archived", "ack", None, 1), (2, "rejected", "declined", "they are 300\nask again", 1),
        (3, "rejected", "", None, 0), (4, "archived", "changed", "Formulaire corrigé à Évry", 1),
        (5, "rejected", "", None, 0),
    ]  # fmt: skip
    before = answers(queue)
    again = given(queue, content)
    assert (again.answered, again.same, again.events, answers(queue)) == (0, 3, [], before)


def test_columns_may_be_moved_or_left_out_and_sheets_too(queue: Queue) -> None:
    kept = ("answer", "key", "code", "lead")
    rows = filled(exported(queue), {3: ("ack",)})
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = "My own page"
    sheet = book.create_sheet("To answer")
    sheet.append([header()[AT[column]] for column in kept])
    for cells in rows:
        sheet.append([float(cells[AT[c]]) if c == "lead" else cells[AT[c]] for c in kept])
    stream = BytesIO()
    book.save(stream)
    assert given(queue, stream.getvalue()).leads == [3]


def test_who_answered_is_named_where_the_answer_is_shown(queue: Queue) -> None:
    given(queue, saved_csv(filled(exported(queue), {1: ("ack", "", "Nadia Belkacem"), 3: ("ack",)})))
    with queue.store.read() as db:
        named = {entry.lead.id: entry.answer_texts for entry in feedback.listing(db, waiting=False)}
        assert named[1] == {"by": "Nadia Belkacem"}
        assert named[3] == {}
        assert [one.by for one in feedback.answers_since(db, "me", 0)][:1] == ["Nadia Belkacem"]


def test_all_rows_are_one_gesture_that_can_be_taken_back(queue: Queue) -> None:
    before = answers(queue)
    content = saved_csv(filled(exported(queue), {1: ("ack",), 3: ("ack",), 5: ("ack",)}))
    given(queue, content)
    assert [row[1] for row in answers(queue)] == ["archived", "rejected", "rejected", "rejected", "recycled"]
    queue.undo()
    assert [row[:3] for row in answers(queue)] == [row[:3] for row in before]
    assert given(queue, content).answered == 3


def test_a_rehearsal_and_a_table_without_news_write_nothing(queue: Queue) -> None:
    content = saved_csv(filled(exported(queue), {1: ("ack",), 3: ("ack",)}))
    taken = given(queue, content, rehearsal=True)
    assert (taken.answered, taken.leads, taken.events) == (2, [1, 3], [])
    assert [row[4] for row in answers(queue)] == [0, 0, 0, 0, 0]
    assert given(queue, saved_csv(filled(exported(queue), {}))).answered == 0


def test_a_home_that_does_not_exist_is_not_made_for_answers(queue: Queue, tmp_path: Path) -> None:
    content = saved_csv(filled(exported(queue), {1: ("ack",)}))
    elsewhere = opened(tmp_path / "nowhere")
    ((_line, why),) = given(elsewhere, content).rejected
    assert "no verdict here has this key" in why
    assert not elsewhere.store.home.exists


_ANSWER = st.sampled_from([("ack",), ("changed", "form mended"), ("declined", "they are 300"), ("pris en note", "vu")])


@drawn(
    answered=st.dictionaries(st.integers(1, 5), _ANSWER),
    cuts=st.lists(st.sets(st.integers(1, 5)), max_size=2),
    order=st.randoms(use_true_random=False),
)
@settings(max_examples=6)
def test_files_may_be_read_in_any_order_and_any_number_of_times(
    home_with_verdicts: Path, answered: dict[int, Any], cuts: list[set[int]], order: Any
) -> None:
    """What comes of them is what comes of reading the whole once: an event for each answer."""
    with tempfile.TemporaryDirectory() as folder:
        once, often = (
            opened(Path(shutil.copytree(home_with_verdicts, Path(folder) / name))) for name in ("once", "often")
        )
        rows = filled(exported(once), answered)
        given(once, saved_csv(rows))
        files = [rows, *([cells for cells in rows if cells[AT["lead"]] in cut] for cut in cuts), rows[:2], rows]
        order.shuffle(files)
        for file in files:
            order.shuffle(file)
            given(often, saved_csv(file))
        assert answers(often) == answers(once)
        assert [row[4] for row in answers(often)] == [int(lead in answered) for lead in range(1, 6)]


def test_an_answer_that_was_overtaken_does_not_come_back_with_its_file(queue: Queue) -> None:
    content = saved_csv(filled(exported(queue), {1: ("ack",), 3: ("changed", "asked for it")}))
    given(queue, content)
    queue.perform(["1"], verbs.Answer("declined", "it was a person"))
    queue.perform(["3"], verbs.Dispute("we asked for it in the form"))
    taken = given(queue, content)
    assert (taken.answered, taken.same, taken.overtaken) == (0, 0, 2)


def test_another_answer_in_a_later_file_is_a_new_answer(queue: Queue) -> None:
    rows = exported(queue)
    given(queue, saved_csv(filled(rows, {2: ("declined", "they are 300")})))
    taken = given(queue, saved_csv(filled(rows, {2: ("ack", "they were 30")})))
    assert (taken.answered, taken.overtaken) == (1, 0)
    assert answers(queue)[1] == (2, "archived", "ack", "they were 30", 2)


def _texts(rows: list[Cells]) -> list[str]:
    return [cell for cells in rows for cell in cells if isinstance(cell, str) and cell]


def test_hostile_texts_are_harmless_in_both_files_and_do_not_keep_an_answer_from_coming_back(
    store: Store, tmp_path: Path
) -> None:
    queue = opened(tmp_path / "hostile")
    texts = [text.encode("utf-8", "replace").decode() for text in HOSTILE]
    hand_over(queue, *({"campaign": text, "company": text} for text in texts))
    done = queue.perform([str(number) for number in range(1, len(texts) + 1)], verbs.Reject("rej.spam", 1))
    with queue.desk() as desk:
        desk.db.executemany("UPDATE person SET name = ? WHERE id = ?", [(t, n) for n, t in enumerate(texts, 1)])
        said = zip(done.events, texts, strict=True)
        desk.db.executemany("INSERT INTO event_text VALUES (?, 'note', ?)", said)
    rows = exported(queue)
    book = openpyxl.load_workbook(BytesIO(as_workbook(rows)))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    written = _texts([[cell.value for cell in cells], *csv.reader(StringIO(as_csv(rows)))])
    risky = [text for text in written if text.startswith(("=", "+", "-", "@", "＝", "\t", "\x1b"))]
    assert set(risky) <= {"+33 6 12 34 56 78"}  # a phone is left alone
    answered = dict.fromkeys(range(1, len(texts) + 1), ("ack",))
    assert given(queue, saved_xlsx(rows, answered), rehearsal=True).answered == len(texts)
    assert given(queue, saved_csv(filled(rows, answered)), rehearsal=True).answered == len(texts)


def test_a_workbook_opens_ready_to_fill_in(queue: Queue) -> None:
    i18n.use("fr")
    book = openpyxl.load_workbook(BytesIO(as_workbook(exported(queue))))
    sheet, told = book.worksheets
    assert (sheet.title, told.title, sheet.freeze_panes) == ("À répondre", "Mode d’emploi", "A2")
    (offered,) = sheet.data_validations.dataValidation
    assert (offered.formula1, str(offered.sqref)) == ('"pris en note,changé,refusé"', "L2:L6")
    locked = {column for column, at in AT.items() if sheet.cell(2, at + 1).protection.locked}
    assert (sheet.protection.sheet, locked) == (True, set(COLUMNS) - set(FILLED))
    assert "clé" in " ".join(str(cell.value) for cell in told["A"])
