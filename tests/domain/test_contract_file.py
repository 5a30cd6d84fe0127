"""A contract file is read whole, and every slip in it is shown where it stands, with what to do."""

from __future__ import annotations

import string
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadq.domain.calendar import CalendarSpec
from leadq.domain.contract import (
    HOUR_MS,
    MINUTE_MS,
    ClockTarget,
    Contract,
    Duration,
)
from leadq.domain.contract_file import MESSAGES, Problem, Reading, read_contract
from leadq.domain.dictionary import DICTIONARIES
from leadq.domain.states import STATES
from leadq.domain.team import EscalationStep
from leadq.domain.toml_positions import Positions

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT.parent / "shared" / "contract.example.toml"
TEMPLATES = ROOT / "leadq" / "templates"

SMALL = """\
schema = 1
[contract]
name = "Test"
version = "2026-04"
effective_from = 2026-04-01
zone = "Europe/Paris"
dictionary = "forrester"
[contract.marketing]
monthly_handoffs = 100
[contract.sales]
first_touch = { coverage = 1.00, within = "24h", unit = "wall" }
[criterion.size]
en = "20 employees or more"
test = "company_size >= 20"
[handoff]
required = ["email|phone", "company"]
[[score]]
id = "big"
kind = "fit"
when = "company_size >= 50"
points = 20
[[score]]
id = "demo"
kind = "engagement"
when = "trigger == 'demo'"
points = 40
[calendar.paris]
zone = "Europe/Paris"
holidays = { country = "FR", subdivision = "57" }
week = { mon = "09:00-12:30,14:00-18:00", tue = "09:00-18:00" }
[[policy]]
id = "hot"
match = "trigger in ['demo', 'pricing']"
calendar = "paris"
tier = "hot"
at_risk = [0.5, 0.8]
clock.accept = { target = "15m", unit = "business", stretch = "5m" }
clock.next_touch = { cadence = ["4h", "1bd"], unit = "business" }
[[policy]]
id = "rest"
match = "true"
calendar = "paris"
clock.accept = { target = "1bd" }
clock.disposition = { target = "48h", unit = "wall", pausable = true }
[cadence]
minimum = { attempts = 6, channels = 2, span = "5bd" }
[pause]
reasons = ["prospect_asked_date"]
max_each = "10bd"
max_total = "20bd"
[feedback]
missing_required_for = ["rej.incomplete"]
reasons_off = ["rec.reorg"]
[[feedback.reason]]
code = "dq.no_fit.erp"
class = "disqualified"
en = "No link with their ERP"
[member.zoe]
name = "Zoé"
role = "sdr"
calendar = "paris"
leave = [{ from = 2026-08-03, to = 2026-08-21, cover = "karim" }]
[member.karim]
name = "Karim"
role = "ae"
[[routing]]
id = "all"
when = "true"
to = ["zoe", "karim"]
[escalation]
steps = [{ at = "breach+1bd", to = "owner,manager" }]
[governance]
owner = "revops@example.test"
"""

PLACE = "¶"
"""Marks, in an edit, the place where the problem must be shown."""


def read(text: str, *, check_holidays: bool = False) -> Reading:
    return read_contract(text.encode(), "contract.toml", check_holidays=check_holidays)


def good(text: str) -> Contract:
    reading = read(text)
    assert reading.errors == ()
    assert reading.contract is not None
    return reading.contract


def edited(old: str, new: str) -> tuple[str, tuple[int, int]]:
    """SMALL with one replacement, and the line and column of the mark in it."""
    assert SMALL.count(old) == 1, "an edit must change one place"
    text = SMALL.replace(old, new)
    before, _, after = text.partition(PLACE)
    return before + after, (before.count("\n") + 1, len(before) - before.rfind("\n"))


def only_error(text: str, *, check_holidays: bool = False) -> Problem:
    reading = read(text, check_holidays=check_holidays)
    assert reading.contract is None
    assert len(reading.errors) == 1, [problem.message for problem in reading.errors]
    return reading.errors[0]


def check(text: str, place: tuple[int, int], key: str, says: str, hint: str, *, check_holidays: bool = False) -> None:
    problem = only_error(text, check_holidays=check_holidays)
    assert (problem.line, problem.column) == place
    assert (problem.file, problem.key) == ("contract.toml", key)
    assert says in problem.message
    assert hint in problem.hint
    assert bool(hint) == bool(problem.hint)
    assert problem.template in MESSAGES


HOT, REST = "policy[0]", "policy[1]"

KEYS = [
    ("[governance]\nowner", "[governance]\n¶ownr", "governance.ownr", '"ownr"', '"owner"'),
    ("[cadence]", "[¶cadense]", "cadense", '"cadense"', '"cadence"'),
    ('target = "15m"', '¶taget = "15m"', f"{HOT}.clock.accept.taget", '"taget"', '"target"'),
    ('en = "20 emp', '¶eng = "20 emp', "criterion.size.eng", '"eng"', '"en"'),
    ("cover =", "¶covr =", "member.zoe.leave[0].covr", '"covr"', '"cover"'),
    ('"5bd" }', '"5bd", ¶days = 3 }', "cadence.minimum.days", '"days"', "attempts, channels, span"),
]
SHAPES = [
    ("schema = 1", "schema = ¶7", "schema", "Schema 7", "schema = 1"),
    ('name = "Test"', "name = ¶3", "contract.name", "text", "between quotes"),
    ('name = "Test"', 'name = ¶" "', "contract.name", "empty", ""),
    ('[member.zoe]\nname = "Zoé"', "[member.¶zoe]", "member.zoe", '"name" is missing', ""),
    ("points = 20", "points = ¶true", "score[0].points", "whole number", "without quotes"),
    ("points = 20", "points = ¶99999999999", "score[0].points", "too large", ""),
    ("attempts = 6", "attempts = ¶0", "cadence.minimum.attempts", "the least is 1", ""),
    ("coverage = 1.00", "coverage = ¶1.5", "contract.sales.first_touch.coverage", "1.5", ""),
    ("pausable = true", 'pausable = ¶"yes"', f"{REST}.clock.disposition.pausable", "true or false", "quotes"),
    ('to = ["zoe", "karim"]', 'to = ¶"zoe"', "routing[0].to", "list", "square brackets"),
    ('to = ["zoe", "karim"]', "to = ¶[]", "routing[0].to", "empty", ""),
    ('clock.accept = { target = "1bd" }', 'clock.accept = ¶"1bd"', f"{REST}.clock.accept", "table", "braces"),
    ('kind = "fit"', 'kind = ¶"fitt"', "score[0].kind", '"fitt"', '"fit"'),
    ('id = "demo"', 'id = ¶"big"', "score[1].id", '"big" is used a second time', "another name"),
    ('id = "rest"', 'id = ¶"hot"', "policy[1].id", '"hot" is used a second time', "another name"),
    ('"company"]', '¶"compny"]', "handoff.required[1]", '"compny"', '"company"'),
    ('"email|phone"', '¶"email|fone"', "handoff.required[0]", '"fone"', '"phone"'),
    ('"forrester"', '¶"forester"', "contract.dictionary", '"forester"', '"forrester"'),
    ('role = "ae"', 'role = ¶"sdrr"', "member.karim.role", '"sdrr"', '"sdr"'),
    ('role = "ae"', 'role = ¶"boss"', "member.karim.role", '"boss"', "sdr, ae, manager, marketing, ops"),
]
DATES = [
    ("2026-04-01", '¶"2026-04-01"', "contract.effective_from", "must be a date", "without quotes"),
    ("2026-04-01", "¶2026-04-01T10:00:00", "contract.effective_from", "must be a date", "without quotes"),
    ("2026-04-01", "¶2026-04-31", "", "does not exist", "2026-04-01"),
    ("to = 2026-08-21", "to = ¶2026-08-01", "member.zoe.leave[0].to", "2026-08-01 is before", ""),
    (
        "from = 2026-04-01",
        "from = 2026-04-01\nreview_by = ¶2026-03-01",
        "contract.review_by",
        "2026-03-01 is before 2026-04-01",
        "",
    ),
]
CALENDAR = "calendar.paris"
CALENDARS = [
    (
        '"Europe/Paris"\nholidays',
        '¶"Europe/Pari"\nholidays',
        f"{CALENDAR}.zone",
        "Europe/Pari",
        '"Europe/Paris"',
    ),
    ('"Europe/Paris"\ndict', '¶"+02:00"\ndict', "contract.zone", "+02:00", "IANA"),
    ('"Europe/Paris"\ndict', '¶"Europe"\ndict', "contract.zone", '"Europe"', '"Europe/'),
    ("09:00-18:00", "¶09:00-25:00", f"{CALENDAR}.week.tue", "09:00-25:00", "00:00 to 24:00"),
    ('12:30,14:00-18:00"', '12:30,¶14:00-14:00"', f"{CALENDAR}.week.mon", "14:00-14:00", "00:00 to 24:00"),
    ('12:30,14:00-18:00"', '12:30, ¶14-18"', f"{CALENDAR}.week.mon", '"14-18"', "as 09:00-12:30"),
    ('"09:00-12:30,14:00', '¶"09:00-12:30,12:00', f"{CALENDAR}.week.mon", "overlap", "Join"),
    ('"09:00-12:30,14:00-18:00"', '¶"22:00-10:00"', f"{CALENDAR}.week.mon", "overlaps", "Join"),
    (
        'week = { mon = "09:00-12:30,14:00-18:00", tue = "09:00-18:00" }',
        '¶week = { mon = "" }',
        f"{CALENDAR}.week",
        '"paris" is never open',
        "at least one day",
    ),
    ("tue =", "¶teu =", f"{CALENDAR}.week.teu", '"teu"', '"tue"'),
    (
        'calendar = "paris"\ntier',
        'calendar = ¶"pari"\ntier',
        f"{HOT}.calendar",
        'No calendar "pari"',
        '"paris"',
    ),
    (
        'calendar = "paris"\nleave',
        'calendar = ¶"lyon"\nleave',
        "member.zoe.calendar",
        'No calendar "lyon"',
        "one of: paris",
    ),
]
PUBLIC_HOLIDAYS = [
    ('"FR"', '¶"FX"', f"{CALENDAR}.holidays.country", '"FX"', "two letters"),
    ('"FR"', '¶"Freedonia"', f"{CALENDAR}.holidays.country", '"Freedonia"', "two letters"),
    ('"57"', '¶"75"', f"{CALENDAR}.holidays.subdivision", '"75"', "57, 6AE"),
]
ACCEPT, NEXT = f"{HOT}.clock.accept", f"{HOT}.clock.next_touch"
CLOCKS = [
    ('"15m"', '¶"0m"', f"{ACCEPT}.target", '"0m" is not more than zero', ""),
    ('"15m"', '¶"-15m"', f"{ACCEPT}.target", '"-15m" is not more than zero', ""),
    ('"15m"', '¶"15min"', f"{ACCEPT}.target", '"15min"', '"15m"'),
    ('"15m"', '¶"2 days"', f"{ACCEPT}.target", '"2 days"', '"2bd"'),
    ('"15m"', '¶"soon"', f"{ACCEPT}.target", '"soon"', '"4h"'),
    ('"15m"', '¶"9999h"', f"{ACCEPT}.target", "longer than a year", ""),
    ('"15m", unit = "business"', '¶"15m"', f"{ACCEPT}.target", '"15m" needs a unit', 'unit = "business"'),
    ('unit = "business", str', 'unit = ¶"busines", str', f"{ACCEPT}.unit", '"busines"', '"business"'),
    ('"48h"', '¶"2bd"', f"{REST}.clock.disposition.target", "business days", "48h"),
    ('stretch = "5m"', 'stretch = ¶"15m"', f"{ACCEPT}.stretch", "not shorter", ""),
    ('["4h", "1bd"]', "¶[]", f"{NEXT}.cadence", "empty", ""),
    ('["4h", "1bd"]', '["4h", ¶"1d"]', f"{NEXT}.cadence[1]", '"1d"', '"1bd"'),
    (
        '["4h", "1bd"], unit = "business"',
        '["4h", ¶"1bd"], unit = "wall"',
        f"{NEXT}.cadence[1]",
        "wall",
        "48h",
    ),
    ("clock.next_touch", "clock.¶nexttouch", f"{HOT}.clock.nexttouch", '"nexttouch"', '"next_touch"'),
    ("at_risk = [0.5, 0.8]", "at_risk = [0.5, ¶1.0]", f"{HOT}.at_risk[1]", "1.0 is not between", ""),
    ("at_risk = [0.5, 0.8]", "at_risk = [¶0, 0.8]", f"{HOT}.at_risk[0]", "0 is not between", ""),
    ("at_risk = [0.5, 0.8]", "at_risk = [¶nan]", f"{HOT}.at_risk[0]", "nan", ""),
    ('span = "5bd"', 'span = ¶"5h"', "cadence.minimum.span", "business days", "5bd"),
]
RULES = [
    ("\"trigger in ['demo', 'pr", "\"¶triger in ['demo', 'pr", f"{HOT}.match", "triger", "trigger"),
    ('"company_size >= 20"', '"len¶(company) > 2"', "criterion.size.test", "call", "field"),
    ('match = "true"', 'match = ¶"score > 0"', f"{REST}.match", "must match every lead", 'match = "true"'),
    (
        "[cadence]",
        '[[¶policy]]\nid = "late"\nmatch = "score > 3"\ncalendar = "paris"\n'
        'clock.accept = { target = "1bd" }\n[cadence]',
        "policy[2]",
        '"late" is never reached: "rest"',
        "Move it up",
    ),
    ('["zoe", "karim"]', '["zoe", ¶"karin"]', "routing[0].to[1]", 'No member "karin"', '"karim"'),
    ('cover = "karim"', 'cover = ¶"zoe"', "member.zoe.leave[0].cover", "their own leave", ""),
    ('cover = "karim"', 'cover = ¶"kari"', "member.zoe.leave[0].cover", 'No member "kari"', '"karim"'),
    ('"owner,manager"', '¶"owner,manger"', "escalation.steps[0].to", '"manger"', '"manager"'),
    ('at = "breach+1bd"', 'at = ¶"breech"', "escalation.steps[0].at", '"breech"', '"breach"'),
    ('{ at = "breach+1bd", to', '{ at = ¶"breach+2h", to', "escalation.steps[0].at", '"2h"', "breach+1bd"),
    (
        '["rej.incomplete"]',
        '[¶"rej.incomplet"]',
        "feedback.missing_required_for[0]",
        "incomplet",
        "rej.incomplete",
    ),
    ('["rej.incomplete"]', '[¶"rec.reorg"]', "feedback.missing_required_for[0]", "rec.reorg", '"'),
    ('["rec.reorg"]', '[¶"rec.reorgg"]', "feedback.reasons_off[0]", "rec.reorgg", '"rec.reorg"'),
    (
        'class = "disqualified"',
        'class = ¶"disqualifed"',
        "feedback.reason[0].class",
        "disqualifed",
        '"disqualified"',
    ),
    ('"dq.no_fit.erp"', '¶"rej.no_erp"', "feedback.reason[0].code", '"disqualified"', '"dq."'),
    ('"dq.no_fit.erp"', '¶"dq.no_fit"', "feedback.reason[0].code", "standard reason", "code of its own"),
]


@pytest.mark.parametrize(("old", "new", "key", "says", "hint"), [*KEYS, *SHAPES, *DATES, *CALENDARS, *CLOCKS, *RULES])
def test_a_slip_is_shown_where_it_stands(old: str, new: str, key: str, says: str, hint: str) -> None:
    text, place = edited(old, new)
    check(text, place, key, says, hint)


@pytest.mark.parametrize(("old", "new", "key", "says", "hint"), PUBLIC_HOLIDAYS)
def test_unknown_public_holidays_are_refused(old: str, new: str, key: str, says: str, hint: str) -> None:
    text, place = edited(old, new)
    check(text, place, key, says, hint, check_holidays=True)


def test_a_subdivision_without_country_is_refused() -> None:
    text, place = edited('country = "FR", subdivision = "57"', 'subdivision = ¶"57"')
    check(text, place, "calendar.paris.holidays.subdivision", "needs a country", "")


def test_hours_of_a_cadence_need_a_unit() -> None:
    text, place = edited('["4h", "1bd"], unit = "business"', '[¶"4h", "1bd"]')
    check(text, place, "policy[0].clock.next_touch.cadence[0]", '"4h" needs a unit', "wall")


def test_only_next_touch_has_a_cadence() -> None:
    text, place = edited("clock.next_touch = { cad", "clock.reply = { ¶cad")
    check(text, place, "policy[0].clock.reply.cadence", "Only the clock next_touch", "target")


def test_a_clock_has_a_target_or_a_cadence_not_both() -> None:
    text, place = edited("clock.next_touch = { cad", 'clock.¶next_touch = { target = "1bd", cad')
    check(text, place, "policy[0].clock.next_touch", "either a target or a cadence", "next_touch")


def test_a_contract_without_policy_is_refused() -> None:
    start, end = SMALL.index("[[policy]]"), SMALL.index("[cadence]")
    check(SMALL[:start] + SMALL[end:], (1, 1), "", "There is no policy", 'match = "true"')


def test_the_same_reason_twice_is_refused() -> None:
    own = '[[feedback.reason]]\ncode = "dq.no_fit.erp"\nclass = "disqualified"\nen = "Again"\n'
    text, place = edited("[member.zoe]", own.replace('"dq', '¶"dq') + "[member.zoe]")
    check(text, place, "feedback.reason[1].code", "second time", "another name")


def test_the_same_member_twice_is_refused() -> None:
    text, place = edited("[member.karim]", "[member.zoe¶]")
    check(text, place, "member.zoe", "member.zoe is declared a second time", "another name")


def test_the_same_key_twice_is_refused() -> None:
    problem = only_error(SMALL.replace("points = 20", "points = 20\npoints = 30"))
    assert problem.line == SMALL[: SMALL.index("points = 20")].count("\n") + 2
    assert "second time" in problem.message


def test_a_file_in_cp1252_is_refused_with_the_place_of_the_letter() -> None:
    raw = SMALL.replace('[member.zoe]\nname = "Zoé"', '[member.zoe]\nname = "é Zoé"').encode("cp1252")
    reading = read_contract(raw, "contract.toml")
    (problem,) = reading.errors
    assert reading.contract is None
    assert problem.line == SMALL[: SMALL.index("Zoé")].count("\n") + 1
    assert problem.column == len('name = "') + 1
    assert "0xE9" in problem.message
    assert "cp1252" in problem.hint


def test_a_file_in_utf_16_is_refused_by_name() -> None:
    (problem,) = read_contract(SMALL.encode("utf-16"), "contract.toml").errors
    assert "UTF-16" in problem.hint


def test_a_byte_order_mark_is_no_problem() -> None:
    assert read_contract(SMALL.encode("utf-8-sig"), "contract.toml", check_holidays=False).contract


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ('a = 1\nb = "open\n', 2, 10, "not valid TOML"),
        ("a = 1\nb = busines\n", 2, 5, "not valid TOML"),
        ("a = [1, 2", 1, 10, "not closed"),
        ("a = 1" + "0" * 5000, 1, 1, "thousands of digits"),
        ("a = " + "[" * 9000, 1, 1, "too deeply"),
    ],
)
def test_text_that_is_not_toml_is_one_error(text: str, line: int, column: int, says: str) -> None:
    problem = only_error(text)
    assert (problem.line, problem.column) == (line, column)
    assert says in problem.message


def test_every_slip_is_found_in_one_run_in_the_order_of_the_file() -> None:
    text = SMALL.replace('"fit"', '"fat"').replace('"ae"', '"boss"').replace('"48h"', '"0h"')
    keys = [problem.key for problem in read(text).errors]
    assert keys == ["score[0].kind", "policy[1].clock.disposition.target", "member.karim.role"]


def test_windows_line_ends_do_not_move_the_place() -> None:
    text, place = edited('role = "ae"', 'role = ¶"boss"')
    problem = only_error(text.replace("\n", "\r\n"))
    assert (problem.line, problem.column) == place


def test_a_problem_is_worded_by_a_translator_from_templates_of_the_catalogue() -> None:
    text, _ = edited('role = "ae"', 'role = "sdrr"')
    problem = only_error(text)
    french = {
        problem.template: "« {value} » est inconnu ici.",
        problem.advice: "Vouliez-vous dire « {nearest} » ?",
    }
    assert set(french) <= set(MESSAGES)
    assert problem.worded(french.__getitem__) == ("« sdrr » est inconnu ici.", "Vouliez-vous dire « sdr » ?")


def test_every_message_is_a_template_with_named_parameters() -> None:
    for template in MESSAGES:
        names = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
        assert all(name.isidentifier() for name in names), template


WARNINGS = [
    ("monthly_handoffs = 100", "", "contract.marketing", "Marketing promises no number"),
    (
        'first_touch = { coverage = 1.00, within = "24h", unit = "wall" }',
        "",
        "contract.sales",
        "Sales promises",
    ),
    (
        '[criterion.size]\nen = "20 employees or more"\ntest = "company_size >= 20"\n',
        "",
        "criterion",
        "no criterion",
    ),
    ('[cadence]\nminimum = { attempts = 6, channels = 2, span = "5bd" }', "", "cadence", "unreachable"),
    ('tier = "hot"', 'tier = "hto"', "policy[0].tier", '"hto"'),
    ('when = "true"', 'when = "score > 3"', "routing[0].when", "without an owner"),
    (
        "[contract.marketing]",
        'signed = [{ role = "sales", by = "A. Martin", on = 2026-03-28, hash = "00" }]\n[contract.marketing]',
        "contract.signed[0]",
        "A. Martin signed another text",
    ),
]


@pytest.mark.parametrize(("old", "new", "key", "says"), WARNINGS)
def test_what_is_legal_and_doubtful_is_a_warning(old: str, new: str, key: str, says: str) -> None:
    text, _ = edited(old, new)
    reading = read(text)
    assert reading.contract is not None
    (warning,) = reading.warnings
    assert warning.key == key
    assert says in warning.message


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, len(SMALL) - 1), length=st.integers(0, 40), junk=st.text(max_size=6))
def test_no_edit_makes_the_reader_raise(at: int, length: int, junk: str) -> None:
    raw = (SMALL[:at] + junk + SMALL[at + length :]).encode("utf-8", "surrogatepass")
    reading = read_contract(raw, "contract.toml", check_holidays=False)
    assert (reading.contract is None) == bool(reading.errors)
    for problem in (*reading.errors, *reading.warnings):
        assert problem.message
        assert problem.line >= 1
        assert problem.column >= 1


@pytest.mark.parametrize("depth", range(300, 520, 20))
def test_no_depth_makes_the_reader_raise(depth: int) -> None:
    assert read("a = " + "[" * depth + "]" * depth).errors


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_make_the_reader_raise(raw: bytes) -> None:
    assert read_contract(raw, "contract.toml", check_holidays=False).errors


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(inner for key, child in items for inner in _paths(child, (*path, key)))]


TRICKY = """\
a.b."c.d" = 1            # a comment with [brackets] = "and quotes"
t = '''two
lines with ] and " '''
'lit' = 'it is'
when = 2026-04-01 10:00:00
list = [ [1, 2], { x = "}" , y.z = [3] }, # note
  "é", ]
[[p]]
x = "a \\" quote ]"
[p.deep.er]
y = 2
[[p]]
[[p.q]]
[[p.q]]
z = 3
["quoted"]
end = true"""


@pytest.mark.parametrize("text", [SMALL, TRICKY])
def test_every_key_has_its_own_place(text: str) -> None:
    positions = Positions(text)
    for path in _paths(tomllib.loads(text)):
        if path and isinstance(path[-1], str):
            assert text[positions.find(path).key :].lstrip("\"'").startswith(path[-1]), path


def test_values_are_found_in_lists_inline_tables_and_arrays_of_tables() -> None:
    positions = Positions(TRICKY)
    places = {
        ("a", "b", "c.d"): (1, 13),
        ("lit",): (4, 9),
        ("when",): (5, 8),
        ("list", 0, 1): (6, 14),
        ("list", 1, "y", "z", 0): (6, 37),
        ("list", 2): (7, 3),
        ("p", 0, "x"): (9, 5),
        ("p", 0, "deep", "er", "y"): (11, 5),
        ("p", 1, "q", 1, "z"): (15, 5),
        ("quoted", "end"): (17, 7),
    }
    assert {path: positions.line_column(positions.find(path).value) for path in places} == places


def test_the_hash_is_of_the_content_without_layout_or_signatures() -> None:
    first = good(SMALL)
    signed = f'signed = [{{ role = "sales", by = "A. Martin", on = 2026-03-28, hash = "{first.hash}" }}]\n'
    relaid = SMALL.replace("points = 20", "points  =  20  # twenty")
    assert good(relaid).hash == first.hash
    assert good(SMALL.replace("[contract.marketing]", signed + "[contract.marketing]")).hash == first.hash
    assert good(SMALL.replace("points = 20", "points = 21")).hash != first.hash
    assert first.text == SMALL


def test_clock_targets_keep_amounts_days_and_units_apart() -> None:
    hot, rest = good(SMALL).policies
    assert hot.clocks["accept"] == ClockTarget("accept", 15 * MINUTE_MS, None, "business", stretch_ms=5 * MINUTE_MS)
    assert hot.clocks["next_touch"] == ClockTarget(
        "next_touch", None, None, "business", cadence=(Duration(amount_ms=4 * HOUR_MS), Duration(days=1))
    )
    assert rest.clocks["accept"] == ClockTarget("accept", None, 1, "bd")
    assert rest.clocks["disposition"] == ClockTarget("disposition", 48 * HOUR_MS, None, "wall", pausable=True)
    assert (hot.at_risk, rest.at_risk) == ((0.5, 0.8), (0.75,))


def test_a_duration_is_shown_as_it_is_written() -> None:
    assert Duration(days=5).text == "5bd"
    assert Duration(amount_ms=90 * MINUTE_MS).text == "90m"
    assert Duration(amount_ms=4 * HOUR_MS).text == "4h"


def test_a_calendar_is_the_week_as_minutes() -> None:
    calendar = good(SMALL).calendar("paris")
    tuesday = ((540, 1080),)
    week = (((540, 750), (840, 1080)), tuesday, (), (), (), (), ())
    assert calendar == CalendarSpec("paris", "Europe/Paris", week, "FR", "57")
    every = good(
        SMALL.replace('{ mon = "09:00-12:30,14:00-18:00", tue = "09:00-18:00" }', '{ all = "09:00-18:00", sun = "" }')
    )
    assert every.calendar("paris").week == (*(tuesday for _ in range(6)), ())


def test_the_first_policy_that_matches_applies() -> None:
    contract = good(SMALL)
    assert contract.policy_for({"trigger": "demo"}).id == "hot"
    assert contract.policy_for({"trigger": "webinar"}).id == "rest"
    assert contract.policy_for({}).id == "rest"


def test_criteria_and_points_say_which_rules_held() -> None:
    contract = good(SMALL)
    lead = {"company_size": 60, "trigger": "demo"}
    assert contract.criteria_met(lead) == (("size",), ())
    assert contract.criteria_met({}) == ((), ("size",))
    assert contract.points(lead) == (("big", "fit", 20), ("demo", "engagement", 40))
    assert contract.points({"company_size": 60}) == (("big", "fit", 20),)


def test_one_of_two_alternatives_is_enough_and_the_first_is_missed() -> None:
    contract = good(SMALL)
    assert contract.missing_info({"phone": "+33123456789", "company": "ACME"}) == ()
    assert contract.missing_info({"email": " ", "phone": None}) == ("email", "company")


def test_reasons_are_the_standard_ones_less_those_off_plus_own_ones() -> None:
    reasons = {reason.code: reason for reason in good(SMALL).reasons}
    assert "rec.reorg" not in reasons
    assert "other" in reasons
    own = reasons["dq.no_fit.erp"]
    assert (own.klass, own.en, own.fr) == ("disqualified", "No link with their ERP", "No link with their ERP")


def test_a_contract_can_ask_for_the_missing_information_more_often_never_less() -> None:
    text = SMALL.replace('["rej.incomplete"]', '["dq.no_budget"]')
    reasons = {reason.code: reason for reason in good(text).reasons}
    assert "missing" in reasons["dq.no_budget"].needs
    assert "missing" in reasons["rej.incomplete"].needs


def test_an_own_reason_asks_for_what_the_standard_one_above_it_asks_for() -> None:
    reasons = good(SMALL.replace('"dq.no_fit.erp"', '"dq.bad_contact.erp"')).reasons
    assert next(reason for reason in reasons if reason.code == "dq.bad_contact.erp").needs == {"missing"}


@pytest.mark.parametrize(
    ("dictionary", "labels"),
    [
        ("forrester", ("MQL", "SAL", "SQL")),
        ("seed-fr", ("MQL", "SQL", "Opportunité")),
        ("sirius2012", ("AQL", "TAL", "TQL")),
        ("custom", ("Transmis", "Accepté", "Qualifié")),
    ],
)
def test_the_dictionary_names_the_states(dictionary: str, labels: tuple[str, ...]) -> None:
    contract = good(SMALL.replace('"forrester"', f'"{dictionary}"'))
    assert tuple(contract.label(state, "fr") for state in ("handed_off", "accepted", "qualified")) == labels
    assert set(DICTIONARIES[dictionary]) == set(STATES)


def test_a_custom_dictionary_names_the_states_it_wants() -> None:
    own = '[definitions.accepted]\nlabel = "Chez nous"\nfr = "Pris par un commercial"\n'
    contract = good(SMALL.replace('"forrester"', '"custom"') + own)
    assert contract.label("accepted") == "Chez nous"
    assert contract.label("working") == "Working"
    assert contract.definitions["accepted"].text.en == "Pris par un commercial"


def test_a_label_for_what_is_no_state_is_refused() -> None:
    text = SMALL.replace('"forrester"', '"custom"') + '[definitions.acepted]\nlabel = "SQL"\nen = "Taken"\n'
    problem = only_error(text)
    assert (problem.line, problem.column) == (SMALL.count("\n") + 1, 14)
    assert problem.hint == 'Did you mean "accepted"?'


def test_a_table_that_is_absent_has_defaults() -> None:
    contract = good(SMALL)
    assert contract.icp is None
    assert contract.segments == contract.pilots == contract.signatures == ()
    assert contract.escalation.steps == (EscalationStep("breach", Duration(days=1), ("owner", "manager")),)
    assert contract.recompute.on_policy_change == "new_handoffs_only"
    assert contract.cadence.span_text == "5bd"


@pytest.mark.skipif(not EXAMPLE.exists(), reason=f"the complete example is not beside this tree: {EXAMPLE.name}")
def test_the_complete_example_is_read_whole() -> None:
    reading = read_contract(EXAMPLE.read_bytes(), EXAMPLE.name)
    assert reading.errors == ()
    contract = reading.contract
    assert contract is not None
    assert [policy.id for policy in contract.policies] == ["hot", "event", "standard"]
    assert set(contract.calendars) == {"paris", "always"}
    assert contract.calendar("paris").extra == (date(2026, 12, 24),)
    assert contract.members["zoe"].leave[0].cover == "karim"
    assert [step.at for step in contract.escalation.steps] == ["at_risk", "breach", "breach", "breach"]
    assert contract.escalation.steps[2].limit == 3
    assert contract.raci["loyalty"].lead == ("customer_success",)
    assert contract.label("accepted") == "SQL"
    assert contract.icp is not None
    assert contract.segments[0].assets[0].title == "Cas client Forges d'Ardèche"
    assert (contract.governance.owner, contract.review_by) == ("revops@example.test", date(2026, 7, 1))


@pytest.mark.parametrize("name", ["pme-fr", "saas-en"])
def test_a_template_is_valid_without_warnings(name: str) -> None:
    reading = read_contract((TEMPLATES / f"{name}.toml").read_bytes(), name)
    assert (reading.errors, reading.warnings) == ((), ())
    contract = reading.contract
    assert contract is not None
    assert [criterion.id for criterion in contract.criteria] == ["size", "role", "action"]
    assert contract.policy_for({"trigger": "event"}).id == "event"


def test_the_french_template_promises_what_the_case_promises() -> None:
    contract = read_contract((TEMPLATES / "pme-fr.toml").read_bytes(), "pme-fr", check_holidays=False).contract
    assert contract is not None
    assert (contract.marketing.monthly_handoffs, contract.marketing.target_qualified_rate) == (100, 0.30)
    promise = contract.sales.first_touch
    assert promise is not None
    assert (promise.coverage, promise.within.text, promise.unit) == (1.0, "24h", "wall")
    assert set(contract.members) == {"zoe", "karim"}


def test_a_text_accepted_before_is_read_without_the_holidays_library() -> None:
    code = (
        "import sys; from leadq.domain.contract_file import read_contract; "
        "read_contract(sys.stdin.buffer.read(), 'f', check_holidays=False); "
        "sys.exit('holidays' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], input=SMALL.encode(), cwd=ROOT, check=False)
    assert done.returncode == 0
