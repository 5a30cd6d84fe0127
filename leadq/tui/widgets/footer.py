"""The line at the bottom: the next keys, or what is being searched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widgets import Static

from leadq.actions import ACTIONS, BY_ID, Action
from leadq.i18n import _, ngettext, number
from leadq.text import clean
from leadq.tui.tones import TONES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

_NARROWEST: Final = 80
_TOGETHER: Final = tuple(
    BY_ID[name] for name in ("accept", "verdict", "assign", "snooze", "pause", "note", "touch", "merge")
)
"""What is likely done to several leads at once, the likeliest first."""
_MAIN: Final = tuple(action for action in ACTIONS if action.show_in_footer)


class Footer(Static):
    """Made from the registry of actions: those that it marks for the footer, unless a screen has others."""

    def __init__(self, actions: Sequence[Action] = _MAIN) -> None:
        super().__init__(keys_text(_NARROWEST, actions), id="footer")
        self._actions = actions
        self._search = Content("")
        self._chosen = 0

    def searching(self, text: str, found: int | None) -> None:
        """Say what is searched and how many leads it finds; without text the keys come back."""
        self._search = _search_text(text, found) if text else Content("")
        self._paint()

    def chosen(self, count: int) -> None:
        """Say how many leads are marked, and what can be done with all of them; with none the keys come back."""
        self._chosen = count
        self._paint()

    def on_resize(self, event: events.Resize) -> None:
        """Another width has room for wider gaps, or not."""
        self._paint()

    def _paint(self) -> None:
        keys = self._search or keys_text(self.size.width, self._actions)
        self.update(_chosen_text(self._chosen, self.size.width) if self._chosen else keys, layout=False)


def keys_text(width: int, actions: Sequence[Action] = _MAIN) -> Content:
    """`a Accept  t Touch ...`; closer together where `width` asks for it."""
    keys = [Content.assemble((action.keys[0], "bold"), (f" {_(action.title)}", TONES["muted"])) for action in actions]
    apart = Content("  ").join(keys)
    return apart if apart.cell_length <= width else Content(" ").join(keys)


def _chosen_text(count: int, width: int) -> Content:
    """`12 selected  Esc none  a Accept  v Verdict ...`, as many as there is room for."""
    said = ngettext("{n} selected", "{n} selected", count).format(n=number(count))
    begin = Content("  ").join([Content(said).stylize("bold reverse"), Content(_("Esc none")).stylize(TONES["muted"])])
    left = width - begin.cell_length - 2
    keys = (keys_text(left, _TOGETHER[:some]) for some in range(len(_TOGETHER), 0, -1))
    return Content("  ").join([begin, *[text for text in keys if text.cell_length <= left][:1]])


def _search_text(text: str, found: int | None) -> Content:
    count = "" if found is None else ngettext("{n} lead", "{n} leads", found).format(n=number(found))
    keys = _("n next  N previous  Esc all leads")
    parts = [(f"/{clean(text, 40)}", "bold"), (count, ""), (keys, TONES["muted"])]
    return Content("  ").join(Content.assemble(part) for part in parts if part[0])
