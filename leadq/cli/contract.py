"""`contract check` and `contract show`: the agreement between marketing and sales."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadq.cli.agreement import page, shape
from leadq.cli.base import Group, Session, argument, command
from leadq.cli.output import emit
from leadq.domain.contract_file import Reading, read_contract
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _
from leadq.rulebook import DEFAULT_TEMPLATE, broken, template_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadq.domain.contract_file import Problem


@command(
    "check", help=N_("Check a contract file, and say what to change where.\n\nWithout FILE: the one of this home.")
)
@argument("FILE", required=False)
def check(session: Session, file: str | None) -> Exit:
    """Print every problem; 78 when there is an error, 0 with warnings only."""
    reading = _reading(session, file)
    value = {
        "ok": not reading.errors,
        "errors": [_problem(problem) for problem in reading.errors],
        "warnings": [_problem(problem) for problem in reading.warnings],
    }
    emit(value, _checked(reading), as_json=session.as_json)
    return Exit.CONFIG if reading.errors else Exit.DONE


@command("show", help=N_("Show the contract on one screen."))
def show(session: Session) -> None:
    """Print the contract in force, else the one that this home would start with."""
    with session.store.read() as db:
        row = db.execute(
            "SELECT text FROM contract WHERE id = (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'contract')"
        ).fetchone()
    reading = read_contract(row[0].encode(), "contract", check_holidays=False) if row else _reading(session, None)
    if reading.contract is None:
        raise broken(reading)
    emit(shape(reading.contract), page(reading.contract), as_json=session.as_json)


contract = Group(
    "contract",
    help=N_("The agreement between marketing and sales."),
    lazy={"check": f"{__name__}:check", "show": f"{__name__}:show"},
)


def _reading(session: Session, file: str | None) -> Reading:
    if file is not None:
        if not Path(file).is_file():
            raise LeadqError("no_file", _("There is no file {file}.").format(file=file), exit_status=Exit.USAGE)
        return read_contract(Path(file).read_bytes(), file)
    if session.home.contract.exists():
        return read_contract(session.home.contract.read_bytes(), str(session.home.contract))
    return read_contract(template_text(DEFAULT_TEMPLATE).encode(), f"{DEFAULT_TEMPLATE}.toml")


def _problem(problem: Problem) -> dict[str, Any]:
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
        yield _place(problem)
    for problem in reading.warnings:
        yield _("warning: {problem}").format(problem=_place(problem))
    if reading.contract is not None:
        yield _("The contract {name} is valid.").format(name=f"{reading.contract.name} {reading.contract.version}")


def _place(problem: Problem) -> str:
    """`file:line:column: key: message (hint)`, which editors know how to jump to."""
    message, hint = problem.worded(_)
    key = f"{problem.key}: " if problem.key else ""
    return f"{problem.file}:{problem.line}:{problem.column}: {key}{message}{f' ({hint})' if hint else ''}"
