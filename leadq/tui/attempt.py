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


def attempt(kind: str, job: Callable[[], Message | None], home: Home) -> Message | None:
    """Whatever goes wrong in a thread becomes one sentence on the screen, which goes on."""
    from leadq.tui.messages import Trouble

    try:
        with explained(home, (sqlite3.DatabaseError,)):
            return job()
    except Exception as error:  # noqa: BLE001 - a worker must never take the screen with it
        return Trouble(kind, sorry(kind, error))


def sorry(kind: str, error: Exception) -> LeadqError:
    """An expected failure as it is; anything else as one sentence."""
    if isinstance(error, LeadqError):
        return error
    message = _("Something unexpected happened ({kind}): {error}.").format(kind=kind, error=repr(error))
    return LeadqError("bug", message, hint=_("Nothing was lost; please report it."))
