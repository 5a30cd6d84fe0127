"""`leadq prompt`: the queue in one short line, for a shell prompt or a tmux status.

It runs at every prompt, so it stands on the reading floor alone and looks at the leads once. The line is
`3! 2~ 37 · 9m48s`: late, at risk, open, and the time to the next due instant; what is zero is left out, and an empty
queue, or a home that does not exist, is no output at all. The scope is that of the screen: mine and unowned.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from leadq import config
from leadq.drawing import drawn
from leadq.opstates import WAITS
from leadq.order import AT_RISK, IS_OPEN, Filter
from leadq.saying import say_remaining
from leadq.sqlite import Store

if TYPE_CHECKING:
    import sqlite3

    from leadq.clock import Clock
    from leadq.paths import Home

_TEN_MINUTES_MS: Final = 600_000


class Figures(NamedTuple):
    """Open leads in scope, how many are late or at risk, and the next due instant that is not past."""

    open: int = 0
    at_risk: int = 0
    breached: int = 0
    next_due_ms: int | None = None


def show(home: Home, clock: Clock, *, as_json: bool) -> int:
    """Print the line, or the figures behind it; 0 whatever the queue looks like."""
    now_ms = clock.now_ms()
    if not home.exists and not as_json:
        return 0
    with Store(home).read() as db:
        figures = look(db, config.load(home).me, now_ms)
        if as_json:
            import json

            sys.stdout.write(f"{json.dumps(_shape(db, figures, now_ms))}\n")
        elif line := say(figures, now_ms):
            sys.stdout.write(f"{drawn(line)}\n")
    return 0


def look(db: sqlite3.Connection, me: str, now_ms: int) -> Figures:
    """The figures of `me` at `now_ms`, in one pass over the leads."""
    where, params = Filter(view="mine", me=me).where()
    row = db.execute(
        f"SELECT count(*), count(*) FILTER (WHERE {AT_RISK}), count(*) FILTER (WHERE l.due_ms < :now),"
        f" min(l.due_ms) FILTER (WHERE l.due_ms >= :now) FROM lead l WHERE {where} AND {IS_OPEN}",
        {"now": now_ms, **params},
    ).fetchone()
    return Figures(*row)


def say(figures: Figures, now_ms: int) -> str:
    """The line for these figures; "" when nothing is open."""
    marks = ((figures.breached, "!"), (figures.at_risk, "~"), (figures.open, ""))
    line = " ".join(f"{number}{mark}" for number, mark in marks if number)
    due_ms = figures.next_due_ms
    return f"{line} · {_left(due_ms - now_ms)}" if line and due_ms is not None else line


def _left(ms: int) -> str:
    """Under ten minutes `9m48s`: beside a clock in a status bar, `9:48` would be read as a time of day."""
    return f"{ms // 60_000}m{ms // 1000 % 60:02}s" if ms < _TEN_MINUTES_MS else say_remaining(ms)


def _shape(db: sqlite3.Connection, figures: Figures, now_ms: int) -> dict[str, Any]:
    """The figures as `prompt --json` prints them, with the radar and the outbox of the whole home."""
    from leadq import read
    from leadq.clock import iso

    waiting = db.execute(f"SELECT count(*) FROM outbox WHERE {WAITS}").fetchone()[0]
    return {
        "open": figures.open,
        "at_risk": figures.at_risk,
        "breached": figures.breached,
        "radar": read.radar_total(db, read.moment(db, now_ms)),
        "waiting": waiting,
        "next_due_at": iso(figures.next_due_ms),
    }
