"""What the words of a contract mean, and who does what: for both teams, in the user's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadq.domain.dictionary import CUSTOM, DICTIONARIES
from leadq.domain.states import STATES
from leadq.i18n import N_, _, current
from leadq.text import fold
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.domain.contract import Contract

_STANDARD: Final = tuple(name for name in DICTIONARIES if name != CUSTOM)

_STATES: Final[Mapping[str, str]] = {
    "handed_off": N_("Marketing has handed it over; nobody has taken it on yet."),
    "accepted": N_("A rep has taken it on, and has not tried to reach anybody yet."),
    "working": N_("Somebody has tried to reach the person, who has not answered yet."),
    "connected": N_("The person has answered; a verdict or a next step is to follow."),
    "qualified": N_("Sales goes on with it: it was passed on as an opportunity."),
    "disqualified": N_("Closed after a contact, with a reason that marketing can use."),
    "recycled": N_("Back with marketing until a day, or until something happens."),
    "rejected": N_("Refused before any contact, with a reason that marketing can use."),
    "archived": N_("Put away for good once its rejection was taken note of."),
    "merged": N_("Goes on as another lead of the same person."),
}
"""State -> what leadq means by it, whatever a company calls it."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A state with what the company calls it and how its contract defines that word ("": it does not)."""

    state: str
    word: str
    definition: str
    rule: str


def meaning(agreed: Contract, state: str) -> Meaning:
    """What a state means under a contract, in the user's language."""
    word = agreed.label(state, current())
    terms = {fold(item.term): item for item in agreed.definitions.values()}
    found = terms.get(fold(state)) or terms.get(fold(word))
    return Meaning(state, word, found.text.say(current()) if found else "", _(_STATES[state]))


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
