"""The line at the bottom: the next keys, what may follow a comma, or what is being searched. A click is the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widgets import Static

from leadq.actions import ACTIONS, BY_ID, CHORD, Action, key_of, keys_of, say_key
from leadq.i18n import _, ngettext, number
from leadq.text import cell_width, clean
from leadq.tui.keys import pressed
from leadq.tui.tones import TONES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
        self._search = self._awaiting = Content("")
        self._chosen = 0

    def searching(self, text: str, found: int | None) -> None:
        """Say what is searched and how many leads it finds; without text the keys come back."""
        self._search = _search_text(text, found) if text else Content("")
        self._paint()

    def chosen(self, count: int) -> None:
        """Say how many leads are marked, and what can be done with all of them; with none the keys come back."""
        self._chosen = count
        self._paint()

    def awaiting(self, actions: Sequence[Action]) -> None:
        """Say which keys may follow a comma; none: nothing is awaited any more."""
        self._awaiting = _awaiting_text(actions) if actions else Content("")
        self._paint()

    def on_resize(self, event: events.Resize) -> None:
        """Another width has room for wider gaps, or not."""
        self._paint()

    def on_click(self, event: events.Click) -> None:
        """What is named there is done, as by its key."""
        if self._awaiting or self._search or self._chosen:
            return
        for start, end, action in _places(self.size.width, self._actions):
            if start <= event.x < end:
                self.app.post_message(pressed(key_of(action)))

    def _paint(self) -> None:
        keys = self._search or keys_text(self.size.width, self._actions)
        chosen = _chosen_text(self._chosen, self.size.width) if self._chosen else keys
        self.update(self._awaiting or chosen, layout=False)


def keys_text(width: int, actions: Sequence[Action] = _MAIN) -> Content:
    """`a Accept  t Touch ...`; closer together where `width` asks for it. What has no key is not offered."""
    parts = [
        Content.assemble((key_of(action), "bold"), (f" {_(action.title)}", TONES["muted"]))
        for action in _keyed(actions)
    ]
    return Content(" " * _gap(width, actions)).join(parts)


def _places(width: int, actions: Sequence[Action]) -> Iterator[tuple[int, int, Action]]:
    """Where each action stands, in cells."""
    start, gap = 0, _gap(width, actions)
    for action in _keyed(actions):
        end = start + _cells(action)
        yield start, end, action
        start = end + gap


def _keyed(actions: Sequence[Action]) -> list[Action]:
    return [action for action in actions if keys_of(action)]


def _cells(action: Action) -> int:
    return cell_width(f"{key_of(action)} {_(action.title)}")


def _gap(width: int, actions: Sequence[Action]) -> int:
    keyed = _keyed(actions)
    return 2 if sum(_cells(action) + 2 for action in keyed) - 2 <= width else 1


def _awaiting_text(actions: Sequence[Action]) -> Content:
    parts = [
        Content.assemble((key[1:], "bold"), (f" {_(action.title)}", TONES["muted"]))
        for action in actions
        for key in keys_of(action)
        if key.startswith(CHORD)
    ]
    return Content("  ").join([Content.assemble((CHORD, "bold reverse")), *parts, Content.assemble(("Esc", "bold"))])


def _chosen_text(count: int, width: int) -> Content:
    """`12 selected  Esc none  a Accept  v Verdict ...`, as many as there is room for."""
    said = ngettext("{n} selected", "{n} selected", count).format(n=number(count))
    begin = Content("  ").join(
        [
            Content(said).stylize("bold reverse"),
            Content(_("{key} none").format(key=say_key("leave"))).stylize(TONES["muted"]),
        ]
    )
    left = width - begin.cell_length - 2
    keys = (keys_text(left, _TOGETHER[:some]) for some in range(len(_TOGETHER), 0, -1))
    return Content("  ").join([begin, *[text for text in keys if text.cell_length <= left][:1]])


def _search_text(text: str, found: int | None) -> Content:
    count = "" if found is None else ngettext("{n} lead", "{n} leads", found).format(n=number(found))
    keys = _("{next} next  {previous} previous  {leave} all leads").format(
        next=say_key("next_match"), previous=say_key("previous_match"), leave=say_key("leave")
    )
    parts = [(f"/{clean(text, 40)}", "bold"), (count, ""), (keys, TONES["muted"])]
    return Content("  ").join(Content.assemble(part) for part in parts if part[0])
