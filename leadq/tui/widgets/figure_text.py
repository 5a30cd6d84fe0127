"""A figure of the week as text: its value, a bar against what is promised, and the last weeks as a line. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual.content import Content

from leadq.drawing import in_ascii
from leadq.i18n import _, number
from leadq.text import clean
from leadq.tui.tones import TONES
from leadq.tui.widgets.blocks import cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STEPS: Final = "▁▂▃▄▅▆▇█"
_NONE: Final = "·"
_NONE_IN_ASCII: Final = "?"  # the dot becomes a dash there, as one of the steps does
_BAR: Final = 10
_VALUE: Final = 9
_FIXED: Final = _VALUE + _BAR + 2 + 3
Week = dict[str, Any] | None


def spark(values: Sequence[float | None]) -> str:
    """One sign for each week, the highest the highest; a dot where there is no figure."""
    known = [value for value in values if value is not None]
    none = _NONE_IN_ASCII if in_ascii() else _NONE
    if not known:
        return none * len(values)
    top = max(known) or 1.0
    return "".join(none if one is None else _STEPS[min(7, max(0, round(one / top * 7)))] for one in values)


def bar(share: float | None, promised: float | None) -> str:
    """`[######--|-]`: the share, and where the promise is; more than all fills it."""
    if share is None:
        return " " * (_BAR + 2)
    filled = round(min(1.0, max(0.0, share)) * _BAR)
    signs = ["#"] * filled + ["-"] * (_BAR - filled)
    if promised is not None:
        signs[min(_BAR - 1, round(promised * _BAR))] = "|"
    return f"[{''.join(signs)}]"


def row_text(figure: Mapping[str, Any], week: int, width: int) -> Content:
    """Title and name, the value, the bar of a share, and the weeks up to `week` (an index)."""
    shown: Week = figure["weeks"][week]
    share = shown["value"] if shown and figure["kind"] == "share" else None
    told = f"{figure['metric']:<4}{figure['said']}"
    line = spark([one and one["value"] for one in figure["weeks"]])
    name = max(20, width - _FIXED - len(line))
    return Content.assemble(
        (cell(clean(told), name), "bold"),
        f" {_short(shown, figure['kind']):>{_VALUE}} ",
        (bar(share, figure["promised"]), _tone(share, figure["promised"])),
        (f" {line}", TONES["title"]),
    )


def _short(week: Week, kind: str) -> str:
    """The value alone: of how many it is, is said below the list."""
    if week is None or week["value"] is None:
        return _("n/a")
    if kind == "share":
        return _("{share}%").format(share=number(100 * week["value"], 1))
    return str(week["said"])


def _tone(share: float | None, promised: float | None) -> str:
    if share is None or promised is None:
        return ""
    return TONES["good"] if share >= promised else TONES["soon"]


def whole_text(figure: Mapping[str, Any], week: int) -> Content:
    """All that keeps it from being misread: of how many, how sure, what was promised, and the weeks in figures."""
    shown: Week = figure["weeks"][week]
    weeks = [_short(one, figure["kind"]).strip() for one in figure["weeks"]]
    promised = figure["promised"]
    lines: list[tuple[str, str]] = [
        (f"{figure['metric']} {figure['title']}: {figure['said']}", "bold"),
        (shown["said"] if shown else _("not told of this week"), ""),
        (_("promised: {share} %").format(share=number(100 * promised)) if promised is not None else "", ""),
        (_("by week: {weeks}").format(weeks="  ".join(weeks)), TONES["muted"]),
    ]
    return Content("\n").join(Content.assemble((clean(text), style)) for text, style in lines if text)
