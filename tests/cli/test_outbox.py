"""What a person can see and do about changes that wait for a CRM, or that did not get through."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing
from typing import Any
from unittest import mock

import pytest

from leadq.errors import Exit
from leadq.sync.report import ConnectionReport, SyncReport
from leadq.sync.run import Wishes
from tests.cli.runner import Leadq, Result, run


def harm(leadq: Leadq, *statements: str) -> None:
    with closing(sqlite3.connect(leadq.home.database)) as db, db:
        for statement in statements:
            db.execute(statement)


@pytest.fixture
def stuck(leadq: Leadq) -> Leadq:
    """Lead 1 is in conflict with a note behind it, the change of lead 2 was refused, that of lead 3 got no answer."""
    leadq("accept", "1", "2", "3")
    leadq("note", "1", "--text", "Rappeler.")
    harm(
        leadq,
        "UPDATE lead SET external_id = 'X' || id",
        "UPDATE outbox SET state = 'conflict', base = 'new', theirs = 'qualified', last_error = 'It is another one.'"
        " WHERE rowid = 1",
        "UPDATE outbox SET state = 'dead', last_error = 'No such stage.' WHERE rowid = 2",
        "UPDATE outbox SET state = 'unknown', doubted = 1 WHERE rowid = 3",
        "UPDATE outbox SET state = 'blocked' WHERE rowid = 4",
    )
    return leadq


def ops(leadq: Leadq, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = leadq("outbox", "list", "--json", *words).json
    return found


def op(leadq: Leadq, number: int) -> str:
    """The op_id of the change written as number `number`."""
    with closing(sqlite3.connect(leadq.home.database)) as db:
        return str(db.execute("SELECT op_id FROM outbox WHERE rowid = ?", (number,)).fetchone()[0])


def state(leadq: Leadq, number: int) -> str:
    return str(leadq("outbox", "show", op(leadq, number), "--json").json["state"])


def test_the_list_is_what_the_crm_does_not_have_yet(stuck: Leadq) -> None:
    assert [(one["lead"], one["verb"], one["state"]) for one in ops(stuck)] == [
        (1, "accept", "conflict"),
        (2, "accept", "dead"),
        (3, "accept", "unknown"),
        (1, "note", "blocked"),
    ]
    assert [one["lead"] for one in ops(stuck, "--state", "dead")] == [2]
    assert ops(stuck, "--connection", "nowhere") == []
    harm(stuck, "UPDATE outbox SET state = 'acked', audit_ms = 1 WHERE rowid = 3")
    assert len(ops(stuck)) == 3


def test_the_list_says_who_what_and_how_each_is_named(stuck: Leadq) -> None:
    said = stuck("outbox", "list").out.splitlines()
    assert said[2].startswith("2  Karl Meyer · Meyer GmbH · accept (csv): refused for good")
    name, _gap, why = said[3].strip().partition("  ")
    assert why == "No such stage."
    assert stuck("outbox", "show", name, "--json").json["op_id"] == op(stuck, 2)


def test_a_change_is_shown_with_what_it_waits_for_and_what_was_decided(stuck: Leadq) -> None:
    shown = stuck("outbox", "show", op(stuck, 4), "--json").json
    assert (shown["note"], shown["waits_for"], shown["decisions"]) == ("Rappeler.", [op(stuck, 1)], [])
    stuck("outbox", "resolve", op(stuck, 2), "--note", "Saisi à la main.")
    shown = stuck("outbox", "show", op(stuck, 2), "--json").json
    assert shown["decisions"] == [
        {"how": "handled", "by": "me", "at": "2026-05-13T13:00:00Z", "note": "Saisi à la main."}
    ]
    assert "seen to by hand · Saisi à la main." in stuck("outbox", "show", op(stuck, 2)).out
    assert "accept (csv): seen to by hand · note: Saisi à la main." in stuck("show", "2").out


def test_a_beginning_of_four_characters_names_a_change_when_only_one_begins_so(stuck: Leadq) -> None:
    several = stuck("outbox", "show", op(stuck, 1)[:4], "--json")
    assert (several.status, several.code) == (2, "ambiguous")
    assert {one["op_id"] for one in several.json["error"]["candidates"]} == {op(stuck, n) for n in range(1, 5)}
    harm(stuck, "UPDATE outbox SET op_id = 'ffff' || substr(op_id, 5) WHERE rowid = 2")
    assert stuck("outbox", "show", "FFFF", "--json").json["lead"] == 2


@pytest.mark.parametrize(("name", "status", "code"), [("fff", 2, "bad_op"), ("x%_'", 2, "bad_op"),
                                                      ("ffff", 6, "no_such_op")])  # fmt: skip
@pytest.mark.parametrize("words", [("outbox", "show"), ("outbox", "retry"), ("outbox", "discard", "--yes"),
                                   ("conflicts", "resolve", "--take", "mine")])  # fmt: skip
def test_what_is_not_there_is_said_and_creates_nothing(
    empty: Leadq, words: tuple[str, ...], name: str, status: int, code: str
) -> None:
    result = empty(*words, name, "--json")
    assert (result.status, result.code) == (status, code)
    assert not empty.folder.exists()


def test_an_empty_outbox_says_so_and_is_an_empty_list(empty: Leadq) -> None:
    assert (empty("outbox", "list").out, ops(empty)) == ("Nothing waits to go out.\n", [])
    assert (empty("conflicts", "list").out, empty("conflicts", "list", "--json").json) == (
        "There is no conflict.\n",
        [],
    )
    assert not empty.folder.exists()


def test_what_was_refused_waits_again_and_the_answer_is_the_leads_as_after_a_verb(stuck: Leadq) -> None:
    answer = stuck("outbox", "retry", op(stuck, 2), op(stuck, 3), "--json")
    assert [one["state"] for one in answer.json["ops"]] == ["pending", "unknown"]
    assert [lead["sync"]["dead"] for lead in answer.json["leads"]] == [0, 0]
    assert (answer.json["ok"], answer.json["events"]) == (True, [])


def test_what_waits_behind_another_names_it(stuck: Leadq) -> None:
    refused = stuck("outbox", "retry", op(stuck, 4), "--json")
    assert (refused.status, refused.code) == (Exit.REFUSED, "wrong_op_state")
    assert "names the change that it waits for" in refused.json["error"]["hint"]


def test_resolving_needs_a_note_and_lets_go_of_what_waited(stuck: Leadq) -> None:
    refused = stuck("outbox", "resolve", op(stuck, 1), "--note", " ", "--json")
    assert (refused.status, refused.code) == (Exit.REFUSED, "needs_note")
    assert stuck("outbox", "resolve", op(stuck, 1), "--note", "Vu avec Paul.").status == 0
    assert [state(stuck, number) for number in (1, 4)] == ["done", "pending"]


def test_nothing_is_discarded_without_somebody_saying_so(stuck: Leadq) -> None:
    for words in ((), ("--json",)):
        result = stuck("outbox", "discard", op(stuck, 2), *words, stdin=b"discard\n")
        assert result.status == 2
        assert "--yes" in result.out + result.err
    assert state(stuck, 2) == "dead"


@pytest.mark.parametrize(
    ("answer", "lang", "status"), [("discard", "en", 0), ("", "en", 130), ("abandonner", "fr", 0), ("oui", "fr", 130)]
)
def test_in_a_terminal_the_changes_are_shown_and_the_answer_is_a_word(
    stuck: Leadq, answer: str, lang: str, status: int
) -> None:
    with mock.patch("leadq.cli.outbox.interactive", return_value=True):
        result = stuck("outbox", "discard", op(stuck, 2), "--lang", lang, stdin=f"{answer}\n".encode())
    assert result.status == status
    assert "Karl Meyer · Meyer GmbH" in result.err
    assert (state(stuck, 2) == "cancelled") is (status == 0)


def test_what_may_be_at_the_other_end_is_not_discarded_and_nobody_is_asked(stuck: Leadq) -> None:
    with mock.patch("leadq.cli.outbox.interactive", return_value=True):
        refused = stuck("outbox", "discard", op(stuck, 2), op(stuck, 3), stdin=b"discard\n")
    assert refused.status == Exit.REFUSED
    assert "may be at the other end already" in refused.err
    assert [state(stuck, number) for number in (2, 3)] == ["dead", "unknown"]


def test_the_export_can_be_typed_in_by_hand_and_is_safe_to_open(stuck: Leadq) -> None:
    stuck("note", "4", "--text", "=1+1")
    rows = list(csv.DictReader(io.StringIO(stuck("outbox", "export").out)))
    assert [(row["email"], row["verb"], row["status"], row["note"]) for row in rows][-2:] == [
        ("jeanne@forges.example", "note", "", "Rappeler."),
        ("evil@acme.example", "note", "", "'=1+1"),
    ]
    assert [row["op_id"] for row in stuck("outbox", "export", "--state", "dead", "--json").json] == [op(stuck, 2)]
    file = stuck.folder.parent / "out.csv"
    answer = stuck("outbox", "export", str(file), "--json").json
    assert (answer["ok"], answer["ops"]) == (True, 5)
    assert file.stat().st_mode & 0o077 == 0
    assert file.read_text("utf-8").startswith("op_id,connection,state,lead,")


def test_a_conflict_is_listed_with_its_three_sides_and_the_command(stuck: Leadq) -> None:
    (conflict,) = stuck("conflicts", "list", "--json").json
    assert [conflict[side] for side in ("base", "theirs", "mine")] == ["new", "qualified", "accepted"]
    assert conflict["take"] == ["mine", "theirs"]
    said = stuck("conflicts", "list").out
    assert "was: new · the CRM: Qualified · mine: Accepted" in said
    assert "> leadq conflicts resolve " in said


@pytest.mark.parametrize(("side", "after"), [("mine", "pending"), ("theirs", "cancelled")])
def test_a_conflict_is_decided_by_its_beginning_and_the_lead_keeps_both_facts(
    stuck: Leadq, side: str, after: str
) -> None:
    short = stuck("outbox", "list").out.splitlines()[1].split()[0]
    answer = stuck("conflicts", "resolve", short, "--take", side, "--json").json
    assert [one["state"] for one in answer["ops"]] == [after]
    assert len(answer["events"]) == 2
    assert state(stuck, 4) == "pending"
    card = stuck("show", "1").out
    assert "changed by the source · status: new > qualified" in card
    assert stuck("conflicts", "list", "--json").json == []


def test_a_conflict_that_an_adapter_reported_has_nothing_to_take(stuck: Leadq) -> None:
    harm(stuck, "UPDATE outbox SET theirs = ''")
    assert stuck("conflicts", "list", "--json").json[0]["take"] == []
    assert "> leadq outbox retry|resolve|discard " in stuck("conflicts", "list").out
    refused = stuck("conflicts", "resolve", op(stuck, 1), "--take", "mine", "--json")
    assert (refused.status, refused.code) == (Exit.REFUSED, "no_theirs")


def test_a_side_has_to_be_named(stuck: Leadq) -> None:
    assert "--take is missing" in stuck("conflicts", "resolve", op(stuck, 1)).err
    assert "mine, theirs" in stuck("conflicts", "resolve", op(stuck, 1), "--take", "ours").err


def asked(leadq: Leadq, *words: str, report: SyncReport | None = None) -> tuple[Wishes, Result]:
    """What `leadq sync WORDS` asks the engine for, which answers with `report`."""
    with mock.patch("leadq.sync.engine.run_sync", return_value=report or SyncReport("r", ())) as run_sync:
        result = leadq("sync", *words)
    return run_sync.call_args.kwargs["wishes"], result


def test_a_sync_can_be_asked_for_more_than_what_changed(leadq: Leadq) -> None:
    assert asked(leadq)[0] == Wishes()
    assert asked(leadq, "--full", "--force-empty")[0] == Wishes(full=True, force_empty=True)
    assert asked(leadq, "--pull", "--rewind", "24h")[0] == Wishes(push=False, rewind_ms=86_400_000)


@pytest.mark.parametrize(("text", "minutes"), [("30m", 30), ("24h", 1440), ("7d", 10_080), ("2 J", 2880)])
def test_a_rewind_is_a_length_of_time_as_people_type_it(leadq: Leadq, text: str, minutes: int) -> None:
    assert asked(leadq, "--rewind", text)[0].rewind_ms == minutes * 60_000


@pytest.mark.parametrize("text", ["", "0h", "-1h", "24", "3w", "1h30", "400d", "999999d", "٣h", "yesterday"])
def test_a_rewind_that_is_none_is_one_sentence(leadq: Leadq, text: str) -> None:
    result = leadq("sync", "--rewind", text, "--json")
    assert (result.status, result.code) == (2, "usage")
    assert "is not a length of time" in result.json["error"]["message"]


@pytest.mark.parametrize("words", [["--full"], ["--rewind", "1h"], ["--force-empty"]])
def test_what_only_fetching_needs_has_no_place_beside_push(leadq: Leadq, words: list[str]) -> None:
    result = leadq("sync", "--push", *words, "--json")
    assert (result.status, result.code) == (2, "usage")


def test_a_sync_says_what_came_of_it_and_what_to_do_next(leadq: Leadq) -> None:
    done = ConnectionReport("crm", pulled=4, pushed=3, adopted=1, conflicts=1, dead=2, status=Exit.NEEDS_PERSON)
    _wishes, result = asked(leadq, report=SyncReport("r", (done,)))
    assert result.status == 3
    first, *then = result.out.splitlines()
    assert first == "crm: 4 fetched, 3 sent, 1 of them found there, 1 conflict, 2 refused for good"
    assert then == ["`leadq conflicts list` shows what is in conflict.",
                    "`leadq outbox list --state dead` shows what was refused."]  # fmt: skip


def test_the_status_answers_four_questions(stuck: Leadq) -> None:
    harm(stuck, "UPDATE outbox SET created_ms = 1778676600000 WHERE rowid = 1",
         "INSERT INTO connection_state (name, adapter, last_pull_ms) VALUES ('csv', 'csv', 1778673600000)")  # fmt: skip
    said = stuck("status").out.splitlines()
    assert said[:4] == [
        "Last fetched: today 14:00",
        "Waiting to go out: 4",
        "The oldest change has waited for 10m.",
        "Needing you: 2 · leadq list --view needs-you",
    ]


def test_synced_is_said_only_when_nothing_waits_and_all_was_listed_since(leadq: Leadq) -> None:
    def synced() -> bool:
        said, value = leadq("status").out, leadq("status", "--json").json
        assert ("Synced" in said) is value["synced"] is value["connections"][0]["synced"]
        return bool(value["synced"])

    assert not synced()
    leadq("accept", "1")
    harm(leadq, "INSERT INTO connection_state (name, adapter, listed_ms) SELECT 'csv', 'csv', created_ms FROM outbox",
         "UPDATE outbox SET state = 'done'")  # fmt: skip
    assert not synced()
    harm(leadq, "UPDATE connection_state SET listed_ms = listed_ms + 1")
    assert synced()
    harm(leadq, "UPDATE outbox SET state = 'acked', audit_ms = 1")
    assert synced()
    harm(leadq, "UPDATE outbox SET state = 'dead'")
    assert not synced()


def liveness(leadq: Leadq) -> dict[str, Any]:
    return next(check for check in leadq("doctor", "--json").json["checks"] if check["id"] == "liveness")


def test_the_doctor_finds_what_nothing_would_ever_wake_and_its_fix_mends_it(stuck: Leadq) -> None:
    assert liveness(stuck)["ok"]
    harm(stuck, "UPDATE outbox SET state = 'acked', audit_ms = NULL WHERE rowid = 3")
    assert op(stuck, 3) in liveness(stuck)["message"]
    assert stuck("outbox", "retry", op(stuck, 3)).status == 0
    assert liveness(stuck)["ok"]


def test_the_doctor_finds_changes_for_a_connection_that_is_no_more(stuck: Leadq) -> None:
    harm(stuck, "UPDATE outbox SET connection = 'hubspot' WHERE rowid = 2")
    assert "hubspot: 1" in liveness(stuck)["message"]
    assert "leadq outbox list --connection NAME" in liveness(stuck)["fix"]


def test_the_groups_say_what_they_hold() -> None:
    assert "list, show, retry, resolve, discard, export" in run("outbox").err
