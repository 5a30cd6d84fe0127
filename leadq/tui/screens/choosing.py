"""Several leads at once: marking them, whom a verb is about, and why it cannot be done to all of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from textual import on

from leadq.errors import LeadqError
from leadq.i18n import _, ngettext, number
from leadq.tui import telling
from leadq.tui.legal import ONE_BY_ONE, why_not, why_not_all
from leadq.tui.screens.moving import MovingScreen
from leadq.tui.widgets.footer import Footer
from leadq.tui.widgets.lead_list import LeadList

if TYPE_CHECKING:
    from collections.abc import Collection

    from textual.notifications import SeverityLevel

    from leadq.tui.data import Data

MOST: Final = 1000
"""So many at once: what one undo takes back and one redo does again. They hold the writer for as long as they take."""


class ChoosingScreen(MovingScreen):
    """A list of which leads can be marked. While any is, the verbs are about these; else about the selected one.

    `one_only`: while one lead is shown alone, they are about that one, whatever is marked in the list behind it.
    """

    def __init__(self, data: Data, classes: str) -> None:
        super().__init__(classes=classes)
        self._data = data
        self.one_only = False
        self.footer = Footer()

    def marks_changed(self) -> None:
        """The line at the bottom says how many, and what can be done with them."""
        self.footer.chosen(0 if self.one_only else len(self.list.marked))

    @on(LeadList.Ticked)
    def _ticked(self) -> None:
        self.list.tick_mark()
        self.marks_changed()

    def action_mark(self) -> None:
        """Mark the lead, or take its mark away, and go on to the next."""
        self.list.tick_mark()
        self.list.move(1)
        self.marks_changed()

    def action_mark_all(self) -> None:
        """Mark all of the view, or none when all are; what is only similar to a search is nobody's choice yet."""
        order = self.list.order
        all_marked = len(self.list.marked) >= order.found
        self.list.mark(() if all_marked else order.ids[: order.found])
        self.marks_changed()

    def clear_marks(self) -> bool:
        """Mark none; whether any was."""
        had = bool(self.list.marked)
        if had:
            self.list.mark(())
            self.marks_changed()
        return had

    def unmark(self, lead_ids: Collection[int]) -> None:
        """These were dealt with."""
        if self.list.marked:
            self.list.mark(lead_id for lead_id in self.list.marked if lead_id not in lead_ids)
            self.marks_changed()

    def drop_strangers(self) -> None:
        """What is not in the view any more is not marked either; a search that is still typed changes nothing yet."""
        marked = self.list.marked
        if not marked or self.typing:
            return
        gone = set(marked)
        gone.difference_update(self.list.order.ids)  # of 100,000 a few milliseconds, a set of them would take 20
        if lost := len(gone):
            self.list.mark(lead_id for lead_id in marked if lead_id not in gone)
            self.marks_changed()
            told = ngettext(
                "{n} lead is not in this view any more, nor selected: {left} left.",
                "{n} leads are not in this view any more, nor selected: {left} left.",
                lost,
            )
            self.tell(told.format(n=number(lost), left=number(len(self.list.marked))), "warning")

    def next_after(self, done: Collection[int]) -> int | None:
        """The first lead from the pointer on that is not among those that were dealt with."""
        return next((lead_id for lead_id in self.list.order.ids[self.list.place :] if lead_id not in done), None)

    def chosen_for(self, action: str) -> list[int]:
        """Whom the action is about, the one with the pointer first, then as they stand in the view."""
        selected = self.list.selected
        if not self.list.marked or self.one_only or action in ONE_BY_ONE:
            return [] if selected is None else [selected]
        if len(self.list.marked) > MOST:
            return list(self.list.marked)
        marked = filter(self.list.marked.__contains__, self.list.order.ids)
        return sorted(marked, key=lambda lead_id: lead_id != selected)

    async def possible(self, action: str) -> list[int]:
        """Whom the action is about, if it can be done to all of them; else nobody, and why not is said."""
        chosen = self.chosen_for(action)
        try:
            why = await self._why_not(action, chosen)
        except LeadqError as error:
            self.tell(telling.tell_trouble(error), "error")
            return []
        if why:
            self.tell(_("Not possible: {why}.").format(why=why), "warning")
        return [] if why else chosen

    async def _why_not(self, action: str, chosen: list[int]) -> str:
        """The rows in view say it of one; for several, and for one that is far away, the states are asked for."""
        line = self.list.line(chosen[0]) if chosen else None
        if len(chosen) < 2 and (line or not chosen or chosen[0] == self.list.selected):
            return why_not(action, line)
        if len(chosen) > MOST:
            told = _("{n} leads are selected, and at most {most} go at once")
            return told.format(n=number(len(chosen)), most=number(MOST))
        from leadq.read import states

        return why_not_all(action, await asyncio.wrap_future(self._data.read_now(lambda db, at: states(db, chosen))))

    def tell(self, text: str, severity: SeverityLevel = "information") -> None:
        """A toast."""
        self.notify(text, severity=severity, markup=False)
