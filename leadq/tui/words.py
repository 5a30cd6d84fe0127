"""The words of the screen: a state is a glyph and a word, never a colour alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq import words
from leadq.i18n import N_, _, number
from leadq.saying import say_minutes
from leadq.words import RADAR, VERDICTS

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

    from leadq.tui.widgets.order import Heading


__all__ = ["BANDS", "VERDICTS", "VIEWS", "heading_text", "in_both"]

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


def heading_text(heading: Heading, now_ms: int) -> str:
    """`B2 At risk  3`; on the radar the reason for which leads are there, and how long the oldest has been."""
    count = "" if heading.count is None else f"  {number(heading.count)}"
    if heading.band in RADAR:
        return f"{_(RADAR[heading.band])}{count}{_age(heading.since_ms, now_ms)}"
    band = f"{heading.band} " if heading.band else ""
    return f"{band}{_(BANDS[heading.band])}{count}"


def _age(since_ms: int | None, now_ms: int) -> str:
    if since_ms is None:
        return ""
    return "  " + _("the oldest for {time}").format(time=say_minutes(max(0, now_ms - since_ms)))
