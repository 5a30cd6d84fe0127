"""The survey of the two teams: its three sentences, forms without names, and the answers of a file.

A form is a random number with a check that ties it to its quarter. It stands for one person without saying who: of a
form the newest answer counts, so that sending it twice changes nothing. The check finds what was mistyped or edited; it
keeps nobody from filling in two forms.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from leadq import together
from leadq.domain.events import Draft
from leadq.domain.label import Label
from leadq.domain.metrics.perception import quarter_of
from leadq.domain.together import DIMENSIONS, SURVEY_ANSWERED, answers, is_quarter, is_score
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _, current
from leadq.leadfile import worded
from leadq.tabular import BadRow, Row, TabularError, read_table
from leadq.text import clean, fold
from leadq.words import labelled

if TYPE_CHECKING:
    from pathlib import Path

    from leadq.desk import Desk

QUESTIONS: Final[Mapping[str, tuple[Label, Label]]] = {
    "communication": (
        Label("communication", "communication"),
        Label(
            "What I need to know from the other team reaches me clearly and in time.",
            "Ce que je dois savoir de l’autre équipe m’arrive clairement et à temps.",
        ),
    ),
    "trust": (
        Label("trust", "confiance"),
        Label(
            "I can count on what the other team promises.",
            "Je peux compter sur ce que l’autre équipe promet.",
        ),
    ),
    "perception": (
        Label("their work", "leur travail"),
        Label("The other team does its work well.", "L’autre équipe fait bien son travail."),
    ),
}
"""Dimension -> its short name and the sentence that one agrees with from 1 (not at all) to 5 (fully)."""

_COLUMNS: Final[Mapping[str, Label]] = {
    "form": Label("form", "formulaire"),
    "quarter": Label("quarter", "trimestre"),
    "team": Label("team", "équipe"),
    **{name: short for name, (short, _sentence) in QUESTIONS.items()},
}
_TEAM_WORDS: Final[Mapping[str, Label]] = {
    "sales": Label("sales", "commerce"),
    "marketing": Label("marketing", "marketing"),
}
_MINE: Final = "survey_form:{quarter}"
_SHOWN: Final = 40

OTHER_QUARTER: Final = N_("This form is of {found}, not of {wanted}.")
EDITED: Final = N_("This is no form of {quarter}: its number was edited or mistyped.")
NO_TEAM: Final = N_("The team is “{given}”: it is sales or marketing.")
BAD_SCORE: Final = N_("“{given}” for {name}: a score is a whole number from 1 to 5.")
HALF: Final = N_("{name} has no score: a form has all three, or none.")
TWICE: Final = N_("This form is in the file twice.")


def question(name: str) -> str:
    """The sentence of a dimension, in the language in use."""
    return QUESTIONS[name][1].say(current())


def short(name: str) -> str:
    """What a dimension is called in a column."""
    return QUESTIONS[name][0].say(current())


def quarter(text: str | None, now_ms: int, zone: str) -> str:
    """The quarter that was typed, else the one that runs. Raises LeadqError `bad_quarter` (2) for one that makes no
    sense or has not begun."""
    runs = quarter_of(now_ms, zone)
    given = runs if text is None else text.strip().upper()
    if not is_quarter(given) or given > runs:
        raise LeadqError(
            "bad_quarter",
            _("“{text}” is no quarter that one can answer about.").format(text=clean(text or "", _SHOWN)),
            hint=_("Type it as {quarter}, which runs now, or one before.").format(quarter=runs),
            exit_status=Exit.USAGE,
        )
    return given


def new_form(of: str) -> str:
    """The number of a form of a quarter that nobody has yet."""
    number = secrets.token_hex(5)
    return f"{number}-{_check(number, of)}"


def _check(number: str, of: str) -> str:
    return hashlib.sha256(f"leadq survey {of} {number}".encode()).hexdigest()[:4]


def is_form(text: str, of: str) -> bool:
    """Whether a number is that of a form of this quarter, to the letter."""
    number, _dash, check = text.partition("-")
    return len(number) == 10 and check == _check(number, of)


def my_form(desk: Desk, of: str) -> str:
    """The form of whoever works in this home: the same all quarter, so that a second answer replaces the first."""
    key = _MINE.format(quarter=of)
    known = together.meta(desk.db, key)
    if not known:
        known = new_form(of)
        desk.db.execute("INSERT INTO meta VALUES (?, ?)", (key, known))
    return known


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was filled in."""

    form: str
    team: str
    scores: Mapping[str, int]


def put(desk: Desk, of: str, filled: Iterable[Filled]) -> int:
    """Write answers down, without names; how many of them the forms did not say already.

    They go in the order of their random numbers: that of a file says who sat where.
    """
    known = {one.form: one for one in answers(together.events(desk.db)) if one.quarter == of}
    added = 0
    for one in sorted(filled, key=lambda form: form.form):
        before = known.get(one.form)
        if before is None or (before.team, before.scores) != (one.team, one.scores):
            data: dict[str, Any] = {"quarter": of, "form": one.form, "team": one.team, **one.scores}
            together.write(desk, Draft(SURVEY_ANSWERED, desk.now_ms, data), nameless=True)
            added += 1
    return added


def read_scores(text: str) -> dict[str, int]:
    """`4,3,5` as scores by dimension. Raises LeadqError `bad_scores` (2)."""
    given = [part.strip() for part in text.replace(";", ",").split(",")]
    if len(given) == len(DIMENSIONS) and all(_score(part) for part in given):
        return dict(zip(DIMENSIONS, map(int, given), strict=True))
    raise LeadqError(
        "bad_scores",
        _("“{text}” is not three scores from 1 to 5.").format(text=clean(text, _SHOWN)),
        hint=_("In this order: {names}; for example 4,3,5.").format(names=", ".join(map(short, DIMENSIONS))),
        exit_status=Exit.USAGE,
    )


def _score(text: str) -> bool:
    return text.isascii() and text.isdigit() and is_score(int(text[:3]))


# the form as a file


def header() -> list[str]:
    """The header of a file of forms, in the language in use: the questions are in it."""
    plain = [_COLUMNS[name].say(current()) for name in ("form", "quarter", "team")]
    return [*plain, *(labelled(short(name), question(name)) for name in DIMENSIONS)]


def blank(of: str, team: str, count: int) -> list[list[str]]:
    """`count` forms of a quarter, to be filled in."""
    word = _TEAM_WORDS[team].say(current()) if team else ""
    return [[new_form(of), of, word, *("" for _name in DIMENSIONS)] for _number in range(count)]


def write_forms(path: Path, rows: Sequence[Sequence[str]], *, french: bool) -> None:
    """Write forms to a workbook (`.xlsx`) or a CSV. Raises OSError."""
    if path.suffix.lower() == ".xlsx":
        from leadq.survey_sheet import write_sheet  # openpyxl is only wanted here

        write_sheet(path, header(), rows)
        return
    from leadq.tabular import write_csv

    write_csv(path, header(), rows, french=french)


@dataclass
class Taken:
    """What became of a file of forms: rows read, answers that are new, that were known, and left blank; bad rows."""

    read: int = 0
    added: int = 0
    unchanged: int = 0
    blank: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, line: int, template: str, **params: object) -> None:
        """Note a row that was not taken."""
        self.rejected.append({"line": line, "reason": _(template).format(**params)})


def read_forms(source: BinaryIO, name: str, of: str, taken: Taken) -> list[Filled]:
    """The forms of a file that are filled in and make sense; the others are in `taken`.

    Raises LeadqError `no_forms` (2) for a file that is no table, or has other columns.
    """
    try:
        with read_table(source, name=name) as table:
            columns = _columns(table.header, name)
            return list(_filled(table.rows, columns, of, taken))
    except TabularError as error:
        raise LeadqError("no_forms", f"{worded(error.reason)}.", hint=_hint(), exit_status=Exit.USAGE) from error


def _hint() -> str:
    return _("`leadq survey export -o FILE` makes forms.")


def _columns(names: Sequence[str], file: str) -> dict[str, int]:
    """Column -> its place, by either language's word before the colon."""
    known = {fold(word): name for name, label in _COLUMNS.items() for word in (label.en, label.fr)}
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        column = known.get(fold(name.partition(":")[0].strip()))
        if column:
            places.setdefault(column, place)
    if places.keys() == _COLUMNS.keys():
        return places
    lacks = ", ".join(label.say(current()) for name, label in _COLUMNS.items() if name not in places)
    message = _("{file} is no file of forms: it lacks {columns}.").format(file=file, columns=lacks)
    raise LeadqError("no_forms", message, hint=_hint(), exit_status=Exit.USAGE)


def _filled(rows: Iterator[Row | BadRow], columns: Mapping[str, int], of: str, taken: Taken) -> Iterator[Filled]:
    seen: set[str] = set()
    for row in rows:
        taken.read += 1
        if isinstance(row, BadRow):
            taken.rejected.append({"line": row.line, "reason": worded(row.reason)})
            continue
        cells = {name: clean(row.cells[place], _SHOWN).strip() for name, place in columns.items()}
        cells["form"] = cells["form"].lower()
        if not any(cells[name] for name in DIMENSIONS):
            taken.blank += 1
        elif cells["form"] in seen:
            taken.reject(row.line, TWICE)
        elif (form := _form(row.line, cells, of, taken)) is not None:
            seen.add(form.form)
            yield form


def _form(line: int, cells: Mapping[str, str], of: str, taken: Taken) -> Filled | None:
    """A row as a form; None when it cannot be one, which is noted."""
    team = next((name for name, label in _TEAM_WORDS.items() if fold(cells["team"]) in _words(label)), "")
    if cells["quarter"].upper() != of:
        taken.reject(line, OTHER_QUARTER, found=cells["quarter"] or "?", wanted=of)
    elif not is_form(cells["form"], of):
        taken.reject(line, EDITED, quarter=of)
    elif not team:
        taken.reject(line, NO_TEAM, given=cells["team"])
    elif (scores := _scores(line, cells, taken)) is not None:
        return Filled(cells["form"], team, scores)
    return None


def _words(label: Label) -> tuple[str, str]:
    return fold(label.en), fold(label.fr)


def _scores(line: int, cells: Mapping[str, str], taken: Taken) -> dict[str, int] | None:
    for name in DIMENSIONS:
        if not cells[name]:
            taken.reject(line, HALF, name=short(name))
            return None
        if not _score(cells[name]):
            taken.reject(line, BAD_SCORE, given=cells[name], name=short(name))
            return None
    return {name: int(cells[name]) for name in DIMENSIONS}
