"""What happens around an open queue: a machine that slept, a clock that was set, a database that is another one."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from textual import on

from leadq.tui import telling
from leadq.tui.messages import Displaced
from leadq.tui.pulse import Pulse
from leadq.tui.screens.viewing import ViewingScreen

if TYPE_CHECKING:
    from leadq.tui.data import Data


class LivingScreen(ViewingScreen):
    """A queue that goes on whatever happens to the machine and the file under it."""

    def __init__(self, data: Data, classes: str) -> None:
        super().__init__(data, classes)
        self._pulse = Pulse()

    def feel_pulse(self, now_ms: int) -> None:
        """Under an earlier time the order is worked out anew; a machine that slept needs no more than the next look."""
        if by_ms := self._pulse.beat(now_ms, monotonic()):
            self.tell(telling.tell_clock_back(by_ms), "warning")
            self.ask_for_order()

    @on(Displaced)
    def _displaced(self, message: Displaced) -> None:
        """What is shown stays until there is something to show instead."""
        self.tell(telling.tell_displaced(gone=message.gone), "error" if message.gone else "warning")
        if not message.gone:
            self.ask_for_order()
