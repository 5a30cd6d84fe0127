"""Other people's plugins hear of alerts: each in a process of its own, so that none can hold up another, or a sync.

An alert is given once: how far they were given is written down before anybody hears of them. What a plugin does not
take then it does not get again, because a lamp that lights twice is worse than one that stays dark once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.clock import iso
from leadq.domain import events as ev
from leadq.plugins import disabled, manager
from leadq.plugins.sdk import SlaEvent
from leadq.sync.protocol import Fire
from leadq.sync.report import PluginReport
from leadq.sync.run import worded
from leadq.sync.supervisor import Child

if TYPE_CHECKING:
    import sqlite3

    from leadq.sqlite import Store
    from leadq.sync.ports import Ticks

_PAGE: Final = 500
_TIME_S: Final = 10.0
_FAR_BEHIND: Final = 10_000
"""Events without an alert among them after which the cursor is moved all the same, so that looking stays short."""


def fire(store: Store, ticks: Ticks, timeout_s: float) -> tuple[PluginReport, ...]:
    """Give every alert that was not given yet to every plugin of other packages; one report for each that got any."""
    events = _claim(store)
    names = _hearers(store) if events else ()  # looking through all that is installed takes as long as a cycle
    given, errors = dict.fromkeys(names, 0), dict.fromkeys(names, "")
    while events:
        for name in names:
            with Child(Fire(name, min(timeout_s, _TIME_S), events), ticks) as child:
                failure = child.fired()
            given[name] += len(events)
            errors[name] = errors[name] or (worded(failure) if failure else "")
        events = _claim(store) if len(events) == _PAGE else ()
    return tuple(PluginReport(name, given[name], errors[name] or None) for name in names if given[name])


def _hearers(store: Store) -> tuple[str, ...]:
    off = disabled.names(store.home)
    return tuple(name for name in manager.others() if name not in off)


def _claim(store: Store) -> tuple[SlaEvent, ...]:
    """The next alerts, which from now on count as given; nothing is written when there are none."""
    with store.read() as db:
        since, last = _cursor(db), _last(db)
        (alert,) = db.execute(
            f"SELECT max(seq) FROM event WHERE seq > ? AND type = '{ev.ALERTED}'", (since,)
        ).fetchone()
    if alert is None and last - since < _FAR_BEHIND:
        return ()
    with store.transaction() as db:
        rows = db.execute(_ALERTS, (_cursor(db), _PAGE)).fetchall()
        upto = rows[-1][0] if len(rows) == _PAGE else _last(db)
        db.execute("INSERT OR REPLACE INTO meta VALUES ('sla_hook_seq', ?)", (str(upto),))
    return tuple(
        SlaEvent(uid, lead, clock, level, iso(due_ms) or "", policy, version, owner)
        for _seq, uid, lead, clock, level, due_ms, policy, version, owner in rows
    )


def _cursor(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT value FROM meta WHERE key = 'sla_hook_seq'").fetchone()
    return int(row[0]) if row else 0


def _last(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0])


_ALERTS: Final = f"""
    SELECT e.seq, e.uid, e.lead_uid, json_extract(e.data, '$.clock'), json_extract(e.data, '$.level'),
        json_extract(e.data, '$.due_ms'), json_extract(e.data, '$.policy'), k.version, l.owner
    FROM event e JOIN lead l ON l.uid = e.lead_uid JOIN contract k ON k.hash = json_extract(e.data, '$.contract')
    WHERE e.seq > ? AND e.type = '{ev.ALERTED}' ORDER BY e.seq LIMIT ?"""
