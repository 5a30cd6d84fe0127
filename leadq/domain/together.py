"""What the two teams hold together and no lead stands for: actions, decisions, and answers to the survey.

They are events like any other, on a stream of their own (`TOGETHER`) in place of a lead's uid, so that they travel with
the rest. There is no row of them anywhere: each question folds the stream, which grows by a few events a week. An event
from a file may say anything; what makes no sense here is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from leadq.domain.events import TEAM, Event

TOGETHER: Final = f"{TEAM}{'0' * 12}"
"""In place of a lead's uid: this event is about no lead, but about the two teams."""

ACTION_ADDED: Final = "action_added"
ACTION_CLOSED: Final = "action_closed"
DECISION_TAKEN: Final = "decision_taken"
SURVEY_ANSWERED: Final = "survey_answered"

TEAMS: Final = ("sales", "marketing")
DIMENSIONS: Final = ("communication", "trust", "perception")
"""What the survey asks about (field.md 10, M16), each from 1 to 5."""

LOWEST, HIGHEST = 1, 5

_QUARTER: Final = re.compile(r"20[0-9]{2}-Q[1-4]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Action:
    """Something that somebody will do: whose it is, until when; milliseconds UTC. `closed_ms` is None while it is open.

    `closing` is the uid of the event that closed it, whose text is the note.
    """

    uid: str
    owner: str
    due_ms: int
    added_ms: int
    closed_ms: int | None = None
    closing: str = ""

    @property
    def id(self) -> str:
        """The short name that people type: the end of the uid, which is random and the same on every laptop."""
        return self.uid[-6:]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the teams decided, and of a change to the contract: from which version to which, and how the leads handed
    off in [`from_ms`, `to_ms`) would have gone. A row of `replay` is clock, tier, then met, late and open as it was,
    and the same under the new rule."""

    uid: str
    at_ms: int
    old: str = ""
    new: str = ""
    from_ms: int | None = None
    to_ms: int | None = None
    replay: tuple[tuple[str, str, int, int, int, int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What one form says of one quarter, by dimension; nobody's name is in it."""

    form: str
    quarter: str
    team: str
    scores: Mapping[str, int]
    at_ms: int


def is_quarter(text: object) -> bool:
    """Whether a text names a quarter, as `2026-Q2`."""
    return isinstance(text, str) and _QUARTER.fullmatch(text) is not None


def actions(events: Iterable[Event]) -> list[Action]:
    """Every action, the first due first. Closing one twice changes nothing; nor does it matter which laptop's events
    came first."""
    known, closed = {}, []
    for event in events:
        data = event.data
        if event.type == ACTION_CLOSED:
            closed.append(event)
        elif event.type == ACTION_ADDED and isinstance(data.get("due_ms"), int) and isinstance(data.get("owner"), str):
            known[event.uid] = Action(event.uid, data["owner"], data["due_ms"], event.occurred_ms)
    for event in closed:
        action = known.get(str(event.data.get("action")))
        if action is not None and (action.closed_ms is None or event.occurred_ms < action.closed_ms):
            known[action.uid] = replace(action, closed_ms=event.occurred_ms, closing=event.uid)
    return sorted(known.values(), key=lambda one: (one.due_ms, one.uid))


def decisions(events: Iterable[Event]) -> list[Decision]:
    """Every decision, the newest first."""
    taken = [_decision(event) for event in events if event.type == DECISION_TAKEN]
    return sorted(taken, key=lambda one: (-one.at_ms, one.uid))


def _decision(event: Event) -> Decision:
    data = event.data
    old, new = (str(data.get(key) or "") for key in ("old", "new"))
    return Decision(
        event.uid, event.occurred_ms, old, new, data.get("from_ms"), data.get("to_ms"), _rows(data.get("replay"))
    )


def _rows(said: object) -> tuple[Any, ...]:
    rows = said if isinstance(said, list) else []
    return tuple(tuple(row) for row in rows if _is_row(row))


def _is_row(row: object) -> bool:
    return (
        isinstance(row, list)
        and len(row) == 8
        and all(isinstance(word, str) for word in row[:2])
        and all(type(number) is int for number in row[2:])
    )


def answers(events: Iterable[Event]) -> tuple[Answer, ...]:
    """The answers that count: of a form and a quarter the newest, so that a form that is sent twice counts once."""
    found = {}
    for event in sorted(events, key=lambda one: (one.recorded_ms, one.uid)):
        if event.type == SURVEY_ANSWERED and (answer := _answer(event)) is not None:
            found[answer.quarter, answer.form] = answer
    return tuple(found[key] for key in sorted(found))


def _answer(event: Event) -> Answer | None:
    data = event.data
    scores = {name: data.get(name) for name in DIMENSIONS}
    form, quarter, team = (data.get(key) for key in ("form", "quarter", "team"))
    if not (isinstance(form, str) and is_quarter(quarter) and team in TEAMS and all(map(is_score, scores.values()))):
        return None
    return Answer(form, str(quarter), str(team), {name: int(score or 0) for name, score in scores.items()},
                  event.occurred_ms)  # fmt: skip


def is_score(value: object) -> bool:
    """Whether a value may answer a question of the survey."""
    return type(value) is int and LOWEST <= value <= HIGHEST


def of_quarter(found: Sequence[Answer], quarter: str, team: str) -> list[Answer]:
    """One team's answers about one quarter."""
    return [one for one in found if (one.quarter, one.team) == (quarter, team)]
