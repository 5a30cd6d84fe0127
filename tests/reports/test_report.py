"""What a report says: the figures of `leadq metrics`, in every format, the same for ever, and nobody's business."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadq.reports import document, html, markdown, sheet
from leadq.reports.document import Column, Report, Section, table, text
from leadq.reports.names import AUDIENCES, FORMATS, REPORTS
from leadq.sqlite import Store
from tests import example
from tests.cli.runner import Leadq
from tests.hostile import HOSTILE

ASKED: Final = ("--as-of", example.AS_OF, *example.PERIOD)
SHORT: Final = [name[:200] for name in HOSTILE]


@pytest.fixture(scope="module")
def _june(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example.live(Leadq(tmp_path_factory.mktemp("june") / "home")).folder


@pytest.fixture
def june(_june: Path, tmp_path: Path) -> Leadq:
    home = Path(shutil.copytree(_june, tmp_path / "home"))
    return Leadq(home, now="2026-07-20T08:00:00Z")


@pytest.mark.parametrize("kind", REPORTS)
def test_a_report_has_the_figures_of_metrics(june: Leadq, kind: str) -> None:
    shown = june("report", kind, "--json", *ASKED).json
    known = june("metrics", "--json", *ASKED).json
    assert shown["metrics"] == known["metrics"]
    assert (shown["from"], shown["to"], shown["as_of"], shown["zone"]) == tuple(
        known[name] for name in ("from", "to", "as_of", "zone")
    )
    assert shown["coverage"] == known["coverage"]


def test_every_command_in_a_report_prints_what_it_says(june: Leadq) -> None:
    shown = june("report", "weekly", "--json", *ASKED).json
    for name, command in shown["commands"].items():
        words = shlex.split(command)[1:]
        assert june(*words, "--json").json["metrics"] == {name: shown["metrics"][name]}
    assert june(*shlex.split(shown["command"])[1:], "--json").json == shown
    for section in shown["sections"].values():
        for command in section["commands"]:
            assert june(*shlex.split(command)[1:], "--json").status == 0


def values(shape: Any) -> Iterator[Any]:
    if isinstance(shape, dict):
        yield shape
        for one in shape.values():
            yield from values(one)
    elif isinstance(shape, list):
        for one in shape:
            yield from values(one)


@pytest.mark.parametrize("kind", REPORTS)
def test_every_edition_begins_with_volume_beside_what_became_of_it_and_both_promises(june: Leadq, kind: str) -> None:
    for edition in AUDIENCES:
        sections = june("report", kind, "--for", edition, "--json", *ASKED).json["sections"]
        assert list(sections)[:2] == ["volume", "promises"]
        assert list(sections)[-1] == "trust"
        named = [row["figure"] for row in sections["volume"]["volume"]]
        assert {"leads", "decided", "contract", "oblivion"} < set(named)
        assert any("so_far" in name or "within" in name for name in named)
        assert {row["side"] for row in sections["promises"]["promises"]} == {"marketing", "sales"}


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_recorded_later_changes_no_byte_but_the_late_arrivals(june: Leadq, format_: str) -> None:
    asked = ("report", "monthly", "--format", format_, *ASKED)
    before = june(*asked).out
    (lead,) = [one["id"] for one in june("list", "--json").json if one["external_id"] == "A8"]
    assert june("touch", str(lead), "--channel", "call", "--outcome", "connected").status == 0
    assert (
        june("qualify", str(lead), "--quality", "5", "--need", "yes", "--budget", "yes", "--intent", "yes").status == 0
    )
    assert june(*asked).out == before
    late = ("touch", str(lead), "--inbound", "--channel", "email", "--outcome", "replied", "--at", "2026-07-10T10:00")
    assert june(*late).status == 0
    after = june(*asked).out
    assert after != before
    if format_ == "json":
        moved = {name for name, value in json.loads(after).items() if value != json.loads(before)[name]}
        assert moved == {"late_arrivals", "sections"}
        was, now = (json.loads(said)["sections"] for said in (before, after))
        assert now["trust"].pop("late_arrivals")
        assert now == was


def test_quotes_of_the_reps_are_told_but_not_who_they_are(june: Leadq) -> None:
    for kind in REPORTS:
        shown = june("report", kind, "--json", *ASKED).json["sections"]
        assert "people" not in shown
        assert not any({"owner", "by", "actor"} & one.keys() for one in values(shown))


def test_figures_by_person_are_ones_own_unless_one_is_the_manager(june: Leadq) -> None:
    def owners() -> set[str]:
        shown = june("report", "weekly", "--people", "--json", *ASKED).json["sections"]["people"]["people"]
        return {row["owner"] for row in shown}

    def now_i_am(member: str, role: str) -> None:
        june.home.settings.write_text(f'[me]\nmember = "{member}"\n', "utf-8")
        with Store(june.home).transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO member (id, name, role, email) VALUES (?, ?, ?, '')", (member, member, role)
            )

    now_i_am("nobody", "sdr")
    assert owners() == set()
    now_i_am("zoe", "sdr")
    assert owners() == {"zoe"}
    now_i_am("nobody", "manager")
    assert "zoe" in owners()


def test_a_single_laptop_says_on_every_first_page_that_it_knows_its_own_leads_only(june: Leadq) -> None:
    for format_ in ("md", "html", "csv"):
        shown = june("report", "exec", "--format", format_, *ASKED).out
        assert "my leads only" in shown[: shown.index("Handed off from") + 400]
    assert june("report", "exec", "--json", *ASKED).json["coverage"]["alone"] is True


@pytest.mark.parametrize("kind", REPORTS)
def test_a_period_without_data_is_a_report_without_figures(empty: Leadq, kind: str) -> None:
    for format_ in FORMATS:
        result = empty("report", kind, "--format", format_)
        assert (result.status, empty.folder.exists()) == (0, False)
        assert "NaN" not in result.out
    shown = empty("report", kind, "--json").json
    assert all(metric["n"] == 0 for metric in shown["metrics"].values())
    assert shown["metrics"]["M1"]["figures"]["decided"]["value"] is None


@pytest.mark.parametrize(("words", "status", "code"), [
    (("report", "yearly"), 6, "unknown_report"),
    (("report", "weekly", "--to", "2026-05-01", "--from", "2026-05-02"), 2, "bad_period"),
    (("report", "weekly", "--as-of", "2027-05-01"), 2, "bad_period"),
    (("report", "weekly", "--from", "whenever"), 2, "bad_when"),
    (("report", "weekly", "--format", "pdf"), 2, "usage"),
])  # fmt: skip
def test_what_cannot_be_reported_is_refused(empty: Leadq, words: tuple[str, ...], status: int, code: str) -> None:
    result = empty(*words, "--json")
    assert (result.status, result.code) == (status, code)


def test_a_report_is_written_whole_to_a_file_of_the_format_of_its_name(june: Leadq, tmp_path: Path) -> None:
    for ending, begins in ((".html", "<!doctype html>"), (".csv", "section,"), (".md", "# "), (".json", "{")):
        path = tmp_path / f"report{ending}"
        assert june("report", "weekly", "-o", str(path), *ASKED).status == 0
        assert path.read_text("utf-8").startswith(begins)
    assert june("report", "weekly", "-o", str(tmp_path / "no" / "where.md")).status == 74


class Page(HTMLParser):
    """The tags of a page, its attributes, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.said.append(data)


TAGS: Final = {
    "html", "head", "meta", "link", "title", "style", "body", "header", "h1", "h2", "h3", "p", "main", "section",
    "div", "table", "thead", "tbody", "tr", "th", "td", "code", "br", "footer", "svg", "desc", "rect", "text", "path",
    "circle",
}  # fmt: skip


def parsed(page: str) -> Page:
    found = Page()
    found.feed(page)
    return found


def is_harmless(page: Page) -> bool:
    names = {name for name, _value in page.attributes}
    links = [value for name, value in page.attributes if name in ("href", "src", "action", "xlink:href")]
    return set(page.tags) <= TAGS and not any(name.startswith("on") for name in names) and links == ["data:,"]


def one_cell(said: str) -> Report:
    """A report in which somebody else's text stands everywhere it can."""
    columns = (Column("a", said), Column("b", said, right=True))
    cells = [text(said), document.Cell(said, said, said, 1.0)]
    tables = (
        table("one", columns, [cells, cells], title=said, drawn="bars", over=("b",)),
        table("two", columns, [], empty=said),
        table("three", (*columns, Column("c", said)), [[*cells, cells[1]]] * 2, drawn="trend", over=("b", "c")),
    )
    section = Section("s", said, tables, (said,), (said,))
    return Report("weekly", "team", said, said, "stem", 0, 1, 1, "UTC", said, (section,), {}, {}, {})


def test_hostile_text_does_nothing_on_a_page() -> None:
    for said in SHORT:
        page = parsed(html.as_html(one_cell(said)))
        assert is_harmless(page), said
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e\u2066]", "".join(page.said)), said


@given(st.text(max_size=40))
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
def test_any_text_is_text_on_a_page_and_one_cell_in_markdown(said: str) -> None:
    report = one_cell(said)
    assert is_harmless(parsed(html.as_html(report)))
    rows = [line for line in markdown.as_markdown(report).splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows} <= {3, 4}


def test_hostile_text_is_no_markup_in_markdown() -> None:
    for said in SHORT:
        shown = markdown.escaped(said)
        assert not re.search(r"(?<!\\)(?:\\\\)*[<>*`_\[\]|]", shown), said
        assert "\n" not in shown


@pytest.mark.parametrize("language", ["en", "fr"])
def test_hostile_names_and_phones_survive_a_spreadsheet(empty: Leadq, language: str) -> None:
    rows = [
        {
            "name": name.replace("\0", ""), "email": f"p{number}@x.example", "handed_off_at": "2026-05-04T08:00:00Z",
            "source": "web", "campaign": "+33 6 12 34 56 78" if number % 2 else "=HYPERLINK(1)",
        }
        for number, name in enumerate(SHORT)
        if not re.search("[\r\n\ud800-\udfff]", name)
    ]  # fmt: skip
    path = empty.folder.parent / "leads.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert empty("import", str(path)).status in (0, 4)
    asked = ("--format", "csv", "--to", "2026-05-11")
    for edition in AUDIENCES:
        shown = empty("--lang", language, "report", "weekly", "--for", edition, *asked).out
        cells = csv.reader(io.StringIO(shown), delimiter=";" if language == "fr" else ",")
        risky = [cell for row in cells for cell in row if re.match(r"[=@\t\r＝＠]|[+-](?![\d ])", cell)]
        assert [cell for cell in risky if cell != "-"] == []
    marketing = empty("report", "weekly", "--for", "marketing", *asked).out
    found = {row[2] for row in csv.reader(io.StringIO(marketing))}
    assert {"+33 6 12 34 56 78", "'=HYPERLINK(1)"} <= found
    for kind in REPORTS:
        page = empty("report", kind, "--format", "html", "--to", "2026-05-11").out
        assert is_harmless(parsed(page)), kind


def test_a_page_says_its_values_as_text_beside_each_drawing(june: Leadq) -> None:
    page = june("report", "monthly", "--format", "html", *ASKED).out
    drawings = re.findall(r"(?s)<svg .*?</svg>", page)
    assert drawings
    for drawn in drawings:
        name = re.search(r'aria-labelledby="(\S+) (\S+)"', drawn)
        assert name
        assert f'<title id="{name[1]}">' in drawn
        assert f'<desc id="{name[2]}">' in drawn
        assert "<text" in drawn


def test_the_csv_has_every_metric_with_the_command_that_prints_it(june: Leadq) -> None:
    rows: list[Mapping[str, str]] = list(
        csv.DictReader(io.StringIO(june("report", "exec", "--format", "csv", *ASKED).out))
    )
    known = june("metrics", "--json", *ASKED).json["metrics"]
    for name in known:
        own = [row for row in rows if row["table"] == name]
        assert own
        assert all(f"metrics {name} " in row["command"] for row in own)
    (decided,) = [row for row in rows if row["table"] == "M1" and row["column"] == "accepted, of those decided"]
    assert float(decided["value"]) == known["M1"]["figures"]["decided"]["value"]


def test_a_sheet_is_the_reports_own_words_in_french(june: Leadq) -> None:
    shown = june("--lang", "fr", "report", "weekly", "--format", "csv", *ASKED).out
    assert shown.startswith("rubrique;tableau;ligne;")
    assert sheet.as_csv(one_cell("x")).startswith("section,table,row,")


def test_a_promise_is_not_called_broken_while_its_leads_are_too_young(june: Leadq) -> None:
    def kept(*asked: str) -> str:
        rows = june("report", "monthly", "--json", *asked).json["sections"]["promises"]["promises"]
        return str(next(row["kept"] for row in rows if "qualified" in row["promise"]))

    assert kept(*ASKED) in ("early", "kept")
    assert replace(june, now="2027-01-20T08:00:00Z")("report", "monthly", "--json", *example.PERIOD).json["sections"][
        "promises"
    ]["promises"][1]["kept"] in ("behind", "kept")


def test_the_bands_of_the_queue_are_of_now_only(june: Leadq) -> None:
    shown = june("report", "day", "--json").json["sections"]
    open_ = len(june("list", "--json").json)
    assert sum(row["leads"] for row in shown["bands"]["bands"]) == open_
    assert "bands" not in june("report", "day", "--json", *ASKED).json["sections"]


def test_words_that_were_written_or_taken_back_later_are_not_of_that_instant(june: Leadq) -> None:
    def told() -> list[str]:
        asked = [(kind, edition) for kind in ("weekly", "monthly") for edition in ("team", "marketing")]
        return [june("report", kind, "--for", edition, "--format", "md", *ASKED).out for kind, edition in asked]

    before = told()
    assert june("undo").status == 0
    assert told() == before
    ids = [str(one["id"]) for one in june("list", "--json").json]
    words = ("--channel", "call", "--outcome", "connected", "--insight", "objection:Too late to tell", "--evidence")
    for lead in ids:
        assert june("touch", lead, *words, "https://calls.example/1").status == 0
        assert (
            june("recycle", lead, "--reason", "rec.timing", "--quality", "5", "--wake", "+5bd", "--note", "New").status
            == 0
        )
        assert june("dispute", lead, "--note", "Not so").status == 0
    assert told() == before
    later = june(
        "report", "monthly", "--for", "marketing", "--format", "md", "--from", "2026-07-01", "--to", "2026-08-01"
    ).out
    assert "Too late to tell" in later
    assert "Not so" in later
