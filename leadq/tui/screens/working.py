"""What a rep does to the selected lead: every verb of the screen, and the dialogs that ask for what it must carry."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from leadq.errors import LeadqError
from leadq.i18n import _
from leadq.text import clean
from leadq.tui import telling
from leadq.tui.legal import why_not
from leadq.tui.screens.moving import MovingScreen

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from leadq.domain.verbs import Verb
    from leadq.tui.card import Card
    from leadq.tui.data import Data, Gesture
    from leadq.tui.screens.dialog import Dialog


class WorkingScreen(MovingScreen):
    """A list whose selected lead can be worked. Whoever extends it says in `after` what follows a verb."""

    def __init__(self, data: Data, classes: str) -> None:
        super().__init__(classes=classes)
        self._data = data
        self._card: Card | None = None

    def after(self, gesture: Gesture | None) -> None:
        """A verb is on disk; None: a dialog was left."""
        raise NotImplementedError

    def action_accept(self) -> None:
        """Take the selected lead on."""
        self._accept(take=False)

    def action_take(self) -> None:
        """Take it on although it is somebody else's."""
        self._accept(take=True)

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

        if card := await self._card_for("touch"):
            await self._ask(TouchDialog(self._data, card))

    async def action_verdict(self, verb: str = "") -> None:
        """End the lead, or give it back."""
        from leadq.tui.screens.verdict import VerdictDialog

        if card := await self._card_for(verb or "verdict"):
            await self._ask(VerdictDialog(self._data, card, verb))

    async def action_note(self) -> None:
        """Write something down."""
        from leadq.tui.screens.note import NoteDialog

        if card := await self._card_for("note"):
            await self._ask(NoteDialog(self._data, card))

    def action_undo(self) -> None:
        """Take back the last verb."""
        self._data.undo(self)

    async def action_copy(self) -> None:
        """Who, and how to reach them, on the clipboard."""
        if card := await self._card_for("copy"):
            known = (clean(card.shape[name]) for name in ("name", "company", "phone", "email"))
            text = "\t".join(part for part in known if part)
            self.app.copy_to_clipboard(text)
            self.tell(_("Sent to the terminal's clipboard: {text}").format(text=text.replace("\t", ", ")))

    def action_redo(self) -> None:
        """Do again what was just taken back."""
        self._data.redo(self)

    def action_resume(self) -> None:
        """Take a paused lead up again."""
        from leadq.domain.verbs import Resume

        self._perform("resume", Resume())

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

        if card := await self._card_for(action):
            await self._open(FORMS[action], card)

    async def _open(self, form: type[Dialog], card: Card) -> None:
        """Ask, unless there is nothing to ask about."""
        if why := form.pointless(card):
            self.tell(_("Not possible: {why}.").format(why=why), "warning")
        else:
            await self._ask(form(self._data, card))

    def _accept(self, *, take: bool) -> None:
        from leadq.domain.verbs import Accept

        self._perform("accept", Accept(take=take))

    def _perform(self, action: str, verb: Verb) -> None:
        if self._possible(action) and (lead_id := self.list.selected) is not None:
            self._data.perform(self, lead_id, verb)

    def _possible(self, action: str) -> bool:
        """Whether the action can be done to the selected lead; why not is said."""
        why = why_not(action, self.list.selected_line)
        if why:
            self.tell(_("Not possible: {why}.").format(why=why), "warning")
        return not why

    async def _card_for(self, action: str) -> Card | None:
        return await self._card_of_selected() if self._possible(action) else None

    async def _card_of_selected(self) -> Card | None:
        """The selected lead whole; waited for when the pointer has only just come to it."""
        lead_id = self.list.selected
        if lead_id is None or (self._card and self._card.id == lead_id):
            return self._card if lead_id is not None else None
        try:
            return await asyncio.wrap_future(self._data.card_now(lead_id))
        except LeadqError as error:
            self.tell(telling.tell_trouble(error), "error")
            return None

    async def _ask(self, dialog: Dialog) -> None:
        await self.app.push_screen(dialog, self.after)

    def tell(self, text: str, severity: SeverityLevel = "information") -> None:
        """A toast."""
        self.notify(text, severity=severity, markup=False)
