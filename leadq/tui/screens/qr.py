"""A number as a QR code, as large as it must be; any key goes back, and is treated there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from leadq.i18n import _
from leadq.tui.tones import TONES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult

_INK = "white on black"
"""Said, and not left to the theme: in dark letters on white it would be read inverted, or not at all."""


class QrScreen(ModalScreen[None]):
    """`then`: who gets the key that closes it, so that the digit of an outcome is not typed twice."""

    CSS_PATH = "../css/dialog.tcss"
    QUIET = True

    def __init__(self, code: Sequence[str], number: str, then: Callable[[events.Key], object]) -> None:
        super().__init__()
        self._code, self._number, self._then = code, number, then

    def compose(self) -> ComposeResult:
        """The code, and the number that it holds."""
        with Vertical(id="code"):
            yield Static(Content("\n").join(Content.assemble((line, _INK)) for line in self._code))
            yield Static(Content.assemble((self._number, "bold"), "\n", (_("any key goes back"), TONES["muted"])))

    def take_key(self, event: events.Key) -> bool:
        """Back."""
        self.dismiss()
        if event.key != "escape":
            self._then(event)
        return True
