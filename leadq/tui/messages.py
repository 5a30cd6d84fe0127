"""What threads tell the screen. Payloads are frozen values; nothing else crosses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadq.alerts import Seen
    from leadq.errors import LeadqError
    from leadq.opundo import Decision
    from leadq.read import Line
    from leadq.saved_views import SavedView
    from leadq.tui.card import Card
    from leadq.tui.gaze import Gesture, Look


class Looked(Message, bubble=False):
    """The queue as it is now, and the rows around the selected lead."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look


class RowsRead(Message, bubble=False):
    """Rows that came into view."""

    def __init__(self, lines: Mapping[int, Line]) -> None:
        super().__init__()
        self.lines = lines


class CardRead(Message, bubble=False):
    """One lead whole; None when it is gone."""

    def __init__(self, card: Card | None) -> None:
        super().__init__()
        self.card = card


class Moved(Message, bubble=False):
    """Another process wrote: the order is to be asked again."""


class Displaced(Message, bubble=False):
    """The database is gone, or another file has taken its place."""

    def __init__(self, *, gone: bool) -> None:
        super().__init__()
        self.gone = gone


class Heard(Message, bubble=False):
    """A look at the alerts: those that are new, and when to look again."""

    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self.seen = seen


class Done(Message, bubble=False):
    """A verb or an undo is on disk."""

    def __init__(self, gesture: Gesture) -> None:
        super().__init__()
        self.gesture = gesture


class ViewSaved(Message, bubble=False):
    """A view is among the settings."""

    def __init__(self, view: SavedView) -> None:
        super().__init__()
        self.view = view


class Decided(Message, bubble=False):
    """What a person decided about changes (`decision.how` is a key of `words.SETTLED`) is on disk."""

    def __init__(self, decision: Decision, *, back: bool = False) -> None:
        """`back`: it was taken back."""
        super().__init__()
        self.decision, self.back = decision, back


class Synced(Message, bubble=False):
    """A sync has ended: what it printed with `--json`."""

    def __init__(self, outcome: Mapping[str, Any]) -> None:
        super().__init__()
        self.outcome = outcome


class Unwatched(Message, bubble=False):
    """The watcher beside the screen has ended by itself, with this exit status."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


class Trouble(Message, bubble=False):
    """Something asked for could not be done; `kind` is what it was."""

    def __init__(self, kind: str, error: LeadqError) -> None:
        super().__init__()
        self.kind = kind
        self.error = error


class Unkept(Message, bubble=False):
    """What is typed into a dialog could not be kept beside it."""

    def __init__(self, error: LeadqError) -> None:
        super().__init__()
        self.error = error
