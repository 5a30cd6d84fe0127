"""`contract diff`: what changed between two versions, and which open clocks would move."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from leadq import difference, read
from leadq.cli.base import Session, argument, command
from leadq.cli.output import emit
from leadq.cli.progress import of_known
from leadq.cli.versions import named
from leadq.clock import iso
from leadq.i18n import N_, _, ngettext
from leadq.saying import say_remaining, say_when
from leadq.words import CLOCKS, labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.difference import Change, DryRun
    from leadq.domain.contract import Contract

_TITLES: Final[Mapping[str, str]] = {
    "policy": N_("Delays"),
    "calendar": N_("Opening hours"),
    "match": N_("Conditions"),
    "other": N_("Everything else"),
}


@command(
    "diff",
    help=N_(
        "Say what changed between two contracts, and which open clocks would move.\n\n"
        "OLD and NEW: a file, a version that was in force (by version or hash), or `current`."
    ),
)
@argument("OLD")
@argument("NEW")
def diff(session: Session, old: str, new: str) -> None:
    """Print the changed keys by group, and a dry run over the open leads."""
    before, after = named(session, old), named(session, new)
    found = difference.changes(before, after)
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        (of,) = db.execute(f"SELECT count(*) FROM lead l WHERE {difference.OPEN_LEADS}").fetchone()
        with of_known(_("leads"), quiet=session.quiet) as progress:
            run = difference.dry_run(db, before, after, at.now_ms, lambda done: progress(done, of))
    moves = difference.follows(before, after)
    emit(_shape(before, after, found, run, moves), _told(before, after, found, run, moves, at), as_json=session.as_json)


def _shape(before: Contract, after: Contract, found: Sequence[Change], run: DryRun, moves: bool) -> dict[str, Any]:
    return {
        "old": {"version": before.version, "hash": before.hash},
        "new": {"version": after.version, "hash": after.hash},
        "changes": [
            {"key": one.key, "group": one.group, "change": one.kind, "old": _plain(one.old), "new": _plain(one.new)}
            for one in found
        ],
        "recompute": {
            "applies": moves,
            "open_leads": run.leads,
            "open_clocks": run.clocks,
            "moved": run.moved,
            "newly_late": run.late,
            "rematched": [
                {"from": left, "to": other, "leads": count} for (left, other), count in sorted(run.rematched.items())
            ],
            "largest": [
                {
                    "lead": one.lead_id,
                    "kind": one.kind,
                    "old_due_at": iso(one.old_ms),
                    "new_due_at": iso(one.new_ms),
                    "shift_s": None if one.old_ms is None or one.new_ms is None else one.shift_ms // 1000,
                }
                for one in run.largest
            ],
        },
    }


def _plain(value: Any) -> Any:
    """A value of the file as JSON has it: dates as text."""
    return json.loads(json.dumps(value, default=str))


def _told(
    before: Contract, after: Contract, found: Sequence[Change], run: DryRun, moves: bool, at: read.Moment
) -> Iterator[str]:
    yield f"{before.version} ({before.hash[:12]}) -> {after.version} ({after.hash[:12]})"
    for group in difference.GROUPS:
        lines = [_changed(one) for one in found if one.group == group]
        if lines:
            yield _(_TITLES[group])
            yield from lines
    if not found:
        yield _("Nothing differs.")
        return
    yield _("Open clocks")
    yield from _dry(run, moves)
    for one in run.largest:
        old, new = (_("never") if ms is None else say_when(ms, at.zone, at.now_ms) for ms in (one.old_ms, one.new_ms))
        shift = (
            ""
            if one.old_ms is None or one.new_ms is None
            else f" ({'+' * (one.shift_ms > 0)}{say_remaining(one.shift_ms)})"
        )
        yield "  " + labelled(f"{one.lead_id} {_(CLOCKS[one.kind])}", f"{old} -> {new}{shift}")


def _changed(one: Change) -> str:
    old, new = (json.dumps(value, ensure_ascii=False, default=str) for value in (one.old, one.new))
    if one.kind == "added":
        return "  + " + labelled(one.key, new)
    return "  - " + labelled(one.key, old) if one.kind == "removed" else "  ~ " + labelled(one.key, f"{old} -> {new}")


def _dry(run: DryRun, moves: bool) -> Iterator[str]:
    total = sum(run.moved.values())
    of = _("{moved} of {clocks} would move").format(moved=total, clocks=run.clocks)
    kinds = ", ".join(f"{_(CLOCKS[kind])} {count}" for kind, count in run.moved.items())
    yield f"  {of}{f' ({kinds})' if kinds else ''}"
    if run.late:
        yield "  " + ngettext("{count} would be late at once", "{count} would be late at once", run.late).format(
            count=run.late
        )
    for (left, other), count in sorted(run.rematched.items()):
        said = ngettext("{count} lead would go on under {policy}", "{count} leads would go on under {policy}", count)
        yield "  " + labelled(left, said.format(count=count, policy=other))
    if total and not moves:
        yield "  " + _left_alone(run)


def _left_alone(run: DryRun) -> str:
    if run.rematched:
        return _("but [recompute] of the new contract leaves all other leads as they are")
    return _("but [recompute] of the new contract leaves them as they are: only new handoffs follow it")
