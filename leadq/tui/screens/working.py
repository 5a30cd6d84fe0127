"""What a rep does to the selected lead, or to all that are marked: every verb of the screen, and its dialogs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from leadq.errors import LeadqError
from leadq.i18n import _
from leadq.text import clean
from leadq.tui import telling
from leadq.tui.screens.choosing import ChoosingScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadq.domain.verbs import Verb
    from leadq.tui.card import Card
    from leadq.tui.data import Data
    from leadq.tui.gaze import Gesture
    from leadq.tui.screens.dialog import Dialog


class WorkingScreen(ChoosingScreen):
    """A list whose selected lead can be worked. Whoever extends it says in `after` what follows a verb."""

    def __init__(self, data: Data, classes: str) -> None:
        super().__init__(data, classes)
        self._card: Card | None = None

    def after(self, gesture: Gesture | None) -> None:
        """A verb is on disk; None: a dialog was left."""
        raise NotImplementedError

    async def action_accept(self) -> None:
        """Take the selected lead on."""
        await self._accept("accept", take=False)

    async def action_take(self) -> None:
        """Take it on although it is somebody else's."""
        await self._accept("take", take=True)

    async def action_call(self) -> None:
        """Begin a call; whoever does not want one is not called."""
        from leadq.tui.screens.call import CallDialog

        card = await self._card_for("call")
        if card is None:
            return
        if card.shape["opposed_at"]:
            self.tell(_("Not possible: {why}.").format(why=_("does not want to be contacted")), "warning")
            return
        await self._ask(CallDialog(self._data, card))

    async def action_touch(self) -> None:
        """Log a contact."""
        from leadq.tui.screens.touch import TouchDialog

        if chosen := await self._chosen("touch"):
            await self._ask(TouchDialog(self._data, *chosen))

    async def action_verdict(self, verb: str = "") -> None:
        """End the lead, or give it back."""
        from leadq.tui.screens.verdict import VerdictDialog

        if chosen := await self._chosen(verb or "verdict"):
            card, also = chosen
            await self._ask(VerdictDialog(self._data, card, verb, also))

    async def action_note(self) -> None:
        """Write something down."""
        await self._care("note")

    def action_undo(self) -> None:
        """Take back the last verb."""
        self._data.undo(self)

    async def action_copy(self) -> None:
        """Who, and how to reach them, on the clipboard."""
        from leadq.tui.clipboard import copy

        if card := await self._card_for("copy"):
            known = (clean(card.shape[name]) for name in ("name", "company", "phone", "email"))
            copy(self, "\t".join(part for part in known if part))

    async def action_copy_one(self) -> None:
        """One thing of it, to choose, on the clipboard."""
        from leadq.tui.screens.reach import show_copies

        if card := await self._card_for("copy_one"):
            await show_copies(self, self._data, card)

    async def action_links(self) -> None:
        """Where else it can be found."""
        from leadq.tui.screens.reach import show_links

        if card := await self._card_for("links"):
            await show_links(self, self._data, card)

    def action_redo(self) -> None:
        """Do again what was just taken back."""
        self._data.redo(self)

    async def action_resume(self) -> None:
        """Take a paused lead up again."""
        from leadq.domain.verbs import Resume

        await self._perform("resume", Resume())

    async def action_pause(self) -> None:
        """Let the lead wait."""
        await self._care("pause")

    async def action_snooze(self) -> None:
        """Put the lead out of sight."""
        await self._care("snooze")

    async def action_assign(self) -> None:
        """Give the lead to a member."""
        await self._care("assign")

    async def action_merge(self) -> None:
        """Merge the lead into another one."""
        await self._care("merge")

    async def action_reopen(self) -> None:
        """Begin a new cycle."""
        await self._care("reopen")

    async def action_correct(self) -> None:
        """Take back one thing that did not happen."""
        await self._care("correct")

    async def action_dispute(self) -> None:
        """Disagree with the verdict."""
        await self._care("dispute")

    async def action_answer(self) -> None:
        """Answer the verdict for marketing."""
        await self._care("answer")

    async def action_reroute(self) -> None:
        """Send the lead to whom it should have gone."""
        await self._care("reroute")

    async def action_resubmit(self) -> None:
        """Hand the lead over again."""
        await self._care("resubmit")

    async def _care(self, action: str) -> None:
        from leadq.tui.screens.forms import FORMS

        if chosen := await self._chosen(action):
            await self._open(FORMS[action], *chosen)

    async def _open(self, form: type[Dialog], card: Card, also: Sequence[int]) -> None:
        """Ask, unless there is nothing to ask about."""
        if why := form.pointless(card):
            self.tell(_("Not possible: {why}.").format(why=why), "warning")
        else:
            await self._ask(form(self._data, card, also))

    async def _accept(self, action: str, *, take: bool) -> None:
        from leadq.domain.verbs import Accept

        await self._perform(action, Accept(take=take))

    async def _perform(self, action: str, verb: Verb) -> None:
        if chosen := await self.possible(action):
            self._data.perform(self, chosen[0], verb, chosen[1:])

    async def _chosen(self, action: str) -> tuple[Card, Sequence[int]] | None:
        """The first lead that the action is about, whole, and the others by their ids."""
        chosen = await self.possible(action)
        card = await self._card_of(chosen[0]) if chosen else None
        return (card, chosen[1:]) if card else None

    async def _card_for(self, action: str) -> Card | None:
        """The lead that the action is about, which is about one only."""
        chosen = await self._chosen(action)
        return chosen[0] if chosen else None

    async def _card_of_selected(self) -> Card | None:
        return None if self.list.selected is None else await self._card_of(self.list.selected)

    async def _card_of(self, lead_id: int) -> Card | None:
        """A lead whole; waited for when the pointer has only just come to it."""
        if self._card and self._card.id == lead_id:
            return self._card
        try:
            return await asyncio.wrap_future(self._data.card_now(lead_id))
        except LeadqError as error:
            self.tell(telling.tell_trouble(error), "error")
            return None

    async def _ask(self, dialog: Dialog) -> None:
        await self.app.push_screen(dialog, self.after)
