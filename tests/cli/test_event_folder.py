"""A folder that a small team shares in place of a server: one file for each laptop, taken in as often as one likes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import Leadq, csv_of
from tests.cli.test_events import SHARED, figures

DAY = "2026-05-13"


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the files of three laptops that took in the same leads and worked them, and their homes."""
    base = tmp_path_factory.mktemp("team")
    (base / "shared").mkdir()
    works = {
        "zoe": ("accept csv:1000", "touch csv:1001 --channel call --outcome connected",
                "leave today friday --cover karim"),
        "karim": ("touch csv:1000 --channel email --outcome no_answer",
                  "reject csv:1002 --reason rej.spam --quality 2"),
        "nadia": ("note csv:1003 --text Vu", "accept csv:1003 --take"),
    }  # fmt: skip
    for number, (me, gestures) in enumerate(works.items()):
        laptop = Leadq(base / me)
        assert laptop("init", "--me", me if me != "nadia" else "zoe").status == 0
        own = {**SHARED[0], "id": str(2000 + number), "email": f"{me}@only.example", "name": f"Only {me}"}
        assert laptop("import", laptop.file(f"{me}.csv", csv_of(*SHARED, own))).status == 0
        for minute, words in enumerate(gestures):
            done = Leadq(base / me, f"{DAY}T13:{number}{minute}:00Z")(*words.split())
            assert done.status == 0, done.err
        assert laptop("events", "export", "--to", str(base / "shared")).status == 0
    return base


@pytest.fixture
def folder(team: Path, tmp_path: Path) -> Path:
    """A copy of the folder, to be spoilt."""
    return Path(shutil.copytree(team / "shared", tmp_path / "shared"))


def ops(tmp_path: Path, name: str = "ops", now: str = "2026-05-21T09:00:00Z") -> Leadq:
    return Leadq(tmp_path / name, now)


def reports(leadq: Leadq) -> list[str]:
    """What the figures of that week were a week later, by report."""
    told = []
    for name in ("weekly", "monthly"):
        words = ("report", name, "--from", "2026-05-11", "--to", "2026-05-17", "--as-of", "2026-05-20T09:00:00Z")
        found = leadq(*words, "--format", "json")
        assert found.status == 0, found.err
        told.append(found.out)
    return told


# Out


def test_a_laptops_file_is_named_after_who_and_what_and_is_written_anew_whole(team: Path, tmp_path: Path) -> None:
    names = sorted(path.name for path in (team / "shared").iterdir())
    assert [name.partition("-")[0] for name in names] == ["karim", "zoe", "zoe"]
    home = Leadq(Path(shutil.copytree(team / "karim", tmp_path / "karim")))
    mine = Path(home("events", "export", "--to", str(tmp_path), "--json").json["file"])
    mine.write_text("")
    home("note", "1", "--text", "more")
    again = home("events", "export", "--to", str(tmp_path), "--json").json
    written = [json.loads(line) for line in mine.read_text("utf-8").splitlines()]
    assert (again["file"], again["events"]) == (str(mine), sum("uid" in line for line in written))
    assert [path.name for path in tmp_path.glob("*karim-*")] == [mine.name]


def test_a_share_that_is_not_there_is_not_made(leadq: Leadq, tmp_path: Path, empty: Leadq) -> None:
    missing = tmp_path / "share"
    assert leadq("events", "export", "--to", str(missing), "--json").code == "no_folder"
    assert not missing.exists()
    assert leadq("events", "export", str(missing), "--to", str(tmp_path), "--json").code == "usage"
    assert Leadq(tmp_path / "nothing")("events", "export", "--to", str(tmp_path), "--json").code == "no_events"


# In


def test_a_folder_gives_the_same_bytes_of_a_report_whenever_it_is_taken(folder: Path, tmp_path: Path) -> None:
    one, late = ops(tmp_path), ops(tmp_path, "late", "2026-06-20T09:00:00Z")
    for home in (one, late):
        assert home("events", "import", str(folder)).status == 0
    passed_on = ops(tmp_path, "passed-on")
    late("events", "export", str(tmp_path / "all.jsonl"))
    assert passed_on("events", "import", str(tmp_path / "all.jsonl")).status == 0
    assert reports(one) == reports(late) == reports(passed_on)
    known = [home("leave", "list", "--json", "--now", f"{DAY}T16:00:00Z").out for home in (one, late, passed_on)]
    assert (len(set(known)), json.loads(known[0])[0]["member"]) == (1, "zoe")


def test_in_another_order_only_the_local_numbers_of_leads_are_others(folder: Path, tmp_path: Path) -> None:
    one, other = ops(tmp_path), ops(tmp_path, "other")
    one("events", "import", str(folder))
    for file in sorted(folder.iterdir(), reverse=True):
        assert other("events", "import", str(file)).status == 0
    assert figures(one) == figures(other)
    assert renamed(one) == renamed(other)


def renamed(leadq: Leadq) -> list[Any]:
    """The reports, with the uids of leads for their numbers in this home: they are told in its order at one instant."""
    uids = {lead["id"]: lead["uid"] for lead in leadq("list", "--view", "all", "--json").json}

    def name(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: name(inner) for key, inner in value.items()}
        if isinstance(value, list) and value and all(isinstance(one, int) for one in value):
            return sorted(uids[one] for one in value)
        if isinstance(value, list):
            return [name(inner) for inner in value]
        if isinstance(value, str) and "(no name)" in value:
            return sorted(uids[int(number)] for number in re.findall(r"([0-9]+) \(no name\)", value))
        return value

    return [name(json.loads(told)) for told in reports(leadq)]


def test_the_same_folder_twice_changes_nothing(folder: Path, tmp_path: Path) -> None:
    home = ops(tmp_path)
    first = home("events", "import", str(folder), "--json").json
    assert first["added"] == sum(one["added"] for one in first["files"]) > 0
    again = home("events", "import", str(folder), "--json").json
    assert (again["added"], again["leads"], again["known"]) == (0, 0, first["read"])


def test_a_home_passes_over_its_own_file(team: Path, folder: Path, tmp_path: Path) -> None:
    karim = Leadq(Path(shutil.copytree(team / "karim", tmp_path / "karim")))
    (own,) = folder.glob("karim-*")
    copy = own.with_name(own.name.replace(".jsonl", " (conflicted copy 2026-05-13).jsonl"))
    shutil.copy(own, copy)
    taken = karim("events", "import", str(folder), "--json").json
    assert taken["own"] == sorted([own.name, copy.name])
    assert {one["error"] for one in taken["files"]} == {None}
    assert all(one["added"] for one in taken["files"])


def test_what_a_sync_client_left_half_done_is_passed_over_or_taken_in_part(folder: Path, tmp_path: Path) -> None:
    whole = next(iter(sorted(folder.glob("zoe-*"))))
    for name in (".zoe.jsonl.x1", "zoe.jsonl.part", "zoe.jsonl.tmp", "~$zoe.docx", "notes.txt"):
        (folder / name).write_bytes(whole.read_bytes()[:900])
    (folder / "folder.jsonl").mkdir()
    copy = folder / whole.name.replace(".jsonl", ".sync-conflict-20260513-140000-ABCDEFG.jsonl")
    shutil.copy(whole, copy)
    text = whole.read_bytes()
    whole.write_bytes(text[: text.rindex(b'"actor_kind"')])
    cut, complete = ops(tmp_path), ops(tmp_path, "complete")
    taken = cut("events", "import", str(folder), "--json")
    assert (taken.status, len(taken.json["files"])) == (4, 4)
    (short,) = [one for one in taken.json["files"] if one["rejected"]]
    assert short["file"] == whole.name
    copy.unlink()
    first = complete("events", "import", str(folder), "--json")
    assert first.status == 4
    whole.write_bytes(text)
    rest = complete("events", "import", str(folder), "--json")
    assert (rest.status, rest.json["added"]) == (0, taken.json["added"] - first.json["added"])
    assert reports(cut) == reports(complete)


def test_one_file_that_cannot_be_taken_keeps_no_other_out(team: Path, folder: Path, tmp_path: Path) -> None:
    (folder / "a-garbage.jsonl").write_bytes(b"\x00\xff not ours\n")
    (folder / "b-empty.jsonl").write_bytes(b"")
    newer = {"leadq": "events", "format": 99, "events": 0, "device": "x"}
    (folder / "c-newer.jsonl").write_text(json.dumps(newer), "utf-8")
    home = ops(tmp_path)
    taken = home("events", "import", str(folder), "--json")
    assert taken.status == 78
    errors = [one["error"]["code"] for one in taken.json["files"] if one["error"]]
    assert errors == ["not_events", "not_events", "newer_events"]
    clean = ops(tmp_path, "clean")
    clean("events", "import", str(team / "shared"))
    assert reports(home) == reports(clean)
    said = home("events", "import", str(folder)).out
    assert "a-garbage.jsonl: That is no file of events: its first line does not say so.\n" in said


def test_a_folder_without_a_file_of_events_is_said(leadq: Leadq, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    done = leadq("events", "import", str(tmp_path / "none"))
    assert (done.status, done.out) == (0, f"There is no colleague’s file of events in {tmp_path / 'none'}.\n")
