"""One line of text that somebody types."""

from __future__ import annotations

from textual.widgets import Input


class Text(Input):
    """One line of free text without a frame, and without a cursor that blinks: blinking costs half a percent of CPU."""

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(value, placeholder, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False
