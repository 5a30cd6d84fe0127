"""Which dialog asks for which verb, of those that need nothing but a lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.tui.screens.care import DIALOGS
from leadq.tui.screens.correct import CorrectDialog
from leadq.tui.screens.marketing import AnswerDialog, DisputeDialog, RerouteDialog, ResubmitDialog
from leadq.tui.screens.note import NoteDialog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadq.tui.screens.dialog import Dialog

FORMS: Final[Mapping[str, type[Dialog]]] = {
    **DIALOGS,
    "note": NoteDialog,
    "correct": CorrectDialog,
    "dispute": DisputeDialog,
    "answer": AnswerDialog,
    "reroute": RerouteDialog,
    "resubmit": ResubmitDialog,
}
"""Action -> its dialog."""
