"""The order of the queue as SQL: one `CASE` over stored instants, the same rule as domain/ranking.py."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from leadq.domain.bands import BANDS, CLOCK_TOLERANCE_MS, PROMISE_LEAD_MS
from leadq.domain.states import OPEN_STATES

IS_OPEN: Final = f"l.state IN ({', '.join(repr(state) for state in OPEN_STATES)})"

RUNS: Final = "c.stopped_ms IS NULL AND c.cancelled = 0"
"""That a row of `clock c` still counts."""

AT_RISK: Final = f"""(l.risk_ms <= :now AND (l.due_ms >= :now OR (l.stale_ms >= :now AND l.last_due_ms >= :now
    AND (l.last_risk_ms <= :now OR (l.mid_due_ms >= :now AND EXISTS (
        SELECT 1 FROM clock c WHERE c.lead_id = l.id AND {RUNS}
        AND c.kind <> 'next_touch' AND c.risk_ms <= :now AND c.due_ms >= :now))))))"""
"""Any running clock between its first at-risk instant and its due one, unless another has been late for longer than a
business day: such leads, oldest first, would bury all that can still be saved. While no clock is late the earliest
at-risk instant answers, and once all but the last are late, its own. Only between the two is the subquery asked: asking
it of every lead that is late on one clock made the first page five times slower."""

BAND: Final = f"""CASE
    WHEN l.reply_ms IS NOT NULL OR l.promise_ms <= :now + {PROMISE_LEAD_MS} THEN 0
    WHEN l.paused_ms <= :now AND l.paused_until_ms > :now THEN 7
    WHEN l.hot_due_ms >= :now THEN 1
    WHEN {AT_RISK} THEN 2
    WHEN l.snoozed_until_ms > :now THEN 7
    WHEN l.due_ms < :now AND l.stale_ms >= :now THEN 3
    WHEN l.due_ms >= :now AND l.due_ms <= :day_end THEN 4
    WHEN l.next_ms <= :day_end THEN 5
    WHEN l.due_ms < :now THEN 6
    ELSE 7 END"""

_NEVER: Final = 1 << 62
INSTANT: Final = f"""CASE band
    WHEN 0 THEN min(coalesce(l.reply_ms, {_NEVER}), coalesce(l.promise_ms, {_NEVER}))
    WHEN 1 THEN l.hot_due_ms
    WHEN 3 THEN -l.due_ms
    WHEN 5 THEN l.next_ms
    ELSE coalesce(l.due_ms, {_NEVER}) END"""
"""What a band is sorted by: an instant that does not move while nothing is written."""

ORDER: Final = f"ORDER BY {IS_OPEN} DESC, band, {INSTANT}, coalesce(l.score, 0) DESC, l.handed_off_ms, l.id"
"""The total order of the queue; it needs the column `band`. Closed leads come last, newest band rules do not apply."""

RADAR: Final = {
    "untouched": f"{IS_OPEN} AND l.first_touch_ms IS NULL AND l.due_ms < :now",
    "ownerless": f"{IS_OPEN} AND l.owner = ''",
    "paused_too_long": f"{IS_OPEN} AND l.paused_ms <= :now AND l.paused_until_ms > :now"
    " AND l.paused_until_ms > l.pause_limit_ms",
    "missed_wake": "l.wake_ms < :now",
    "missed_promise": f"{IS_OPEN} AND l.promise_ms < :now",
    "stuck_in_sync": "EXISTS (SELECT 1 FROM outbox o WHERE o.lead_uid = l.uid"
    " AND o.state IN ('dead', 'conflict', 'blocked', 'unknown'))",
    "no_due": f"{IS_OPEN} AND (coalesce(l.due_ms, l.next_ms) IS NULL"
    f" OR l.id IN (SELECT c.lead_id FROM clock c WHERE c.due_ms IS NULL AND {RUNS}))",
    "contradictory": f"""{IS_OPEN} AND (l.handed_off_ms > :now + {CLOCK_TOLERANCE_MS}
    OR l.accepted_ms > :now + {CLOCK_TOLERANCE_MS} OR l.last_touch_ms > :now + {CLOCK_TOLERANCE_MS}
    OR l.accepted_ms < l.handed_off_ms - {CLOCK_TOLERANCE_MS}
    OR l.first_touch_ms < l.handed_off_ms - {CLOCK_TOLERANCE_MS} OR l.opposed_ms IS NOT NULL)""",
    "snoozed_late": f"{IS_OPEN} AND l.snoozed_until_ms > :now AND l.due_ms < :now",
}
"""What would otherwise be forgotten (field.md 1c): group -> condition. A lead may be in several groups.

`paused_too_long`: put away for longer than ten days in a row, or than the contract lets a pause last, and not back yet.
`contradictory`: its times cannot be true (handed off, accepted or touched in the future, or worked before it was
handed off), or it is open though its person does not want to be contacted. `snoozed_late`: late, and out of sight.
"""

ON_RADAR: Final = " OR ".join(f"({condition})" for condition in RADAR.values())

NEEDS_YOU: Final = "EXISTS (SELECT 1 FROM outbox o WHERE o.lead_uid = l.uid AND o.state IN ('dead', 'conflict'))"


URGENT: Final = (
    "l.reply_ms IS NOT NULL",
    "l.reply_ms IS NULL AND l.promise_ms IS NOT NULL",
    "l.reply_ms IS NULL AND l.promise_ms IS NULL AND l.hot_due_ms >= :now",
)
"""Among which the leads of the two top bands are: conditions that exclude each other, each a range of `lead_queue`."""

FRESH: Final = (
    *URGENT,
    "l.reply_ms IS NULL AND l.promise_ms IS NULL AND (l.hot_due_ms IS NULL OR l.hot_due_ms < :now)"
    " AND (l.due_ms >= :now OR l.stale_ms >= :now)",
)
"""Among which those of the bands to B4 are: whose first clock is not late, or for less than a business day."""


class Filter(NamedTuple):
    """Which leads to show. `view`: mine (mine and unowned), all, radar or needs-you; `states` empty: open ones.

    `search` is folded; `source` and `campaign` are whole names, whose case does not matter.
    """

    view: str = "all"
    me: str = ""
    states: tuple[str, ...] = ()
    band: str = ""
    owner: str | None = None
    search: str = ""
    source: str = ""
    campaign: str = ""

    def where(self) -> tuple[str, dict[str, Any]]:
        """The SQL condition over `lead l` joined with `person p`, and its parameters."""
        clauses, params = [self._view()], {"me": self.me}
        if self.states:
            names = {f"state{index}": state for index, state in enumerate(self.states)}
            clauses.append(f"l.state IN ({', '.join(':' + name for name in names)})")
            params |= names
        elif self.view not in ("radar", "needs-you"):
            clauses.append(IS_OPEN)
        if self.owner is not None:
            clauses.append("l.owner = :owner")
            params["owner"] = self.owner
        for name in ("source", "campaign"):
            if value := getattr(self, name):
                clauses.append(f"l.{name} = :{name} COLLATE NOCASE")
                params[name] = value
        for index, word in enumerate(self.search.split()):
            clauses.append(f"p.search LIKE :word{index} ESCAPE '\\'")
            params[f"word{index}"] = f"%{_literal(word)}%"
        return " AND ".join(f"({clause})" for clause in clauses), params

    def having(self, band: str = "band") -> str:
        """The condition on the computed band, which `band` says how to come by."""
        return f"AND {IS_OPEN} AND {band} = {BANDS.index(self.band)}" if self.band else ""

    def _view(self) -> str:
        if self.view == "mine":
            return "l.owner IN (:me, '')"
        if self.view == "radar":
            return ON_RADAR
        return NEEDS_YOU if self.view == "needs-you" else "1"


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
