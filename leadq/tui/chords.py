"""Two keys that mean one thing: `,` and another. While the second is awaited, nothing else fires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.events import Key

from leadq.actions import BY_ID
from leadq.i18n import _
from leadq.tui.keys import CHORDS
from leadq.tui.widgets.footer import Footer

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

    from leadq.actions import Action

_FIRST = "comma"


class Chords:
    """Sees each key before anybody else does, and makes one of two. The footer says what may follow the first."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._awaited_by: Screen[Any] | None = None

    def take(self, event: Key) -> Key | None:
        """The key to go on with: this one, the chord that it completes, or none when it says nothing yet, or at all."""
        if self._awaited_by is not None:
            return self._completed(event)
        if event.key != _FIRST or self._typing or not (known := self._known()):
            return event
        self._awaited_by = self._app.screen
        self._show(list(dict.fromkeys(known.values())))  # one for each name of its key
        return None

    def drop(self) -> None:
        """Forget the first key: something else was done meanwhile."""
        if self._awaited_by is not None:
            self._show([])
            self._awaited_by = None

    def _completed(self, event: Key) -> Key | None:
        known = self._known() if self._awaited_by is self._app.screen else {}
        self.drop()
        chord = f"{CHORDS}{event.key}"
        if chord in known:
            return Key(chord, None)
        if event.key != "escape":
            told = _("No action is on these two keys: , {key}").format(key=event.character or event.key)
            self._app.notify(told, severity="warning", markup=False)
        return None

    @property
    def _typing(self) -> bool:
        """Whether a comma is a character of what somebody writes."""
        focused = self._app.focused
        return focused is not None and focused.check_consume_key(_FIRST, ",")

    def _known(self) -> dict[str, Action]:
        """The chords of the screen in front. Asked at a comma only: it looks at every binding."""
        active = self._app.screen.active_bindings
        return {
            key: BY_ID[found.binding.id]
            for key, found in active.items()
            if key.startswith(CHORDS) and found.binding.id in BY_ID
        }

    def _show(self, actions: list[Action]) -> None:
        if self._awaited_by is not None and self._awaited_by.is_attached:
            for footer in self._awaited_by.query(Footer):
                footer.awaiting(actions)
