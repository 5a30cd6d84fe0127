"""Which part of the queue is shown: going from view to view, and keeping one under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from leadq.actions import say_key
from leadq.i18n import _
from leadq.text import clean
from leadq.tui.screens.opening import OpeningScreen
from leadq.tui.shown import Shown
from leadq.tui.widgets.header import Header

if TYPE_CHECKING:
    from leadq.errors import LeadqError
    from leadq.queue import Queue
    from leadq.saved_views import SavedView
    from leadq.tui.data import Data
    from leadq.tui.gaze import Look


class ViewingScreen(OpeningScreen):
    """A queue of which one view at a time is shown."""

    def __init__(self, data: Data, classes: str) -> None:
        super().__init__(data, classes)
        self.shown = Shown()
        self._unread = ""
        self.back_to = ""

    def go_to_view(self, name: str) -> None:
        """Show another view."""
        self.shown.name, self.back_to = name, ""
        self.ask_for_order()

    def action_next_view(self) -> None:
        """Mine, all, radar, needs you, and what was saved."""
        self.go_to_view(self.shown.beside(1))

    def action_previous_view(self) -> None:
        """The view before."""
        self.go_to_view(self.shown.beside(-1))

    def action_view(self, number: int = 1) -> None:
        """The view of that number."""
        name = self.shown.numbered(number)
        if name:
            self.go_to_view(name)
        else:
            told = _("There is no view {n} yet: {key} keeps this one and its search under a name.")
            self.tell(told.format(n=number, key=say_key("save_view")), "warning")

    def action_radar(self) -> None:
        """The radar, and back to mine."""
        self.go_to_view("mine" if self.shown.name == "radar" else "radar")

    def action_density(self) -> None:
        """One line for each lead, or two; the settings remember it where there are any."""
        self._data.roomy = not self._data.roomy
        self.list.set_height(2 if self._data.roomy else 1)
        if self._data.home.settings.exists():
            self._data.write(self, "density", self._keep_density)

    def _keep_density(self, queue: Queue) -> None:
        from leadq import config, config_edit

        wanted = config.ROOMY if self._data.roomy else config.COMPACT
        config_edit.set_key(self._data.home, ("screen",), "density", wanted)

    async def action_save_view(self) -> None:
        """Ask for a name."""
        from leadq.tui.screens.save_view import SaveViewDialog

        wanted = self.shown.wanted("", self.searched)
        await self.app.push_screen(SaveViewDialog(self._data, wanted, self.shown.saved), self._kept)

    def keep_views(self, look: Look) -> None:
        """Take the saved views that a look found; what is wrong with them is said once."""
        if look.views is not None and self.shown.keep(look.views):
            self.tell(_("The view that was shown here is gone: these are yours."), "warning")
            self.ask_for_order()
        if look.views is not None and self.back_to in self.shown.names:
            name, self.back_to = self.back_to, ""
            if name != self.shown.name:  # a saved view, which only this look found
                self.go_to_view(name)
        self._say_once(look.unread)

    def _say_once(self, unread: LeadqError | None) -> None:
        said = unread.message if unread else ""
        if said and said != self._unread:
            self.tell(clean(said, 400), "warning")
        self._unread = said

    def _kept(self, view: SavedView | None) -> None:
        """A view was kept: it is shown, and the words searched are in it now."""
        if view is None:
            return
        self.shown.add(view)
        self.tell(_("View {n} kept: {name}").format(n=self.shown.number, name=view.name))
        self.clear_search()
        self.ask_for_order()

    @on(Header.Clicked)
    async def _header_clicked(self, message: Header.Clicked) -> None:
        if isinstance(message.part, int):
            self.go_to_view(self.shown.names[message.part])
        else:
            await self.run_action(message.part)
