"""`dict` and `roles`: what the two teams call things, and who leads which part of the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadq.cli.base import Session, argument, command
from leadq.cli.output import emit
from leadq.cli.versions import in_force
from leadq.domain.dictionary import CUSTOM, DICTIONARIES
from leadq.domain.states import STATES
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _, current
from leadq.text import fold
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.domain.contract import Contract

_STANDARD: Final = tuple(name for name in DICTIONARIES if name != CUSTOM)


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


def glossary(agreed: Contract) -> dict[str, Any]:
    """Every word of the contract in the user's language."""
    language = current()
    return {
        "dictionary": agreed.dictionary,
        "definitions": [{"term": item.term, "text": item.text.say(language)} for item in agreed.definitions.values()],
        "states": [
            {
                "id": state,
                "label": agreed.label(state, language),
                "dictionaries": {name: DICTIONARIES[name][state].say(language) for name in _STANDARD},
            }
            for state in STATES
        ],
        "reasons": [
            {"code": reason.code, "class": reason.klass, "text": reason.say(language)} for reason in agreed.reasons
        ],
    }


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


def roles_of(agreed: Contract) -> dict[str, Any]:
    """Who does what, as JSON prints it."""
    return {
        "stages": [
            {"stage": stage, "lead": list(row.lead), "supports": list(row.supports)}
            for stage, row in agreed.raci.items()
        ],
        "governance": {"owner": agreed.governance.owner, "sponsor": agreed.governance.sponsor},
        "members": [{"id": one.id, "name": one.name, "role": one.role} for one in agreed.members.values()],
    }


def roles_told(agreed: Contract) -> Iterator[str]:
    """Who does what, a line each."""
    for stage, row in agreed.raci.items():
        yield labelled(_(STAGES[stage]), _row(row.lead, row.supports))
    if not agreed.raci:
        yield _("The contract does not say who leads which stage: add [raci].")
    for title, who in ((_("Decides"), agreed.governance.owner), (_("Stands behind it"), agreed.governance.sponsor)):
        if who:
            yield labelled(title, who)
    for member in agreed.members.values():
        yield labelled(_(ROLES[member.role]), f"{member.name} ({member.id})")


def _row(lead: Sequence[str], supports: Sequence[str]) -> str:
    first = (
        _("{teams} leads").format(teams=_teams(lead))
        if len(lead) == 1
        else _("{teams} lead").format(teams=_teams(lead))
    )
    return first + (_(", with {teams}").format(teams=_teams(supports)) if supports else "")


def _teams(names: Sequence[str]) -> str:
    return ", ".join(_(TEAMS.get(name, name)) for name in names)


STAGES: Final[Mapping[str, str]] = {
    "awareness": N_("Awareness"),
    "interest": N_("Interest"),
    "consideration": N_("Consideration"),
    "decision": N_("Decision"),
    "loyalty": N_("Loyalty"),
}
TEAMS: Final[Mapping[str, str]] = {
    "marketing": N_("marketing"),
    "sales": N_("sales"),
    "customer_success": N_("customer success"),
}
ROLES: Final[Mapping[str, str]] = {
    "sdr": N_("SDR"),
    "ae": N_("Account executive"),
    "manager": N_("Manager"),
    "marketing": N_("Marketing"),
    "ops": N_("Operations"),
}
