"""The line at the bottom: the next keys, or what is being searched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widgets import Static

from leadq.actions import ACTIONS, Action
from leadq.i18n import _, ngettext, number
from leadq.text import clean
from leadq.tui.tones import TONES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

_NARROWEST: Final = 80
_MAIN: Final = tuple(action for action in ACTIONS if action.show_in_footer)


class Footer(Static):
    """Made from the registry of actions: those that it marks for the footer, unless a screen has others."""

    def __init__(self, actions: Sequence[Action] = _MAIN) -> None:
        super().__init__(keys_text(_NARROWEST, actions), id="footer")
        self._actions = actions
        self._search = Content("")

    def searching(self, text: str, found: int | None) -> None:
        """Say what is searched and how many leads it finds; without text the keys come back."""
        self._search = _search_text(text, found) if text else Content("")
        self._paint()

    def on_resize(self, event: events.Resize) -> None:
        """Another width has room for wider gaps, or not."""
        self._paint()

    def _paint(self) -> None:
        self.update(self._search or keys_text(self.size.width, self._actions), layout=False)


def keys_text(width: int, actions: Sequence[Action] = _MAIN) -> Content:
    """`a Accept  t Touch ...`; closer together where `width` asks for it."""
    keys = [Content.assemble((action.keys[0], "bold"), (f" {_(action.title)}", TONES["muted"])) for action in actions]
    apart = Content("  ").join(keys)
    return apart if apart.cell_length <= width else Content(" ").join(keys)


def _search_text(text: str, found: int | None) -> Content:
    count = "" if found is None else ngettext("{n} lead", "{n} leads", found).format(n=number(found))
    keys = _("n next  N previous  Esc all leads")
    parts = [(f"/{clean(text, 40)}", "bold"), (count, ""), (keys, TONES["muted"])]
    return Content("  ").join(Content.assemble(part) for part in parts if part[0])
