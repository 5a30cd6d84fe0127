"""What somebody has typed into a dialog and not saved yet: one small file, so that neither Esc nor a crash loses it.

A draft is no event: nobody has decided anything. It may hold personal data, so only its owner may read it, an erasure
takes it, and it does not outlive its use: few, not for long, and gone once its verb is on disk. Each change reads the
file, changes one draft and puts the whole in place of the old one, under a lock: two screens may be open on one home.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadq.lock import held
from leadq.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from leadq.paths import Home

KEPT: Final = 50
"""So many drafts at most; the oldest goes first."""

AGE_MS: Final = 30 * 86_400_000
"""A draft that nobody took up for so long is nobody's any more."""

BYTES: Final = 1_000_000
"""The file is no longer than that: 50 drafts of two pages. What is longer is not ours, and not read."""

_WAIT_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Draft:
    """The answers of one dialog about these leads (uids), by question; `at_ms` is when it was last changed, in UTC.

    `ids` are the leads' local ids, for whoever looks at the first of them and does not know the others by uid.
    """

    dialog: str
    leads: tuple[str, ...]
    at_ms: int
    answers: Mapping[str, tuple[str, ...]]
    ids: tuple[int, ...] = ()

    def is_about(self, dialog: str, leads: Sequence[str]) -> bool:
        """Whether the same dialog about the same leads would bring it back."""
        return self.dialog == dialog and self.leads == tuple(leads)

    def as_shape(self) -> dict[str, Any]:
        """The draft as it is stored."""
        return {
            "dialog": self.dialog,
            "leads": list(self.leads),
            "ids": list(self.ids),
            "at_ms": self.at_ms,
            "answers": {name: list(values) for name, values in self.answers.items()},
        }


def file_of(home: Home) -> Path:
    """Where they are."""
    return home.state / "drafts.json"


def load(home: Home) -> list[Draft]:
    """All of them, the oldest first; none from a file that is not whole. Raises OSError."""
    path = file_of(home)
    try:
        if path.stat().st_size > BYTES:
            return []
        return list(_read(json.loads(path.read_text("utf-8"))))
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, KeyError, AttributeError):  # half-written by a power cut, or somebody else's
        return []


class Glance:
    """The drafts of a home for whoever asks often: the file is read again only when it is another."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._sign: tuple[int, int, int] | None = None
        self._found: tuple[Draft, ...] = ()

    def about(self, lead: str, now_ms: int) -> tuple[Draft, ...]:
        """Those whose first lead this is (uid)."""
        return tuple(one for one in self.recent(now_ms) if one.leads[:1] == (lead,))

    def recent(self, now_ms: int) -> tuple[Draft, ...]:
        """All but old ones; none from a file that cannot be read."""
        try:
            stat = file_of(self._home).stat()
            sign = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if sign != self._sign:
                self._sign, self._found = sign, tuple(load(self._home))
        except OSError:  # most homes have none; what is typed where it cannot be written is said at once
            self._sign, self._found = None, ()
        return tuple(_young(self._found, now_ms))


def keep(home: Home, draft: Draft) -> None:
    """Store `draft` in the place of an earlier one of its dialog and leads. Raises OSError, LeadqError `locked`."""
    with _changing(home) as known:
        others = [one for one in _young(known, draft.at_ms) if not one.is_about(draft.dialog, draft.leads)]
        _write(home, _fitting([*others[1 - KEPT :], draft]))


def drop(home: Home, dialog: str, leads: Sequence[str], now_ms: int) -> None:
    """Forget the draft of this dialog about these leads, if there is one, and old ones (`now_ms`: UTC).

    Raises OSError, LeadqError `locked`.
    """
    if not file_of(home).exists():
        return
    with _changing(home) as known:
        _write_if_less(home, known, [one for one in _young(known, now_ms) if not one.is_about(dialog, leads)])


def forget(home: Home, leads: Collection[str], names: Iterable[str]) -> bool:
    """Forget what is about any of these leads (uids), or names one of these people; whether there was anything.

    Raises OSError, LeadqError `locked`.
    """
    if not file_of(home).exists():
        return False
    wanted = [fold(name.strip()) for name in names if name.strip()]
    with _changing(home) as known:
        return _write_if_less(home, known, [one for one in known if not _touches(one, leads, wanted)])


def _young(known: Iterable[Draft], now_ms: int) -> Iterator[Draft]:
    return (one for one in known if one.at_ms > now_ms - AGE_MS)


def _touches(draft: Draft, leads: Collection[str], wanted: Sequence[str]) -> bool:
    texts = [fold(text) for values in draft.answers.values() for text in values]
    return not set(leads).isdisjoint(draft.leads) or any(name in text for name in wanted for text in texts)


def _read(stored: Any) -> Iterator[Draft]:
    for one in stored:
        answers = {str(name): tuple(map(str, values)) for name, values in one["answers"].items()}
        leads, ids = tuple(map(str, one["leads"])), tuple(map(int, one["ids"]))
        yield Draft(str(one["dialog"]), leads, int(one["at_ms"]), answers, ids)


def _fitting(drafts: list[Draft]) -> list[Draft]:
    """The newest of them that the file has room for."""
    while len(drafts) > 1 and len(_text(drafts)) > BYTES:
        drafts = drafts[1:]
    return drafts


def _text(drafts: Sequence[Draft]) -> bytes:
    return json.dumps([draft.as_shape() for draft in drafts], ensure_ascii=False, indent=1).encode(
        "utf-8", "backslashreplace"
    )


def _write_if_less(home: Home, before: list[Draft], after: list[Draft]) -> bool:
    if len(after) == len(before):
        return False
    _write(home, after)
    return True


def _write(home: Home, drafts: Sequence[Draft]) -> None:
    """Whole or not at all. Not forced to the disk: a program that is killed loses nothing by that, and a key waits for
    no disk; a power cut may cost the newest words."""
    path = file_of(home)
    if not drafts:
        path.unlink(missing_ok=True)
        return
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_text(drafts))
    fresh.replace(path)


@contextmanager
def _changing(home: Home) -> Iterator[list[Draft]]:
    home.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with held(home.state / "drafts.lock", _WAIT_S):
        yield load(home)
