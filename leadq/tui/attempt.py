"""What a thread does for the screen, so that whatever goes wrong in it is one sentence there, and a line in the log."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, TypeVar

from leadq.errors import LeadqError
from leadq.i18n import _
from leadq.sqlite import explained

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message

    from leadq.paths import Home

T = TypeVar("T")


def attempt(
    kind: str, job: Callable[[], Message | None], home: Home, heard: Callable[[str, LeadqError], None]
) -> Message | None:
    """Whatever goes wrong in a thread becomes one sentence on the screen, which goes on; `heard` hears of it too."""
    from leadq.tui.messages import Trouble

    done = tried(kind, job, home)
    if not isinstance(done, LeadqError):
        return done
    heard(kind, done)
    return Trouble(kind, done)


def tried(kind: str, job: Callable[[], T], home: Home) -> T | LeadqError:
    """What `job` answers, or the error that ended it."""
    try:
        with explained(home, (sqlite3.DatabaseError,)):
            return job()
    except Exception as error:  # noqa: BLE001 - a worker must never take the screen with it
        return sorry(kind, error, home)


def sorry(kind: str, error: Exception, home: Home) -> LeadqError:
    """An expected failure as it is; anything else as one sentence, and a line in the home's log.

    The sentence says no more than the line does: what an unforeseen error says may hold anybody's data.
    """
    if isinstance(error, LeadqError):
        return error
    from leadq.actions import say_key
    from leadq.faults import note

    fault = note(home, kind, error)
    message = _("Something unexpected happened ({kind}: {what}).").format(kind=kind, what=fault.what)
    hint = _("Nothing was lost. The log ({key}) has it to copy: please report it.").format(key=say_key("log"))
    found = LeadqError("bug", message, hint=hint)
    found.__cause__ = error
    return found
