"""`leadq metrics`: the figures by their definitions, as known at an instant, and the leads behind each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from leadq import config, read
from leadq.cli.base import OneOf, Session, argument, command, option
from leadq.cli.metric_lines import told
from leadq.cli.metric_views import VIEWS
from leadq.cli.output import emit
from leadq.cli.progress import of_known
from leadq.clock import iso
from leadq.domain.compile_calendar import at_wall
from leadq.domain.metrics.catalogue import METRICS, NOT_BY_OWNER, WHOLE
from leadq.domain.metrics.scope import DIMENSIONS, Scope, scope
from leadq.domain.metrics.trust import coverage
from leadq.errors import Exit, LeadqError
from leadq.facts import read_facts
from leadq.facts.live import waiting
from leadq.i18n import N_, _
from leadq.metric_shapes import coverage_shape, late_shape, metric_shape
from leadq.when import parse_when

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from leadq.domain.metrics.figures import Metric
    from leadq.domain.metrics.trust import Waiting

_SEES_ALL: Final = "manager"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know: a period [`from_ms`, `to_ms`) in `zone`, as known at `as_of_ms`."""

    as_of_ms: int
    from_ms: int
    to_ms: int
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Found:
    """The answer: metrics of the whole and of each part, or one of the other views; and the command that repeats it."""

    whole: Scope
    command: str
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    by: str = ""
    parts: Mapping[str, Mapping[str, Metric]] = field(default_factory=dict)
    view: str = ""
    waiting: Waiting | None = None


@command(
    "metrics",
    help=N_(
        "Show figures by their definitions, as known at an instant.\n\n"
        "NAME is one of M1 to M19, or leaks, crossed, forward, pilots or trust; without it, M1 to M19. docs/metrics.md"
        " defines each."
    ),
)
@argument("NAME", required=False)
@option("--from", "from_", metavar="WHEN", help=N_("From then on (else the first of the month)."))
@option("--to", metavar="WHEN", help=N_("To before then (else the first of the next month)."))
@option("--as-of", metavar="WHEN", help=N_("As known then: what happened or was recorded later is left out."))
@option("--by", type=OneOf(tuple(DIMENSIONS)), help=N_("Cut by this."))
@option("--explain", is_flag=True, help=N_("List the leads behind each number."))
def metrics(
    session: Session, name: str | None, from_: str | None, to: str | None, as_of: str | None, by: str | None,
    explain: bool,
) -> None:  # fmt: skip
    """Print one metric, all of them, or another view of the same facts."""
    chosen = _known(name) if name else ""
    with session.store.read() as db:
        asked = asked_for(db, session.clock.now_ms(), from_, to, as_of)
        with of_known(_("events"), quiet=session.quiet) as progress:
            facts = read_facts(db, asked.as_of_ms, progress=progress)
        whole = scope(facts, asked.from_ms, asked.to_ms, keep=explain)
        parts = _parts(whole, by, me=config.load(session.home).me, db=db) if by else {}
        found = _found(whole, chosen, by or "", parts, asked, None if as_of else waiting(db), quiet=session.quiet)
    emit(_shape(asked, found), told(found, asked), as_json=session.as_json)


def _known(name: str) -> str:
    """The metric or the view of that name. Raises LeadqError `unknown_metric` (2)."""
    known = {one.lower(): one for one in (*METRICS, *VIEWS)}
    if name.lower() not in known:
        raise LeadqError(
            "unknown_metric",
            _("There is no metric “{name}”.").format(name=name),
            hint=_("There is: {known}.").format(known=", ".join(known.values())),
            exit_status=Exit.USAGE,
        )
    return known[name.lower()]


def asked_for(db: sqlite3.Connection, now_ms: int, from_: str | None, to: str | None, as_of: str | None) -> Asked:
    """The period and the instant that were typed, in the contract's zone; without a period, the month of the instant.

    Raises LeadqError `bad_when` or `bad_period` (2).
    """
    zone = ZoneInfo(read.zone_name(db))
    as_of_ms = now_ms if as_of is None else _typed(as_of, now_ms, zone)
    if as_of_ms > now_ms:
        raise _bad_period(_("Nobody knows yet what will have been by then: --as-of is in the future."))
    begin, _end = month_of(as_of_ms, zone)
    from_ms = begin if from_ is None else _typed(from_, now_ms, zone)
    to_ms = month_of(max(as_of_ms, from_ms), zone)[1] if to is None else _typed(to, now_ms, zone)
    if from_ms >= to_ms:
        raise _bad_period(_("The period ends before it begins."))
    return Asked(as_of_ms, from_ms, to_ms, zone)


def _typed(text: str, now_ms: int, zone: ZoneInfo) -> int:
    return parse_when(text, now_ms=now_ms, zone=zone, past=True).ms


def _bad_period(message: str) -> LeadqError:
    return LeadqError("bad_period", message, exit_status=Exit.USAGE)


def month_of(at_ms: int, zone: ZoneInfo) -> tuple[int, int]:
    """The calendar month of an instant: its first midnight, and that of the next one."""
    there = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(zone).date()
    following = date(there.year + there.month // 12, there.month % 12 + 1, 1)
    return _midnight(there.replace(day=1), zone), _midnight(following, zone)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return at_wall(datetime(day.year, day.month, day.day, tzinfo=zone))


def _parts(whole: Scope, by: str, *, me: str, db: sqlite3.Connection) -> Mapping[str, Scope]:
    """The parts of a cut; by owner only one's own, unless one is the manager."""
    parts = whole.cut(by)
    if by != "owner":
        return parts
    role = db.execute("SELECT role FROM member WHERE id = ?", (me,)).fetchone()
    return parts if role == (_SEES_ALL,) else {owner: part for owner, part in parts.items() if owner == me}


def _found(
    whole: Scope,
    chosen: str,
    by: str,
    parts: Mapping[str, Scope],
    asked: Asked,
    at_the_moment: Waiting | None,
    *,
    quiet: bool,
) -> Found:
    repeat = reproduce(f"metrics {chosen}".rstrip(), asked, by)
    if chosen in VIEWS:
        return Found(whole, repeat, view=chosen, waiting=at_the_moment)
    names = [chosen] if chosen else list(METRICS)
    whole_only = WHOLE | NOT_BY_OWNER if by == "owner" else WHOLE
    cut_by = [name for name in names if name not in whole_only]
    with of_known(_("figures"), quiet=quiet) as progress:
        of = len(names) + len(cut_by) * len(parts)
        done = count(1)

        def worked_out(name: str, part: Scope) -> Metric:
            metric = METRICS[name](part)
            progress(next(done), of)
            return metric

        found = {name: worked_out(name, whole) for name in names}
        cut = {value: {name: worked_out(name, part) for name in cut_by} for value, part in parts.items()}
    return Found(whole, repeat, found, by, cut, waiting=at_the_moment)


def reproduce(what: str, asked: Asked, by: str = "") -> str:
    """The command line that prints the same figures for ever, to the millisecond of the as-of instant."""
    period = f"--from {iso(asked.from_ms)} --to {iso(asked.to_ms)} --as-of {_exact(asked.as_of_ms)}"
    return f"leadq {what} {period}" + (f" --by {by}" if by else "")


def _exact(ms: int) -> str:
    told = iso(ms) or ""
    return f"{told[:-1]}.{ms % 1000:03}Z" if ms % 1000 else told


def _shape(asked: Asked, found: Found) -> dict[str, Any]:
    facts = found.whole.facts
    shape: dict[str, Any] = {
        "from": iso(asked.from_ms),
        "to": iso(asked.to_ms),
        "as_of": iso(asked.as_of_ms),
        "zone": facts.zone,
        "command": found.command,
    }
    if found.view:
        shape[found.view] = VIEWS[found.view].shape(found.whole)
    else:
        shape["metrics"] = _metrics(found.metrics)
    if found.by:
        shape |= {"by": found.by, "parts": {value: _metrics(part) for value, part in found.parts.items()}}
    covered = coverage_shape(coverage(found.whole), found.waiting)
    return shape | {"coverage": covered, "late_arrivals": late_shape(facts.late)}


def _metrics(found: Mapping[str, Metric]) -> dict[str, Any]:
    return {name: metric_shape(metric) for name, metric in found.items()}
