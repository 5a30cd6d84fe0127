"""`leadq survey`: three sentences that both teams agree with or not, answered without a name."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leadq import read, survey
from leadq.cli.base import Group, OneOf, Session, Whole, argument, command, option
from leadq.cli.files import STDIN, opened
from leadq.cli.output import emit, warn_of_contract
from leadq.domain.together import DIMENSIONS, TEAMS
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _, current, ngettext
from leadq.saying import tally

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMS: Final = 12
_LABELLED: Final = "{name}: {sentence}"


@command(
    "answer",
    help=N_(
        "Answer the survey of the quarter, without your name; a second answer replaces the first.\n\n"
        "The scores are from 1 (not at all) to 5 (fully): what I need to know from the other team reaches me clearly"
        " and in time; I can count on what the other team promises; the other team does its work well."
    ),
)
@option("--team", type=OneOf(TEAMS), required=True, help=N_("The team that you are of."))
@option("--scores", required=True, metavar="C,T,W", help=N_("Three scores from 1 to 5, in that order: 4,3,5."))
@option("--quarter", metavar="Q", help=N_("Of this quarter, as 2026-Q2 (else the one that runs)."))
def answer(session: Session, team: str, scores: str, quarter: str | None) -> None:
    """Write down an answer of whoever works in this home."""
    given = survey.read_scores(scores)
    of = _quarter(session, quarter)
    with session.queue().desk() as desk:
        is_new = survey.put(desk, of, [survey.Filled(survey.my_form(desk, of), team, given)])
        warn_of_contract(desk.rules.problems, quiet=session.quiet)
    said = _("Written down for {quarter}, without your name.") if is_new else _("You said so already for {quarter}.")
    value = {"ok": True, "quarter": of, "team": team, "scores": given, "new": bool(is_new)}
    emit(value, [said.format(quarter=of), *_sentences(given)], as_json=session.as_json)


def _sentences(given: dict[str, int]) -> Iterator[str]:
    for name in DIMENSIONS:
        yield f"  {given[name]}  {survey.question(name)}"


@command(
    "export",
    help=N_(
        "Write forms to fill in, as a workbook (.xlsx) or a CSV: one row for each person.\n\n"
        "Let people choose a row themselves: who hands them out one by one would know whose each is."
    ),
)
@option("-o", "--output", required=True, metavar="FILE", help=N_("Write them to this file."))
@option("--forms", type=Whole(1), default=_FORMS, metavar="N", help=N_("How many forms (12 unless said)."))
@option("--team", type=OneOf(TEAMS), help=N_("With this team filled in."))
@option("--quarter", metavar="Q", help=N_("Of this quarter, as 2026-Q2 (else the one that runs)."))
def export(session: Session, output: str, forms: int, team: str | None, quarter: str | None) -> None:
    """Write new forms to a file that is not there yet: one with answers in it is never written over."""
    path, of = Path(output), _quarter(session, quarter)
    if path.exists():
        raise LeadqError(
            "file_exists",
            _("{file} is there already, perhaps with answers in it.").format(file=path),
            hint=_("Choose another name."),
            exit_status=Exit.USAGE,
        )
    survey.write_forms(path, survey.blank(of, team or "", forms), french=current() == "fr")
    said = ngettext("{count} form of {quarter} in {file}.", "{count} forms of {quarter} in {file}.", forms)
    value = {"file": str(path), "quarter": of, "forms": forms}
    emit(value, [said.format(count=forms, quarter=of, file=path)], as_json=session.as_json)


@command(
    "import",
    help=N_(
        "Take the forms that were filled in; the same file again changes nothing.\n\n"
        "FILE is what `survey export` made, as XLSX or CSV, or - for standard input."
    ),
)
@argument("FILE")
@option("--quarter", metavar="Q", help=N_("Of this quarter, as 2026-Q2 (else the one that runs)."))
def import_(session: Session, file: str, quarter: str | None) -> Exit:
    """Take every good form of a file in one transaction, and list every bad one."""
    of, taken = _quarter(session, quarter), survey.Taken()
    name = _("standard input") if file == STDIN else Path(file).name
    with opened(file, _("Give the file of forms, or - for standard input.")) as source:
        filled = survey.read_forms(source, name, of, taken)
    if filled:
        with session.queue().desk() as desk:
            taken.added = survey.put(desk, of, filled)
            warn_of_contract(desk.rules.problems, quiet=session.quiet)
    taken.unchanged = len(filled) - taken.added
    counts = (
        (taken.added, _("new answers")), (taken.unchanged, _("known")), (taken.blank, _("left blank")),
    )  # fmt: skip
    lines = tally((taken.read, _("forms of {quarter}").format(quarter=of)), *counts, rejected=taken.rejected)
    emit({"quarter": of, **asdict(taken)}, lines, as_json=session.as_json)
    return Exit.PARTLY if taken.rejected else Exit.DONE


def _quarter(session: Session, typed: str | None) -> str:
    with session.store.read() as db:
        return survey.quarter(typed, session.clock.now_ms(), read.zone_name(db))


survey_: Final = Group(
    "survey",
    help=N_("What each team thinks of the work with the other, once a quarter and without names."),
    lazy={
        "answer": "leadq.cli.survey:answer",
        "export": "leadq.cli.survey:export",
        "import": "leadq.cli.survey:import_",
    },
)
