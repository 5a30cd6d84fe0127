"""What the two teams agreed on when they met: actions until they are done, and decisions with what they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq import together
from leadq.clock import iso
from leadq.domain.together import Action, Decision, actions, decisions
from leadq.feedback import texts
from leadq.i18n import _, number
from leadq.reports import cells
from leadq.reports.document import Cell, Column, Section, Table, table, text
from leadq.reports.sources import QUOTE
from leadq.saying import say_date
from leadq.text import clean
from leadq.words import CLOCKS, in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadq.reports.sources import Sources

_LONGEST = 2 * QUOTE


def open_actions(sources: Sources) -> Section:
    """What is still to be done, the first due first."""
    found = actions(together.events(sources.db, sources.asked.as_of_ms))
    still = [one for one in found if one.closed_ms is None]
    words = texts(sources.db, [one.uid for one in still])
    columns = (*_columns(), Column("due", _("Due")), Column("state", _("State")))
    rows = [_open(one, words, sources) for one in still]
    return Section(
        "actions", _("What is to be done"), (table("open", columns, rows, empty=_("No action is open.")),),
        (_("`leadq action add TEXT --owner MEMBER --due WHEN` adds one, `leadq action close ID` ends it."),),
    )  # fmt: skip


def closed_actions(sources: Sources) -> Section | None:
    """What was closed since the period began; nothing where nothing was."""
    found = actions(together.events(sources.db, sources.asked.as_of_ms))
    since_ms = sources.asked.span.from_ms
    closed = [one for one in found if one.closed_ms is not None and one.closed_ms >= since_ms]
    if not closed:
        return None
    words = texts(sources.db, [uid for one in closed for uid in (one.uid, one.closing)])
    columns = (*_columns(), Column("closed", _("Closed")), Column("note", _("Note")))
    rows = [_closed(one, words, sources) for one in closed]
    return Section("closed", _("Done since the period began"), (table("closed", columns, rows),))


def _columns() -> tuple[Column, ...]:
    return Column("id", _("Action")), Column("text", _("What")), Column("whose", _("Whose"))


def _open(one: Action, words: Mapping[str, Mapping[str, str]], sources: Sources) -> list[Cell]:
    late = sources.asked.as_of_ms > one.due_ms
    state = cells.coded("late", f"! {_('late')}") if late else cells.coded("open", _("open"))
    return [*_who(one, words, sources), _day(one.due_ms, sources), state]


def _closed(one: Action, words: Mapping[str, Mapping[str, str]], sources: Sources) -> list[Cell]:
    note = clean(words.get(one.closing, {}).get("note", ""), _LONGEST)
    return [*_who(one, words, sources), _day(one.closed_ms or 0, sources), text(note)]


def _who(one: Action, words: Mapping[str, Mapping[str, str]], sources: Sources) -> list[Cell]:
    said = _words(words.get(one.uid, {}).get("text"))
    return [text(one.id), said, cells.coded(one.owner, member(sources, one.owner))]


def _words(said: str | None) -> Cell:
    return Cell(said, clean(said or "-", _LONGEST), said)


def _day(ms: int, sources: Sources) -> Cell:
    return cells.coded(iso(ms) or "", say_date(ms, sources.asked.zone))


def member(sources: Sources, id_: str) -> str:
    """What a member is called; who is in no contract any more stands for themselves."""
    members = sources.facts.contract.members if sources.facts.contract else {}
    return clean(members[id_].name if id_ in members else id_, QUOTE)


def decided(sources: Sources) -> Section:
    """What was decided since the period began: the difference of the contracts, and last month under the new one."""
    known = decisions(together.events(sources.db, sources.asked.as_of_ms))
    found = [one for one in known if one.at_ms >= sources.asked.span.from_ms]
    words = texts(sources.db, [one.uid for one in found])
    columns = (
        *cells.right(("number", "#")), Column("day", _("Day")), Column("text", _("Decision")),
        Column("contract", _("Contract")),
    )  # fmt: skip
    rows = [
        [cells.count(place), _day(one.at_ms, sources), _words(words.get(one.uid, {}).get("text")), _contract(one)]
        for place, one in enumerate(found, start=1)
    ]
    how = _("`leadq decision add TEXT --contract NEW.toml` writes one down, with what it changes.")
    tables = [table("decisions", columns, rows, empty=_("Nothing was decided since the period began."))]
    if any(one.new for one in found):
        tables += [_differences(found, words), _replays(found)]
    return Section("decisions", _("Decisions"), tuple(tables), (how,))


def _contract(one: Decision) -> Cell:
    said = clean(f"{one.old} -> {one.new}", QUOTE) if one.new else "-"
    return Cell({"old": one.old, "new": one.new} if one.new else None, said, said)


def _differences(found: Sequence[Decision], words: Mapping[str, Mapping[str, str]]) -> Table:
    rows = [
        [cells.count(place), text(clean(line, QUOTE))]
        for place, one in enumerate(found, start=1)
        for line in words.get(one.uid, {}).get("diff", "").splitlines()
    ]
    columns = (*cells.right(("number", "#")), Column("change", _("Change")))
    return table("changes", columns, rows, title=_("What changes in the contract"), empty=_("Nothing differs."))


def _replays(found: Sequence[Decision]) -> Table:
    columns = (
        *cells.right(("number", "#")), Column("clock", _("Clock")), Column("tier", _("Tier")),
        *cells.right(("now", _("met / late / open")), ("then", _("under the new rule"))),
    )  # fmt: skip
    rows = [
        [cells.count(place), cells.coded(row[0], in_words(CLOCKS, row[0])), text(clean(row[1], QUOTE)),
         _counts(row[2:5]), _counts(row[5:])]
        for place, one in enumerate(found, start=1)
        for row in one.replay
    ]  # fmt: skip
    nothing = _("No lead was handed off in the month before: there is nothing to hold against it.")
    return table("replay", columns, rows, title=_("The month before, under the new rule"), empty=nothing)


def _counts(three: Sequence[int]) -> Cell:
    said = " / ".join(map(number, three))
    return Cell(dict(zip(("met", "late", "open"), three, strict=True)), said, said)
