"""`export --all`: a home as plain files, whole or not at all."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import pytest

from leadq import everything
from leadq.sqlite import Store
from leadq.suppression import Kept, carry_over
from tests.cli.conftest import LEADS
from tests.cli.runner import Leadq, csv_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the export goes; it does not exist."""
    return tmp_path / "out" / "all"


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_everything_of_a_home_is_there_as_plain_files(leadq: Leadq, folder: Path) -> None:
    leadq("accept", "1")
    leadq("reject", "2", "--reason", "rej.bad_data", "--missing", "phone", "--quality", "2", "--note", "Numéro faux")
    leadq("sync")
    result = leadq("export", "--all", str(folder), "--json")
    assert (result.status, result.json["leads"], result.json["events"]) == (0, 4, 6)
    assert result.json["files"] == sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    leads = table(folder / "leads.csv")
    assert [lead["name"] for lead in leads] == [lead["name"] for lead in LEADS]
    assert (leads[0]["state"], leads[1]["reason"], leads[1]["quality"]) == ("accepted", "rej.bad_data", "2")
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text("utf-8").splitlines()]
    assert events[0]["leadq"] == "events"
    assert {"note": "Numéro faux"} in [event.get("texts") for event in events]
    assert len(table(folder / "outcomes-csv.csv")) == 2
    (version,) = (path for path in (folder / "contracts").iterdir() if path.name != "contract.toml")
    assert version.read_text("utf-8") == leadq.home.contract.read_text("utf-8")
    assert [row["state"] for row in table(folder / "tables" / "outbox.csv")] == ["done", "done"]


def test_the_events_of_an_export_can_be_taken_in_elsewhere(leadq: Leadq, folder: Path, tmp_path: Path) -> None:
    leadq("export", "--all", str(folder))
    taken = Leadq(tmp_path / "other")("events", "import", str(folder / "events.jsonl"), "--json")
    assert (taken.status, taken.json["added"]) == (0, 4)


def test_every_table_of_the_database_is_somewhere(leadq: Leadq, folder: Path) -> None:
    leadq("export", "--all", str(folder))
    with Store(leadq.home).read() as db:
        names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    written = {path.stem for path in (folder / "tables").iterdir()}
    assert names - written == {"alembic_version", "calendar_year", "contract", "event", "event_text"}


def test_only_the_owner_may_read_it(leadq: Leadq, folder: Path) -> None:
    leadq("export", "--all", str(folder))
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_no_cell_runs_as_a_formula_and_french_excel_opens_it(empty: Leadq, folder: Path) -> None:
    row = {"name": '=HYPERLINK("http://evil.example")', "phone": "+33199001122", "email": "x@y.example"}
    empty("import", empty.file("evil.csv", csv_of({**row, "name": row["name"].replace('"', '""')})))
    assert empty("--lang", "fr", "export", "--all", str(folder)).status == 0
    raw = (folder / "leads.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfid;uid;")
    with (folder / "leads.csv").open(encoding="utf-8-sig", newline="") as stream:
        (lead,) = csv.DictReader(stream, delimiter=";")
    assert (lead["name"], lead["phone"]) == (f"'{row['name']}", "+33199001122")


def test_settings_come_along_without_secrets(leadq: Leadq, folder: Path) -> None:
    leadq("init", "--me", "zoe")
    with leadq.home.settings.open("a") as settings:
        settings.write(
            '\n[connection.crm]\nadapter = "crm"\napi_key = "sk-123456"\nurl = "https://b:pw9@crm.example"\n'
        )
    assert leadq("export", "--all", str(folder)).status == 0
    said = {path: path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}
    assert not any("sk-123456" in text or "pw9" in text for text in said.values())
    assert "crm.example" in said[folder / "settings.json"]


def test_the_key_of_the_list_of_oppositions_stays_at_home(leadq: Leadq, folder: Path) -> None:
    leadq("reject", "1", "--reason", "rej.no_consent", "--quality", "3")
    with Store(leadq.home).transaction() as db:
        carry_over(db, Kept((b"another home's",), ()))
    leadq("export", "--all", str(folder))
    assert len(table(folder / "tables" / "suppression.csv")) == 1
    assert "suppression_key" not in (folder / "tables" / "meta.csv").read_text("utf-8")


@pytest.mark.parametrize("kind", ["full", "file"])
def test_what_is_there_is_never_touched(leadq: Leadq, tmp_path: Path, kind: str) -> None:
    place = tmp_path / "place"
    if kind == "full":
        place.mkdir()
    (place / "mine.txt" if kind == "full" else place).write_text("mine")
    result = leadq("export", "--all", str(place), "--json")
    assert (result.status, result.code) == (2, "not_empty")
    assert (place / "mine.txt" if kind == "full" else place).read_text() == "mine"


def test_an_empty_folder_is_filled(leadq: Leadq, tmp_path: Path) -> None:
    (tmp_path / "place").mkdir(mode=0o755)
    assert leadq("export", "--all", str(tmp_path / "place")).status == 0
    assert (tmp_path / "place" / "leads.csv").exists()


def test_an_export_that_fails_leaves_nothing(leadq: Leadq, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(everything, "_write_contracts", full)
    result = leadq("export", "--all", str(folder), "--json")
    assert (result.status, result.code) == (74, "io")
    assert list(folder.parent.iterdir()) == []


def test_it_says_what_to_export(leadq: Leadq) -> None:
    assert leadq("export").status == 2
