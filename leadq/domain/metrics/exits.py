"""M6 and M7: why leads end, and whether the reps say so in a way that marketing can use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from leadq.domain.metrics.cycle import NONE, Cycle
from leadq.domain.metrics.figures import Figure, Metric, count, ranks, ratio, share, share_of
from leadq.domain.metrics.scope import Scope

KINDS: Final = ("reject", "disqualify", "recycle")
"""The verdicts that have a coded reason."""


def reasons(scope: Scope) -> Metric:
    """M6, field.md 10: the mix of reasons = cycles of a reason / exits of that kind in the cohort.

    `late_filter` = (rejections after the accept clock was due + disqualifications that cite a criterion of the handoff)
    / (rejections + disqualifications): what should have been seen at the door. `untouched` disqualifications must be 0.
    """
    ended = {kind: [one for one in scope.cohort.cycles if one.verdict == kind] for kind in KINDS}
    rows = {
        _row(kind, reason): (share("share", [one for one in cycles if one.reason == reason], cycles, keep=scope.keep),)
        for kind, cycles in ended.items()
        for reason, _n in sorted(Counter(one.reason for one in cycles).items(), key=lambda item: (-item[1], item[0]))
    }
    rejected, disqualified = ended["reject"], ended["disqualify"]
    late = [*late_rejections(scope, rejected), *(one for one in disqualified if one.criterion)]
    figures = (
        *(count(kind, cycles, keep=scope.keep) for kind, cycles in ended.items()),
        share("late_filter", late, [*rejected, *disqualified], keep=scope.keep),
        count("untouched", [one for one in disqualified if not one.attempts], keep=scope.keep),
    )
    return Metric("M6", "cohort", scope.cohort.counted, figures, rows)


def _row(kind: str, reason: str) -> str:
    """A reason's code says of which kind it is, but for `other`, which every kind has."""
    return reason if "." in reason else f"{kind}.{reason}"


def late_rejections(scope: Scope, rejected: Sequence[Cycle]) -> list[Cycle]:
    """Those of the rejected that were refused after their accept clock was due."""
    due = scope.clock("accept").due
    return [one for one in rejected if due[one.index] != NONE and (one.closed_ms or 0) > due[one.index]]


def feedback(scope: Scope) -> Metric:
    """M7, field.md 10: feedback.

    `complete` = verdicts with quality, reason (but for qualified) and, where the contract asks for it, what was missing
    / verdicts of the cohort. `delay` is from the handoff to the verdict. `answered` = rejected, disqualified and
    recycled with an answer of marketing / those; `answer_delay` from the verdict to that answer. `documented` = touches
    with an outcome and evidence that reached the CRM / human touches after the handoff.
    """
    ended = [one for one in scope.cohort.cycles if one.verdict]
    asking = [one for one in ended if one.verdict in KINDS]
    answered = [one for one in asking if one.answer]
    touches = sum(one.attempts for one in scope.cohort.cycles)
    documented = sum(one.documented for one in scope.cohort.cycles)
    figures = (
        share("complete", [one for one in ended if _is_complete(one, scope)], ended, keep=scope.keep),
        *ranks("delay", [(one.closed_ms or 0) - one.handed_off_ms for one in ended], behind=_kept(ended, scope)),
        *_business(ended, scope),
        share("answered", answered, asking, keep=scope.keep),
        *ranks("answer_delay", [one.answered_ms - (one.closed_ms or 0) for one in answered if one.answered_ms]),
        share_of("documented", documented, touches),
        *_promised(scope),
    )
    return Metric("M7", "cohort", scope.cohort.counted, figures)


def _kept(cycles: Sequence[Cycle], scope: Scope) -> Sequence[Cycle]:
    return cycles if scope.keep else ()


def _is_complete(cycle: Cycle, scope: Scope) -> bool:
    contract = scope.facts.contract
    clerical = contract.feedback.missing_required_for if contract else ()
    reasoned = bool(cycle.reason) or cycle.verdict == "qualify"
    return cycle.quality is not None and reasoned and (cycle.reason not in clerical or bool(cycle.missing))


def _business(ended: Sequence[Cycle], scope: Scope) -> tuple[Figure, ...]:
    known = [(one, scope.calendar(one)) for one in ended]
    return ranks(
        "business_delay",
        [hours.elapsed(one.handed_off_ms, one.closed_ms or 0) for one, hours in known if hours is not None],
    )


def _promised(scope: Scope) -> Iterator[Figure]:
    promised = scope.facts.contract.sales if scope.facts.contract else None
    for name in ("feedback_complete", "documented_interactions"):
        value = getattr(promised, name) if promised else None
        yield Figure(f"promised_{name}", "share", None) if value is None else ratio(f"promised_{name}", value, 1)
