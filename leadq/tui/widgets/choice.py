"""One answer out of a few: by its number, by arrows, or by typing some letters of it.

A choice has no key handler: its dialog hands it each key (`press`) before the next one is looked at. Keys that come in
a burst, as they do over a slow line, so never reach a question that was asked before they were typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from leadq.i18n import ngettext, number
from leadq.text import clean, fold
from leadq.tui.tones import TONES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual import events
    from textual.geometry import Size

_NUMBERS: Final = "1234567890"
POINTED: Final = ">"
"""Between the number and the label of the option that Enter takes: to be seen without colours too."""
_PREVIOUS: Final = frozenset({"up", "left"})
_NEXT: Final = frozenset({"down", "right"})


class Pressed(Enum):
    """What a key did to a choice."""

    UNUSED = 0
    """Nothing: it may mean something to the dialog."""
    USED = 1
    PICKED = 2
    """There is a new answer: the form may go on to the next question."""
    ENTERED = 3
    """Enter, on an answer that stands: the form may be saved."""


@dataclass(frozen=True, slots=True)
class Option:
    """An answer: its value, its label, a letter that chooses it ("" for none), and other words that find it."""

    value: str
    label: str
    letter: str = ""
    other: str = ""


class Choice(Widget, can_focus=True):
    """Options in a column, or in a row; a column that has its answer shrinks to it when the focus leaves it.

    `typing`: letters narrow the options. `many`: numbers and space toggle, and there may be several answers. `most`: a
    column has at most so many lines of options; the rest is counted, and comes into view with the pointer.
    """

    DEFAULT_CSS = """
    Choice { height: auto; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    Choice:focus { background: $boost; }
    """

    class Clicked(Message):
        """An answer was chosen with the mouse."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(
        self,
        options: Sequence[Option],
        *,
        value: str = "",
        row: bool = False,
        typing: bool = False,
        many: bool = False,
        most: int = 0,
        id: str | None = None,  # noqa: A002 - textual's own word
    ) -> None:
        super().__init__(id=id)
        self._options = tuple(options)
        self._row, self._typing, self._many, self._most = row, typing, many, most
        self._typed = ""
        self._top = 0
        self._hidden: tuple[Option, ...] = ()
        self._at = next((index for index, option in enumerate(self._options) if value and option.value == value), 0)
        self.values: tuple[str, ...] = (value,) if value else ()

    @property
    def value(self) -> str:
        """The answer, or "" when there is none yet."""
        return self.values[0] if self.values else ""

    @property
    def _shrunk(self) -> bool:
        return bool(self.values) and not self.has_focus

    def offer(self, options: Sequence[Option], hidden: Sequence[Option] = ()) -> None:
        """Ask with other options, and with some that only letters find; an answer that is not shown is forgotten."""
        self._options, self._hidden = tuple(options), tuple(hidden)
        known = {option.value for option in self._options}
        self.values = tuple(value for value in self.values if value in known)
        self._typed, self._at = "", 0
        self.refresh(layout=True)

    def pick(self, value: str) -> None:
        """Take an answer as if it had been chosen, without going on."""
        self.values = (value,)
        self._at = next((i for i, option in enumerate(self._shown()) if option.value == value), 0)
        self.refresh(layout=True)

    def put(self, values: Iterable[str]) -> None:
        """Have these answers, as far as they are offered."""
        known = {option.value for option in self._options}
        self.values = tuple(value for value in values if value in known)
        chosen = (index for index, option in enumerate(self._options) if option.value in self.values)
        self._typed, self._at = "", next(chosen, 0)
        self.refresh(layout=True)

    def press(self, key: str) -> Pressed:
        """Treat one key, and say what it did."""
        shown = self._shown()
        if key in _NUMBERS and (index := _NUMBERS.index(key)) < len(shown) and not shown[index].letter:
            return self._take(index)
        if key in _PREVIOUS or key in _NEXT:
            self._at = (self._at + (1 if key in _NEXT else -1)) % max(1, len(shown))
            self.refresh(layout=bool(self._most))
            return Pressed.USED
        if key == "enter":
            pending = shown and not self._many and shown[self._at].value not in self.values
            return self._take(self._at) if pending else Pressed.ENTERED
        if key == "space" and self._many:
            return self._take(self._at)
        return self._letter(key)

    def on_focus(self) -> None:
        """A column opens."""
        self.refresh(layout=True)

    def on_blur(self) -> None:
        """A column shrinks to its answer, and what was typed is forgotten."""
        self._typed = ""
        self.refresh(layout=True)

    def on_click(self, event: events.Click) -> None:
        """A click on a line of an open column picks it."""
        view = self._view()
        if not self._row and self.has_focus and 0 <= event.y < len(view):
            self._take(view[event.y])
            self.post_message(self.Clicked(self))

    def render(self) -> Content:
        """The options, or only the answer."""
        if self._row:
            return Content("  ").join(self._label(index, option) for index, option in enumerate(self._options))
        if self._shrunk:
            return self._answer()
        shown, view = self._shown(), self._view()
        lines = [self._label(index, shown[index]) for index in view]
        if more := len(shown) - len(view):
            told = ngettext("{n} more", "{n} more", more).format(n=number(more))
            lines.append(Content.assemble((f"  {told}", TONES["muted"])))
        if self._typed:
            lines.append(Content.assemble((f"/{clean(self._typed)}", TONES["muted"])))
        return Content("\n").join(lines)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line, or a line for each option."""
        if self._row or self._shrunk:
            return 1
        lines = len(self._view())
        return lines + (lines < len(self._shown())) + bool(self._typed)

    def _view(self) -> range:
        """The places of the options that have a line: so many as there is room for, and the pointer among them."""
        count = len(self._shown())
        if not self._most or count <= self._most:
            return range(count)
        self._top = min(max(self._top, self._at - self._most + 1), self._at, count - self._most)
        return range(self._top, self._top + self._most)

    def _shown(self) -> tuple[Option, ...]:
        """The options that hold what was typed."""
        if not self._typed:
            return self._options
        wanted = fold(self._typed)
        return tuple(option for option in (*self._options, *self._hidden) if _fits(wanted, option))

    def _label(self, index: int, option: Option) -> Content:
        sign = option.letter or (_NUMBERS[index] if index < len(_NUMBERS) else " ")
        chosen = option.value in self.values
        pointed = index == self._at and self.has_focus
        label = clean(option.label)
        if self._many:
            label = f"[x] {label}" if chosen else f"[ ] {label}"
        elif chosen:
            label = f"[{label}]"
        style = "reverse" if pointed else ("bold" if chosen else "")
        return Content.assemble((sign, TONES["title"]), POINTED if pointed else " ", (label, style))

    def _answer(self) -> Content:
        return Content(", ".join(clean(option.label) for option in self._options if option.value in self.values))

    def _take(self, index: int) -> Pressed:
        option = self._shown()[index]
        if self._many:
            others = tuple(value for value in self.values if value != option.value)
            self.values = others if option.value in self.values else (*self.values, option.value)
        else:
            self.values = (option.value,)
        self._typed = ""
        self._at = next((place for place, shown in enumerate(self._options) if shown is option), 0)
        self.refresh(layout=True)
        return Pressed.PICKED

    def _letter(self, key: str) -> Pressed:
        letters = {option.letter: index for index, option in enumerate(self._options) if option.letter}
        if key in letters:
            return self._take(letters[key])
        if self._typing and (key == "backspace" or _is_of_a_word(key, after=self._typed)):
            typed = " " if key == "space" else key
            self._typed = self._typed[:-1] if key == "backspace" else self._typed + typed
            return self._after_typing()
        return Pressed.UNUSED

    def _after_typing(self) -> Pressed:
        """Letters that fit nothing are not taken; the one option left is the answer, unless there may be more."""
        if not self._shown():
            self._typed = self._typed[:-1]
        self._at = 0
        self.refresh(layout=True)
        alone = bool(self._typed) and len(self._shown()) == 1 and not self._many
        return self._take(0) if alone else Pressed.USED


def _is_of_a_word(key: str, after: str) -> bool:
    """A letter, or what stands between two words; a key of another name is none."""
    return (len(key) == 1 and (key.isalpha() or (bool(after) and key in "'’-"))) or (key == "space" and bool(after))


def _fits(wanted: str, option: Option) -> bool:
    """In the label or the other words anywhere; in a code such as `rej.spam`, where its own word begins."""
    named = f"{fold(option.label)}\n{fold(option.other)}"
    return wanted in named or option.value.partition(".")[2].startswith(wanted)
