"""One line of text that somebody types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.actions import parse
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input

if TYPE_CHECKING:
    from textual import events

LONGEST: Final = 10_000
"""Characters of a text: the library measures the whole line at each key, which takes 5 ms then."""


class Text(Input):
    """One line of free text without a frame, and without a cursor that blinks: blinking costs half a percent of CPU.

    `limit`: how many characters it takes. Of what is pasted the lines become one, and what goes beyond is `Cut`.
    """

    class Cut(Message):
        """So many characters of a paste found no room."""

        def __init__(self, text: Text, lost: int) -> None:
            super().__init__()
            self.text, self.lost = text, lost

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        id: str | None = None,  # noqa: A002 - textual's own word
        limit: int = LONGEST,
    ) -> None:
        super().__init__(value, placeholder, id=id, compact=True, select_on_focus=False, max_length=limit)
        self.cursor_blink = False
        self.limit = limit

    def press(self, event: events.Key) -> bool:
        """Treat a key at once, so that an Enter or a Tab typed behind it cannot overtake it; whether it has a use."""
        if event.is_printable and event.character:
            self.replace(event.character, *self.selection)
            return True
        if event.key not in _EDITS:
            return False
        _where, name, parameters = parse(_EDITS[event.key])
        getattr(self, f"action_{name}")(*parameters)
        return True

    def paste(self, text: str) -> None:
        """Every line of it: the library would take the first, and say nothing."""
        start, end = sorted(self.selection)
        room = self.limit - len(self.value) + end - start
        pasted = " ".join(line.strip() for line in text.splitlines())
        self.replace(pasted[:room], start, end)
        if len(pasted) > room:
            self.post_message(self.Cut(self, len(pasted) - room))

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.paste(event.text)


_EDITS: Final = {
    key: binding.action
    for binding in Input.BINDINGS
    if isinstance(binding, Binding) and binding.action not in ("submit", "copy")
    for key in binding.key.split(",")
}
"""The library's own keys for moving in a line and changing it; what is left out means something to the dialog."""
