"""The words of the screen: a state is a glyph and a word, never a colour alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq import words
from leadq.i18n import N_
from leadq.words import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    class InBoth(Protocol):
        """What has a label in each language: a reason, a criterion."""

        @property
        def en(self) -> str:
            """In English."""

        @property
        def fr(self) -> str:
            """In French."""


__all__ = ["BANDS", "VERDICTS", "VIEWS", "in_both"]

BANDS: Final[Mapping[str, str]] = {**words.BANDS, "~": N_("Perhaps: these letters, in this order")}
"""Band -> its heading; the last is what a search did not find and may have meant."""

VIEWS: Final[Mapping[str, str]] = {
    "mine": N_("Mine"),
    "all": N_("All"),
    "radar": N_("Radar"),
    "needs-you": N_("Needs you"),
}
"""View -> its name, in the order in which Tab goes through them."""


def in_both(label: InBoth) -> str:
    """Both labels: whoever types looks for either, whatever the language of the screen."""
    return f"{label.en}\n{label.fr}"
