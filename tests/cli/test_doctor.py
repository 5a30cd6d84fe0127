"""`doctor`: what it looks at, and that it finds what is wrong."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from leadq import doctor
from leadq.sqlite import Store
from tests.cli.runner import Leadq, Result


def checks(result: Result) -> dict[str, dict[str, Any]]:
    return {check["id"]: check for check in result.json["checks"]}


def harm(leadq: Leadq, statement: str) -> None:
    with Store(leadq.home).transaction() as db:
        db.execute(statement)


def test_a_sound_home_passes_every_check(leadq: Leadq) -> None:
    result = leadq("doctor", "--json")
    assert (result.status, result.json["ok"]) == (0, True)
    assert {"integrity", "foreign_keys", "schema", "refold", "permissions", "contract", "config", "outbox"} <= set(
        checks(result)
    )


def test_a_worked_home_folds_to_what_is_stored(leadq: Leadq) -> None:
    leadq("touch", "1", "--channel", "call", "--outcome", "callback_set", "--next", "demain 9h")
    leadq("touch", "2", "--channel", "email", "--outcome", "replied", "--inbound")
    leadq("accept", "3")
    leadq("recycle", "3", "--reason", "rec.timing", "--quality", "3", "--wake", "monday")
    leadq("undo")
    leadq("add", "--email", "jeanne@forges.example", "--title", "Boss")
    assert checks(leadq("doctor", "--json"))["refold"]["ok"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lead SET state = 'accepted' WHERE id = 3",
        "UPDATE lead SET due_ms = due_ms + 1 WHERE id = 3",
        "UPDATE lead SET trigger = 'demo' WHERE id = 3",
        "UPDATE clock SET due_ms = due_ms + 1 WHERE lead_id = 3 AND kind = 'disposition'",
        "DELETE FROM clock WHERE lead_id = 3 AND kind = 'accept'",
        "UPDATE event SET occurred_ms = occurred_ms - 60000 WHERE lead_uid = (SELECT uid FROM lead WHERE id = 3)",
        "DELETE FROM event WHERE lead_uid = (SELECT uid FROM lead WHERE id = 3)",
    ],
)
def test_a_lead_that_is_not_what_its_events_say_is_named(leadq: Leadq, statement: str) -> None:
    harm(leadq, statement)
    result = leadq("doctor", "--json")
    found = checks(result)["refold"]
    assert (result.status, found["ok"]) == (3, False)
    assert found["message"].endswith("are not what their events say: 3.")
    assert found["fix"]


def test_events_without_a_lead_are_found(leadq: Leadq) -> None:
    harm(leadq, "UPDATE event SET lead_uid = 'nobody' WHERE lead_uid = (SELECT uid FROM lead WHERE id = 3)")
    assert "1 event has no lead." in checks(leadq("doctor", "--json"))["refold"]["message"]


def test_the_refold_looks_at_one_lead_at_a_time(leadq: Leadq) -> None:
    with Store(leadq.home).read() as db:
        looked = doctor.refold(db)
        assert next(looked) == (1, True)
        assert [lead_id for lead_id, _same in looked] == [2, 3, 4]


def test_a_home_that_others_can_read_is_found(leadq: Leadq) -> None:
    leadq.home.database.chmod(0o644)
    found = checks(leadq("doctor", "--json"))["permissions"]
    assert not found["ok"]
    assert found["fix"] == f"chmod go-rwx {leadq.home.database}"


def test_changes_that_need_a_person_are_found(leadq: Leadq) -> None:
    leadq("accept", "1")
    harm(leadq, "UPDATE outbox SET state = 'conflict'")
    assert "csv: 1" in checks(leadq("doctor", "--json"))["outbox"]["message"]


def test_a_broken_contract_or_settings_are_found_and_the_rest_is_still_looked_at(leadq: Leadq) -> None:
    leadq.home.contract.write_text("[contract", "utf-8")
    leadq.home.settings.write_text("[me", "utf-8")
    found = checks(leadq("doctor", "--json"))
    assert (found["contract"]["ok"], found["config"]["ok"], found["refold"]["ok"]) == (False, False, True)


def test_a_contract_file_that_is_gone_is_found_though_the_contract_stays_in_force(leadq: Leadq) -> None:
    leadq.home.contract.unlink()
    found = checks(leadq("doctor", "--json"))["contract"]
    assert not found["ok"]
    assert "stays" in found["message"]
    leadq("accept", "1")
    assert checks(leadq("doctor", "--json"))["contract"] == found


def test_a_member_whom_the_contract_does_not_know_is_found(leadq: Leadq) -> None:
    leadq("init", "--me", "zoe")
    leadq("init", "--template", "saas-en")
    assert not checks(leadq("doctor", "--json"))["member"]["ok"]


def test_a_damaged_file_is_a_finding_not_a_crash(leadq: Leadq) -> None:
    content = bytearray(leadq.home.database.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    leadq.home.database.write_bytes(content)
    result = leadq("doctor", "--json")
    assert (result.status, checks(result)["integrity"]["ok"]) == (3, False)


def test_a_file_that_is_no_database_is_a_finding_too(leadq: Leadq) -> None:
    leadq.home.database.write_bytes(b"not a database at all" * 100)
    assert leadq("doctor").status == 3


def test_the_text_says_what_to_do(leadq: Leadq) -> None:
    harm(leadq, "UPDATE lead SET state = 'accepted' WHERE id = 3")
    told = leadq("doctor").out.splitlines()
    place = next(index for index, line in enumerate(told) if line.startswith("! look  refold"))
    assert "events are the truth" in told[place + 1]


def test_doctor_writes_nothing(leadq: Leadq) -> None:
    before = leadq.home.database.read_bytes()
    leadq("doctor")
    assert leadq.home.database.read_bytes() == before
    with sqlite3.connect(leadq.home.database) as db:
        assert db.execute("SELECT count(*) FROM lead").fetchone() == (4,)
