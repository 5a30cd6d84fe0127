"""`events export` and `events import`: several homes, one set of facts."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadq.domain import events as ev
from leadq.ledger import CLOCK_COLUMNS, EVENT_COLUMNS, FOLDED, GIVEN
from tests.cli.conftest import LEADS
from tests.cli.runner import Leadq, csv_of

SHARED = tuple({**lead, "id": str(1000 + number)} for number, lead in enumerate(LEADS))
"""The leads with the ids of a CRM: on every laptop the same."""

OPPOSED = "reject csv:1000 --reason rej.no_consent --quality 3"
Lines = list[dict[str, Any]]


def exported(leadq: Leadq, *words: str) -> Path:
    file = leadq.folder.with_suffix(".jsonl")
    assert leadq("events", "export", str(file), *words).status == 0
    return file


def lines_of(file: Path) -> Lines:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def rewritten(file: Path, lines: Lines) -> str:
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    return str(file)


def laptop(folder: Path, *works: tuple[str, str]) -> Leadq:
    """A home with SHARED that did `works`, each at an instant of the day."""
    mine = Leadq(folder)
    assert mine("import", mine.file(f"{folder.name}.csv", csv_of(*SHARED))).status == 0
    for time, words in works:
        done = Leadq(folder, f"2026-05-13T{time}:00Z")(*words.split())
        assert done.status == 0, done.err
    return mine


def figures(leadq: Leadq) -> tuple[list[Any], list[Any]]:
    """All that figures are made of: the folded leads and their clocks, by uid and by the text of their contract."""
    clock = ", ".join(f"c.{name}" for name in CLOCK_COLUMNS if name not in ("lead_id", "contract_id"))
    with closing(sqlite3.connect(leadq.home.database)) as db:
        leads = db.execute(
            f"SELECT l.uid, k.hash, {', '.join((*GIVEN, *FOLDED))} FROM lead l JOIN contract k ON k.id = l.contract_id"
            " ORDER BY l.uid"
        ).fetchall()
        clocks = db.execute(
            f"SELECT l.uid, k.hash, {clock} FROM clock c JOIN lead l ON l.id = c.lead_id"
            " JOIN contract k ON k.id = c.contract_id ORDER BY l.uid, c.kind"
        ).fetchall()
    return leads, clocks


def rows(leadq: Leadq, query: str) -> list[Any]:
    with closing(sqlite3.connect(leadq.home.database)) as db:
        return db.execute(query).fetchall()


# The file


def test_the_first_line_says_what_the_file_is_and_nobody_is_named_in_it(leadq: Leadq) -> None:
    leadq("note", "1", "--text", "Appeler Jeanne au 0199001122")
    file = exported(leadq)
    first, *rest = lines_of(file)
    assert {key: first[key] for key in ("leadq", "format", "events", "texts")} == {
        "leadq": "events", "format": 1, "events": 5, "texts": False,
    }  # fmt: skip
    assert [sorted(line) for line in rest if "contract" in line] == [["contract"]]
    assert all(set(line) == set(EVENT_COLUMNS) for line in rest if "uid" in line)
    said = file.read_text("utf-8").casefold()
    for lead in LEADS:
        for secret in (lead["name"], lead["email"], lead["company"]):
            assert json.dumps(secret)[1:-1].casefold() not in said
    assert "0199001122" not in said


def test_notes_travel_only_when_they_are_asked_for_and_then_the_file_is_private(leadq: Leadq, tmp_path: Path) -> None:
    leadq("note", "1", "--text", "Rappeler à 14 h")
    open_file, private = exported(leadq), tmp_path / "private.jsonl"
    assert leadq("events", "export", str(private), "--texts").status == 0
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(open_file.stat().st_mode) & 0o044
    ops = Leadq(tmp_path / "ops")
    ops("events", "import", str(private))
    assert ops("show", "1", "--json").json["events"][-1]["data"] == {"note": "Rappeler à 14 h"}


def test_standard_output_has_the_same_lines_and_json_is_one_document(leadq: Leadq) -> None:
    told = leadq("events", "export").out
    assert told == leadq("events", "export", "-").out == exported(leadq).read_text("utf-8")
    assert leadq("events", "export", "--json").json == [json.loads(line) for line in told.splitlines()]


def test_a_long_contract_is_not_cut_on_its_way_through_a_pipe(leadq: Leadq, tmp_path: Path) -> None:
    with leadq.home.contract.open("a", encoding="utf-8") as text:
        text.write("# Nous gardons ici tout ce qui fut dit.\n" * 2000)
    leadq("accept", "1")
    piped = Leadq(tmp_path / "ops")("events", "import", "-", "--json", stdin=leadq("events", "export").out.encode())
    assert (piped.status, piped.json["rejected"]) == (0, [])


def test_a_home_that_does_not_exist_has_no_events(empty: Leadq) -> None:
    (head,) = empty("events", "export", "--json").json
    assert (head["events"], head["device"]) == (0, None)
    assert not empty.folder.exists()


def test_an_export_replaces_an_older_one_and_no_other_file(leadq: Leadq) -> None:
    file = exported(leadq)
    leadq("accept", "1")
    assert lines_of(exported(leadq))[0]["events"] == 5
    other = leadq.file("accounts.txt", "mine")
    refused = leadq("events", "export", other, "--json")
    assert (refused.status, refused.code) == (2, "file_exists")
    assert Path(other).read_text() == "mine"
    assert {path.name for path in file.parent.iterdir()} >= {file.name}
    assert not list(file.parent.glob(".*.jsonl.*"))


# Putting together


def test_an_ops_home_has_the_same_figures_without_a_single_name(leadq: Leadq, tmp_path: Path) -> None:
    leadq("touch", "1", "--channel", "call", "--outcome", "callback_set", "--next", "demain 9h")
    leadq("accept", "3")
    leadq("reject", "2", "--reason", "rej.bad_data", "--missing", "phone", "--quality", "2")
    leadq("undo")
    ops = Leadq(tmp_path / "ops")
    result = ops("events", "import", str(exported(leadq)), "--json")
    assert (result.status, result.json) == (
        0, {"read": 9, "added": 9, "known": 0, "leads": 4, "contracts": 0, "rejected": []},
    )  # fmt: skip
    assert figures(ops) == figures(leadq)
    assert {(lead["name"], lead["email"]) for lead in ops("list", "--json").json} == {("", "")}
    assert "(no name)" in ops("list").out
    assert "(no name)" in ops("show", "1").out
    assert ops("doctor").status == 0
    assert rows(ops, "SELECT count(*) FROM outbox") == [(0,)]


def test_the_same_file_twice_changes_nothing(leadq: Leadq, tmp_path: Path) -> None:
    ops, file = Leadq(tmp_path / "ops"), exported(leadq)
    ops("events", "import", str(file))
    before = rows(ops, "SELECT * FROM event")
    again = ops("events", "import", str(file), "--json").json
    assert (again["added"], again["known"], again["leads"], again["contracts"]) == (0, 4, 0, 0)
    assert rows(ops, "SELECT * FROM event") == before
    assert leadq("events", "import", str(file), "--json").json["known"] == 4


def test_two_laptops_in_either_order_give_the_same_figures(tmp_path: Path) -> None:
    call = "touch csv:1000 --channel call --outcome"
    zoe = laptop(tmp_path / "zoe", ("13:05", "accept csv:1000"), ("13:20", f"{call} no_answer"), ("14:00", "undo"))
    karim = laptop(tmp_path / "karim", ("13:10", f"{call} connected"), ("13:30", "accept csv:1001"))
    files = [exported(zoe), exported(karim)]
    homes = [Leadq(tmp_path / "ab"), Leadq(tmp_path / "ba"), zoe]
    for home, order in zip(homes, (files, files[::-1], files[::-1]), strict=True):
        for file in order:
            assert home("events", "import", str(file)).status == 0
        assert home("doctor").status == 0
    assert figures(homes[0]) == figures(homes[1]) == figures(homes[2])
    assert [lead["state"] for lead in zoe("list", "--json").json if lead["external_id"] == "1000"] == ["connected"]
    assert rows(homes[0], "SELECT count(*) FROM lead") == [(4,)]


def test_what_an_ops_home_gathered_can_be_passed_on(tmp_path: Path) -> None:
    zoe = laptop(tmp_path / "zoe", ("13:05", "accept csv:1000"))
    karim = laptop(tmp_path / "karim", ("13:10", "accept csv:1001"))
    ops, boss = Leadq(tmp_path / "ops"), Leadq(tmp_path / "boss")
    for one in (zoe, karim):
        ops("events", "import", str(exported(one)))
    boss("events", "import", str(exported(ops)))
    assert figures(boss) == figures(ops)


def test_a_colleagues_events_never_become_my_last_gesture(tmp_path: Path) -> None:
    zoe = laptop(tmp_path / "zoe", ("13:05", "accept csv:1000"))
    karim = laptop(tmp_path / "karim", ("13:10", "accept csv:1001"))
    zoe("events", "import", str(exported(karim)))
    zoe("undo")
    states = {lead["external_id"]: lead["state"] for lead in zoe("list", "--json").json}
    assert (states["1000"], states["1001"]) == ("handed_off", "accepted")


def test_marketings_file_gives_leads_without_a_person_their_names(tmp_path: Path) -> None:
    zoe, ops = laptop(tmp_path / "zoe", ("13:05", "accept csv:1000")), Leadq(tmp_path / "ops")
    ops("events", "import", str(exported(zoe)))
    counts = ops("import", ops.file("marketing.csv", csv_of(*SHARED)), "--json").json
    assert (counts["created"], counts["updated"]) == (0, 4)
    assert ops("show", "csv:1000", "--json").json["name"] == "Jeanne Martin"
    assert ops("import", ops.file("marketing.csv", csv_of(*SHARED)), "--json").json["unchanged"] == 4
    assert ops("doctor").status == 0


def test_a_lead_that_came_back_is_one_person_once_it_has_a_name(tmp_path: Path) -> None:
    zoe = laptop(tmp_path / "zoe", ("13:05", "reject csv:1000 --reason rej.bad_data --missing phone --quality 2"))
    again = {**SHARED[0], "handed_off_at": "2026-05-13T12:59:00Z"}
    assert zoe("import", zoe.file("again.csv", csv_of(again)), "--json").json["created"] == 1
    ops = Leadq(tmp_path / "ops")
    ops("events", "import", str(exported(zoe)))
    ops("import", ops.file("marketing.csv", csv_of(again)))
    assert rows(ops, "SELECT DISTINCT p.name FROM lead l JOIN person p ON p.id = l.person_id"
                     " WHERE l.external_id = '1000'") == [("Jeanne Martin",)]  # fmt: skip
    assert rows(ops, "SELECT count(*) FROM person") == [(4,)]
    assert rows(ops, "SELECT l.cycle FROM remote_ref r JOIN lead l ON l.id = r.lead_id") == [(2,)]
    assert ops("doctor").status == 0


def test_a_colleagues_lead_can_be_worked_and_its_outcome_goes_out(tmp_path: Path) -> None:
    zoe, karim = laptop(tmp_path / "zoe"), Leadq(tmp_path / "karim")
    karim("events", "import", str(exported(zoe)))
    assert karim("accept", "1").status == 0
    assert rows(karim, "SELECT connection, verb FROM outbox") == [("csv", "accept")]


def test_who_opposed_to_a_colleague_is_not_called_from_here_either(tmp_path: Path) -> None:
    zoe, karim = laptop(tmp_path / "zoe", ("13:05", OPPOSED)), laptop(tmp_path / "karim")
    karim("events", "import", str(exported(zoe)))
    opposed = [("email", "opposition"), ("remote", "opposition")]
    assert rows(karim, "SELECT kind, why FROM suppression ORDER BY kind") == opposed
    Leadq(zoe.folder, "2026-05-13T14:00:00Z")("undo")
    karim("events", "import", str(exported(zoe)))
    assert rows(karim, "SELECT count(*) FROM suppression") == [(0,)]


def test_who_was_erased_by_a_colleague_is_not_called_from_here_either(tmp_path: Path) -> None:
    zoe, karim = laptop(tmp_path / "zoe"), laptop(tmp_path / "karim")
    zoe("privacy", "erase", "csv:1000", "--yes")
    karim("events", "import", str(exported(zoe)))
    opposed = [("email", "opposition"), ("remote", "opposition")]
    assert rows(karim, "SELECT kind, why FROM suppression ORDER BY kind") == opposed
    assert karim("touch", "csv:1000", "--channel", "call", "--outcome", "no_answer", "--json").code == "opposed"


def test_what_colleagues_wrote_about_somebody_erased_here_stays_out(tmp_path: Path) -> None:
    zoe = laptop(tmp_path / "zoe")
    notes = ("13:05", "note csv:1000 --text guimauve"), ("13:06", "note csv:1001 --text kept")
    karim = laptop(tmp_path / "karim", *notes)
    zoe("privacy", "erase", "csv:1000", "--yes")
    for _turn in range(2):
        zoe("events", "import", str(exported(karim, "--texts")))
    assert rows(zoe, "SELECT text FROM event_text WHERE text IN ('guimauve', 'kept')") == [("kept",)]
    assert rows(zoe, "SELECT count(*) FROM event WHERE type = 'noted'") == [(2,)]
    assert zoe("doctor").status == 0


def test_only_who_has_the_person_wakes_a_lead(tmp_path: Path) -> None:
    recycle = "recycle csv:1000 --reason rec.timing --quality 3 --wake 2026-05-20"
    zoe = laptop(tmp_path / "zoe", ("13:05", "touch csv:1000 --channel call --outcome no_answer"), ("13:10", recycle))
    ops = Leadq(tmp_path / "ops")
    ops("events", "import", str(exported(zoe)))
    for home in (zoe, ops):
        Leadq(home.folder, "2026-05-21T09:00:00Z")("accept", "2")
    assert rows(zoe, "SELECT max(cycle) FROM lead") == [(2,)]
    assert rows(ops, "SELECT max(cycle) FROM lead") == [(1,)]
    ops("events", "import", str(exported(zoe)))
    assert rows(ops, "SELECT count(DISTINCT person_id) FROM lead WHERE cycle = 2 OR state = 'recycled'") == [(1,)]
    assert ops("doctor").status == 0


def test_a_home_made_by_an_import_begins_under_the_contract_of_the_file(empty: Leadq, tmp_path: Path) -> None:
    empty("init", "--template", "saas-en")
    empty("add", "--name", "Somebody", "--email", "s@x.example")
    ops = Leadq(tmp_path / "ops")
    ops("events", "import", str(exported(empty)))
    shown = ("contract", "show", "--json")
    assert ops(*shown).json["hash"] == empty(*shown).json["hash"]


def test_events_under_an_older_contract_bring_it_along(leadq: Leadq, tmp_path: Path) -> None:
    leadq("init", "--template", "saas-en")
    leadq("add", "--name", "Newer", "--email", "n@x.example")
    ops = Leadq(tmp_path / "ops")
    ops("init", "--template", "saas-en")
    assert ops("events", "import", str(exported(leadq)), "--json").json["contracts"] == 1
    assert figures(ops) == figures(leadq)


# What cannot be taken


def test_bad_lines_are_listed_and_the_rest_is_taken(leadq: Leadq, tmp_path: Path) -> None:
    file = exported(leadq)
    lines = file.read_text("utf-8").splitlines()
    events = [number for number, line in enumerate(lines) if '"uid"' in line]
    lines[events[1]] = lines[events[1]][:-20]
    lines.append('{"something": "else"}')
    file.write_text("\n".join(lines), "utf-8")
    result = Leadq(tmp_path / "ops")("events", "import", str(file), "--json")
    assert (result.status, result.json["added"]) == (4, 3)
    assert [(one["line"], one["reason"]) for one in result.json["rejected"]] == [
        (events[1] + 1, "This is not one JSON object."),
        (len(lines), "This is neither an event nor a contract nor a calendar year."),
        (len(lines), "The file ends early: it announces 4 events and has 3."),
    ]


def changed(key: str, value: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda event: {**event, key: value}


def in_data(key: str, value: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda event: {**event, "data": {**event["data"], key: value}}


BAD = {
    "an uid that is none": (changed("uid", "1; DROP"), "“uid” cannot be"),
    "a time before computers": (changed("occurred_ms", -1), "“occurred_ms” cannot be -1."),
    "a time far away": (changed("recorded_ms", 10**17), "“recorded_ms” cannot be"),
    "a number for a text": (changed("actor", 3), "“actor” cannot be 3."),
    "half a character": (changed("actor", "\ud800"), "“actor” cannot be"),
    "an unknown kind of actor": (changed("actor_kind", "ghost"), "“actor_kind” cannot be"),
    "a time far away in the data": (in_data("next_ms", 10**17), "“data.next_ms” cannot be"),
    "data that is a list": (changed("data", []), "“data” cannot be []."),
    "a version from the future": (changed("v", 99), "newer leadq"),
    "no key": (lambda event: {key: event[key] for key in event if key != "batch"}, "“batch” is missing."),
    "a contract nobody has": (in_data("contract", "f" * 64), "The contract of its lead"),
    "a policy that the contract has not": (in_data("policy", "nothing"), "makes no sense"),
    "a score in words": (in_data("score", "high"), "“data.score” cannot be"),
    "an outcome that is none": (in_data("outcome", "won"), "“data.outcome” cannot be"),
    "another beginning": (changed("type", "touched"), "no handoff"),
}


@pytest.mark.parametrize("name", BAD)
def test_an_event_that_cannot_be_is_one_rejected_line(leadq: Leadq, tmp_path: Path, name: str) -> None:
    harm, reason = BAD[name]
    file = exported(leadq)
    lines = lines_of(file)
    place = next(number for number, line in enumerate(lines) if "uid" in line)
    lines[place] = harm(lines[place])
    ops = Leadq(tmp_path / "ops")
    result = ops("events", "import", rewritten(file, lines), "--json")
    found = [one for one in result.json["rejected"] if one["line"] == place + 1]
    assert (result.status, result.json["added"], len(found)) == (4, 3, 1)
    assert reason in found[0]["reason"]
    assert ops("doctor").status == 0


def test_the_same_uid_with_another_content_is_refused_and_ours_stays(leadq: Leadq) -> None:
    file = exported(leadq)
    lines = lines_of(file)
    lines[-1]["occurred_ms"] -= 60_000
    before = figures(leadq)
    result = leadq("events", "import", rewritten(file, [*lines, lines[-1]]), "--json")
    assert [one["reason"] for one in result.json["rejected"]] == [
        "An event with this uid is here already, and says something else."
    ]
    assert figures(leadq) == before


def test_a_contract_or_a_calendar_that_was_meddled_with_is_not_taken(leadq: Leadq, tmp_path: Path) -> None:
    file = exported(leadq)
    lines = lines_of(file)
    lines[1]["contract"]["text"] = lines[1]["contract"]["text"].replace("PME", "Other")
    year = next(line for line in lines if "calendar_year" in line)
    year["calendar_year"]["windows"] = "AAAA"
    result = Leadq(tmp_path / "ops")("events", "import", rewritten(file, lines), "--json")
    assert [one["line"] for one in result.json["rejected"]][:2] == [2, lines.index(year) + 1]


def test_a_line_that_is_nested_too_deeply_is_one_bad_line(leadq: Leadq) -> None:
    file = exported(leadq)
    deep = "[" * 400 + "]" * 400
    line = json.dumps({**lines_of(file)[-1], "data": {"extra": "@"}}).replace('"@"', deep)
    said = f"{file.read_text('utf-8')}{line}\n{'[' * 100_000}\n"
    result = leadq("events", "import", leadq.file("deep.jsonl", said), "--json")
    assert (result.status, len(result.json["rejected"])) == (4, 2)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data(), values)
def test_whatever_a_value_is_the_file_is_answered_for_line_by_line(
    worked: tuple[Leadq, Lines], data: st.DataObject, value: object
) -> None:
    ops, lines = worked
    shutil.rmtree(ops.folder, ignore_errors=True)
    line = dict(data.draw(st.sampled_from([one for one in lines if "uid" in one])))
    keys = [(None, key) for key in line] + [("data", key) for key in line["data"]]
    inner, key = data.draw(st.sampled_from(keys))
    harmed = {**line, key: value} if inner is None else {**line, "data": {**line["data"], key: value}}
    told = [harmed if one["uid"] == line["uid"] else one for one in lines if "uid" in one]
    file = ops.file(
        "fuzzed.jsonl", "".join(f"{json.dumps(one)}\n" for one in [*(o for o in lines if "uid" not in o), *told])
    )
    result = ops("events", "import", file, "--json")
    assert result.status in (0, 4), result.out
    assert len(result.json["rejected"]) + result.json["added"] >= len(told)
    assert ops("list").status == 0


@pytest.fixture
def worked(leadq: Leadq, tmp_path: Path) -> tuple[Leadq, Lines]:
    """An ops home and what a laptop tells it: a handoff, a touch, a pause of the clock, an undo."""
    leadq("touch", "1", "--channel", "call", "--outcome", "callback_set", "--next", "demain 9h")
    leadq("accept", "3")
    leadq("undo")
    return Leadq(tmp_path / "ops"), lines_of(exported(leadq))


# What is refused as a whole


def foreign(file: Path) -> None:
    file.write_text("name,email\nZoé,z@x.example\n")


def newer(file: Path) -> None:
    first, *rest = lines_of(file)
    rewritten(file, [{**first, "format": 2}, *rest])


def someone_elses(file: Path) -> None:
    other = Leadq(file.parent / "globex")
    other("init")
    text = other.home.contract.read_text("utf-8").replace('name = "PME"', 'name = "Globex"')
    other.home.contract.write_text(text, "utf-8")
    other("add", "--name", "Somebody", "--email", "s@globex.example")
    other("events", "export", str(file))


REFUSED: Mapping[str, tuple[Callable[[Path], None], int, str]] = {
    "missing": (Path.unlink, 2, "no_file"),
    "foreign": (foreign, 2, "not_events"),
    "newer": (newer, 78, "newer_events"),
    "other team": (someone_elses, 78, "other_team"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_file_is_refused_in_one_sentence_and_nothing_changes(leadq: Leadq, name: str) -> None:
    spoil, status, code = REFUSED[name]
    file = exported(leadq)
    spoil(file)
    before = rows(leadq, "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM contract)")
    told = leadq("events", "import", str(file))
    result = leadq("events", "import", str(file), "--json")
    assert (result.status, result.code) == (status, code)
    assert (told.status, told.out, told.err.count("\n")) == (status, "", 1)
    assert rows(leadq, "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM contract)") == before


@pytest.mark.parametrize("name", ["foreign", "newer", "missing"])
def test_a_refused_file_makes_no_home(empty: Leadq, leadq: Leadq, tmp_path: Path, name: str) -> None:
    file = exported(leadq)
    REFUSED[name][0](file)
    fresh = Leadq(tmp_path / "fresh")
    fresh("events", "import", str(file))
    assert not fresh.folder.exists()


def test_standard_input_may_be_what_another_home_prints(leadq: Leadq, tmp_path: Path) -> None:
    ops = Leadq(tmp_path / "ops")
    told = ops("events", "import", "-", stdin=leadq("events", "export").out.encode())
    assert (told.status, told.out.splitlines()[0]) == (0, "4 events read")


def test_a_type_that_only_a_newer_leadq_knows_is_kept(leadq: Leadq, tmp_path: Path) -> None:
    file = exported(leadq)
    lines = lines_of(file)
    known = next(line for line in lines if "uid" in line)
    uid = known["uid"][:-4] + "ffff"
    ops = Leadq(tmp_path / "ops")
    ops("events", "import", rewritten(file, [*lines, {**known, "uid": uid, "type": "congratulated", "data": {}}]))
    assert rows(ops, f"SELECT type FROM event WHERE uid = '{uid}'") == [("congratulated",)]
    assert ops("show", "1").status == 0
    assert rows(ops, f"SELECT count(*) FROM event WHERE type = '{ev.HANDED_OFF}'") == [(4,)]
