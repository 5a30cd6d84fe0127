"""The words of the screen: a state is a glyph and a word, never a colour alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.i18n import N_
from leadq.words import BANDS, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BANDS", "VERDICTS", "VIEWS"]

VIEWS: Final[Mapping[str, str]] = {
    "mine": N_("Mine"),
    "all": N_("All"),
    "radar": N_("Radar"),
    "needs-you": N_("Needs you"),
}
"""View -> its name, in the order in which Tab goes through them."""
