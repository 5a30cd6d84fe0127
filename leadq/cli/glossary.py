"""`dict` and `roles`: what the two teams call things, and who leads which part of the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadq.cli.base import Session, argument, command
from leadq.cli.output import emit
from leadq.cli.versions import in_force
from leadq.errors import Exit, LeadqError
from leadq.glossary import glossary, roles_of, roles_told
from leadq.i18n import N_, _
from leadq.text import fold
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@command("dict", help=N_("Say what the words mean: definitions, states and reasons.\n\nWith TERM: only what it names."))
@argument("TERM", required=False)
def dict_(session: Session, term: str | None) -> None:
    """Print the glossary of the contract in force."""
    agreed = in_force(session)
    value = glossary(agreed)
    if term is not None:
        value = {**value, **{part: [one for one in value[part] if _about(one, term)] for part in _PARTS}}
        if not any(value[part] for part in _PARTS):
            message = _("The dictionary has nothing on “{term}”.").format(term=term)
            hint = _("`leadq dict` shows all of it.")
            raise LeadqError("unknown_term", message, hint=hint, exit_status=Exit.USAGE)
    emit(value, _told(value), as_json=session.as_json)


_PARTS: Final = ("definitions", "states", "reasons")


def _about(entry: Mapping[str, Any], term: str) -> bool:
    """Whether one of its words is the term, or its text has the term in it."""
    wanted = fold(term.strip())
    words = [str(value) for value in entry.values() if isinstance(value, str)]
    return any(wanted in fold(word) for word in (*words, *entry.get("dictionaries", {}).values()))


def _told(value: Mapping[str, Any]) -> Iterator[str]:
    for item in value["definitions"]:
        yield labelled(item["term"].upper(), item["text"])
    if value["states"]:
        yield _("States, in the words of {dictionary}").format(dictionary=value["dictionary"])
    for state in value["states"]:
        others = ", ".join(f"{name} {word}" for name, word in state["dictionaries"].items())
        yield "  " + labelled(state["label"], f"{state['id']} ({others})")
    if value["reasons"]:
        yield _("Reasons")
    for reason in value["reasons"]:
        yield "  " + labelled(reason["code"], reason["text"])


@command("roles", help=N_("Say which team leads and which supports each stage, and who decides."))
def roles(session: Session) -> None:
    """Print the stages, the governance and the members."""
    agreed = in_force(session)
    value = roles_of(agreed)
    emit(value, roles_told(agreed), as_json=session.as_json)
