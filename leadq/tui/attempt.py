"""What a thread does for the screen, so that whatever goes wrong in it is one sentence there."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from leadq.errors import LeadqError
from leadq.i18n import _
from leadq.sqlite import explained

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message

    from leadq.paths import Home


def attempt(
    kind: str, job: Callable[[], Message | None], home: Home, heard: Callable[[str, LeadqError], None]
) -> Message | None:
    """Whatever goes wrong in a thread becomes one sentence on the screen, which goes on; `heard` hears of it too."""
    from leadq.tui.messages import Trouble

    try:
        with explained(home, (sqlite3.DatabaseError,)):
            return job()
    except Exception as error:  # noqa: BLE001 - a worker must never take the screen with it
        found = sorry(kind, error)
        heard(kind, found)
        return Trouble(kind, found)


def sorry(kind: str, error: Exception) -> LeadqError:
    """An expected failure as it is; anything else as one sentence."""
    if isinstance(error, LeadqError):
        return error
    message = _("Something unexpected happened ({kind}): {error}.").format(kind=kind, error=repr(error))
    found = LeadqError("bug", message, hint=_("Nothing was lost. The log (l) has it to copy: please report it."))
    found.__cause__ = error
    return found
