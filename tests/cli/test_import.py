"""Files as people have them: every good row is taken, every bad one is listed, and nothing is half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.runner import Leadq, csv_of

HEADER = "name,email,score,handed_off_at"
GOOD = "Zoé Durand,zoe@bois.example,82,2026-05-13 10:00"


def test_the_report_has_exactly_the_documented_keys(empty: Leadq) -> None:
    report = empty("import", empty.file("a.csv", f"{HEADER}\n{GOOD}\n"), "--json").json
    assert report == {
        "read": 1, "created": 1, "updated": 0, "unchanged": 0, "duplicates": 0, "opposed": 0, "flagged": {},
        "rejected": [], "encoding": "utf-8", "delimiter": ",",
    }  # fmt: skip


BAD_FILES = {
    "an unclosed quote": (f'{HEADER}\n{GOOD}\n"Karl,k@m.example,1,\n', [3]),
    "a NUL in a name": (f"{HEADER}\nKa\0rl,k@m.example,1,\n{GOOD}\n", []),
    "a number that is none": (f"{HEADER}\nKarl,k@m.example,many,\n{GOOD}\n", [2]),
    "a date that does not exist": (f"{HEADER}\n{GOOD}\nKarl,k@m.example,1,31/02/2026\n", [3]),
    "a field of two megabytes": (f"{HEADER}\n{'x' * 2_000_000},k@m.example,1,\n{GOOD}\n", [2]),
    "more cells than the header": (f"{HEADER}\nKarl,k@m.example,1,,surplus\n{GOOD}\n", [2]),
    "fewer cells than the header": (f"{HEADER}\nKarl\n{GOOD}\n", [2]),
    "a row that is nobody": (f"{HEADER}\n,,12,\n{GOOD}\n", [2]),
    "two encodings": (f"{HEADER}\n{GOOD}\n".encode() + "Hélène,h@x.example,1,\n".encode("cp1252"), []),
}


@pytest.mark.parametrize(("content", "lines"), BAD_FILES.values(), ids=BAD_FILES)
def test_good_rows_are_taken_and_bad_ones_listed_by_line(empty: Leadq, content: str | bytes, lines: list[int]) -> None:
    result = empty("import", empty.file("a.csv", content), "--json")
    assert [row["line"] for row in result.json["rejected"]] == lines
    assert all(row["reason"] for row in result.json["rejected"])
    assert result.status == (4 if lines else 0)
    assert "zoe@bois.example" in {lead["email"] for lead in empty("list", "--json").json}
    assert result.json["read"] == len(empty.ids()) + len(lines)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"PK\x03\x04 broken"])
def test_a_file_that_is_no_table_is_one_rejected_row_and_makes_no_home(empty: Leadq, content: bytes) -> None:
    result = empty("import", empty.file("a.csv", content), "--json")
    assert (result.status, [row["line"] for row in result.json["rejected"]]) == (4, [1])
    assert (result.json["read"], result.json["encoding"]) == (0, None)
    assert not empty.folder.exists()


def test_a_table_that_names_nobody_says_its_columns_and_how_to_map_them(empty: Leadq) -> None:
    result = empty("import", empty.file("a.csv", "Firma,Punkte\nMeyer,7\n"))
    assert result.status == 2
    assert "Firma, Punkte" in result.err
    assert "--map" in result.err
    assert not empty.folder.exists()


def test_a_column_can_be_mapped_by_hand(empty: Leadq) -> None:
    file = empty.file("a.csv", "Firma,Punkte\nMeyer,7\n")
    assert empty("import", file, "--map", "Firma=company", "--map", "Punkte=score").status == 0
    (lead,) = empty("list", "--json").json
    assert (lead["company"], lead["score"]) == ("Meyer", 7)


@pytest.mark.parametrize("mapping", ["Firma", "=company", "Firma=", "Firma=shoe", "Farbe=company"])
def test_a_mapping_that_names_nothing_is_refused(empty: Leadq, mapping: str) -> None:
    result = empty("import", empty.file("a.csv", "Firma,Punkte\nMeyer,7\n"), "--map", mapping, "--json")
    assert (result.status, result.code) == (2, "bad_map")


def test_a_missing_file_is_said(empty: Leadq) -> None:
    result = empty("import", "nowhere.csv", "--json")
    assert (result.status, result.code) == (2, "no_file")


def test_standard_input_is_a_file_too(empty: Leadq) -> None:
    assert empty("import", "-", stdin=f"{HEADER}\n{GOOD}\n".encode()).status == 0
    assert [lead["name"] for lead in empty("list", "--json").json] == ["Zoé Durand"]


def test_a_french_export_is_read_as_it_is(empty: Leadq) -> None:
    text = "Nom;Prénom;Société;E-mail;Score\r\nL’Hôte;Véronique;Œuvres;v@o.example;82,5\r\n"
    report = empty("import", empty.file("a.csv", text.encode("cp1252")), "--json").json
    assert (report["encoding"], report["delimiter"]) == ("cp1252", ";")
    (lead,) = empty("list", "--json").json
    assert (lead["name"], lead["score"]) == ("Véronique L’Hôte", 82.5)


def test_a_workbook_is_read_by_sheet(empty: Leadq, tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "notes"
    sheet = book.create_sheet("leads")
    for row in (["Name", "E-mail"], ["Zoé", "z@x.example"]):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    report = empty("import", str(tmp_path / "a.xlsx"), "--sheet", "leads", "--json").json
    assert (report["created"], report["encoding"]) == (1, "xlsx")
    wrong = empty("import", str(tmp_path / "a.xlsx"), "--sheet", "lead", "--json")
    assert (wrong.status, wrong.code) == (2, "no_sheet")


def test_the_same_file_twice_changes_nothing(leadq: Leadq) -> None:
    file = str(leadq.folder.parent / "again.csv")
    Path(file).write_text(csv_of({"name": "Jeanne Martin", "email": "jeanne@forges.example"}), "utf-8")
    before = leadq("list", "--json").out
    assert leadq("import", file, "--json").json["unchanged"] == 1
    assert leadq("list", "--json").out == before


def test_two_rows_of_one_person_in_one_file_are_a_duplicate(empty: Leadq) -> None:
    report = empty("import", empty.file("a.csv", f"{HEADER}\n{GOOD}\n{GOOD}\n"), "--json").json
    assert (report["created"], report["duplicates"]) == (1, 1)


def test_a_dry_run_reports_the_same_and_writes_nothing(leadq: Leadq) -> None:
    file = leadq.file("a.csv", f"{HEADER}\n{GOOD}\nKarl,k@m.example,many,\n")
    before = leadq("list", "--json").out
    rehearsed = leadq("import", file, "--dry-run", "--json")
    assert leadq("list", "--json").out == before
    done = leadq("import", file, "--json")
    assert (rehearsed.status, rehearsed.out) == (done.status, done.out)
    assert rehearsed.err == "Nothing was written.\n"


def test_a_dry_run_makes_no_home_and_knows_its_settings(empty: Leadq) -> None:
    empty.home.config.mkdir(parents=True)
    empty.home.settings.write_text('[connection.fair]\nadapter = "csv"\n', "utf-8")
    file = empty.file("a.csv", f"{HEADER}\n{GOOD}\n")
    assert empty("import", file, "--dry-run", "--connection", "fair", "--json").json["created"] == 1
    assert [path.name for path in empty.folder.iterdir()] == ["config"]
    assert empty("import", file, "--connection", "hubspot", "--json").code == "unknown_connection"


def test_what_rows_do_not_say_is_said_once_for_all(empty: Leadq) -> None:
    file = empty.file("a.csv", "name,email,campaign\nA,a@x.example,\nB,b@x.example,own\n")
    given = ("--campaign", "fair", "--trigger", "event", "--owner", "Zoe Lefevre", "--handed-off-at", "hier 14h")
    assert empty("import", file, *given).status == 0
    leads = {lead["name"]: lead for lead in empty("list", "--json").json}
    assert (leads["A"]["campaign"], leads["B"]["campaign"]) == ("fair", "own")
    assert {lead["handed_off_at"] for lead in leads.values()} == {"2026-05-12T12:00:00Z"}
    assert {(lead["trigger"], lead["owner"]) for lead in leads.values()} == {("event", "zoe")}


@pytest.mark.parametrize("written", ["zoe", "ZOÉ LEFÈVRE", "zoe lefevre", "Zoe@Example.test"])
def test_an_owner_is_recognised_by_id_name_or_email(empty: Leadq, written: str) -> None:
    empty("import", empty.file("a.csv", f"email,owner\na@x.example,{written}\n"))
    assert [lead["owner"] for lead in empty("list", "--owner", "zoe", "--json").json] == ["zoe"]


def test_an_owner_whom_the_contract_does_not_know_is_kept_as_written(empty: Leadq) -> None:
    empty("import", empty.file("a.csv", "email,owner\na@x.example,Someone Else\n"))
    assert empty("next", "--json").out == "null\n"
    assert [lead["owner"] for lead in empty("list", "--json").json] == ["Someone Else"]


def test_one_lead_can_be_added_by_hand_and_is_brought_up_to_date(empty: Leadq) -> None:
    added = empty("add", "--name", "Ada", "--email", "ada@x.example", "--trigger", "demo", "--json").json
    again = empty("add", "--name", "Ada", "--email", "ada@x.example", "--title", "Countess", "--json").json
    assert (len(added["events"]), len(again["events"])) == (1, 1)
    assert [lead["id"] for lead in added["leads"] + again["leads"]] == [1, 1]
    assert again["leads"][0]["title"] == "Countess"


@pytest.mark.parametrize("words", [[], ["--name", "Ada", "--score", "many"], ["--note", "hello"]])
def test_what_cannot_be_added_is_said_and_makes_no_home(empty: Leadq, words: list[str]) -> None:
    result = empty("add", *words, "--json")
    assert (result.status, result.code) == (2, "bad_value")
    assert not empty.folder.exists()


def test_the_text_report_lists_the_rejected_rows(empty: Leadq) -> None:
    told = empty("import", empty.file("a.csv", f"{HEADER}\nKarl,k@m.example,many,\n{GOOD}\n")).out
    assert told.splitlines()[0] == "2 rows read"
    assert "line 2: “many” in column score is not a number." in told


def test_a_contract_broken_since_does_not_stop_an_import_and_is_said(leadq: Leadq) -> None:
    leadq.home.contract.write_text("[contract", "utf-8")
    result = leadq("import", leadq.file("a.csv", f"{HEADER}\n{GOOD}\n"))
    assert result.status == 0
    assert result.err == f"{leadq.home.contract}:1: the contract there is not valid, so the one in force stays.\n"
