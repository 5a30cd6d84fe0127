"""`leadq metrics`: the figures by their definitions, as known at an instant, and the leads behind each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from leadq import config, read
from leadq.cli.base import OneOf, Session, argument, command, option
from leadq.cli.output import emit
from leadq.cli.progress import of_known
from leadq.clock import iso
from leadq.domain.compile_calendar import at_wall
from leadq.domain.metrics.catalogue import METRICS
from leadq.domain.metrics.scope import DIMENSIONS, Scope, scope
from leadq.errors import Exit, LeadqError
from leadq.facts import read_facts
from leadq.i18n import N_, _
from leadq.metric_shapes import late_shape, metric_shape
from leadq.metric_words import EXCLUDED, NEEDS, NOTES, ROWS, figure_name, say_figure
from leadq.metric_words import METRICS as TITLES
from leadq.saying import say_when
from leadq.when import parse_when

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.domain.metrics.cycle import Facts
    from leadq.domain.metrics.figures import Figure, Metric


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know: a period [`from_ms`, `to_ms`) in `zone`, as known at `as_of_ms`."""

    as_of_ms: int
    from_ms: int
    to_ms: int
    zone: ZoneInfo


@command(
    "metrics",
    help=N_(
        "Show figures by their definitions, as known at an instant.\n\n"
        "NAME is one of M1 to M19; without it, all of them. docs/metrics.md defines each."
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
    """Print one metric or all of them."""
    names = [_known(name)] if name else list(METRICS)
    with session.store.read() as db:
        asked = asked_for(db, session.clock.now_ms(), from_, to, as_of)
        with of_known(_("events"), quiet=session.quiet) as progress:
            facts = read_facts(db, asked.as_of_ms, progress=progress)
        whole = scope(facts, asked.from_ms, asked.to_ms, keep=explain)
        parts = _parts(whole, by, me=config.load(session.home).me, db=db) if by else {}
        found = {one: METRICS[one](whole) for one in names}
        cut = {value: {one: METRICS[one](part) for one in names} for value, part in parts.items()}
        emit(_shape(asked, facts, found, by, cut), _told(asked, found, cut), as_json=session.as_json)


def _known(name: str) -> str:
    if name.upper() not in METRICS:
        raise LeadqError(
            "unknown_metric",
            _("There is no metric “{name}”.").format(name=name),
            hint=_("There is: {known}.").format(known=", ".join(METRICS)),
            exit_status=Exit.USAGE,
        )
    return name.upper()


def asked_for(db: sqlite3.Connection, now_ms: int, from_: str | None, to: str | None, as_of: str | None) -> Asked:
    """The period and the instant that were typed, in the contract's zone.

    Raises LeadqError `bad_when` or `bad_period` (2).
    """
    zone = ZoneInfo(read.zone_name(db))
    as_of_ms = now_ms if as_of is None else _typed(as_of, now_ms, zone)
    if as_of_ms > now_ms:
        raise _bad_period(_("Nobody knows yet what will have been by then: --as-of is in the future."))
    begin, end = _month(as_of_ms, zone)
    from_ms = begin if from_ is None else _typed(from_, now_ms, zone)
    to_ms = (end if from_ is None else max(end, from_ms + 1)) if to is None else _typed(to, now_ms, zone)
    if from_ms >= to_ms:
        raise _bad_period(_("The period ends before it begins."))
    return Asked(as_of_ms, from_ms, to_ms, zone)


def _typed(text: str, now_ms: int, zone: ZoneInfo) -> int:
    return parse_when(text, now_ms=now_ms, zone=zone, past=True).ms


def _bad_period(message: str) -> LeadqError:
    return LeadqError("bad_period", message, exit_status=Exit.USAGE)


def _month(at_ms: int, zone: ZoneInfo) -> tuple[int, int]:
    """The calendar month of an instant: its first midnight, and that of the next one."""
    there = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(zone).date()
    following = date(there.year + there.month // 12, there.month % 12 + 1, 1)
    return _midnight(there.replace(day=1), zone), _midnight(following, zone)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return at_wall(datetime(day.year, day.month, day.day, tzinfo=zone))


_SEES_ALL: Final = ("manager",)


def _parts(whole: Scope, by: str, *, me: str, db: sqlite3.Connection) -> Mapping[str, Scope]:
    """The parts of a cut; by owner only one's own, unless one is the manager."""
    parts = whole.cut(by)
    if by != "owner":
        return parts
    role = db.execute("SELECT role FROM member WHERE id = ?", (me,)).fetchone()
    return parts if role and role[0] in _SEES_ALL else {owner: part for owner, part in parts.items() if owner == me}


def _shape(
    asked: Asked,
    facts: Facts,
    found: Mapping[str, Metric],
    by: str | None,
    cut: Mapping[str, Mapping[str, Metric]],
) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "from": iso(asked.from_ms),
        "to": iso(asked.to_ms),
        "as_of": iso(asked.as_of_ms),
        "zone": facts.zone,
        "metrics": {name: metric_shape(metric) for name, metric in found.items()},
    }
    if by:
        shape["by"] = by
        shape["parts"] = {
            value: {name: metric_shape(metric) for name, metric in part.items()} for value, part in cut.items()
        }
    return shape | {"late_arrivals": late_shape(facts.late)}


def _told(asked: Asked, found: Mapping[str, Metric], cut: Mapping[str, Mapping[str, Metric]]) -> Iterator[str]:
    begin, end, as_of = (
        say_when(ms, asked.zone, asked.as_of_ms) for ms in (asked.from_ms, asked.to_ms, asked.as_of_ms)
    )
    yield _("Handed off from {begin} to before {end}, as known {as_of}.").format(begin=begin, end=end, as_of=as_of)
    for name, metric in found.items():
        yield ""
        yield from _metric(name, metric, "")
        for value, part in cut.items():
            yield from _metric(value or _("(not known)"), part[name], "  ")


def _metric(name: str, metric: Metric, margin: str) -> Iterator[str]:
    counted = metric.counted
    title = f"{name} {_(TITLES[name])}" if name in TITLES else name
    excluded = ", ".join(f"{_(EXCLUDED[why])} {n}" for why, n in counted.excluded.items() if n)
    left_out = _(" · left out: {excluded}").format(excluded=excluded) if excluded else ""
    yield margin + _("{title} · {n} leads, {open} open").format(title=title, n=counted.n, open=counted.open) + left_out
    yield from _figures(metric.figures, margin + "  ")
    for row, figures in metric.rows.items():
        yield f"{margin}  {_(ROWS[row]) if row in ROWS else row or _('(not known)')}"
        yield from _figures(figures, margin + "    ")
    for code in metric.needs:
        yield f"{margin}  {_(NEEDS[code])}"
    for code in metric.notes:
        yield f"{margin}  {_(NOTES[code])}"


def _figures(figures: Sequence[Figure], margin: str) -> Iterator[str]:
    for figure in figures:
        yield f"{margin}{figure_name(figure.name)}: {say_figure(figure)}"
        if figure.behind or figure.base:
            ids = " ".join(str(cycle.id) for cycle in figure.behind)
            yield f"{margin}  {_('leads')} {ids or '-'}"
