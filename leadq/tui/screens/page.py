"""A page of text that is read again whenever something was written: the day, the contract."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from leadq.actions import BY_ID, MOVE
from leadq.errors import LeadqError
from leadq.i18n import _
from leadq.text import clean
from leadq.tui import telling
from leadq.tui.keys import bindings_of
from leadq.tui.messages import Moved
from leadq.tui.screens.steps import Steps
from leadq.tui.tones import TONES
from leadq.tui.widgets.footer import Footer

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from textual.app import ComposeResult
    from textual.binding import BindingType


class PageScreen(Steps, Screen[None]):
    """`read` asks for the lines; a line that is set in is about the one above it."""

    LIVE = True
    SCOPE = "page"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(
        action for action in BY_ID.values() if action.group == MOVE or action.id in ("leave", "quit")
    )

    def __init__(self, title: str, read: Callable[[], Future[tuple[str, ...]]]) -> None:
        super().__init__()
        self._title, self._read = title, read
        self._head = Static(Content(""), id="header")
        self._text = Static(Content(""))

    def compose(self) -> ComposeResult:
        """The title with how sync stands, the page, the keys."""
        yield self._head
        with VerticalScroll(id="page", can_focus=False):
            yield self._text
        yield Footer([BY_ID["leave"]])

    def on_mount(self) -> None:
        """Read it."""
        self.look_again("")

    def on_resize(self) -> None:
        """Lines are as wide as the screen."""
        self.post_message(Moved())

    def look_again(self, sync: str) -> None:
        """The queue has looked: the page may be another."""
        self._head.update(Content.assemble((f" {self._title} ", "bold reverse"), "  ", (clean(sync), TONES["muted"])))
        self.post_message(Moved())

    @on(Moved)
    async def _moved(self) -> None:
        try:
            lines = await asyncio.wrap_future(self._read())
        except LeadqError as error:
            lines = (telling.tell_trouble(error),)
        self._text.update(Content("\n").join(map(_line, lines or (_("There is nothing here yet."),))))

    def step(self, places: int) -> None:
        """Some lines down or up."""
        self.query_one("#page").scroll_relative(y=places, animate=False)

    def turn(self, pages: float) -> None:
        """Pages down or up."""
        self.step(int(self.size.height * pages))

    def action_open(self) -> None:
        """Nothing on a page opens."""

    def action_leave(self) -> None:
        """Back to the queue."""
        self.dismiss()

    action_quit = action_leave


def _line(text: str) -> Content:
    within = text.startswith(" ")
    return Content.assemble((f" {clean(text)}", "" if within else "bold"))
