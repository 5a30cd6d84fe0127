"""A conversation line by line: what is said, what is answered, and questions that ask again until they understand.

Nothing moves a cursor and nothing is a colour, so that a screen reader, a dumb terminal and a pipe all work. On a
terminal the answer follows its question on the same line; elsewhere each question is a line of its own.
"""

from __future__ import annotations

import difflib
import os
import re
import select
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadq.cli.output import emit
from leadq.drawing import drawn
from leadq.i18n import _
from leadq.saying import say_when
from leadq.terminal import speak_safely
from leadq.text import clean, fold
from leadq.when import BadWhen
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from leadq.cli.gestures import When

BACK: Final = "."
_BOM: Final = "\ufeff"
"""What some shells put before the first line of a pipe."""

_IDLE_S: Final = 15.0
"""How long a person may think before somebody looks whether a promise has become due."""


class Ended(Exception):
    """There is nobody to answer any more: the input has ended."""


class Back(Exception):
    """The question before this one, please."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that can be given by its number, its value, its letter, or some letters of its label."""

    value: str
    label: str
    letter: str = ""


class Talk:
    """Says lines and hears answers. `idle` is called while a person on a terminal thinks; whether it said something."""

    def __init__(self, idle: Callable[[], bool]) -> None:
        speak_safely(sys.stdin)  # whatever bytes arrive are words that are not understood, never a failure
        self.live = sys.stdin.isatty()
        self._idle = idle
        self._unread = b""

    def say(self, *lines: str) -> None:
        """Print lines at once: whoever listens hears them one by one."""
        self.tell(lines)

    def tell(self, lines: Iterable[str]) -> None:
        """Print lines as they come."""
        emit(None, lines, as_json=False)
        sys.stdout.flush()

    def ring(self) -> None:
        """The bell, where there is one."""
        if self.live and sys.stdout.isatty():
            sys.stdout.write("\a")

    def hear(self, question: str) -> str:
        """The answer to a question, without the spaces around it. Raises Ended."""
        self._prompt(question)
        line = self._typed(question) if self.live and os.name == "posix" else sys.stdin.readline()
        if not line:
            if self.live:
                self.say("")
            raise Ended
        return line.strip().lstrip(_BOM)

    def _prompt(self, question: str) -> None:
        if self.live:
            sys.stdout.write(f"{drawn(clean(question))} ")
            sys.stdout.flush()
        else:
            self.say(question)

    def _typed(self, question: str) -> str:
        """A line from a terminal; what was typed ahead waits here, where `select` cannot see it."""
        while b"\n" not in self._unread:
            if not select.select([sys.stdin], [], [], _IDLE_S)[0]:
                if self._idle():
                    self._prompt(question)
                continue
            more = os.read(sys.stdin.fileno(), 4096)
            if not more:
                break
            self._unread += more
        line, newline, self._unread = self._unread.partition(b"\n")
        return (line + newline).decode(sys.stdin.encoding or "utf-8", "replace")

    def choose(self, title: str, choices: Sequence[Choice]) -> str:
        """One of the choices. Raises Back, Ended."""
        return self._pick(title, choices, many=False)[0]

    def choose_many(self, title: str, choices: Sequence[Choice]) -> tuple[str, ...]:
        """One or several of the choices. Raises Back, Ended."""
        return self._pick(title, choices, many=True)

    def _pick(self, title: str, choices: Sequence[Choice], *, many: bool) -> tuple[str, ...]:
        self.tell(f"{number}. {choice.label}" for number, choice in enumerate(choices, start=1))
        hint = _("numbers, or some letters") if many else _("number, or some letters")
        while True:
            answer = self._answer(f"{title} ({hint})", optional=False)
            parts = [part for part in re.split(r"[,;]", answer) if part.strip()] if many else [answer]
            found = [matching(part, choices) for part in parts]
            if parts and all(len(one) == 1 for one in found):
                return tuple(dict.fromkeys(one[0].value for one in found))
            self.say(_misheard(parts, found, choices))

    def text(self, title: str, *, optional: bool = True) -> str:
        """A few words; "" for none where that is allowed. Raises Back, Ended."""
        return self._answer(title, optional=optional)

    def when(self, title: str, when: When, *, optional: bool = True, opening: bool = False) -> int | None:
        """An instant as people type it, said back as it was understood. Raises Back, Ended."""
        while answer := self._answer(f"{title} ({_('14:30, tomorrow 9am, +2bd')})", optional=optional):
            try:
                at_ms = when(answer, opening=opening)
            except BadWhen as error:
                self.say(error.message)
                continue
            assert at_ms is not None, "there was something to read"
            self.say(labelled(title, say_when(at_ms, when.at.zone, when.at.now_ms)))
            return at_ms
        return None

    def _answer(self, title: str, *, optional: bool) -> str:
        """What was typed: a full stop goes back, and so does nothing where an answer is needed."""
        asked = _("{question} (Enter: none)").format(question=title) if optional else title
        answer = self.hear(_("{question}?").format(question=asked))
        if answer == BACK or (not answer and not optional):
            raise Back
        return answer


def matching(typed: str, choices: Sequence[Choice]) -> list[Choice]:
    """What may be meant: the number, the exact value or letter, else the labels that begin with it, else hold it."""
    word = typed.strip()
    if word.isascii() and word.isdigit():
        number = int(word[:4]) or 10  # on a row of keys, 0 comes after 9
        return list(choices[number - 1 : number])
    exact = [choice for choice in choices if word and word in (choice.value, choice.letter)]
    if exact:
        return exact
    wanted = fold(word)
    begins = [choice for choice in choices if fold(choice.label).startswith(wanted) or choice.value == wanted]
    return begins or [choice for choice in choices if wanted in fold(choice.label) or wanted in choice.value]


def _misheard(parts: Sequence[str], found: Sequence[Sequence[Choice]], choices: Sequence[Choice]) -> str:
    typed, matches = next(((part, one) for part, one in zip(parts, found, strict=True) if len(one) != 1), ("", ()))
    if matches:
        several = ", ".join(choice.label for choice in matches)
        return _("“{word}” may be: {choices}. Type more of it, or its number.").format(
            word=typed.strip(), choices=several
        )
    near = difflib.get_close_matches(fold(typed.strip()), [fold(choice.label) for choice in choices], n=1, cutoff=0.5)
    meant = next((choice.label for choice in choices if near and fold(choice.label) == near[0]), "")
    none = _("“{word}” is none of them.").format(word=typed.strip())
    return f"{none} {_('Did you mean {nearest}?').format(nearest=meant)}" if meant else none
