"""`contract score`: which rules of the contract give a lead its points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadq import refs
from leadq.cli.base import Session, argument, command
from leadq.cli.output import emit
from leadq.explain import stored_contract
from leadq.i18n import N_, _, number
from leadq.trial import fields_of
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@command("score", help=N_("Say which rules give a lead its points for fit and for engagement."))
@argument("LEAD")
def score(session: Session, lead: str) -> None:
    """Print the rules of the contract that the lead keeps, and which of them hold."""
    with session.store.read() as db:
        lead_id = refs.find(db, lead)
        handoff, fields = fields_of(db, lead_id)
        contract = stored_contract(db, handoff.contract)[1]
    rules = [
        {
            "id": rule.id,
            "kind": rule.kind,
            "points": rule.points,
            "when": rule.when.text,
            "holds": rule.when.holds(fields),
        }
        for rule in contract.score
    ]
    held = contract.points(fields)
    sums = {kind: sum(points for _id, of, points in held if of == kind) for kind in ("fit", "engagement")}
    value = {
        "lead": lead_id,
        "contract_version": contract.version,
        **sums,
        "score": sum(sums.values()),
        "handed_off": {"fit": handoff.fit, "engagement": handoff.engagement, "score": handoff.score},
        "threshold": contract.handoff.threshold,
        "rules": rules,
    }
    emit(value, _told(value), as_json=session.as_json)


def _told(value: Mapping[str, Any]) -> Iterator[str]:
    yield _("Lead {id}: {score} points by contract {version}: fit {fit}, engagement {engagement}").format(
        id=value["lead"], score=value["score"], version=value["contract_version"], fit=value["fit"],
        engagement=value["engagement"],
    )  # fmt: skip
    for rule in value["rules"]:
        points = f"{rule['points']:+d}" if rule["holds"] else "-"
        yield "  " + labelled(f"{rule['kind']} {rule['id']}", f"{points} ({rule['when']})")
    given = value["handed_off"]["score"]
    if given is not None and given != value["score"]:
        yield _("It was handed off with a score of {score}: that one counts.").format(score=number(given))
    threshold = value["threshold"]
    if threshold is not None:
        yield _("A valid lead has {points} points or more.").format(points=number(threshold))
