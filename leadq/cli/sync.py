"""`sync` and `status`: what waits to go out, what went, and what needs a person."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from leadq import config, read, runners
from leadq.cli.base import Session, Span, Whole, argument, command, option
from leadq.cli.output import emit, say
from leadq.cli.progress import of_known
from leadq.clock import iso
from leadq.distribution import shape
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _, ngettext
from leadq.opstates import WAITS
from leadq.saying import say_remaining, say_when
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.sync.report import ConnectionReport, SyncReport
    from leadq.sync.run import OpenChild, Wishes

_SKEW_MS: Final = 60_000
_SHOWN: Final = 20
_STEPS: Final = {
    "create": N_("new here"),
    "update": N_("changed there"),
    "touch": N_("touched there"),
    "answer": N_("answered there"),
    "deal": N_("its deal moved"),
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
@option("--full", is_flag=True, help=N_("Fetch everything again, not only what has changed."))
@option("--rewind", "rewind_ms", type=Span(), default=0, metavar="24h", help=N_("Fetch again what changed since then."))
@option("--force-empty", is_flag=True, help=N_("Believe a listing that is empty, or that many leads have left."))
@option("--dry-run", is_flag=True, help=N_("Say what would come and go, and change nothing."))
@option("--watch", is_flag=True, help=N_("Go on, at the pace of what happens, until stopped."))
@option("--timeout", type=Whole(1), default=120, metavar="S", help=N_("At most so many seconds a connection (120)."))
def sync(session: Session, connection: Sequence[str], dry_run: bool, watch: bool, timeout: int, **wanted: Any) -> Exit:
    """Run one cycle of each connection, or one after the other."""
    wishes = _wishes(**wanted, one_shot=not watch)
    if watch:
        from leadq.cli.watching import keep_on

        if dry_run or wishes.full or wishes.rewind_ms or wishes.force_empty:
            raise _misused(
                _("--dry-run, --full, --rewind and --force-empty are for one cycle: run them without --watch.")
            )
        return keep_on(session, connection or None, wishes, timeout)
    from leadq.sync.engine import run_sync
    from leadq.sync.stop import to_its_end

    def once(open_child: OpenChild) -> SyncReport:
        return run_sync(
            session.home, connection or None, now_ms=session.clock.now_ms(), timeout_s=timeout, wishes=wishes,
            dry_run=dry_run, on_progress=lambda name, done, total: progress(done, total), open_child=open_child,
        )  # fmt: skip

    with of_known(_("changes"), quiet=session.quiet) as progress:
        report = to_its_end(once, lambda: say_ending(quiet=session.quiet))
    emit(report.as_json(), told(report), as_json=session.as_json)
    return report.exit_status


def fetch(session: Session, name: str) -> SyncReport:
    """One cycle of one connection that sends nothing."""
    from leadq.sync.engine import run_sync
    from leadq.sync.run import Wishes
    from leadq.sync.stop import to_its_end

    def once(open_child: OpenChild) -> SyncReport:
        wishes = Wishes(push=False)
        return run_sync(session.home, [name], now_ms=session.clock.now_ms(), wishes=wishes, open_child=open_child)

    with of_known(_("changes"), quiet=session.quiet):
        return to_its_end(once, lambda: say_ending(quiet=session.quiet))


def _misused(message: str) -> LeadqError:
    return LeadqError("usage", message, exit_status=Exit.USAGE)


def say_ending(*, quiet: bool) -> None:
    """Why a sync that was told to stop is still there."""
    if not quiet:
        say(_("Ending what is under way, within 10 seconds; Ctrl-C again ends it at once."))


def told(report: SyncReport) -> Iterator[str]:
    """What each connection did, in a line."""
    for connection in report.connections:
        parts = [text.format(count=count) for count, text in _figures(connection) if count]
        idle = _("this is what it would do") if connection.plan else _("nothing to do")
        yield labelled(connection.name, ", ".join(parts) or connection.error or idle)
        if parts and connection.error:
            yield f"  {connection.error}"
        yield from _steps(connection.plan or ())
        if abs(connection.skew_ms or 0) > _SKEW_MS:
            yield f"  {_skewed(connection.skew_ms or 0)}"
    if any(connection.conflicts for connection in report.connections):
        yield _("`leadq conflicts list` shows what is in conflict.")
    if any(connection.dead for connection in report.connections):
        yield _("`leadq outbox list --state dead` shows what was refused.")
    if report.alerts:
        yield ngettext("{count} alert", "{count} alerts", report.alerts).format(count=report.alerts)
    for plugin in report.plugins:
        if plugin.error:
            yield labelled(plugin.name, plugin.error)
    if report.contract and (report.contract.new or report.contract.error):
        from leadq.cli.distributing import followed

        yield from followed(report.contract)


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
        (
            connection.adopted,
            ngettext("{count} of them found there", "{count} of them found there", connection.adopted),
        ),
        (connection.resent, ngettext("{count} sent again", "{count} sent again", connection.resent)),
        (connection.pending, ngettext("{count} waiting", "{count} waiting", connection.pending)),
        (connection.unknown, ngettext("{count} without an answer", "{count} without an answer", connection.unknown)),
        (connection.conflicts, ngettext("{count} conflict", "{count} conflicts", connection.conflicts)),
        (connection.dead, ngettext("{count} refused for good", "{count} refused for good", connection.dead)),
    )


def _wishes(*, pull: bool, push: bool, full: bool, rewind_ms: int, force_empty: bool, one_shot: bool) -> Wishes:
    """What the run is asked to do. Raises LeadqError `usage` (2) for what contradicts itself."""
    from leadq.sync.run import Wishes

    if pull and push:
        raise _misused(_("--pull and --push together are what sync does without them."))
    if push and (full or rewind_ms or force_empty):
        raise _misused(_("--push fetches nothing, so --full, --rewind and --force-empty have no place beside it."))
    return Wishes(
        push=not pull, pull=not push, full=full, rewind_ms=rewind_ms, force_empty=force_empty, one_shot=one_shot
    )


@command("status", help=N_("Say what waits to go out, and what needs you."))
def status(session: Session) -> None:
    """Print the state of the connections; 0 whatever it is."""
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        known = {line.name: line for line in read.sync_lines(db)}
        oldest = db.execute(f"SELECT min(created_ms) FROM outbox WHERE {WAITS}").fetchone()[0]
        no_runner, silent = runners.shape(db), runners.warning(db, at)
        contract = shape(db, config.load(session.home).contract.pin)
    names = [*config.load(session.home).connections] if session.home.exists else []
    lines = [known.get(name) or read.SyncLine(name) for name in {**dict.fromkeys(names), **known}]
    value = {
        "last_pull_at": iso(max((line.last_pull_ms for line in lines if line.last_pull_ms), default=None)),
        "waiting": sum(line.waiting for line in lines),
        "needs_you": sum(line.needs_you for line in lines),
        "oldest_waiting_s": None if oldest is None else max(0, at.now_ms - oldest) // 1000,
        "synced": bool(lines) and all(line.synced for line in lines),
        "connections": [_shape(line) for line in lines],
        "contract": contract,
        "no_runner": no_runner,
    }
    lines_of = chain(_standing(lines, value, at), _agreed(contract), filter(None, [silent]))
    emit(value, lines_of, as_json=session.as_json)


def _agreed(contract: Mapping[str, Any]) -> Iterator[str]:
    """Which contract is in force, where it comes from, what comes next, and who runs another one."""
    if contract["version"] is None or not (contract["source"] or contract["announced"] or contract["team"]):
        return
    yield labelled(_("Contract"), " · ".join(filter(None, (contract["version"], contract["source"]))))
    if contract["error"]:
        yield f"  {contract['error']}"
    if contract["edited"]:
        yield "  " + _("It was edited here since it came from there.")
    if contract["announced"]:
        from leadq.cli.distributing import coming

        yield "  " + coming(contract["announced"])
    if contract["team"]:
        same = sum(one["hash"] == contract["hash"] for one in contract["team"])
        yield "  " + _("{count} of {all} laptops run it.").format(count=same, all=len(contract["team"]))
    for one in contract["team"]:
        if one["hash"] != contract["hash"]:
            yield f"    {one['member']} · {one['device']} · {one['version'] or '-'}"


def _shape(line: read.SyncLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "last_pull_at": iso(line.last_pull_ms),
        "last_push_at": iso(line.last_push_ms),
        "next_attempt_at": iso(line.next_attempt_ms),
        "error": line.last_error,
        "trouble": line.trouble or None,
        "waiting": line.waiting,
        "needs_you": line.needs_you,
        "listed_at": iso(line.listed_ms),
        "synced": line.synced,
    }


def _standing(lines: Sequence[read.SyncLine], value: Mapping[str, Any], at: read.Moment) -> Iterator[str]:
    """The four questions, then each connection; «synced» only when that is known."""
    if not lines:
        yield _("There is no home here yet.")
        return
    yield labelled(_("Last fetched"), _when(max(line.last_pull_ms or 0 for line in lines), at))
    yield labelled(_("Waiting to go out"), str(value["waiting"]))
    if value["oldest_waiting_s"] is not None:
        age = say_remaining(value["oldest_waiting_s"] * 1000)
        yield _("The oldest change has waited for {age}.").format(age=age)
    need = str(value["needs_you"])
    yield labelled(_("Needing you"), f"{need} · leadq list --view needs-you" if value["needs_you"] else need)
    for line in lines:
        yield from _connection(line, at)
    if value["synced"]:
        yield _("Synced: nothing waits, and everything was listed since your last change.")


def _connection(line: read.SyncLine, at: read.Moment) -> Iterator[str]:
    sent = _("last sent {when}").format(when=_when(line.last_push_ms, at)) if line.last_push_ms else _("never sent")
    waiting = ngettext("{count} waiting", "{count} waiting", line.waiting).format(count=line.waiting)
    yield labelled(line.name, f"{sent} · {waiting}")
    if line.needs_you:
        yield "  " + ngettext("{count} needs you", "{count} need you", line.needs_you).format(count=line.needs_you)
    if line.last_error:
        yield f"  {line.last_error}"


def _when(ms: int | None, at: read.Moment) -> str:
    return say_when(ms, at.zone, at.now_ms) if ms else _("never")
