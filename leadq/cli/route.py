"""`leadq route`: whose the leads that are nobody's would be, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadq import read, refs, routing, rulebook
from leadq.cli.base import Session, command, option
from leadq.cli.output import emit
from leadq.cli.tables import Column, table
from leadq.i18n import N_, _
from leadq.words import labelled

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

    from leadq.domain.contract import Contract
    from leadq.domain.routing import Route, Seat
    from leadq.routing import Explained, Planned

_STANDINGS: Final[Mapping[str, str]] = {
    "free": N_("free"),
    "closed": N_("outside working hours, after those at work"),
    "full": N_("full"),
    "away": N_("on leave"),
    "excluded": N_("has it already"),
}


@command(
    "route",
    help=N_(
        "Say whose the leads that are nobody’s would be, by [[routing]] of the contract.\n\n"
        "Nothing is written: the team’s runner does that, see docs/hub.md."
    ),
)
@option("--explain", "lead", metavar="LEAD", help=N_("Say of one lead which rule matches, and whose turn it is."))
def route(session: Session, lead: str | None) -> None:
    """List what would be routed, or explain one lead."""
    now_ms = session.clock.now_ms()
    with session.store.read() as db:
        if lead is not None:
            found = routing.explain(db, refs.find(db, lead), now_ms)
            emit(_explained(found), _why(found), as_json=session.as_json)
            return
        agreed = rulebook.in_force(db)
        plan = list(_plan(db, agreed[0], now_ms)) if agreed else []
        has_rules = bool(agreed and agreed[0].routing)
        shape = [{"lead": one.lead_id, "rule": _rule(one.route), "to": one.route.to or None} for one in plan]
        emit(shape, _listed(db, plan, read.moment(db, now_ms), has_rules=has_rules), as_json=session.as_json)


def _plan(db: sqlite3.Connection, contract: Contract, now_ms: int) -> Iterator[Planned]:
    return routing.planned(db, contract, routing.rota(db, contract, now_ms, routing.turns(db)))


def _rule(found: Route) -> str | None:
    return found.rule.id if found.rule else None


def _listed(db: sqlite3.Connection, plan: list[Planned], at: read.Moment, *, has_rules: bool) -> Iterator[str]:
    if not has_rules:
        yield _("The contract in force has no [[routing]]: leads that are nobody’s wait for who accepts them.")
        return
    if not plan:
        yield _("Every open lead has an owner.")
        return
    lines = read.lines(db, at, [one.lead_id for one in plan])
    rows = (
        (one.lead_id, lines[one.lead_id].name or lines[one.lead_id].company, _rule(one.route) or "-", _to(one.route))
        for one in plan
    )
    columns = (Column(_("Lead"), 6, right=True), Column(_("Name"), 20, share=1), Column(_("Rule"), 18),
               Column(_("To"), 24))  # fmt: skip
    yield from table(columns, rows)


def _to(found: Route) -> str:
    if found.to:
        return found.to
    return _("nobody: no one is free") if found.rule else _("nobody: no rule matches")


def _explained(found: Explained) -> dict[str, Any]:
    return {
        "lead": found.lead_id,
        "owner": found.owner or None,
        "open": found.is_open,
        "contract_version": found.contract.version if found.contract else None,
        "rules": [
            {"id": tried.id, "when": tried.when, "holds": tried.holds, "fields": dict(tried.fields)}
            for tried in found.tried
        ],
        "rule": _rule(found.route),
        "to": found.route.to or None,
        "seats": [
            {
                "member": seat.member,
                "standing": seat.standing,
                "load": seat.load,
                "capacity": seat.capacity,
                "instead_of": list(seat.instead_of),
                "had_one": seat.turn is not None,
            }
            for seat in found.route.seats
        ],
    }


def _why(found: Explained) -> Iterator[str]:
    """Whose it is, each rule as it was tried, then whose turn it is."""
    if found.owner:
        yield _("Lead {id} is {owner}’s already; were it nobody’s:").format(id=found.lead_id, owner=found.owner)
    elif not found.is_open:
        yield _("Lead {id} is closed; were it open:").format(id=found.lead_id)
    if found.contract is None or not found.contract.routing:
        yield _("The contract in force has no [[routing]]: leads that are nobody’s wait for who accepts them.")
        return
    for tried in found.tried:
        known = ", ".join(f"{name}: {'-' if value is None else value}" for name, value in tried.fields.items())
        verdict = _("matches") if tried.holds else _("does not match")
        yield labelled(tried.id, f"{verdict} · {tried.when}" + (f" ({known})" if known else ""))
    if found.route.rule is None:
        yield _("No rule matches: it stays nobody’s, and on the radar.")
        return
    yield labelled(_("In turn"), found.route.rule.id)
    for seat in found.route.seats:
        yield f"  {_seat(seat)}"
    if found.route.to:
        yield _("Next: {member}, by contract {version}.").format(
            member=found.route.to, version=found.contract.version
        )  # fmt: skip
    else:
        yield _("Nobody is free: it stays nobody’s, and on the radar, until somebody is.")


def _seat(seat: Seat) -> str:
    """`karim · free · 12 of 60 open leads · instead of zoe`."""
    load = (
        _("{load} open leads").format(load=seat.load)
        if seat.capacity is None
        else _("{load} of {capacity} open leads").format(load=seat.load, capacity=seat.capacity)
    )
    parts = [seat.member, _(_STANDINGS[seat.standing]), load]
    if seat.turn is None:
        parts.append(_("had none by this rule yet"))
    if seat.instead_of:
        parts.append(_("instead of {members}").format(members=", ".join(seat.instead_of)))
    return " · ".join(parts)
