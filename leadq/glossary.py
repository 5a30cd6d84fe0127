"""What the words of a contract mean, and who does what: for both teams, in the user's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadq.domain.dictionary import CUSTOM, DICTIONARIES
from leadq.domain.states import STATES
from leadq.i18n import N_, _, current
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.domain.contract import Contract

_STANDARD: Final = tuple(name for name in DICTIONARIES if name != CUSTOM)


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
