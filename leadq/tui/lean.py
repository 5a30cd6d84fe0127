"""What the library keeps of widgets that are gone: nothing.

It remembers the colours on both sides of a border by the widget's painted lines and two colours, for the last 1,024 of
them. So each dialog that was ever opened left behind what it had painted: 25 MB in a morning.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from textual._styles_cache import StylesCache

if TYPE_CHECKING:
    from textual.color import Color
    from textual.style import Style


@lru_cache(256)
def _inner_outer(base: Color, background: Color) -> tuple[Style, Style]:
    inner, outer = _OF_THE_LIBRARY(StylesCache, base, background)
    return inner, outer


_OF_THE_LIBRARY = StylesCache.get_inner_outer.__wrapped__


def forget_removed_widgets() -> None:
    """Remember those colours by the colours alone."""
    StylesCache.get_inner_outer = staticmethod(_inner_outer)  # type: ignore[assignment, method-assign]
