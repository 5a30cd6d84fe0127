"""Tables as people really have them: good rows are taken, bad ones listed with their line and why."""

import contextlib
import csv
import datetime
import io
import os
import string
import subprocess
import sys
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq import tabular_dialect
from leadq.tabular import (
    REASONS,
    BadRow,
    Row,
    TabularError,
    read_table,
    safe_cell,
    unsafe_cell,
    write_csv,
)

HEADER = ("Prénom", "Société", "Score")
PEOPLE = [["Zoé", "L’Œuvre & fils", "82,5"], ["Anaïs", "Café Müller", "7"], ["Gérard", "Forêt", "12"]]


def read(data, **options):
    if isinstance(data, str):
        data = data.encode()
    return read_table(io.BytesIO(data), name="leads.csv", **options)


def cells(data, **options):
    """The cells of all rows, which must all be good."""
    rows = list(read(data, **options).rows)
    assert all(isinstance(row, Row) for row in rows), rows
    return [row.cells for row in rows]


def outcome(data):
    """One entry a row: line and cells, or line and reason."""
    return [(row.line, row.cells) if isinstance(row, Row) else (row.line, row.reason.code) for row in read(data).rows]


def written(encoding, delimiter, end, quoting=csv.QUOTE_MINIMAL):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([HEADER, *PEOPLE])
    return out.getvalue().encode(encoding)


# --- encodings, delimiters, line ends


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_usual_dialect_is_recognised(encoding, delimiter, end, quoting):
    table = read(written(encoding, delimiter, end, quoting))
    assert table.header == HEADER
    assert table.delimiter == delimiter
    assert [row.cells for row in table.rows] == PEOPLE
    assert table.encoding.startswith(encoding)
    assert table.warnings == ()


def test_cp1252_behind_a_utf8_mark_is_read():
    table = read(b"\xef\xbb\xbf" + written("cp1252", ";", "\r\n"))
    assert [row.cells for row in table.rows] == PEOPLE
    assert table.encoding == "cp1252"


def test_lines_of_windows_text_in_a_utf8_file_are_read_and_counted():
    lines = [f"Zoé{n};Société\n".encode() for n in range(20)]
    lines[7] = "Gérard;L’Œuvre\n".encode("cp1252")
    lines[9] = "CAFÉ»;«Forêt»\n".encode("cp1252")  # É» alone would also be a letter in UTF-8
    table = read(b"a;b\n" + b"".join(lines))
    rows = [row.cells for row in table.rows]
    assert rows[7] == ["Gérard", "L’Œuvre"]
    assert rows[9] == ["CAFÉ»", "«Forêt»"]
    assert rows[0] == ["Zoé0", "Société"]
    assert table.encoding == "utf-8"
    assert [(w.code, w.params) for w in table.warnings] == [("mixed_encoding", {"count": 2, "line": 9})]


def test_accents_beyond_the_first_block_still_decide_the_encoding():
    table = read(b"a;b\r\n" + b"x;y\r\n" * 100_000 + "é;è\r\n".encode("cp1252"))
    *_, last = table.rows
    assert (last.line, last.cells) == (100_002, ["é", "è"])
    assert table.encoding == "cp1252"
    assert table.warnings == ()


def test_a_byte_that_stands_for_nothing_is_replaced_and_its_line_named():
    table = read("a;b\nété;x\n".encode("cp1252") + b"\xe9\x81;y\n")
    assert [row.cells for row in table.rows] == [["été", "x"], ["é\ufffd", "y"]]
    assert [(w.code, w.params["line"]) for w in table.warnings] == [("undefined_bytes", 3)]


def test_a_delimiter_declared_on_the_first_line_is_obeyed_and_counted_as_a_line():
    table = read("sep=|\r\na,b|c,d\r\n1,2|3,4\r\n")
    assert (table.header, table.delimiter) == (("a,b", "c,d"), "|")
    assert list(table.rows) == [Row(3, ["1,2", "3,4"])]


def test_decimal_commas_do_not_make_a_comma_file():
    table = read("Email;Score;Fit\na@b.example;82,5;40,1\nc@d.example;7,0;1,5\n")
    assert table.delimiter == ";"


def test_lists_within_cells_do_not_make_a_semicolon_file():
    table = read("Name,Tags\nBob,a;b;c\nAnn,d;e;f\n")
    assert table.delimiter == ","


def test_a_single_column_is_a_table():
    table = read("Email\na@b.example\nc@d.example\n")
    assert table.header == ("Email",)
    assert [row.cells for row in table.rows] == [["a@b.example"], ["c@d.example"]]


def test_nul_is_taken_out_of_cells():
    assert cells(b"a;b\nx\x00y;z" + b"\nlong enough not to be binary;c")[0] == ["xy", "z"]


# --- header


def test_header_names_are_trimmed_and_equal_ones_numbered():
    assert read(" Date ;Nom\u00a0complet;Date;;\n1;2;3;4;5").header == (
        "Date",
        "Nom complet",
        "Date (2)",
        "",
        "",
    )


def test_blank_lines_before_the_header_and_between_rows_are_no_rows():
    assert outcome("\n;;\na;b\n\n1;2\n;\n3;4\n\n") == [(5, ["1", "2"]), (7, ["3", "4"])]


def test_a_header_alone_has_zero_rows():
    table = read("a;b\n")
    assert table.header == ("a", "b")
    assert list(table.rows) == []


@pytest.mark.parametrize("data", [b"", b"\n\r\n", b"\xef\xbb\xbf", b";;;\n", b"sep=;\n"])
def test_a_file_without_header_is_empty(data):
    with pytest.raises(TabularError) as refused:
        read(data)
    assert refused.value.reason.code == "empty"


def test_a_header_with_an_open_quote_is_an_error_not_a_row():
    with pytest.raises(TabularError) as refused:
        read('a;"b\n1;2\n')
    assert (refused.value.reason.code, refused.value.reason.params["line"]) == ("bad_header", 1)


# --- rows that are not as they should be


def test_a_quoted_text_may_span_lines_and_the_row_begins_at_its_first():
    assert outcome('a;b\n1;"x\ny;""z""\n"\n2;w\n') == [(2, ["1", 'x\ny;"z"\n']), (5, ["2", "w"])]


def test_short_rows_are_padded_and_rows_of_less_than_half_are_bad():
    assert outcome("a;b;c;d\n1;2\n1;2;3\n1\n") == [
        (2, ["1", "2", "", ""]),
        (3, ["1", "2", "3", ""]),
        (4, "too_few_cells"),
    ]


def test_long_rows_are_bad_unless_the_extra_cells_are_empty():
    assert outcome("a;b\n1;2;;\n1;2;3\n4;5\n") == [(2, ["1", "2"]), (3, "too_many_cells"), (4, ["4", "5"])]
    bad = next(read("a;b\n1;2;3\n").rows)
    assert bad.reason.params == {"found": 3, "expected": 2}


def test_a_quote_never_closed_names_its_line_and_the_other_rows_are_taken():
    assert outcome('a;b\n1;2\n3;"x\n5;6\n7;8\n') == [
        (2, ["1", "2"]),
        (3, "unclosed_quote"),
        (4, ["5", "6"]),
        (5, ["7", "8"]),
    ]


def test_a_forgotten_quote_does_not_swallow_rows_up_to_the_next_quoted_cell():
    assert outcome('a;b\n1;"x\n3;4\n5;"y;z"\n6;7\n') == [
        (2, "unclosed_quote"),
        (3, ["3", "4"]),
        (4, ["5", "y;z"]),
        (5, ["6", "7"]),
    ]


def test_two_forgotten_quotes_cost_the_first_row_only():
    assert outcome('a;b;c\n1;"x;y\n2;z;t"\n3;u;v\n') == [
        (2, "unclosed_quote"),
        (3, ["2", "z", 't"']),
        (4, ["3", "u", "v"]),
    ]


def test_a_quote_open_for_a_thousand_lines_is_forgotten():
    lines = [f"{n};x\n" for n in range(3_000)]
    found = outcome('a;b\n0;"x\n' + "".join(lines) + '9;"y"\n')
    assert found[0] == (2, "unclosed_quote")
    assert len(found) == 3_002
    assert found[1500] == (1502, ["1499", "x"])


def test_quotes_inside_an_unquoted_cell_and_after_a_quoted_one_are_text():
    assert cells('a;b\nTube 5" long;"Acme" SARL\n"x";y\n') == [['Tube 5" long', "Acme SARL"], ["x", "y"]]


def test_a_file_of_broken_quotes_is_read_in_bounded_work(monkeypatch):
    pulled = 0
    original = tabular_dialect.Lines.__next__

    def counting(lines):
        nonlocal pulled
        pulled += 1
        return original(lines)

    monkeypatch.setattr(tabular_dialect.Lines, "__next__", counting)
    found = outcome("a;b\n" + 'x";"y\n' * 30_000)
    assert found == [(line, "unclosed_quote") for line in range(2, 30_002)]
    assert pulled < 2 * 30_000 + 2 * 100_000


def test_an_endless_line_is_one_bad_row_and_is_not_kept():
    data = "a;b\n1;2\n" + "x" * 6_000_000 + ";y\n3;4\n"
    assert outcome(data) == [(2, ["1", "2"]), (3, "too_long"), (4, ["3", "4"])]


def test_a_long_text_below_the_limit_is_taken():
    text = "é" * 400_000
    assert cells(f"a;b\n1;{text}\n") == [["1", text]]


line = st.text(alphabet=string.ascii_letters + 'é";,\t \r\n', max_size=12)


@given(st.lists(line, max_size=12), st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_text_is_read_without_error_and_in_order(lines, end):
    data = end.join(["a;b;c", *lines])
    rows = list(read(data.encode("cp1252")).rows)
    numbers = [row.line for row in rows]
    assert numbers == sorted(set(numbers))
    assert all(len(row.cells) == 3 for row in rows if isinstance(row, Row))
    assert all(row.reason.code in REASONS for row in rows if isinstance(row, BadRow))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused(data):
    with contextlib.suppress(TabularError):
        table = read(data)
        assert all(row.line > 0 for row in table.rows)


@given(st.integers(1, 50), st.integers(0, 49))
def test_one_bad_row_never_costs_another(count, broken):
    rows = [f"{n};x{n}\n" for n in range(count)]
    expected = [(n + 2, [str(n), f"x{n}"]) for n in range(count)]
    if broken < count:
        rows[broken] = f'{broken};"x{broken}\n'
        expected[broken] = (broken + 2, "unclosed_quote")
    assert outcome("a;b\n" + "".join(rows)) == expected


# --- files that are no table


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.7\nx;y\n", "binary"),
        (b"\x89PNG\r\n\x1a\n", "binary"),
        (b"\x7fELF\x02\x01", "binary"),
        (b"SQLite format 3\x00", "binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_excel"),
        (b"a;b\n" + bytes(range(1, 9)) * 4, "binary"),
        (b"PK\x03\x04 not really", "broken_xlsx"),
    ],
)
def test_a_file_that_is_no_table_says_what_it_is(data, code):
    with pytest.raises(TabularError, match=r"leads\.csv") as refused:
        read(data)
    assert refused.value.reason.code == code


def test_an_archive_that_is_no_workbook_is_binary():
    with pytest.raises(TabularError) as refused:
        read(archive({"leads.csv": b"a;b"}))
    assert refused.value.reason.code == "binary"


def archive(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


# --- workbooks


def workbook(sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_gives_text_dates_and_plain_numbers():
    day = datetime.datetime(2026, 5, 13)
    data = workbook({"Leads": [
        ["Prénom", "Score", "Quand", "Jour", "Tél", "OK", "Vide"],
        ["Zoé", 82.0, day.replace(hour=14, minute=30), day, 33199000001, True, None],
        ["Anaïs", 12.5, "hier", day.date(), "+33 1", False, "#N/A"],
        [],
        ["Max"],
    ]})  # fmt: skip
    table = read(data)
    assert (table.encoding, table.delimiter, table.warnings) == ("xlsx", "", ())
    assert table.header == ("Prénom", "Score", "Quand", "Jour", "Tél", "OK", "Vide")
    assert list(table.rows) == [
        Row(2, ["Zoé", "82", "2026-05-13 14:30:00", "2026-05-13", "33199000001", "TRUE", ""]),
        Row(3, ["Anaïs", "12.5", "hier", "2026-05-13", "+33 1", "FALSE", ""]),
        Row(5, ["Max", "", "", "", "", "", ""]),
    ]


def test_cells_beyond_the_header_make_a_bad_row_in_a_workbook_too():
    rows = list(read(workbook({"x": [["a", None], ["1", "2"], ["3"]]})).rows)
    assert [type(row) for row in rows] == [BadRow, Row]


def test_a_formula_gives_its_last_computed_value():
    data = workbook({"x": [["a", "b"], [1, "=1+1"]]})
    saved_by_excel = {name: xml.replace(b"<v />", b"<v>2</v>") for name, xml in members(data).items()}
    assert cells(archive(saved_by_excel)) == [["1", "2"]]


def members(data):
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_a_sheet_is_chosen_by_name_and_the_first_by_default():
    data = workbook({"Un": [["a"], ["1"]], "Deux": [["b"], ["2"]]})
    assert cells(data) == [["1"]]
    assert cells(data, sheet=" deux") == [["2"]]
    with pytest.raises(TabularError) as refused:
        read(data, sheet="Trois")
    assert refused.value.reason.params["sheets"] == "Un, Deux"


def test_an_empty_sheet_is_empty():
    with pytest.raises(TabularError) as refused:
        read(workbook({"x": []}))
    assert refused.value.reason.code == "empty"


@pytest.mark.parametrize("extra", [{"xl/media/bomb": bytes(11_000_000)}, {f"xl/{n}.xml": b"" for n in range(1_001)}])
def test_a_workbook_that_would_unpack_to_too_much_is_refused_before_unpacking(extra):
    with pytest.raises(TabularError) as refused:
        read(archive({**members(workbook({"x": [["a"]]})), **extra}))
    assert refused.value.reason.code == "too_big"


def test_a_sheet_damaged_in_the_middle_gives_the_rows_before_and_says_where():
    whole = members(workbook({"x": [["a"], ["1"], ["2"]]}))
    sheet = whole["xl/worksheets/sheet1.xml"]
    whole["xl/worksheets/sheet1.xml"] = sheet[: sheet.rindex(b"<row")]
    *rows, last = read(archive(whole)).rows
    assert rows == [Row(2, ["1"])]
    assert (last.line, last.reason.code) == (3, "unreadable_rest")


def test_a_workbook_from_a_pipe_is_read(tmp_path):
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as out:
        out.write(workbook({"x": [["a"], ["1"]]}))
    with os.fdopen(reading, "rb") as pipe, read_table(pipe, name="-") as table:
        assert [row.cells for row in table.rows] == [["1"]]


# --- files and memory


def test_a_path_is_closed_at_the_end_and_by_a_with_block(tmp_path):
    path = tmp_path / "leads.csv"
    path.write_bytes(written("utf-8", ";", "\n"))
    assert len(list(read_table(path, name="leads.csv").rows)) == 3
    with read_table(path, name="leads.csv") as table:
        assert table.header == HEADER


def test_rows_come_before_the_file_is_read_to_its_end():
    class Counting(io.BytesIO):
        taken = 0

        def read(self, size=-1):
            got = super().read(size)
            self.taken += len(got)
            return got

    source = Counting(b"a;b\n" + b"1;2\n" * 1_000_000)
    assert next(read_table(source, name="x").rows) == Row(2, ["1", "2"])
    assert source.taken < 1_000_000


def test_importing_costs_the_standard_library_only():
    code = "import sys, leadq.tabular; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {name.partition(".")[0] for name in loaded} & {
        "openpyxl",
        "click",
        "sqlalchemy",
        "textual",
    } == set()


# --- writing

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"


@pytest.mark.parametrize("first", FORMULA_STARTS)
@pytest.mark.parametrize("before", ["", " ", "  ", "\u00a0", '"', "\ufeff"])
def test_what_looks_like_a_formula_gets_an_apostrophe(first, before):
    text = f"{before}{first}cmd|' /C calc'!A0"
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    ["", "Acme", "a=b", "82", "-12", "+3", "-3,5", "-1 234,50", "+33199000001", "+33 1 99 00 00 01",
     "+33.6.39.98.00.01", "+44 20 7946 0123", "L'Oréal", "'quoted'", "a@b.example"],
)  # fmt: skip
def test_phones_numbers_and_plain_text_are_left_alone(text):
    assert safe_cell(text) == text


@pytest.mark.parametrize("text", ["-1+2", "+33-1", "+33;=1", "+33 1 99\n=1", "-A1", "+1*2"])
def test_what_only_begins_like_a_number_or_phone_is_a_formula(text):
    assert safe_cell(text) == f"'{text}"


hostile = st.text(alphabet="=+-@'\" \t\r\n＝＋－＠\ufeff\x00ab1;,|", max_size=12)


@given(hostile | st.text(max_size=20))
def test_a_safe_cell_never_starts_as_a_formula_and_comes_back_whole(text):
    safe = safe_cell(text)
    if safe.strip(' \u00a0\ufeff"')[:1] in set(FORMULA_STARTS):
        assert safe == text
        assert safe.strip("+-").replace(" ", "").replace(",", "").replace(".", "").replace("\u00a0", "").isdigit()
    assert unsafe_cell(safe) == text


@given(st.from_regex(r"\A\+[1-9][0-9]{7,14}\Z|\A\+33( [0-9]{2}){4,5}\Z"))
def test_a_phone_is_never_touched(phone):
    assert safe_cell(phone) == phone


@given(st.lists(st.lists(hostile | st.text(max_size=8), min_size=2, max_size=2), max_size=6), st.booleans())
def test_what_is_written_is_read_back(rows, french):
    out = io.StringIO(newline="")
    write_csv(out, ("a", "b"), rows, french=french)
    written = list(
        csv.reader(io.StringIO(out.getvalue().removeprefix("\ufeff"), newline=""), delimiter=";" if french else ",")
    )
    assert [[unsafe_cell(cell) for cell in row] for row in written] == [["a", "b"], *rows]


def test_our_own_reader_reads_what_is_written_for_french_excel(tmp_path):
    path = tmp_path / "out.csv"
    write_csv(path, HEADER, PEOPLE, french=True)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in path.read_bytes()
    with read_table(path, name="out.csv") as table:
        assert (table.header, table.delimiter, table.encoding) == (HEADER, ";", "utf-8-sig")
        assert [row.cells for row in table.rows] == PEOPLE


def test_numbers_are_written_as_numbers_with_the_language_s_comma(tmp_path):
    rows = [[12.5, -3, None]]
    out, french = io.StringIO(), io.StringIO()
    write_csv(out, ("a", "b", "c"), rows)
    write_csv(french, ("a", "b", "c"), rows, french=True)
    assert out.getvalue() == "a,b,c\n12.5,-3,\n"
    assert french.getvalue() == "\ufeffa;b;c\r\n12,5;-3;\r\n"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("old")

    def rows():
        yield ["1"]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_csv(path, ("a",), rows())
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("out.csv", "old")]


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_written_file_is_for_its_owner_only(tmp_path):
    path = tmp_path / "out.csv"
    write_csv(path, ("a",), [])
    assert path.stat().st_mode & 0o777 == 0o600


def test_every_reason_has_a_template_that_its_parameters_fill():
    for bad in read("a;b;c;d\n1\n1;2;3;4;5\n").rows:
        assert REASONS[bad.reason.code].format(**bad.reason.params)
