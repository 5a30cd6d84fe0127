"""The file of drafts: nothing typed is lost, nobody else reads it, and it never grows old or large."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from leadq import drafts
from leadq.doctor import Examination
from leadq.drafts import Draft
from leadq.everything import export_all
from leadq.paths import Home
from leadq.privacy import erase
from leadq.queue import Queue
from tests.cli.runner import run
from tests.leads import NOW_MS, hand_over

DAY = 86_400_000


def note(text: str, *leads: str, at_ms: int = NOW_MS, dialog: str = "note") -> Draft:
    return Draft(dialog, leads or ("lead-1",), at_ms, {"note": (text,), "missing": ("phone", "role")})


def texts(home: Home) -> list[str]:
    return [draft.answers["note"][0] for draft in drafts.load(home)]


def test_a_draft_comes_back_as_it_was_typed_for_its_dialog_and_its_leads(home: Home) -> None:
    for draft in (note("seule", "a"), note("à deux", "a", "b"), note("an answer", "a", dialog="answer")):
        drafts.keep(home, draft)
    known = {(one.dialog, one.leads): one for one in drafts.load(home)}
    assert known["note", ("a",)] == note("seule", "a")
    assert known["note", ("a", "b")] == note("à deux", "a", "b")
    assert known["answer", ("a",)].answers["note"] == ("an answer",)


def test_a_newer_draft_replaces_the_one_before_and_dropping_it_leaves_the_others(home: Home) -> None:
    drafts.keep(home, note("old"))
    drafts.keep(home, note("other", "b"))
    drafts.keep(home, note("new"))
    assert texts(home) == ["other", "new"]
    drafts.drop(home, "note", ["lead-1"], NOW_MS)
    assert texts(home) == ["other"]
    drafts.drop(home, "note", ["b"], NOW_MS)
    assert not drafts.file_of(home).exists()


def test_whoever_looks_often_sees_what_is_new_and_reads_nothing_twice(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    glance, reads = drafts.Glance(home), list[Home]()
    load = drafts.load
    monkeypatch.setattr(drafts, "load", lambda home: [*load(home), *(reads.append(home) or ())])
    assert glance.about("a", NOW_MS) == ()
    drafts.keep(home, note("one", "a", "b"))
    reads.clear()
    for _look in range(3):
        assert [one.answers["note"] for one in glance.about("a", NOW_MS)] == [("one",)]
    assert glance.about("b", NOW_MS) == ()
    assert glance.about("a", NOW_MS + drafts.AGE_MS) == ()
    assert len(reads) == 1


def test_dropping_where_nothing_was_ever_typed_creates_nothing(home: Home) -> None:
    drafts.drop(home, "note", ["a"], NOW_MS)
    assert not drafts.forget(home, {"a"}, ["Jeanne"])
    assert not home.state.exists()


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_only_its_owner_can_read_it(home: Home, queue: Queue) -> None:
    hand_over(queue, {})
    old = os.umask(0)
    try:
        drafts.keep(home, note("private"))
    finally:
        os.umask(old)
    assert stat.S_IMODE(drafts.file_of(home).stat().st_mode) == 0o600
    assert next(check for check in Examination(home, NOW_MS).checks() if check.id == "permissions").ok


def test_few_are_kept_the_newest_and_none_beyond_its_age(home: Home) -> None:
    for number in range(drafts.KEPT + 3):
        drafts.keep(home, note(str(number), f"lead-{number}", at_ms=NOW_MS + number))
    assert texts(home) == [str(number) for number in range(3, drafts.KEPT + 3)]
    drafts.keep(home, note("a month later", "late", at_ms=NOW_MS + 10 + drafts.AGE_MS))
    assert texts(home) == [*(str(number) for number in range(11, drafts.KEPT + 3)), "a month later"]
    drafts.drop(home, "touch", ["another"], NOW_MS + 20 + 2 * drafts.AGE_MS)
    assert not drafts.file_of(home).exists()


def test_the_file_stays_small_whatever_is_typed(home: Home) -> None:
    for number in range(5):
        drafts.keep(home, note("é" * 200_000, f"lead-{number}"))
    assert drafts.file_of(home).stat().st_size <= drafts.BYTES
    assert len(texts(home)) == 2


@pytest.mark.parametrize("left", ["", "[{", "[]x", "{}", '[{"dialog": 1}]', "[1]", '{"answers": []}', "null"])
def test_a_file_that_is_not_whole_is_an_empty_one(home: Home, left: str) -> None:
    home.state.mkdir(parents=True)
    drafts.file_of(home).write_text(left, "utf-8")
    assert drafts.load(home) == []
    drafts.keep(home, note("anew"))
    assert texts(home) == ["anew"]


def test_what_no_encoding_holds_is_kept_too(home: Home) -> None:
    drafts.keep(home, note("\udcff\x00\x1b[31m"))
    assert texts(home) == ["\udcff\x00\x1b[31m"]


def test_an_erasure_takes_what_is_about_the_person_and_what_names_them(home: Home, queue: Queue) -> None:
    hand_over(queue, {"name": "Jeanne Martin", "email": "j@x.example"}, {"name": "Paul"})
    with queue.store.read() as db:
        (theirs,), (pauls,) = db.execute("SELECT uid FROM lead ORDER BY id")
    for draft in (note("about her", theirs), note("ask jeanne MARTIN", pauls), note("free on Monday", pauls, "c")):
        drafts.keep(home, draft)
    erase(queue.store, queue._clock, "j@x.example")
    assert texts(home) == ["free on Monday"]


def test_what_is_held_about_a_person_includes_what_was_typed(home: Home, queue: Queue) -> None:
    hand_over(queue, {"name": "Jeanne Martin", "email": "j@x.example"}, {"name": "Paul"})
    with queue.store.read() as db:
        (theirs,), (pauls,) = db.execute("SELECT uid FROM lead ORDER BY id")
    drafts.keep(home, note("about her", theirs))
    drafts.keep(home, note("about him", pauls))
    root = str(home.config.parent)
    held = run("privacy", "export", "j@x.example", "--json", LEADQ_HOME=root).json
    answers = {"note": ["about her"], "missing": ["phone", "role"]}
    assert held["drafts"] == [{"dialog": "note", "typed_at": "2026-05-13T13:00:00Z", "answers": answers}]
    assert "note: about her" in run("privacy", "export", "j@x.example", LEADQ_HOME=root).out


def test_everything_holds_the_drafts_too(home: Home, queue: Queue, tmp_path: Path) -> None:
    hand_over(queue, {})
    drafts.keep(home, note("unsaved"))
    with queue.store.read() as db:
        files = export_all(home, db, tmp_path / "out", NOW_MS).files
    assert "drafts.json" in files
    assert "unsaved" in (tmp_path / "out" / "drafts.json").read_text("utf-8")
