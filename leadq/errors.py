"""What can go wrong, as one family: a code that scripts rely on, a sentence for people, an exit status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """Exit statuses of the command line; docs/cli.md says when each one is used."""

    DONE = 0
    BUG = 1
    USAGE = 2
    NEEDS_PERSON = 3
    PARTLY = 4
    REFUSED = 5
    NOT_FOUND = 6
    IO = 74
    TEMPORARY = 75
    AUTH = 77
    CONFIG = 78
    INTERRUPTED = 130


class LeadqError(Exception):
    """An expected failure: shown as one sentence, never as a traceback.

    `code` is a stable word of docs/cli.md; `message` is already in the user's language; `hint` says what to do;
    `candidates` holds what could have been meant when several things match.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        exit_status: Exit = Exit.BUG,
        candidates: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.exit_status = exit_status
        self.candidates = tuple(candidates)
