"""`leadq sync`: one cycle of each connection, each alone under its lock, and the report of it all."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from leadq import config
from leadq.alerts import record
from leadq.clock import Clock, iso
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.leaving import see_to
from leadq.lock import held
from leadq.sqlite import Store, explained
from leadq.sync import ops
from leadq.sync.agreements import Follower
from leadq.sync.cycle import Cycle
from leadq.sync.hooks import fire
from leadq.sync.ports import SystemTicks, Ticks
from leadq.sync.report import ConnectionReport, SyncReport, worst
from leadq.sync.run import OpenChild, Progress, Run, Wishes, worded
from leadq.sync.supervisor import Child
from leadq.uids import uuid7

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadq.config import Connection
    from leadq.paths import Home
    from leadq.sync.protocol import Failed, Kind

_STATUS: Final[Mapping[Kind, Exit]] = {
    "load": Exit.CONFIG,
    "auth": Exit.AUTH,
    "conflict": Exit.NEEDS_PERSON,
    "rejected": Exit.NEEDS_PERSON,
    "gone": Exit.NEEDS_PERSON,
    "rate_limited": Exit.TEMPORARY,
    "transient": Exit.TEMPORARY,
    "crash": Exit.PARTLY,
    "died": Exit.PARTLY,
    "deadline": Exit.PARTLY,
    "garbled": Exit.PARTLY,
    "guard": Exit.NEEDS_PERSON,
    "stopped": Exit.PARTLY,
}


def run_sync(
    home: Home,
    connections: Sequence[str] | None = None,
    *,
    now_ms: int,
    timeout_s: float = 120.0,
    wishes: Wishes | None = None,
    dry_run: bool = False,
    on_progress: Progress = lambda name, done, total: None,
    ticks: Ticks | None = None,
    open_child: OpenChild = Child,
) -> SyncReport:
    """Run one cycle of each connection (None: of all), one after the other, at most `timeout_s` seconds each.

    Then the team's contract is looked at, where it has a source; the alerts that ring by now are written down, and
    other people's plugins hear of them. `dry_run` says what each cycle would do, reads at the other end, and writes
    nowhere. Raises LeadqError: 78 for a connection that is not configured, 74 or 75 when our own database cannot be
    used. What goes wrong outside is in the report.
    """
    clock = ticks or SystemTicks()
    wanted = chosen(config.load(home).connections, connections)
    nobody = not (home.exists or home.settings.exists())
    work = _look if nobody else _rehearsed if dry_run else _cycle
    with closing(Store(home, keep=True)) as store:
        if not (dry_run or nobody):
            see_to(store, Clock(now_ms))  # before the cycles: what a leave moves goes out with this one
        run = Run(store, now_ms, timeout_s, wishes or Wishes(), on_progress, clock, open_child)
        follower = Follower(store, now_ms, clock)
        report = SyncReport(uuid7(clock.wall_ms()), tuple(work(run, connection) for connection in wanted))
        if dry_run or nobody:
            return report
        asked, patient = {each.name for each in wanted}, not run.wishes.one_shot
        contract = follower.look(asked, patient=patient) if run.wishes.pull else None
        alerts = record(store, Clock(now_ms))  # after the cycles: a touch that came in may have stopped a clock
        return replace(report, alerts=alerts, plugins=fire(store, clock, timeout_s), contract=contract)


def chosen(known: Mapping[str, Connection], wanted: Sequence[str] | None) -> list[Connection]:
    """Those of `known` that are `wanted` (None: all). Raises LeadqError `unknown_connection` (78)."""
    if wanted is None:
        return list(known.values())
    for name in wanted:
        if name not in known:
            raise LeadqError(
                "unknown_connection",
                _("There is no connection called “{name}”.").format(name=name),
                hint=_("Connections: {names}.").format(names=", ".join(known) or "-"),
                exit_status=Exit.CONFIG,
            )
    return [known[name] for name in dict.fromkeys(wanted)]


def _look(run: Run, connection: Connection) -> ConnectionReport:
    """What is on the outbox: no lock, no child, nothing written."""
    report = _report(run, connection)
    return replace(report, status=Exit.NEEDS_PERSON if report.dead or report.conflicts else Exit.DONE)


def _rehearsed(run: Run, connection: Connection) -> ConnectionReport:
    """The outbox as it stands, and what a run would do; its exit status."""
    from leadq.sync.plan import foresee  # only who asks for it pays for it

    started = run.ticks.monotonic()
    cycle, failure, steps, copy = foresee(run, connection)
    then = _report(replace(run, store=copy), connection)
    return replace(
        _report(run, connection),
        refused=cycle.tally.refused,
        skew_ms=then.skew_ms,
        requests=cycle.requests,
        duration_ms=int((run.ticks.monotonic() - started) * 1000),
        error=worded(failure) if failure else None,
        status=_status(then, failure, cycle.tally.refused),
        plan=tuple(steps),
    )


def _cycle(run: Run, connection: Connection) -> ConnectionReport:
    started = run.ticks.monotonic()
    with ExitStack() as stack:
        if not _alone(run, connection, stack):
            report = _report(run, connection)
            return replace(report, error=_("Another sync is running."), status=Exit.TEMPORARY, trouble="transient")
        cycle = _kind_of(connection)(run, connection)
        failure = cycle.go()
    report = _report(run, connection)
    return replace(
        report,
        pulled=cycle.tally.pulled,
        refused=cycle.tally.refused,
        pushed=cycle.tally.pushed,
        adopted=cycle.tally.adopted,
        resent=cycle.tally.resent,
        requests=cycle.requests,
        duration_ms=int((run.ticks.monotonic() - started) * 1000),
        error=worded(failure) if failure else None,
        status=_status(report, failure, cycle.tally.refused),
        trouble=failure.kind if failure else None,
    )


def _kind_of(connection: Connection) -> type[Cycle]:
    """A hub has no leads of its own to fetch and to write to: there events are exchanged."""
    if connection.adapter != "hub":
        return Cycle
    from leadq.sync.meeting import HubCycle  # only who has a hub pays for it

    return HubCycle


def _alone(run: Run, connection: Connection, stack: ExitStack) -> bool:
    """Take the connection's lock into `stack`; False when another process has it."""
    with explained(run.store.home):
        run.store.home.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            stack.enter_context(held(run.lock(connection.name), 0))
        except LeadqError:
            return False
    return True


def _report(run: Run, connection: Connection) -> ConnectionReport:
    """The outbox as it stands, and what was remembered of the connection."""
    with run.store.read() as db:
        counts = ops.counts(db, connection.name)
        parked_ms, cursor, skew_ms = db.execute(_STATE, (connection.name,)).fetchone() or (None, None, None)
        wake_ms = ops.next_wake_ms(db, connection.name)
    return ConnectionReport(
        name=connection.name,
        pending=sum(counts.get(waiting, 0) for waiting in ("held", "pending", "blocked")),
        unknown=counts.get("unknown", 0) + counts.get("inflight", 0),
        conflicts=counts.get("conflict", 0),
        dead=counts.get("dead", 0),
        next_attempt_at=iso(parked_ms or wake_ms),
        cursor=cursor,
        skew_ms=skew_ms,
    )


def _status(report: ConnectionReport, failure: Failed | None, refused: int) -> Exit:
    found = [_STATUS[failure.kind]] if failure else []
    if report.dead or report.conflicts:
        found.append(Exit.NEEDS_PERSON)
    if report.pending or report.unknown or refused:
        found.append(Exit.PARTLY)
    return worst(found)


_STATE: Final = "SELECT next_attempt_ms, cursor, skew_ms FROM connection_state WHERE name = ?"
