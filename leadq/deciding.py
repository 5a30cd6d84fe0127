"""What a meeting leaves behind: actions with an owner and a day, and decisions with what they would have changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from leadq import difference, together
from leadq.domain.events import Draft
from leadq.domain.together import ACTION_ADDED, ACTION_CLOSED, DECISION_TAKEN, Action, actions
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.replay import replay
from leadq.reports.period import span
from leadq.text import clean

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from leadq.desk import Desk
    from leadq.difference import Change
    from leadq.domain.contract import Contract
    from leadq.replay import Row

_LONGEST: Final = 1_000
"""Characters of what was agreed on: a sentence or two."""

_CHANGES: Final = 60
"""Lines of a diff that are kept: what is longer is another contract, and the file says it better."""

_WIDEST: Final = 140


def add_action(desk: Desk, text: str, owner: str, due_ms: int) -> str:
    """Write an action down; its uid. Raises LeadqError `no_text` or `due_in_past` (2)."""
    if due_ms < desk.now_ms:
        raise LeadqError(
            "due_in_past",
            _("That is over: an action is due at some time to come."),
            hint=_("For example --due friday, or --due 2026-12-01."),
            exit_status=Exit.USAGE,
        )
    texts = {"text": _said(text)}
    return together.write(desk, Draft(ACTION_ADDED, desk.now_ms, {"owner": owner, "due_ms": due_ms}, texts)).uid


def close_action(desk: Desk, word: str, note: str) -> Action:
    """Close the action that is meant. Raises LeadqError `unknown_action` (6) or `action_closed` (5)."""
    action = find_action(desk.db, word)
    if action.closed_ms is not None:
        raise LeadqError(
            "action_closed", _("Action {id} is closed already.").format(id=action.id), exit_status=Exit.REFUSED
        )
    texts = {"note": clean(note, _LONGEST)} if note.strip() else {}
    together.write(desk, Draft(ACTION_CLOSED, desk.now_ms, {"action": action.uid}, texts))
    return action


def find_action(db: sqlite3.Connection, word: str) -> Action:
    """The action that somebody means. Raises LeadqError `unknown_action` (6)."""
    known = {one.uid: one for one in actions(together.events(db))}
    meant = together.named(list(known), word)
    if len(meant) == 1:
        return known[meant[0]]
    message = _("There is no action “{word}”.") if not meant else _("Several actions end with “{word}”.")
    raise LeadqError(
        "unknown_action",
        message.format(word=clean(word, 40)),
        hint=_("`leadq action list --all` shows them."),
        exit_status=Exit.NOT_FOUND,
        candidates=[{"action": known[uid].uid} for uid in meant],
    )


def take_decision(desk: Desk, text: str, change: tuple[Contract, Contract] | None) -> str:
    """Write a decision down; its uid. With a `change` of the contract, what differs and how the leads handed off last
    month would have gone under the new one. Raises LeadqError `no_text` (2)."""
    data: dict[str, Any] = {}
    texts = {"text": _said(text)}
    if change is not None:
        old, new = change
        month = span("monthly", desk.now_ms, ZoneInfo(old.zone))
        rows = replay(desk.db, new, month.from_ms, month.to_ms, desk.now_ms)
        data = {"old": _version(old), "new": _version(new), "from_ms": month.from_ms, "to_ms": month.to_ms,
                "replay": list(map(_counts, rows))}  # fmt: skip
        texts["diff"] = "\n".join(_lines(difference.changes(old, new)))
    return together.write(desk, Draft(DECISION_TAKEN, desk.now_ms, data, texts)).uid


def _said(text: str) -> str:
    said = clean(text, _LONGEST).strip()
    if said:
        return said
    raise LeadqError("no_text", _("Say in a few words what was agreed on."), exit_status=Exit.USAGE)


def _version(contract: Contract) -> str:
    return f"{contract.version} ({contract.hash[:12]})"


def _counts(row: Row) -> list[str | int]:
    now, then = row.now, row.then
    return [row.kind, row.tier, now.met, now.late, now.open, then.met, then.late, then.open]


def _lines(found: tuple[Change, ...]) -> list[str]:
    lines = [clean(_line(one), _WIDEST) for one in found]
    return lines if len(lines) <= _CHANGES else [*lines[:_CHANGES], f"… (+{len(lines) - _CHANGES})"]


def _line(one: Change) -> str:
    """A key that differs, in signs: the words of a contract are its own."""
    old, new = (json.dumps(value, ensure_ascii=False, default=str) for value in (one.old, one.new))
    marks: Mapping[str, str] = {"added": f"+ {one.key}: {new}", "removed": f"- {one.key}: {old}"}
    return marks.get(one.kind, f"~ {one.key}: {old} -> {new}")
