"""The keys that move a pointer through a list, whichever list it is."""

from __future__ import annotations

from typing import Final

_ALL: Final = 1 << 31
"""More places than any list has: a step stops at the end."""


class Steps:
    """For a screen with one list. Whoever extends it says what a step and a page are there."""

    def step(self, places: int) -> None:
        """So many places down, or up when negative, and not beyond the ends."""
        raise NotImplementedError

    def turn(self, pages: float) -> None:
        """So many pages down, or up when negative."""
        raise NotImplementedError

    def action_down(self) -> None:
        """The next one."""
        self.step(1)

    def action_up(self) -> None:
        """The one before."""
        self.step(-1)

    def action_first(self) -> None:
        """The first one."""
        self.step(-_ALL)

    def action_last(self) -> None:
        """The last one."""
        self.step(_ALL)

    def action_half_page_down(self) -> None:
        """Half a page down."""
        self.turn(0.5)

    def action_half_page_up(self) -> None:
        """Half a page up."""
        self.turn(-0.5)

    def action_page_down(self) -> None:
        """A page down."""
        self.turn(1)

    def action_page_up(self) -> None:
        """A page up."""
        self.turn(-1)
