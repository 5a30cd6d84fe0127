"""A table that came back wrong: each row says what is wrong with it and what to do, and the good ones are taken."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from leadq.answers.reading import read
from leadq.clock import Clock
from leadq.domain import verbs
from leadq.errors import Exit, LeadqError
from leadq.paths import find_home
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.tabular import TabularError
from tests.answers.table import AT, Cells, exported, filled, given, judged, saved_csv
from tests.leads import NOW_MS

KEY, LEAD, CODE, ANSWER, NOTE = AT["key"], AT["lead"], AT["code"], AT["answer"], AT["note"]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Queue:
    """Five verdicts; nothing here is written but by rehearsals."""
    return judged(Queue(Store(find_home(str(tmp_path_factory.mktemp("bad") / "home"))), Clock(NOW_MS)))


def _sorted_apart(rows: list[Cells]) -> None:
    rows[0][KEY], rows[1][KEY] = rows[1][KEY], rows[0][KEY]


def _set(column: int, text: object) -> Callable[[list[Cells]], None]:
    def change(rows: list[Cells]) -> None:
        rows[0][column] = text

    return change


def _stranger(rows: list[Cells]) -> None:
    from leadq.answers.columns import key

    rows[0][KEY] = key("019e216c-0000-7000-8000-000000000000", rows[0][LEAD], rows[0][CODE])


def _edited(rows: list[Cells]) -> None:
    rows[0][KEY] = ("0" if rows[0][KEY][0] != "0" else "1") + rows[0][KEY][1:]


WRONG = {
    "word": (_set(ANSWER, "maybe"), "“maybe” is no answer: choose one of taken note of, changed, declined"),
    "formula": (_set(ANSWER, "#NAME?"), "is no answer"),
    "escape": (_set(ANSWER, "\x1b]0;pwned\x07"), "is no answer"),
    "no answer": (lambda rows: (_set(ANSWER, "")(rows), _set(NOTE, "thanks")(rows)), "there is a note, and no answer"),
    "no note": (_set(ANSWER, "declined"), "to decline takes a note"),
    "edited": (_edited, "the key does not fit this row (lead 1)"),
    "cut": (_set(KEY, "019e216c"), "the key does not fit this row (lead 1)"),
    "empty": (_set(KEY, ""), "the key is empty"),
    "other lead": (_set(LEAD, 77), "the key does not fit this row (lead 77)"),
    "other reason": (_set(CODE, "rej.routing"), "the key does not fit this row"),
    "shifted": (_sorted_apart, "columns were sorted apart"),
    "unknown": (_stranger, "no verdict here has this key"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_bad_row_is_named_with_what_to_do_and_the_good_ones_are_taken(known: Queue, name: str) -> None:
    spoil, why = WRONG[name]
    rows = filled(exported(known), {1: ("ack",), 3: ("ack",), 5: ("ack",)})
    spoil(rows)
    taken = given(known, saved_csv(rows), rehearsal=True)
    assert taken.rejected[0][0] == 2
    assert why in taken.rejected[0][1]
    assert "\x1b" not in taken.rejected[0][1]
    assert taken.answered == 3 - len(taken.rejected) == (1 if name == "shifted" else 2)


def test_two_answers_to_one_verdict_are_both_left_alone_and_name_each_other(known: Queue) -> None:
    rows = filled(exported(known), {1: ("ack",), 3: ("ack",)})
    twice = [list(rows[0]), list(rows[1])]
    twice[0][ANSWER] = "changed"
    taken = given(known, saved_csv([*rows, *twice]), rehearsal=True)
    assert (taken.answered, taken.same, [line for line, _why in taken.rejected]) == (1, 1, [2, 7])
    assert "answered otherwise on line 7" in taken.rejected[0][1]
    assert "answered otherwise on line 2" in taken.rejected[1][1]


def test_a_verdict_that_changed_since_is_said_with_what_became_of_it(queue: Queue) -> None:
    judged(queue)
    content = saved_csv(filled(exported(queue), dict.fromkeys(range(1, 6), ("ack",))))
    queue.undo()  # the verdict on lead 5
    queue.perform(["1"], verbs.Reroute("zoe"))
    queue.perform(["2"], verbs.Merge("3"))
    taken = given(queue, content)
    said = dict(taken.rejected)
    assert (taken.answered, len(said)) == (2, 3)
    assert "lead 1 went on since" in said[2]
    assert "the verdict on lead 5 was taken back" in said[4]
    assert "lead 2 was merged into another one" in said[5]


@pytest.mark.parametrize("shown", ["1.0", "1,0", " 1 "], ids=["point", "comma", "spaces"])
def test_a_number_that_a_spreadsheet_shows_otherwise_is_the_same_lead(known: Queue, shown: str) -> None:
    rows = filled(exported(known), {1: ("ack",)})
    rows[0][LEAD] = shown
    assert given(known, saved_csv(rows), rehearsal=True).leads == [1]


def test_a_key_of_something_that_is_no_verdict_is_unknown(known: Queue) -> None:
    from leadq.answers.columns import key

    with known.store.read() as db:
        (handoff,) = db.execute("SELECT uid FROM event WHERE type = 'handed_off' LIMIT 1").fetchone()
    rows = filled(exported(known), {1: ("ack",)})
    rows[0][KEY] = key(handoff, rows[0][LEAD], rows[0][CODE])
    ((_line, why),) = given(known, saved_csv(rows), rehearsal=True).rejected
    assert "no verdict here has this key" in why


@pytest.mark.parametrize("column", ["key", "lead", "code", "answer"])
def test_a_table_without_a_column_that_is_needed_is_refused_whole(known: Queue, column: str) -> None:
    content = saved_csv(filled(exported(known), {1: ("ack",)}))
    header, rest = content.split(b"\r\n", 1)
    cells = header.split(b";")
    cells[AT[column]] = b"x"
    with pytest.raises(LeadqError) as caught:
        read(BytesIO(b";".join(cells) + b"\r\n" + rest), "answers.csv")
    assert (caught.value.code, caught.value.exit_status) == ("no_columns", Exit.USAGE)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive"], ids=["empty", "archive"])
def test_what_is_no_table_is_said(content: bytes) -> None:
    with pytest.raises(TabularError):
        read(BytesIO(content), "answers.xlsx")


def test_a_broken_row_of_the_file_costs_only_itself(known: Queue, tmp_path: Path) -> None:
    content = saved_csv(filled(exported(known), {1: ("ack",), 3: ("ack",)})) + b"too;few\r\n"
    taken = given(known, content, rehearsal=True)
    assert (taken.answered, [line for line, _why in taken.rejected]) == (2, [7])
