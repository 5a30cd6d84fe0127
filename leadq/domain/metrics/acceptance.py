"""M1: do the reps take what marketing hands over, and do they answer at all."""

from __future__ import annotations

from leadq.domain.metrics.figures import Metric, count, share
from leadq.domain.metrics.scope import Scope


def acceptance(scope: Scope) -> Metric:
    """M1, field.md 10: acceptance.

    Of the H cycles handed off: `decided` = accepted / (accepted + rejected); `contract` = accepted / (those decided, or
    whose accept clock is due); `oblivion` = undecided and overdue / H. A rate near 100 % with a low M4 says that leads
    are waved through, not that they are good.
    """
    cohort = scope.cohort.cycles
    accepted = [cycle for cycle in cohort if cycle.accepted]
    rejected = [cycle for cycle in cohort if cycle.rejected]
    overdue = [
        cycle
        for cycle in cohort
        if not cycle.accepted and not cycle.rejected and scope.state("accept", cycle) == "breached_open"
    ]
    decided = [*accepted, *rejected]
    return Metric(
        "M1",
        "cohort",
        scope.cohort.counted,
        (
            share("decided", accepted, decided, keep=scope.keep),
            share("contract", accepted, [*decided, *overdue], keep=scope.keep),
            share("oblivion", overdue, cohort, keep=scope.keep),
            count("accepted", accepted, keep=scope.keep),
            count("rejected", rejected, keep=scope.keep),
        ),
    )
