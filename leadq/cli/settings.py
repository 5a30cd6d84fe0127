"""`config show`, `config validate` and `config schema`: the settings of this home."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from leadq import i18n
from leadq.cli.base import Group, Session, command, option
from leadq.cli.contract import place_of, problem_shape
from leadq.cli.output import emit
from leadq.clock import iso
from leadq.errors import Exit
from leadq.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadq.domain.contract_file import Problem
    from leadq.settings import Setting


@command("show", help=N_("Show the settings as they hold; secrets are hidden."))
@option("--origin", "with_origin", is_flag=True, help=N_("With where each of them comes from."))
def show(session: Session, with_origin: bool) -> None:
    """Print what holds: from the command line, the environment, the file, or by default."""
    from leadq.settings import effective

    found = [*_surroundings(session), *effective(session.home)]
    lines = (_line(setting, with_origin=with_origin) for setting in found)
    emit({"settings": [setting.as_shape() for setting in found]}, lines, as_json=session.as_json)


@command("validate", help=N_("Check the settings file, and say what to change where."))
def validate(session: Session) -> Exit:
    """Print every problem; 78 when there is an error."""
    from leadq.settings import check

    errors, warnings = check(session.home)
    value = {
        "ok": not errors,
        "errors": [problem_shape(problem) for problem in errors],
        "warnings": [problem_shape(problem) for problem in warnings],
    }
    emit(value, _checked(session, errors, warnings), as_json=session.as_json)
    return Exit.CONFIG if errors else Exit.DONE


@command("schema", help=N_("Print the JSON Schema of the settings file, for editors."))
def schema(session: Session) -> None:
    """Print the schema; it is JSON in either case."""
    from leadq import settings

    emit(settings.schema(), (), as_json=True)


config = Group(
    "config",
    help=N_("The settings of this home."),
    lazy={"show": f"{__name__}:show", "validate": f"{__name__}:validate", "schema": f"{__name__}:schema"},
)


def _surroundings(session: Session) -> Iterator[Setting]:
    """What is settled before the file is read: where the home is, the language, the time."""
    from leadq.settings import Setting

    origin = _origin(session, "home", ("LEADQ_HOME",))
    for name in ("config", "data", "state"):
        yield Setting(f"home.{name}", str(getattr(session.home, name)), *origin)
    spoken = any(word.partition("=")[0] == "--lang" for word in session.words)
    names = ("LEADQ_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    yield Setting("lang", i18n.current(), *(("option", "--lang") if spoken else _origin(session, "", names)))
    yield Setting("now", iso(session.clock.frozen_ms), *_origin(session, "now", ("LEADQ_NOW",)))


def _origin(session: Session, option_name: str, variables: Sequence[str]) -> tuple[str, str]:
    if session.places.get(option_name):
        return "option", f"--{option_name}"
    name = next((name for name in variables if os.environ.get(name)), "")
    return ("environment", name) if name else ("default", "")


_ORIGINS = {
    "option": N_("command line"),
    "environment": N_("environment"),
    "file": N_("file"),
    "default": N_("default"),
}


def _line(setting: Setting, *, with_origin: bool) -> str:
    said = f"{setting.key} = {json.dumps(setting.value, ensure_ascii=False)}"
    if not with_origin:
        return said
    origin = setting.where if setting.origin == "file" else f"{_(_ORIGINS[setting.origin])} {setting.where}".rstrip()
    return f"{said}  # {origin}"


def _checked(session: Session, errors: Sequence[Problem], warnings: Sequence[Problem]) -> Iterator[str]:
    for problem in errors:
        yield place_of(problem)
    for problem in warnings:
        yield _("warning: {problem}").format(problem=place_of(problem))
    if not session.home.settings.exists():
        yield _("There is no settings file yet; the defaults hold.")
    elif not errors:
        yield _("{file} is valid.").format(file=session.home.settings)
