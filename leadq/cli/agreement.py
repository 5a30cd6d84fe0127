"""The contract on one page: what the words mean, what makes a lead valid, who promises what, and how fast."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from leadq.agreement import marketing_promises, sales_promises, signed, target_text
from leadq.domain.contract import Duration
from leadq.domain.states import STATES
from leadq.explain import signatures_shape
from leadq.i18n import LANGUAGES, _, current
from leadq.words import CLOCKS, labelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadq.domain.contract import Contract, Policy


def page(contract: Contract) -> Iterator[str]:
    """The lines of one page, in the user's language."""
    language = current()
    since = _("since {day}").format(day=contract.effective_from)
    yield f"{contract.name} {contract.version} · {since} · {contract.zone}"
    for definition in contract.definitions.values():
        yield "  " + labelled(definition.term.upper(), definition.text.say(language))
    yield _("A valid lead")
    for criterion in contract.criteria:
        yield "  " + labelled(criterion.id, criterion.text.say(language))
    if contract.handoff.required:
        yield _("  comes with: {names}").format(names=", ".join(contract.handoff.required))
    yield _("Marketing promises: {promises}").format(promises=", ".join(marketing_promises(contract)) or "-")
    yield _("Sales promises: {promises}").format(promises=", ".join(sales_promises(contract)) or "-")
    yield _("Delays")
    for policy in contract.policies:
        yield "  " + labelled(policy.id, f"{', '.join(_clocks(policy))} ({policy.calendar})")
    yield signed(contract)


def _clocks(policy: Policy) -> Iterator[str]:
    for kind, target in policy.clocks.items():
        yield f"{_(CLOCKS[kind])} {target_text(target)}"


def shape(contract: Contract) -> dict[str, Any]:
    """The contract as `contract show --json` prints it."""
    language = current()
    return {
        "name": contract.name,
        "version": contract.version,
        "hash": contract.hash,
        "effective_from": str(contract.effective_from),
        "review_by": None if contract.review_by is None else str(contract.review_by),
        "zone": contract.zone,
        "labels": {state: {code: contract.label(state, code) for code in LANGUAGES} for state in STATES},
        "definitions": [{"term": item.term, "text": item.text.say(language)} for item in contract.definitions.values()],
        "criteria": [
            {"id": item.id, "text": item.text.say(language), "test": item.test.text} for item in contract.criteria
        ],
        "required": list(contract.handoff.required),
        "threshold": contract.handoff.threshold,
        "marketing": asdict(contract.marketing),
        "sales": _sales_shape(contract),
        "calendars": [{"name": name, "zone": spec.zone} for name, spec in contract.calendars.items()],
        "policies": [_policy_shape(policy) for policy in contract.policies],
        "cadence": {
            "attempts": contract.cadence.attempts,
            "channels": contract.cadence.channels,
            "span": contract.cadence.span_text,
        },
        "reasons": [
            {"code": reason.code, "class": reason.klass, "text": reason.say(language), "needs": sorted(reason.needs)}
            for reason in contract.reasons
        ],
        "members": [
            {"id": member.id, "name": member.name, "role": member.role, "email": member.email}
            for member in contract.members.values()
        ],
        "signatures": signatures_shape(contract),
    }


def _sales_shape(contract: Contract) -> dict[str, Any]:
    promise = contract.sales
    first = promise.first_touch
    return {
        "first_touch": None
        if first is None
        else {"coverage": first.coverage, "within": first.within.text, "unit": first.unit},
        "documented_interactions": promise.documented_interactions,
        "feedback_complete": promise.feedback_complete,
    }


def _policy_shape(policy: Policy) -> dict[str, Any]:
    return {
        "id": policy.id,
        "match": policy.match.text,
        "calendar": policy.calendar,
        "tier": policy.tier,
        "at_risk": list(policy.at_risk),
        "clocks": [
            {
                "kind": kind,
                "target": " ".join(step.text for step in target.cadence or (Duration(target.amount_ms, target.days),)),
                "unit": target.unit,
            }
            for kind, target in policy.clocks.items()
        ],
    }
