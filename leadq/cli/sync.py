"""`sync` and `status`: what waits to go out, what went, and what needs a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadq import config, read
from leadq.cli.base import Session, Whole, argument, command, option
from leadq.cli.output import emit
from leadq.cli.progress import Progress
from leadq.clock import iso
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _, ngettext
from leadq.opstates import WAITS
from leadq.saying import say_remaining, say_when
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.sync.report import ConnectionReport, SyncReport

_SKEW_MS: Final = 60_000
_SHOWN: Final = 20
_STEPS: Final = {
    "create": N_("new here"),
    "update": N_("changed there"),
    "touch": N_("touched there"),
    "depart": N_("left there"),
    "return": N_("back there"),
    "send": N_("is sent"),
    "resend": N_("is sent again"),
    "adopt": N_("is there already"),
    "conflict": N_("is in conflict"),
    "dead": N_("is refused"),
    "skip": N_("need not be sent"),
    "wait": N_("waits"),
}


@command("sync", help=N_("Exchange with the connections named, or with all of them."))
@argument("CONNECTION", required=False, many=True)
@option("--pull", is_flag=True, help=N_("Only fetch."))
@option("--push", is_flag=True, help=N_("Only send."))
@option("--dry-run", is_flag=True, help=N_("Say what would come and go, and change nothing."))
@option("--timeout", type=Whole(1), default=120, metavar="S", help=N_("At most so many seconds a connection (120)."))
def sync(session: Session, connection: Sequence[str], pull: bool, push: bool, dry_run: bool, timeout: int) -> Exit:
    """Run one cycle of each connection."""
    from leadq.sync.engine import run_sync
    from leadq.sync.run import Wishes

    if pull and push:
        raise LeadqError(
            "usage", _("--pull and --push together are what sync does without them."), exit_status=Exit.USAGE
        )
    shares: list[float] = []
    with Progress(_("changes"), lambda: shares[-1] if shares else None, quiet=session.quiet) as progress:

        def hear(name: str, done: int, total: int) -> None:
            shares.append(done / total if total else 1.0)
            progress(done)

        report = run_sync(
            session.home, connection or None, now_ms=session.clock.now_ms(), timeout_s=timeout,
            wishes=Wishes(push=not pull, pull=not push), dry_run=dry_run, on_progress=hear,
        )  # fmt: skip
    emit(report.as_json(), told(report), as_json=session.as_json)
    return report.exit_status


def told(report: SyncReport) -> Iterator[str]:
    """What each connection did, in a line."""
    for connection in report.connections:
        parts = [text.format(count=count) for count, text in _figures(connection) if count]
        yield labelled(connection.name, ", ".join(parts) or _("nothing to do"))
        if connection.error:
            yield f"  {connection.error}"
        yield from _steps(connection.plan or ())
        if abs(connection.skew_ms or 0) > _SKEW_MS:
            yield f"  {_skewed(connection.skew_ms or 0)}"
    if report.alerts:
        yield ngettext("{count} alert", "{count} alerts", report.alerts).format(count=report.alerts)
    for plugin in report.plugins:
        if plugin.error:
            yield labelled(plugin.name, plugin.error)


def _steps(plan: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The first steps of a dry run, one a line, and how many more there are."""
    for step in plan[:_SHOWN]:
        about = step.get("verb") or step.get("field") or step.get("why") or ""
        change = f": {step['base'] or '-'} → {step['new'] or '-'}" if {"base", "new"} <= step.keys() else ""
        yield f"  {step['name'] or step['lead'] or '-'} · {_(_STEPS[step['step']])}" + (
            f" · {about}{change}" if about else ""
        )
    if len(plan) > _SHOWN:
        more = len(plan) - _SHOWN
        yield "  " + ngettext("and {count} more", "and {count} more", more).format(count=more)


def _skewed(skew_ms: int) -> str:
    """What is wrong with our clock, by the service's; due instants are shown by ours."""
    sentence = _("This machine’s clock is {span} slow, by the clock of the service.") if skew_ms > 0 else _(
        "This machine’s clock is {span} fast, by the clock of the service."
    )  # fmt: skip
    return sentence.format(span=say_remaining(abs(skew_ms)))


def _figures(connection: ConnectionReport) -> tuple[tuple[int, str], ...]:
    return (
        (connection.pulled, ngettext("{count} fetched", "{count} fetched", connection.pulled)),
        (connection.refused, ngettext("{count} not understood", "{count} not understood", connection.refused)),
        (connection.pushed, ngettext("{count} sent", "{count} sent", connection.pushed)),
        (connection.resent, ngettext("{count} sent again", "{count} sent again", connection.resent)),
        (connection.pending, ngettext("{count} waiting", "{count} waiting", connection.pending)),
        (connection.unknown, ngettext("{count} without an answer", "{count} without an answer", connection.unknown)),
        (connection.conflicts, ngettext("{count} conflict", "{count} conflicts", connection.conflicts)),
        (connection.dead, ngettext("{count} refused for good", "{count} refused for good", connection.dead)),
    )


@command("status", help=N_("Say what waits to go out, and what needs you."))
def status(session: Session) -> None:
    """Print the state of the connections; 0 whatever it is."""
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        known = {line.name: line for line in read.sync_lines(db)}
        oldest = db.execute(f"SELECT min(created_ms) FROM outbox WHERE {WAITS}").fetchone()[0]
    names = [*config.load(session.home).connections] if session.home.exists else []
    lines = [
        known.get(name) or read.SyncLine(name, None, None, None, None, 0, 0)
        for name in {**dict.fromkeys(names), **known}
    ]
    value = {
        "last_pull_at": iso(max((line.last_pull_ms for line in lines if line.last_pull_ms), default=None)),
        "waiting": sum(line.waiting for line in lines),
        "needs_you": sum(line.needs_you for line in lines),
        "oldest_waiting_s": None if oldest is None else max(0, at.now_ms - oldest) // 1000,
        "connections": [_shape(line) for line in lines],
    }
    emit(value, _standing(lines, value, at), as_json=session.as_json)


def _shape(line: read.SyncLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "last_pull_at": iso(line.last_pull_ms),
        "last_push_at": iso(line.last_push_ms),
        "next_attempt_at": iso(line.next_attempt_ms),
        "error": line.last_error,
        "waiting": line.waiting,
        "needs_you": line.needs_you,
    }


def _standing(lines: Sequence[read.SyncLine], value: Mapping[str, Any], at: read.Moment) -> Iterator[str]:
    for line in lines:
        sent = _("never sent") if line.last_push_ms is None else _("last sent {when}").format(
            when=say_when(line.last_push_ms, at.zone, at.now_ms)
        )  # fmt: skip
        waiting = ngettext("{count} waiting", "{count} waiting", line.waiting).format(count=line.waiting)
        yield labelled(line.name, f"{sent} · {waiting}")
        if line.needs_you:
            yield "  " + ngettext("{count} needs you", "{count} need you", line.needs_you).format(count=line.needs_you)
        if line.last_error:
            yield f"  {line.last_error}"
    if value["oldest_waiting_s"] is not None:
        age = say_remaining(value["oldest_waiting_s"] * 1000)
        yield _("The oldest change has waited for {age}.").format(age=age)
    if not lines:
        yield _("There is no home here yet.")
