"""`privacy export`, `erase` and `due` as scripts and people meet them."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from unittest import mock

import pytest

from tests.cli.runner import Leadq, csv_of

JEANNE = "jeanne@forges.example"


def lived(leadq: Leadq) -> None:
    assert (
        leadq("touch", "1", "--channel", "call", "--outcome", "connected", "--note", "aime [red]le thé[/]").status == 0
    )
    assert leadq("reject", "2", "--reason", "rej.no_consent", "--quality", "1").status == 0


# export


def test_an_export_is_everything_held_about_a_person(leadq: Leadq) -> None:
    lived(leadq)
    found = leadq("privacy", "export", JEANNE, "--json").json
    (person,) = found["people"]
    (lead,) = person["leads"]
    assert (found["asked"], found["exported_at"], found["suppression"]) == (JEANNE, "2026-05-13T13:00:00Z", [])
    assert (person["name"], person["email"], person["raw"]) == ("Jeanne Martin", JEANNE, {})
    assert [event["type"] for event in lead["events"]] == ["handed_off", "accepted", "touched"]
    assert lead["events"][-1]["said"] == "touched · Call: Connected · note: aime [red]le thé[/]"
    assert [(op["connection"], op["verb"], op["state"]) for op in lead["ops"]] == [
        ("csv", "accept", "held"), ("csv", "touch", "held"),
    ]  # fmt: skip
    assert leadq("privacy", "export", "1", "--json").json == {**found, "asked": "1"}


def test_an_export_says_by_which_id_others_know_the_person_and_what_the_list_says(leadq: Leadq) -> None:
    row = {"id": "A7", "name": "Ada", "email": "ada@bois.example", "Matricule interne": "9f3c"}
    leadq("import", leadq.file("more.csv", csv_of(row)))
    leadq("reject", "csv:A7", "--reason", "rej.no_consent", "--quality", "1")
    found = leadq("privacy", "export", "csv:A7", "--json").json
    assert found["people"][0]["raw"] == {"Matricule interne": "9f3c"}
    assert found["people"][0]["leads"][0]["known_by"] == [
        {"connection": "csv", "object_type": "lead", "external_id": "A7"}
    ]
    since = "2026-05-13T13:00:00Z"
    assert [(one["kind"], one["why"], one["since"]) for one in found["suppression"]] == [
        ("email", "opposition", since), ("remote", "opposition", since),
    ]  # fmt: skip


def test_an_export_is_text_that_a_person_can_read(leadq: Leadq) -> None:
    lived(leadq)
    said = leadq("privacy", "export", JEANNE).out
    assert "Everything that leadq holds about: jeanne@forges.example" in said
    assert "note: aime [red]le thé[/]" in said
    assert "change for csv: touch (held)" in said
    french = leadq("privacy", "export", JEANNE, "--lang", "fr").out
    assert "Société\u00a0: Forges d’Ardèche" in french


@pytest.mark.parametrize("name", ["zoe.json", "zoe.txt"])
def test_an_export_into_a_file_is_for_its_owner_only(leadq: Leadq, name: str) -> None:
    path = Path(leadq.file(name, "x" * 100_000))
    path.chmod(0o644)
    umask = os.umask(0)
    try:
        assert leadq("privacy", "export", JEANNE, "-o", str(path), "--json").json == {"ok": True, "file": str(path)}
    finally:
        os.umask(umask)
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text("utf-8"))["asked"] == JEANNE
    leadq("privacy", "export", JEANNE, "-o", str(path))
    assert path.read_text("utf-8").startswith("{" if name.endswith(".json") else "Everything")


# erase


def test_an_erasure_says_what_it_did(leadq: Leadq) -> None:
    lived(leadq)
    result = leadq("privacy", "erase", JEANNE, "--yes", "--json")
    assert result.status == 0
    assert result.json == {
        "ok": True, "people": 1, "leads": [1], "open": [1], "events": mock.ANY, "waiting": 2, "known_by": [],
        "rewritten": [str(leadq.home.database)], "left": [],
    }  # fmt: skip
    (erased,) = [event for event in leadq("show", "1", "--json").json["events"] if event["type"] == "erased"]
    assert (result.json["events"], erased["data"]) == ([erased["uid"]], {})
    assert "Jeanne" not in leadq("list").out + leadq("show", "1").out
    assert "(no name)" in leadq("list").out


def test_the_same_person_can_be_erased_again_and_exported_as_a_fingerprint(leadq: Leadq) -> None:
    leadq("privacy", "erase", JEANNE, "--yes")
    again = leadq("privacy", "erase", JEANNE, "--yes", "--json")
    assert (again.status, again.json["people"]) == (0, 0)
    assert "gone through again" in leadq("privacy", "erase", "1", "--yes").out
    found = leadq("privacy", "export", JEANNE, "--json").json
    assert (found["people"], [one["why"] for one in found["suppression"]]) == ([], ["erased"])
    assert "was erased" in leadq("privacy", "export", JEANNE).out


@pytest.mark.parametrize("command", ["export", "erase"])
def test_nobody_of_that_name_is_6_and_no_name_at_all_is_2(leadq: Leadq, empty: Leadq, command: str) -> None:
    assert leadq("privacy", command, "nobody@forges.example", "--json").code == "no_such_lead"
    assert leadq("privacy", command, "nobody@forges.example").status == 6
    assert leadq("privacy", command, "what?").status == 2
    assert leadq("privacy", command).status == 2
    assert leadq("privacy", command, "a@b.example", *(["--yes"] if command == "erase" else [])).status == 6


def test_nothing_is_created_for_somebody_who_is_not_there(empty: Leadq) -> None:
    assert empty("privacy", "erase", "a@b.example", "--yes").status == 6
    assert empty("privacy", "export", "a@b.example").status == 6
    assert not empty.folder.exists()


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_nobody_is_erased_without_being_asked_or_told_so(leadq: Leadq, words: tuple[str, ...]) -> None:
    result = leadq("privacy", "erase", JEANNE, *words, stdin=b"yes\n")
    assert result.status == 2
    assert "--yes" in result.out + result.err
    assert leadq("show", "1", "--json").json["name"] == "Jeanne Martin"


@pytest.mark.parametrize(
    ("answer", "lang", "status"), [("yes", "en", 0), ("", "en", 130), ("oui", "fr", 0), ("non", "fr", 130)]
)
def test_in_a_terminal_the_person_is_shown_and_the_answer_is_a_word(
    leadq: Leadq, answer: str, lang: str, status: int
) -> None:
    with mock.patch("leadq.cli.privacy.interactive", return_value=True):
        result = leadq("privacy", "erase", "1", "--lang", lang, stdin=f"{answer}\n".encode())
    assert result.status == status
    assert "Jeanne Martin · Forges d’Ardèche · jeanne@forges.example" in result.err
    assert (leadq("show", "1", "--json").json["name"] == "") is (status == 0)


def test_an_import_counts_who_opposed_and_names_the_line_of_who_was_erased(leadq: Leadq) -> None:
    lived(leadq)
    leadq("privacy", "erase", JEANNE, "--yes")
    rows = [{"name": "J", "email": JEANNE, "handed_off_at": "2026-05-13T12:59:00Z"},
            {"name": "K", "email": "karl@meyer.example", "handed_off_at": "2026-05-13T12:59:00Z"}]  # fmt: skip
    file = leadq.file("again.csv", csv_of(*rows))
    result = leadq("import", file, "--json", "--dry-run")
    assert result.status == 4
    assert (result.json["created"], result.json["opposed"]) == (1, 1)
    assert result.json["rejected"] == [
        {"line": 2, "reason": "this person was erased on 2026-05-13: the row is not kept."}
    ]
    assert "of them do not want to be contacted" in leadq("import", file).out


def test_add_refuses_who_was_erased_and_says_who_opposed(leadq: Leadq) -> None:
    lived(leadq)
    leadq("privacy", "erase", JEANNE, "--yes")
    refused = leadq("add", "--email", JEANNE, "--json")
    assert (refused.status, refused.code) == (5, "erased_person")
    assert len(leadq("list", "--state", "handed_off", "--json").json) == 2
    again = ("add", "--email", "karl@meyer.example", "--handed-off-at", "2026-05-13T12:59:00Z")
    assert "rejected at once" in leadq(*again).out


# due


def test_who_was_silent_too_long_is_listed_with_when_they_were_last_heard(leadq: Leadq) -> None:
    row = {"name": "Ada", "company": "Bois", "email": "ada@bois.example", "handed_off_at": "2023-05-01T09:00:00Z"}
    leadq("import", leadq.file("old.csv", csv_of(row)))
    assert leadq("privacy", "due", "--json").json == {
        "retention_months": 36,
        "before": "2023-05-13T13:00:00Z",
        "people": [{"lead": 5, "name": "Ada", "company": "Bois", "email": "ada@bois.example",
                    "last_contact_at": "2023-05-01T09:00:00Z", "basis": "handoff"}],
    }  # fmt: skip
    said = leadq("privacy", "due").out
    assert "ada@bois.example" in said
    assert "2023" in said


def test_the_period_is_a_setting(leadq: Leadq) -> None:
    assert "Nobody" in leadq("privacy", "due").out
    settings = '[me]\nmember = "me"\n\n[connection.csv]\n\n[privacy]\nretention_months = {}\n'
    leadq.home.settings.write_text(settings.format(1), "utf-8")
    assert leadq("privacy", "due", "--json").json["retention_months"] == 1
    for wrong in ("0", "true", '"long"', "2.5", "99999"):
        leadq.home.settings.write_text(settings.format(wrong), "utf-8")
        assert leadq("privacy", "due", "--json").status == 78
    leadq.home.settings.write_text('privacy = "none"\n', "utf-8")
    assert leadq("privacy", "due").status == 78


def test_a_home_that_does_not_exist_owes_nobody_anything(empty: Leadq) -> None:
    assert empty("privacy", "due", "--json").json["people"] == []
    assert not empty.folder.exists()
