"""What leadq leaves on an opportunity: notes, because Tryton has no field for it and freezes those of a closed record.

A note of ours is a sentence for people, the rep's own words, and one or two lines for us at its end:

    touch no_answer, by rita at 2026-05-13T15:02:11Z
    Rang twice.
    leadq-state: accepted laptop:3 0190a1b2-...
    leadq:0190a1b2-...

The last one marks what is on the timeline, once. `leadq-state` says which state the record is brought to ("=" when it
stays), by which change. It is written before the button is pressed: a state that the record is not in yet is one whose
button was never pressed, and the change is not done. The other way round, a crash in between would look as if somebody
else had closed the record. A note cannot be changed, so each change adds one, and the last one counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from leadq.plugins.sdk import Change

_STATE: Final = "leadq-state: "
_SAME: Final = "="


@dataclass(frozen=True, slots=True)
class Line:
    """A `leadq-state` line."""

    status: str
    stamp: str
    op_id: str

    @property
    def device(self) -> str:
        return self.stamp.rpartition(":")[0]

    @property
    def seq(self) -> int:
        number = self.stamp.rpartition(":")[2]
        return int(number) if number.isascii() and number.isdigit() else 0


@dataclass(frozen=True, slots=True)
class Trail:
    """What the notes of one record say: `status` "" when none of them says what the record is; `last_op` and `stamp`
    of the last change, and of the last that set the status; `markers` as they are on the timeline; `lines` are the ids
    of all changes that have a line, `statuses` all that they ever said."""

    status: str
    last_op: str
    stamp: str
    markers: tuple[str, ...]
    lines: frozenset[str]
    statuses: frozenset[str]


def text_of(change: Change, *, marker: bool, state: bool) -> str:
    """The note of a change, with the lines for us that it needs."""
    about = ", ".join(filter(None, (_what(change), f"by {change.actor} at {change.occurred_at}")))
    own = [change.note] if change.note and marker else []
    line = [f"{_STATE}{change.status or _SAME} {change.stamp} {change.op_id}"] if state else []
    return "\n".join([about, *own, *line, *([change.marker] if marker else [])])


def _what(change: Change) -> str:
    parts = [f"{change.verb} {change.reason}".strip()]
    if change.quality is not None:
        parts.append(f"quality {change.quality}")
    if change.missing:
        parts.append("missing: " + " ".join(change.missing))
    return ", ".join(parts)


def marker_in(message: str) -> str:
    """The op id in the last line; "" when the note is none of the timeline's."""
    last = message.rstrip().rpartition("\n")[2]
    return last.removeprefix("leadq:") if last.startswith("leadq:") else ""


def read(notes: Sequence[Mapping[str, Any]], fits: Callable[[str], bool]) -> Trail:
    """What they say, oldest first. `fits`: whether the record is in the state that a status is written as.

    When the newest line does not fit, its button was not pressed, or somebody else has pressed another one since: then
    the newest status that does fit is the one, and no change of ours is the last.
    """
    ordered = [str(note.get("message") or "") for note in sorted(notes, key=lambda note: int(note["id"]))]
    lines = [line for message in ordered if (line := _line_in(message))]
    counted = _in_order(lines)
    setting = [line for line in counted if line.status != _SAME]
    whole = not setting or fits(setting[-1].status)
    return Trail(
        status=next((line.status for line in reversed(setting) if fits(line.status)), ""),
        last_op=counted[-1].op_id if counted and whole else "",
        stamp=setting[-1].stamp if setting and whole else "",
        markers=tuple(marker for message in ordered if (marker := marker_in(message))),
        lines=frozenset(line.op_id for line in lines),
        statuses=frozenset(line.status for line in setting),
    )


def _line_in(message: str) -> Line | None:
    for text in reversed(message.splitlines()[-2:]):
        parts = text.removeprefix(_STATE).split()
        if text.startswith(_STATE) and len(parts) == 3:
            return Line(*parts)
    return None


def _in_order(lines: Sequence[Line]) -> list[Line]:
    """Without those that came late, over a later one of the same device."""
    counted: list[Line] = []
    newest: dict[str, int] = {}
    for line in lines:
        if line.seq >= newest.get(line.device, 0):
            newest[line.device] = line.seq
            counted.append(line)
    return counted
