"""The outcomes file: each change once, whatever happened to the file or to the process that wrote it."""

from __future__ import annotations

import csv
import errno
import os
import stat
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.plugins.csv import HEADER, CsvAdapter
from leadq.plugins.sdk import Change, Context, Rejected, Transient

if TYPE_CHECKING:
    from pathlib import Path

FIRST = Change(
    op_id="op-1",
    lead_uid="lead-1",
    external_id="42",
    email="jeanne@forges.example",
    verb="reject",
    reason="rej.bad_data",
    quality=2,
    missing=("phone", "role"),
    note="Pas le bon poste.",
    occurred_at="2026-05-13T13:00:00Z",
    actor="lea",
    seq=1,
    stamp="device:1",
)
SECOND = replace(FIRST, op_id="op-2", verb="note", reason="", quality=None, missing=(), note='dit "non"\net raccroche')
THIRD = replace(FIRST, op_id="op-3", seq=3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "outcomes.csv"


def push(path: Path, *changes: Change) -> list[str]:
    """Push through a new adapter, as a new process would; the statuses."""
    return [result.status for result in CsvAdapter(Context({"outcomes": str(path)})).push(changes)]


def check(path: Path) -> None:
    CsvAdapter(Context({"outcomes": str(path)})).check()


def rows(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter, strict=True))


def ids(path: Path, delimiter: str = ",") -> list[str]:
    return [row["op_id"] for row in rows(path, delimiter)]


def test_a_change_becomes_one_row_under_the_documented_header(path: Path) -> None:
    assert push(path, FIRST, SECOND) == ["applied", "applied"]
    assert path.read_bytes().split(b"\n")[0] == (
        b"op_id,lead_uid,external_id,email,verb,reason,quality,missing,note,occurred_at,actor"
    )
    assert rows(path)[0] == {
        "op_id": "op-1",
        "lead_uid": "lead-1",
        "external_id": "42",
        "email": "jeanne@forges.example",
        "verb": "reject",
        "reason": "rej.bad_data",
        "quality": "2",
        "missing": "phone;role",
        "note": "Pas le bon poste.",
        "occurred_at": "2026-05-13T13:00:00Z",
        "actor": "lea",
    }
    assert rows(path)[1]["quality"] == ""
    assert rows(path)[1]["note"] == 'dit "non"\net raccroche'


def test_a_change_is_written_once_however_often_it_is_sent(path: Path) -> None:
    push(path, FIRST)
    once = path.read_bytes()
    assert push(path, FIRST, FIRST) == ["applied", "applied"]
    assert path.read_bytes() == once
    push(path, FIRST, SECOND)
    assert ids(path) == ["op-1", "op-2"]


def test_a_compensation_names_the_change_that_it_takes_back(path: Path) -> None:
    push(path, FIRST, replace(SECOND, verb="undo", note="trompée", compensates="op-1"))
    assert rows(path)[1]["note"] == "undo:op-1 trompée"


def test_a_new_file_is_for_its_owner_only(path: Path) -> None:
    push(path, FIRST)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_is_created_before_there_is_something_to_write(path: Path) -> None:
    check(path)
    push(path)
    assert not path.parent.exists()


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "-2+3", "+cmd|x"])
def test_no_cell_runs_as_a_formula(path: Path, cell: str) -> None:
    push(path, replace(FIRST, note=cell, email=cell))
    assert rows(path)[0]["note"] == "'" + cell
    assert rows(path)[0]["email"] == "'" + cell


def test_a_row_torn_by_a_crash_is_neither_lost_nor_doubled_wherever_it_was_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # 600 files: a tear has nothing to do with it
    whole = tmp_path / "whole.csv"
    push(whole, FIRST)
    before = whole.stat().st_size
    push(whole, SECOND, THIRD)
    content = whole.read_bytes()
    for cut in range(len(content)):
        path = tmp_path / "torn.csv"
        path.write_bytes(content[:cut])
        push(path, *((SECOND, THIRD) if cut >= before else (FIRST, SECOND, THIRD)))
        assert path.read_bytes() == content, f"cut at byte {cut}"


def test_a_torn_row_whose_turn_comes_later_is_cut_now_and_written_then(path: Path) -> None:
    push(path, FIRST)
    whole = path.stat().st_size
    push(path, THIRD)
    os.truncate(path, whole + 12)
    push(path, SECOND)
    assert ids(path) == ["op-1", "op-2"]
    push(path, THIRD)
    assert ids(path) == ["op-1", "op-2", "op-3"]


def test_a_last_row_that_only_lost_its_line_end_is_kept(path: Path) -> None:
    push(path, FIRST)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    push(path, SECOND)
    assert ids(path) == ["op-1", "op-2"]
    assert rows(path)[0]["actor"] == "lea"


@pytest.mark.parametrize(
    ("delimiter", "mark", "end"),
    [(";", "\ufeff", "\r\n"), (";", "", "\r\n"), ("\t", "\ufeff", "\n"), (",", "\ufeff", "\r\n")],
)
def test_a_file_that_a_spreadsheet_saved_keeps_its_dialect_and_its_rows(
    path: Path, delimiter: str, mark: str, end: str
) -> None:
    push(path, FIRST, SECOND)
    lines = [list(HEADER), *([row[name] for name in HEADER] for row in rows(path))]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(mark)
        csv.writer(file, delimiter=delimiter, lineterminator=end).writerows(lines)
    check(path)
    push(path, FIRST, SECOND, THIRD)
    assert ids(path, delimiter) == ["op-1", "op-2", "op-3"]
    assert rows(path, delimiter)[2]["missing"] == "phone;role"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"name,phone\nJeanne,+33199001122\n", "first line should be op_id,"),
        (b"no table at all", "first line should be op_id,"),
        (",".join(HEADER).encode() + "\nop-9,b,c,d,e,f,,,\u00e9,h,i\n".encode("cp1252"), "another encoding"),
        ((",".join(HEADER) + "\n").encode("utf-16"), "another encoding"),
        (",".join(HEADER).encode() + b"\n" + b"x" * 2_000_000 + b",\n", "cannot be read as CSV"),
    ],
    ids=["leads", "prose", "Windows-1252", "UTF-16", "huge cell"],
)
def test_a_file_that_is_not_ours_is_refused_and_left_alone(path: Path, content: bytes, sentence: str) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(Rejected) as refused:
        check(path)
    assert sentence in str(refused.value)
    assert str(path) in str(refused.value)
    with pytest.raises(Rejected):
        push(path, FIRST)
    assert path.read_bytes() == content


def test_a_stray_quotation_mark_stops_the_writing_instead_of_swallowing_rows(path: Path) -> None:
    push(path, FIRST, THIRD)
    broken = path.read_bytes().replace(b"Pas le bon poste.", b'"Pas le bon poste.', 1)
    path.write_bytes(broken)
    with pytest.raises(Transient, match="op-1"):
        push(path, SECOND)
    assert path.read_bytes() == broken


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.EACCES, "read-only, or open in another program"),
        (errno.EROFS, "read-only, or open in another program"),
        (errno.ENOSPC, "The disk that holds"),
        (errno.EIO, "cannot be used"),
    ],
)
def test_a_disk_that_refuses_is_a_passing_trouble_with_a_sentence(
    path: Path, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str
) -> None:
    push(path, FIRST)
    before = path.read_bytes()

    def refuse(*_: Any) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(Transient, match=sentence):
        push(path, SECOND)
    monkeypatch.undo()
    assert path.read_bytes() == before
    push(path, SECOND)
    assert ids(path) == ["op-1", "op-2"]


def test_a_disk_that_fills_up_half_way_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    push(path, FIRST)
    before, write = path.read_bytes(), os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:20]))
    with pytest.raises(Transient, match="full"):
        push(path, SECOND)
    assert path.read_bytes() == before


def test_a_batch_is_one_write_and_is_on_the_disk_before_the_answer(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    for name in ("write", "fsync"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *given, _do=real, _name=name: (done.append(_name), _do(*given))[1])
    push(path, FIRST, SECOND, THIRD)
    assert done == ["write", "fsync", "fsync"]  # the second one is the new file's folder


def test_a_folder_in_the_place_of_the_file_is_said(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(Transient, match="cannot be used"):
        check(path)


@given(
    st.lists(st.tuples(st.text(), st.text(), st.lists(st.text(), max_size=2)), min_size=1, max_size=4),
    st.data(),
)
def test_any_text_goes_in_once_and_leaves_a_file_that_reads(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str, list[str]]], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("csv") / "outcomes.csv"
    changes = [
        replace(FIRST, op_id=f"op-{number}", note=note, email=email, missing=tuple(missing))
        for number, (note, email, missing) in enumerate(texts)
    ]
    some = data.draw(st.lists(st.sampled_from(changes), max_size=3))
    push(path, *some)
    push(path, *changes)
    assert sorted(ids(path)) == sorted(change.op_id for change in changes)
