"""The words that a decision about changes needs: what was done instead, or that they are never to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from leadq.actions import say_key
from leadq.i18n import _, ngettext, number
from leadq.tui.screens.drafted import DraftedScreen
from leadq.tui.tones import TONES
from leadq.tui.widgets.form import Field
from leadq.tui.widgets.op_text import row_text
from leadq.tui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.message_pump import MessagePump

    from leadq.outbox import Entry
    from leadq.tui.data import Data
    from leadq.tui.outgoing import Outgoing

_SHOWN: Final = 5
_WIDEST: Final = 90


class DecideDialog(DraftedScreen[None]):
    """Shows what it is about and asks for a note; Enter is the decision, Esc leaves everything as it was."""

    def __init__(
        self,
        data: Data,
        how: str,
        entries: Sequence[Entry],
        found: Outgoing,
        then: Callable[[DecideDialog, str, list[str], str], None],
    ) -> None:
        leads = tuple(dict.fromkeys(entry.lead_id for entry in entries))
        super().__init__(data, f"outbox {how}", leads, found.at.zone, found.drafts)
        self._how, self._entries, self._at, self._then = how, entries, found.at, then
        self._list = Static(Content(""))
        self._note = Text(placeholder=_("it stays with the lead"))

    def compose(self) -> ComposeResult:
        """What is decided, about what, and the note."""
        by_hand = self._how == "handled"
        title = _("Seen to by hand: not sent any more") if by_hand else _("Never to be sent: the CRM will not know")
        with Vertical(id="dialog"):
            yield Static(Content.assemble((title, TONES["title"])), id="about")
            yield self.draft_line
            yield self._list
            yield Field("note", _("done instead") if by_hand else _("why"), self._note)
            keys = _("Enter decides, Esc leaves; {key} takes it back until a sync has gone on from it")
            yield Static(Content.assemble((keys.format(key=say_key("take_back")), TONES["muted"])), id="keys")

    def on_mount(self) -> None:
        """Typing begins at once."""
        self._list.update(self._list_text(min(self.app.size.width, _WIDEST) - 4))
        self.set_focus(self._note)

    def save(self) -> None:
        """What was done by hand must be said; why something is discarded may be."""
        note = self._note.value.strip()
        if self._how == "handled" and not note:
            self.query_one(Field).refuse(_("Say what was done instead."))
            return
        self.dismiss()
        self._then(self, self._how, [entry.op.op_id for entry in self._entries], note)

    def drop(self, to: MessagePump) -> None:
        """It is decided: the draft goes."""
        self._data.drafts.drop(to, self._form, self._leads)

    def _list_text(self, width: int) -> Content:
        rows = [row_text(entry, self._at, width) for entry in self._entries[:_SHOWN]]
        more = len(self._entries) - _SHOWN
        if more > 0:
            rows.append(Content(ngettext("and {n} more", "and {n} more", more).format(n=number(more))))
        return Content("\n").join(rows)
