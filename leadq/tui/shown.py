"""Which view of the queue is shown: four that are always there, then the saved ones, each with its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq.i18n import _
from leadq.order import Filter
from leadq.text import fold
from leadq.tui.words import VIEWS

if TYPE_CHECKING:
    from leadq.saved_views import SavedView

_BUILT_IN = tuple(VIEWS)


class Shown:
    """The view that is shown, by its name, and the words searched in it.

    A saved view cannot have the name of one that is always there, so a name says which is meant.
    """

    def __init__(self) -> None:
        self.name = "mine"
        self.saved: tuple[SavedView, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All views, in the order of their numbers."""
        return (*_BUILT_IN, *(view.name for view in self.saved))

    @property
    def number(self) -> int:
        """The number of the view that is shown, from 1 on."""
        return self.names.index(self.name) + 1

    @property
    def titles(self) -> tuple[str, ...]:
        """What all of them are called on the screen."""
        return tuple(_(VIEWS[name]) if name in VIEWS else name for name in self.names)

    @property
    def title(self) -> str:
        """What the one that is shown is called."""
        return self.titles[self.number - 1]

    def beside(self, by: int) -> str:
        """The view so many places further, round the end."""
        return self.names[(self.number - 1 + by) % len(self.names)]

    def numbered(self, number: int) -> str:
        """The view of that number, "" when there is none."""
        return self.names[number - 1] if number <= len(self.names) else ""

    def keep(self, saved: tuple[SavedView, ...]) -> bool:
        """Take the saved views as they are now; whether the one that was shown is gone, and mine is shown instead."""
        self.saved = saved
        gone = self.name not in self.names
        if gone:
            self.name = "mine"
        return gone

    def add(self, view: SavedView) -> None:
        """Show a view that has just been saved, in the place of one of its name."""
        names = [known.name for known in self.saved]
        at = names.index(view.name) if view.name in names else len(names)
        self.saved = (*self.saved[:at], view, *self.saved[at + 1 :])
        self.name = view.name

    def wanted(self, me: str, searched: str) -> Filter:
        """What to ask for: words that are searched narrow a saved view."""
        if self.name in VIEWS:
            return Filter(view=self.name, me=me, search=fold(searched))
        kept = self.saved[self.number - 1 - len(_BUILT_IN)].wanted
        return kept._replace(me=me, search=f"{kept.search} {fold(searched)}".strip())
