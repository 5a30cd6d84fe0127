"""The log as lines: what happened to leads, how each connection stands, what the screen met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadq import happening, logbook, read
from leadq.i18n import _
from leadq.rulebook import in_force
from leadq.saying import say_when
from leadq.text import clean, clean_block
from leadq.words import actor, labelled, person

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from leadq.domain.reasons import Reason
    from leadq.logbook import Happened
    from leadq.read import Moment, SyncLine
    from leadq.tui.journal import Note
    from leadq.views import Row

MINE: Final = "mine"
ALL: Final = "all"
SYNC: Final = "sync"
_LATER_MS: Final = 3_600_000
KINDS: Final = (MINE, ALL, SYNC)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line: when, about whom, what, by whom; `more` is what there is beside it. `lead_id`: the lead to open.

    `key` tells the line again in a later look; `tone` is a key of TONES.
    """

    key: str
    when: str
    who: str
    what: str
    by: str = ""
    more: tuple[str, ...] = ()
    lead_id: int | None = None
    tone: str = "plain"

    @property
    def text(self) -> str:
        """All of it, to copy."""
        head = "  ".join(filter(None, (self.when, self.who, self.what, self.by)))
        return "\n".join((head, *self.more))


@dataclass(frozen=True, slots=True)
class Log:
    """Some lines, newest first; `before` asks for what is older, None when there is nothing."""

    lines: tuple[LogLine, ...]
    before: int | None = None


def happened(db: sqlite3.Connection, at: Moment, me: str, kind: str, before: int | None) -> Log:
    """A leaf of what happened: to all leads, or (`kind` MINE) by the member and to the member's leads."""
    found = logbook.leaf(db, me, mine=kind == MINE, before=before)
    agreed = in_force(db)
    reasons = agreed[0].reasons if agreed else ()
    return Log(tuple(_event(one, reasons, at) for one in found.items), found.before)


def connections(db: sqlite3.Connection, at: Moment, notes: Sequence[Note]) -> Log:
    """How each connection stands, then what the screen said of syncs and failures since it is up."""
    standing = [_connection(one, at) for one in read.sync_lines(db)]
    told = [_note(len(notes) - place, one, at) for place, one in enumerate(notes)]
    return Log((*standing, *told))


def _event(one: Happened, reasons: Sequence[Reason], at: Moment) -> LogLine:
    row, lead = one.row, one.lead
    facts = list(happening.facts(row, reasons, at.zone, at.now_ms))
    if row.type == "touched" and not row.undone:
        facts = facts[1:]  # that it is a touch, its channel says
    names = {name: getattr(lead, name) for name in ("name", "company", "email", "phone")}
    return LogLine(
        key=f"event {one.seq}",
        when=say_when(row.occurred_ms, at.zone, at.now_ms),
        who=clean(person(names)),
        what=clean(" · ".join(facts)),
        by=clean(actor(row.actor, row.actor_kind)),
        more=(*_learnt(row, at), *(clean(text) for text in happening.texts(row))),
        lead_id=lead.id,
        tone="muted" if row.undone else "plain",
    )


def _learnt(row: Row, at: Moment) -> Iterator[str]:
    """When this home heard of what had happened long before: that is where it stands in the log."""
    if row.recorded_ms - row.occurred_ms > _LATER_MS:
        yield _("written down {when}").format(when=say_when(row.recorded_ms, at.zone, at.now_ms))


def _connection(one: SyncLine, at: Moment) -> LogLine:
    last = max((ms for ms in (one.last_pull_ms, one.last_push_ms) if ms is not None), default=None)
    return LogLine(
        key=f"connection {one.name}",
        when="" if last is None else say_when(last, at.zone, at.now_ms),
        who=clean(one.name),
        what=_("synced") if last is not None and not one.last_error else clean(one.last_error or _("not synced yet")),
        more=tuple(_exchanged(one, at)),
        tone="late" if one.last_error and one.trouble not in ("transient", "rate_limited") else "plain",
    )


def _exchanged(one: SyncLine, at: Moment) -> Iterator[str]:
    instants = (
        (_("fetched"), one.last_pull_ms),
        (_("sent"), one.last_push_ms),
        (_("next attempt"), one.next_attempt_ms),
    )
    told = [labelled(word, say_when(ms, at.zone, at.now_ms)) for word, ms in instants if ms is not None]
    if told:
        yield " · ".join(told)
    if one.waiting:
        yield labelled(_("waiting to be sent"), str(one.waiting))
    if one.needs_you:
        yield labelled(_("needs you"), str(one.needs_you))


def _note(number: int, note: Note, at: Moment) -> LogLine:
    first, *rest = clean_block(note.text).splitlines() or [""]
    return LogLine(
        key=f"note {number}",
        when=say_when(note.at_ms, at.zone, at.now_ms),
        who="leadq",
        what=clean(first),
        more=tuple(map(clean, (*rest, *clean_block(note.detail).splitlines()))),
        tone="plain" if note.well else "late",
    )
