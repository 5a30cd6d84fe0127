"""The words of the screen: a state is a glyph and a word, never a colour alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

VIEWS: Final[Mapping[str, str]] = {
    "mine": N_("Mine"),
    "all": N_("All"),
    "radar": N_("Radar"),
    "needs-you": N_("Needs you"),
}
"""View -> its name, in the order in which Tab goes through them."""

BANDS: Final[Mapping[str, str]] = {
    "B0": N_("Replies and promises, now"),
    "B1": N_("Hot, first touch running"),
    "B2": N_("At risk"),
    "B3": N_("Late, can still be saved"),
    "B4": N_("Due today"),
    "B5": N_("Promised today"),
    "B6": N_("Late for longer"),
    "B7": N_("Later"),
    "": N_("Closed"),
}
"""Band -> its heading; "" holds closed leads."""

VERDICTS: Final[Mapping[str, str]] = {
    "reject": N_("Reject"),
    "disqualify": N_("Disqualify"),
    "recycle": N_("Recycle"),
    "qualify": N_("Qualify"),
}
"""Verdict -> its name."""
