"""M8 to M10: what it brings in and what it costs, in the currencies that were given: two are never added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Final

from leadq.domain.metrics.cycle import CustomerValue, Cycle, Deal, Spend
from leadq.domain.metrics.days import Days
from leadq.domain.metrics.figures import Figure, Metric, count, share_of
from leadq.domain.metrics.scope import Scope

_CENT: Final = Decimal("0.01")


def sums(name: str, amounts: Iterable[tuple[Decimal, str]]) -> tuple[Figure, ...]:
    """One sum for each currency, as `NAME_EUR`, by the name of the currency."""
    total: dict[str, Decimal] = defaultdict(Decimal)
    for amount, currency in amounts:
        total[currency] += amount
    return tuple(Figure(f"{name}_{unit}", "money", total[unit], unit=unit) for unit in sorted(total))


def revenue(scope: Scope) -> Metric:
    """M8, field.md 10: sourced pipeline and revenue = sum of the amounts of won deals linked to cycles of the cohort.

    In each currency as given. `closing` = won / (won + lost); open deals are aside, their amounts as `pipeline`. A deal
    of two cycles counts once. Won deals without an amount are counted, as `unpriced`.
    """
    deals = _deals(scope.cohort.cycles)
    by_state = {state: [one for one in deals if one.state == state] for state in ("won", "lost", "open")}
    won, lost = len(by_state["won"]), len(by_state["lost"])
    figures = (
        *sums("revenue", _amounts(by_state["won"])),
        *sums("pipeline", _amounts(by_state["open"])),
        share_of("closing", won, won + lost),
        *(Figure(state, "count", len(of_state)) for state, of_state in by_state.items()),
        Figure("unpriced", "count", sum(one.amount is None for one in by_state["won"])),
        count("customers", [one for one in scope.cohort.cycles if one.won_ms is not None], keep=scope.keep),
    )
    if not deals:
        figures = (Figure("revenue", "money", None), *figures)
    return Metric("M8", "cohort", scope.cohort.counted, figures, needs=() if deals else ("deals",))


def _deals(cycles: Sequence[Cycle]) -> list[Deal]:
    known: dict[str, Deal] = {}
    for deal in (deal for cycle in cycles for deal in cycle.deals):
        if deal.id not in known or known[deal.id].at_ms < deal.at_ms:
            known[deal.id] = deal
    return list(known.values())


def _amounts(deals: Iterable[Deal]) -> Iterable[tuple[Decimal, str]]:
    return ((deal.amount, deal.currency) for deal in deals if deal.amount is not None)


def customer_value(scope: Scope) -> Metric:
    """M9, field.md 10: customer lifetime value, imported values only: their sum and mean for each currency, over the
    cohort's cycles. Without any it is n/a: leadq guesses none."""
    counted = scope.cohort.counted
    if scope.facts.values is None:
        return Metric("M9", "cohort", counted, (Figure("value", "money", None),), needs=("customer_values",))
    uids = {cycle.uid for cycle in scope.cohort.cycles}
    known = [one for one in scope.facts.values if one.lead_uid in uids]
    means = tuple(
        Figure(f"mean_{unit}", "money", _cents(sum(amounts, Decimal()), len(amounts)), of=len(amounts), unit=unit)
        for unit, amounts in sorted(_by_currency(known).items())
    )
    return Metric("M9", "cohort", counted, (*sums("value", ((v.amount, v.currency) for v in known)), *means))


def _by_currency(values: Iterable[CustomerValue]) -> Mapping[str, list[Decimal]]:
    found: dict[str, list[Decimal]] = defaultdict(list)
    for one in values:
        found[one.currency].append(one.amount)
    return found


def _cents(amount: Decimal, by: int) -> Decimal:
    return (amount / by).quantize(_CENT, ROUND_HALF_EVEN)


BOUGHT: Final = ("mql", "sal", "sql")
"""What a cost is worked out for: handed off, accepted, qualified in the period."""


def cost(scope: Scope) -> Metric:
    """M10, field.md 10: cost per handoff (MQL), accepted (SAL) and qualified (SQL) = spend of the period / how many in
    the same period, for each currency; none of them is n/a.

    The period ends at the as-of instant. Of a row that reaches beyond it the share of its days inside counts. While
    there are days of which no row at all says what was spent (`uncovered`), a cost would be too low: n/a. Rows of one
    source, campaign and currency that overlap may tell of the same money twice: n/a too.
    """
    counted = scope.cohort.counted
    rows = _rows(scope)
    if not rows:
        note = "" if scope.facts.spend is None else "no_spend_here"
        needs = ("spend",) if scope.facts.spend is None else ()
        return Metric("M10", "period", counted, _no_cost(note), needs=needs)
    if overlapping(rows):
        return Metric("M10", "period", counted, _no_cost("spend_overlaps"), notes=("spend_overlaps",))
    days = Days(scope.facts.zone)
    uncovered = _uncovered(scope, days)
    notes = ("spend_partly",) if uncovered else ()
    spent = {unit: [(row, _share(row, scope, days)) for row in of_unit] for unit, of_unit in _by_unit(rows)}
    figures = (
        *(Figure(f"spend_{unit}", "money", _spent(parts), unit=unit) for unit, parts in spent.items()),
        *(one for unit, parts in spent.items() for one in _each(unit, _exact(parts), _counts(scope), "".join(notes))),
        Figure("uncovered", "count", uncovered),
    )
    return Metric("M10", "period", counted, figures, notes=notes)


def _no_cost(note: str) -> tuple[Figure, ...]:
    return tuple(Figure(name, "money", None, note=note) for name in BOUGHT)


def _end_ms(scope: Scope) -> int:
    """Up to when the period has come."""
    return min(scope.to_ms, scope.as_of_ms)


def _rows(scope: Scope) -> list[Spend]:
    """The rows that touch the period, of the part that is looked at; none where a part is no matter of spending.

    A row that names no source is money on nothing in particular: it was not spent on leads whose source is not known.
    """
    end_ms = _end_ms(scope)
    known = scope.facts.spend or ()
    rows = [row for row in known if row.from_ms < end_ms and row.to_ms > scope.from_ms and scope.from_ms < end_ms]
    if scope.part is None:
        return rows
    dimension, value = scope.part
    named = dimension in ("source", "campaign") and value
    return [row for row in rows if getattr(row, dimension) == value] if named else []


def overlapping(rows: Sequence[Spend]) -> bool:
    """Whether two rows about the same thing share a day."""
    ordered = sorted(rows, key=lambda row: (row.source, row.campaign, row.currency, row.from_ms))
    return any(
        (a.source, a.campaign, a.currency) == (b.source, b.campaign, b.currency) and b.from_ms < a.to_ms
        for a, b in pairwise(ordered)
    )


def _uncovered(scope: Scope, days: Days) -> int:
    """Days of the period, as far as it has come, of which no row says what was spent, on whatever."""
    first, end = floor(days.at(scope.from_ms)), ceil(days.at(_end_ms(scope)))
    told: set[int] = set()
    for row in scope.facts.spend or ():
        told.update(range(max(first, floor(days.at(row.from_ms))), min(end, ceil(days.at(row.to_ms)))))
    return end - first - len(told)


def _by_unit(rows: Sequence[Spend]) -> Iterable[tuple[str, list[Spend]]]:
    for unit in sorted({row.currency for row in rows}):
        yield unit, [row for row in rows if row.currency == unit]


Parts = Sequence[tuple[Spend, Fraction]]
"""Rows, and which share of each lies in the period."""


def _share(row: Spend, scope: Scope, days: Days) -> Fraction:
    """By days of the zone, so that two rows that follow each other cost what one over both would."""
    begin_ms, end_ms = max(row.from_ms, scope.from_ms), min(row.to_ms, _end_ms(scope))
    return (days.at(end_ms) - days.at(begin_ms)) / (days.at(row.to_ms) - days.at(row.from_ms))


def _exact(parts: Parts) -> Fraction:
    return sum((Fraction(row.amount) * share for row, share in parts), Fraction())


def _spent(parts: Parts) -> Decimal:
    """The sum, in the digits that were given where whole rows were added, else to the cent."""
    if all(share == 1 for _row, share in parts):
        return sum((row.amount for row, _share in parts), Decimal())
    return _to_cents(_exact(parts))


def _to_cents(amount: Fraction) -> Decimal:
    return Decimal(round(amount * 100)).scaleb(-2)


def _counts(scope: Scope) -> Mapping[str, int]:
    accepted = sum(scope.within(cycle.accepted_at_ms) for cycle in scope.counting)
    qualified = sum(scope.within(cycle.qualified_ms) for cycle in scope.counting)
    return dict(zip(BOUGHT, (len(scope.cohort.cycles), accepted, qualified), strict=True))


def _each(unit: str, spent: Fraction, counts: Mapping[str, int], note: str) -> Iterable[Figure]:
    """What one of each costs; n/a where there is none, or where `note` says why."""
    for name, n in counts.items():
        value = _to_cents(spent / n) if n and not note else None
        yield Figure(f"{name}_{unit}", "money", value, of=n, unit=unit, note=note)
