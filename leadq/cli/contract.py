"""`contract check` and `contract show`: the agreement between marketing and sales."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from leadq.agreement import signed
from leadq.cli.agreement import page, shape
from leadq.cli.base import Group, Session, argument, command
from leadq.cli.output import emit
from leadq.cli.versions import home_file, in_force, read_file
from leadq.distribution import announced, heard
from leadq.domain.contract_doubts import doubts
from leadq.domain.contract_file import located
from leadq.errors import Exit
from leadq.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadq.distribution import Announced, Heard
    from leadq.domain.contract_file import Problem, Reading


@command(
    "check", help=N_("Check a contract file, and say what to change where.\n\nWithout FILE: the one of this home.")
)
@argument("FILE", required=False)
def check(session: Session, file: str | None) -> Exit:
    """Print every problem; 78 when there is an error, 0 with warnings only."""
    name, reading = home_file(session) if file is None else (file, read_file(file))
    if reading.contract is not None:
        remarks = doubts(reading.contract, session.clock.now_ms())
        _errors, found = located(remarks, reading.contract.text, name)
        warnings = sorted((*reading.warnings, *found), key=lambda problem: (problem.line, problem.column))
        reading = replace(reading, warnings=tuple(warnings))
    value = {
        "ok": not reading.errors,
        "errors": [problem_shape(problem) for problem in reading.errors],
        "warnings": [problem_shape(problem) for problem in reading.warnings],
    }
    emit(value, _checked(reading), as_json=session.as_json)
    return Exit.CONFIG if reading.errors else Exit.DONE


@command("show", help=N_("Show the contract on one screen."))
def show(session: Session) -> None:
    """Print the contract in force, else the one that this home would start with."""
    agreed = in_force(session)
    with session.store.read() as db:
        news, next_one = heard(db), announced(db)
    where = {"source": news.source or None, "announced": next_one.as_shape() if next_one else None}
    emit({**shape(agreed), **where}, chain(page(agreed), _told(news, next_one)), as_json=session.as_json)


def _told(news: Heard, next_one: Announced | None) -> Iterator[str]:
    """Where the contract comes from, and which one comes next."""
    if news.source:
        yield _("Source: {source}").format(source=news.source)
    if news.error:
        yield "  " + news.error
    if next_one:
        yield _("The contract {version} comes into force on {day}.").format(
            version=next_one.version, day=next_one.effective_from
        )


contract = Group(
    "contract",
    help=N_("The agreement between marketing and sales."),
    lazy={
        "check": f"{__name__}:check",
        "show": f"{__name__}:show",
        "diff": "leadq.cli.differing:diff",
        "sign": "leadq.cli.signing:sign",
        "edit": "leadq.cli.signing:edit",
        "export": "leadq.cli.exporting:export",
        "score": "leadq.cli.scoring:score",
        "pull": "leadq.cli.distributing:pull",
        "publish": "leadq.cli.distributing:publish",
    },
)


def problem_shape(problem: Problem) -> dict[str, Any]:
    """A problem of a file as JSON prints it."""
    message, hint = problem.worded(_)
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "key": problem.key,
        "message": message,
        "hint": hint,
    }


def _checked(reading: Reading) -> Iterator[str]:
    for problem in reading.errors:
        yield place_of(problem)
    for problem in reading.warnings:
        yield _("warning: {problem}").format(problem=place_of(problem))
    if reading.contract is not None:
        yield _("The contract {name} is valid.").format(name=f"{reading.contract.name} {reading.contract.version}")
        yield signed(reading.contract)


def place_of(problem: Problem) -> str:
    """`file:line:column: key: message (hint)`, which editors know how to jump to."""
    message, hint = problem.worded(_)
    key = f"{problem.key}: " if problem.key else ""
    return f"{problem.file}:{problem.line}:{problem.column}: {key}{message}{f' ({hint})' if hint else ''}"
