"""The figures of a quarter as somebody would ask SQLite for them by hand: one script, each event read once.

The fair opponent of `leadq metrics`: it extracts touches and handoffs into temporary tables, then asks for each figure
over indexes of its own. It leaves out what SQL has no easy word for (the order of the queue, M14) and what a home
without deals, spend and values has none of (M8 to M10); it knows one calendar, and no as-of but now.
"""

from __future__ import annotations

import sqlite3
from typing import Final

_DAY: Final = 86_400_000
_BUSINESS: Final = """
    ((SELECT before + max(0, {to} - opens) FROM hours WHERE closes > {to} ORDER BY closes LIMIT 1)
     - (SELECT before + max(0, {begin} - opens) FROM hours WHERE closes > {begin} ORDER BY closes LIMIT 1))"""

PREPARE: Final = """
CREATE TEMP TABLE gone AS SELECT value AS uid FROM event, json_each(data, '$.events')
    WHERE event.type IN ('undone', 'corrected');
CREATE TEMP TABLE touch AS
    SELECT e.lead_uid AS uid, e.occurred_ms AS at_ms, e.recorded_ms - e.occurred_ms > 900000 AS late,
        e.data ->> 'channel' AS channel, e.data ->> 'outcome' AS outcome, coalesce(e.data ->> 'inbound', 0) AS inbound,
        e.actor_kind = 'human' AS human,
        EXISTS (SELECT 1 FROM event_text t WHERE t.event_uid = e.uid AND t.kind = 'evidence') AS evidenced,
        EXISTS (SELECT 1 FROM outbox o WHERE o.event_uid = e.uid AND o.state IN ('acked', 'done')) AS sent
    FROM event e WHERE e.type = 'touched' AND e.uid NOT IN gone;
CREATE TEMP TABLE tries AS
    SELECT t.uid, count(*) AS attempts, count(DISTINCT channel) AS channels, min(at_ms) AS first_ms,
        max(at_ms) AS last_ms, sum(evidenced AND sent) AS documented, sum(late OR NOT evidenced) AS doubtful
    FROM touch t JOIN lead l ON l.uid = t.uid AND t.at_ms >= l.handed_off_ms WHERE human AND NOT inbound GROUP BY t.uid;
CREATE INDEX temp.tries_uid ON tries (uid);
CREATE TEMP TABLE second AS SELECT uid, min(at_ms) AS at_ms FROM (
    SELECT uid, at_ms, row_number() OVER (PARTITION BY uid ORDER BY at_ms) AS place
    FROM touch WHERE human AND NOT inbound) WHERE place > 1 GROUP BY uid;
CREATE TEMP TABLE connected AS SELECT t.uid, min(t.at_ms) AS at_ms FROM touch t JOIN tries r ON r.uid = t.uid
    WHERE t.at_ms >= r.first_ms
    AND (t.inbound OR t.outcome IN ('connected', 'callback_set', 'replied', 'meeting_set', 'refused')) GROUP BY t.uid;
CREATE INDEX temp.connected_uid ON connected (uid);
CREATE TEMP TABLE assigned AS SELECT lead_uid AS uid, min(occurred_ms) AS at_ms FROM event
    WHERE uid NOT IN gone AND (type = 'accepted' OR (type = 'assigned' AND data ->> 'to' <> '')
    OR (type = 'handed_off' AND data ->> 'owner' <> ''))
    GROUP BY lead_uid;
CREATE INDEX temp.assigned_uid ON assigned (uid);
CREATE TEMP TABLE handoff AS SELECT lead_uid AS uid,
    (SELECT min(value) FROM json_each(data, '$.criteria')) AS met, data -> '$.fields' ->> 'country' AS country,
    data -> '$.fields' ->> 'sector' AS sector, data ->> 'previous' AS previous FROM event WHERE type = 'handed_off';
CREATE INDEX temp.handoff_uid ON handoff (uid);
CREATE TEMP TABLE verdict AS SELECT lead_uid AS uid, json_array_length(data, '$.missing') AS missing,
    data ->> 'criterion' AS criterion FROM event
    WHERE type IN ('rejected', 'disqualified', 'recycled', 'qualified') AND uid NOT IN gone;
CREATE INDEX temp.verdict_uid ON verdict (uid);
CREATE TEMP TABLE answered AS SELECT lead_uid AS uid, min(occurred_ms) AS at_ms FROM event
    WHERE type = 'answered' AND uid NOT IN gone GROUP BY lead_uid;
CREATE TEMP TABLE pause AS SELECT lead_uid AS uid, occurred_ms AS from_ms, data ->> 'until_ms' AS until_ms FROM event
    WHERE type = 'paused' AND uid NOT IN gone;
CREATE TEMP TABLE early AS SELECT DISTINCT t.uid FROM touch t JOIN lead l ON l.uid = t.uid
    WHERE t.human AND NOT t.inbound AND t.at_ms < l.handed_off_ms;
CREATE TEMP TABLE cohort AS
    SELECT l.*, coalesce(r.attempts, 0) AS attempts, r.channels, r.last_ms AS last_attempt_ms, r.documented, r.doubtful,
        a.at_ms AS assigned_ms, c.at_ms AS connected_ms, h.met, h.country, h.sector, v.missing AS said_missing,
        v.criterion, n.at_ms AS answered_ms, CASE WHEN l.state = 'rejected' THEN NULL
            ELSE coalesce(l.accepted_ms, l.first_touch_ms, l.closed_ms) END AS taken_ms
    FROM lead l LEFT JOIN tries r ON r.uid = l.uid LEFT JOIN assigned a ON a.uid = l.uid
    LEFT JOIN connected c ON c.uid = l.uid LEFT JOIN handoff h ON h.uid = l.uid LEFT JOIN verdict v ON v.uid = l.uid
    LEFT JOIN answered n ON n.uid = l.uid
    WHERE l.handed_off_ms >= :from AND l.handed_off_ms < :to AND l.state <> 'merged' AND l.reason <> 'rej.spam'
    AND l.uid NOT IN early;
CREATE INDEX temp.cohort_id ON cohort (id);
"""


def _delay(begin: str, end: str) -> str:
    """p50 and p90 in wall and in business time, and the incidence with what still waits or ended otherwise."""
    business = _BUSINESS.format(begin=begin, to=end)
    ranked = """SELECT (SELECT x FROM r WHERE place >= 0.5 * n ORDER BY x LIMIT 1),
        (SELECT x FROM r WHERE place >= 0.9 * n ORDER BY x LIMIT 1)"""
    over = f"FROM cohort WHERE {begin} IS NOT NULL AND {end} IS NOT NULL AND NOT date_only"
    placed = "SELECT x, row_number() OVER (ORDER BY x) AS place, count(*) OVER () AS n FROM w"
    return (
        ";".join(
            f"WITH w AS (SELECT {length} AS x {over}), r AS ({placed}) {ranked}"
            for length in (f"{end} - {begin}", business)
        )
        + f""";WITH w AS (
        SELECT coalesce({end}, closed_ms, :now) - {begin} AS x, {end} IS NOT NULL AS hit,
            {end} IS NULL AND closed_ms IS NOT NULL AS other FROM cohort WHERE {begin} IS NOT NULL AND NOT date_only),
        t AS (SELECT x, sum(hit) AS hit, sum(other) AS other, count(*) AS n FROM w GROUP BY x),
        k AS (SELECT x, hit, other, sum(n) OVER (ORDER BY x DESC) AS remaining FROM t),
        s AS (SELECT x, hit, remaining, coalesce(exp(sum(ln(max(1e-300, 1.0 - 1.0 * (hit + other) / remaining))) OVER (
            ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)), 1.0) AS before FROM k)
        SELECT min(x) FROM (SELECT x, sum(before * hit / remaining) OVER (ORDER BY x) AS f FROM s) WHERE f >= 0.5"""
    )


_CLOCK: Final = """
SELECT sum(c.stopped_ms <= c.due_ms), sum(c.stopped_ms > c.due_ms),
    sum(c.stopped_ms IS NULL AND c.due_ms < :now), sum(c.stopped_ms IS NULL AND c.due_ms >= :now)
    FROM clock c JOIN cohort l ON l.id = c.lead_id WHERE c.kind = '{kind}' AND NOT c.cancelled;
SELECT sum(c.stopped_ms <= c.due_ms), sum(c.stopped_ms > c.due_ms), sum(c.stopped_ms IS NULL AND c.due_ms < :now)
    FROM clock c JOIN lead l ON l.id = c.lead_id WHERE c.kind = '{kind}' AND NOT c.cancelled
    AND c.due_ms >= :from AND c.due_ms < :to AND l.state <> 'merged'"""

_WINDOW: Final = """
SELECT sum(:now - handed_off_ms >= {span}),
    sum(:now - handed_off_ms >= {span} AND state = 'qualified'
        AND closed_ms - handed_off_ms <= {span}),
    sum(state = 'qualified' AND closed_ms - handed_off_ms <= {span}) FROM cohort"""

FIGURES: Final = (
    # M1
    """SELECT count(*), sum(l.taken_ms IS NOT NULL), sum(l.state = 'rejected'), sum(l.taken_ms IS NULL
        AND l.state <> 'rejected' AND c.stopped_ms IS NULL AND NOT c.cancelled AND c.due_ms < :now)
        FROM cohort l LEFT JOIN clock c ON c.lead_id = l.id AND c.kind = 'accept'""",
    # M2
    *_delay("handed_off_ms", "assigned_ms").split(";"),
    *_delay("assigned_ms", "first_touch_ms").split(";"),
    *_delay("handed_off_ms", "first_touch_ms").split(";"),
    # M3
    *(
        one
        for kind in ("accept", "first_touch", "owner_touch", "reply", "disposition")
        for one in _CLOCK.format(kind=kind).split(";")
    ),
    # M4
    *(_WINDOW.format(span=days * _DAY) for days in (30, 90, 180)),
    "SELECT count(*) FROM lead WHERE state = 'qualified' AND closed_ms >= :from AND closed_ms < :to",
    # M5
    f"""SELECT source, count(*), sum(taken_ms - handed_off_ms <= {90 * _DAY}),
        sum(connected_ms - handed_off_ms <= {90 * _DAY}),
        sum(state = 'qualified' AND closed_ms - handed_off_ms <= {90 * _DAY}) FROM cohort GROUP BY source""",
    # M6
    "SELECT state, reason, count(*) FROM cohort WHERE reason <> '' GROUP BY state, reason",
    """SELECT sum(l.state = 'rejected' AND l.closed_ms > c.due_ms), sum(l.state = 'disqualified' AND criterion <> ''),
        sum(l.state = 'disqualified' AND attempts = 0)
        FROM cohort l LEFT JOIN clock c ON c.lead_id = l.id AND c.kind = 'accept'""",
    # M7
    """SELECT count(*), sum(quality IS NOT NULL AND (reason <> '' OR state = 'qualified')
        AND (reason NOT IN ('rej.incomplete', 'rej.bad_data', 'dq.bad_contact') OR said_missing > 0)),
        sum(answer <> ''), sum(documented), sum(doubtful), sum(attempts) FROM cohort WHERE closed_ms IS NOT NULL""",
    """WITH w AS (SELECT closed_ms - handed_off_ms AS x FROM cohort WHERE closed_ms IS NOT NULL),
        r AS (SELECT x, row_number() OVER (ORDER BY x) AS place, count(*) OVER () AS n FROM w)
        SELECT (SELECT x FROM r WHERE place >= 0.5 * n ORDER BY x LIMIT 1),
        (SELECT x FROM r WHERE place >= 0.9 * n ORDER BY x LIMIT 1)""",
    f"""WITH w AS (SELECT {_BUSINESS.format(begin="handed_off_ms", to="closed_ms")} AS x
        FROM cohort WHERE closed_ms IS NOT NULL),
        r AS (SELECT x, row_number() OVER (ORDER BY x) AS place, count(*) OVER () AS n FROM w)
        SELECT (SELECT x FROM r WHERE place >= 0.5 * n ORDER BY x LIMIT 1),
        (SELECT x FROM r WHERE place >= 0.9 * n ORDER BY x LIMIT 1)""",
    # M11
    """SELECT sum(met), sum(NOT met), sum(flags LIKE '%off_icp%'), sum(flags LIKE '%below%'), sum(missing <> '[]')
        FROM cohort""",
    # M12
    f"""SELECT count(*), sum(:now - c.closed_ms >= {180 * _DAY}), sum(n.state = 'qualified') FROM cohort c
        LEFT JOIN handoff h ON h.previous = c.uid LEFT JOIN lead n ON n.uid = h.uid WHERE c.state = 'recycled'""",
    # M13
    """SELECT attempts, count(*) FROM cohort WHERE closed_ms IS NOT NULL GROUP BY attempts""",
    """SELECT sum(attempts >= 6 AND channels >= 2 AND last_attempt_ms - first_touch_ms >= 432000000), count(*)
        FROM cohort WHERE reason = 'dq.unreachable'""",
    """WITH w AS (SELECT s.at_ms - l.first_touch_ms AS x FROM second s JOIN cohort l ON l.uid = s.uid),
        r AS (SELECT x, row_number() OVER (ORDER BY x) AS place, count(*) OVER () AS n FROM w)
        SELECT x FROM r WHERE place >= 0.5 * n ORDER BY x LIMIT 1""",
    # M15
    f"""SELECT sum({_BUSINESS.format(begin="handed_off_ms", to="coalesce(closed_ms, :now)")}) FROM cohort""",
    f"""SELECT sum({_BUSINESS.format(begin="p.from_ms", to="min(p.until_ms, coalesce(l.closed_ms, :now))")}), count(*)
        FROM pause p JOIN cohort l ON l.uid = p.uid""",
    # M17
    """SELECT count(*), sum(score >= 50 AND quality <= 2), sum(score < 50 AND quality >= 4) FROM cohort
        WHERE score IS NOT NULL AND quality IS NOT NULL""",
    # M18
    """SELECT owner, count(*) FROM lead WHERE state IN ('handed_off', 'accepted', 'working', 'connected')
        GROUP BY owner""",
)


def run(db: sqlite3.Connection, from_ms: int, to_ms: int, now_ms: int) -> int:
    """Ask for all of it, over a table `hours (opens, closes, before)` of open time; how many rows were answered."""
    params = {"from": from_ms, "to": to_ms, "now": now_ms}
    for statement in filter(str.strip, PREPARE.split(";\n")):
        db.execute(statement, params)
    return sum(len(db.execute(statement, params).fetchall()) for statement in FIGURES)
