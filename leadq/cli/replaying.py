"""`sla replay`: last month under another contract, side by side."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from leadq import read
from leadq import replay as rules
from leadq.cli.base import Session, command, option
from leadq.cli.output import emit
from leadq.cli.tables import Column, table
from leadq.cli.versions import read_file, valid
from leadq.domain.compile_calendar import at_wall
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _, number
from leadq.when import parse_when
from leadq.words import CLOCKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from leadq.replay import Row


@command(
    "replay",
    help=N_("Say how last month would have gone under another contract.\n\nBy clock and tier: met, late, open."),
)
@option("--contract", required=True, metavar="FILE", help=N_("The other contract."))
@option("--from", "from_", metavar="WHEN", help=N_("Leads handed off from then on (else since the last month began)."))
@option("--to", metavar="WHEN", help=N_("Leads handed off before then (else before this month, or now after --from)."))
def replay(session: Session, contract: str, from_: str | None, to: str | None) -> None:
    """Print met, late and open clocks under the contracts that were kept, and under this one."""
    other = valid(read_file(contract))
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        from_ms, to_ms = _period(from_, to, at)
        rows = rules.replay(db, other, from_ms, to_ms, at.now_ms)
    begin, end = _iso(from_ms, at.zone), _iso(to_ms, at.zone)
    value = {"from": begin, "to": end, "clocks": [asdict(row) for row in rows]}
    emit(value, _told(begin, end, rows), as_json=session.as_json)


def _period(from_: str | None, to: str | None, at: read.Moment) -> tuple[int, int]:
    """[from, to) in milliseconds UTC. Raises LeadqError `bad_period` (2)."""
    this_month = _local(at.now_ms, at.zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    last_month = (this_month.replace(tzinfo=None) - timedelta(days=1)).replace(day=1, tzinfo=at.zone)
    from_ms = at_wall(last_month) if from_ is None else _instant(from_, at)
    latest = at_wall(this_month) if from_ is None else at.now_ms
    to_ms = latest if to is None else _instant(to, at)
    if from_ms < to_ms:
        return from_ms, to_ms
    raise LeadqError(
        "bad_period",
        _("The period ends before it begins."),
        hint=_("From {begin} to {end}.").format(begin=_iso(from_ms, at.zone), end=_iso(to_ms, at.zone)),
        exit_status=Exit.USAGE,
    )


def _instant(text: str, at: read.Moment) -> int:
    return parse_when(text, now_ms=at.now_ms, zone=at.zone, past=True).ms


def _local(ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC).astimezone(zone)


def _iso(ms: int, zone: ZoneInfo) -> str:
    return _local(ms, zone).isoformat()


def _told(begin: str, end: str, rows: Sequence[Row]) -> Iterator[str]:
    yield _("Handed off from {begin} to {end}: as agreed then, and under this contract").format(begin=begin, end=end)
    if not rows:
        yield _("No lead was handed off in that time.")
        return
    counts = (_("met"), _("late"), _("open"))
    columns = (
        Column(_("Clock"), 20),
        Column(_("Tier"), 10),
        *(Column(title, 8, right=True) for title in counts),
        *(Column(f"-> {title}", 11, right=True) for title in counts),
    )
    yield from table(columns, map(_cells, rows))


def _cells(row: Row) -> Sequence[object]:
    counts = (row.now.met, row.now.late, row.now.open, row.then.met, row.then.late, row.then.open)
    return (_(CLOCKS[row.kind]), row.tier, *map(number, counts))
