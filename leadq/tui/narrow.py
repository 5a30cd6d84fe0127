"""What a repaint of a few cells asks of widgets that are elsewhere: nothing.

The library's compositor has every widget of the screen render all its lines, however small the part to repaint is,
and then throws away what lies outside. With a queue that counts down by the second that was half of what idling cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual._compositor import Compositor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.geometry import Region
    from textual.strip import Strip


class NarrowCompositor(Compositor):
    """The library's own, but for a part of the screen only the widgets that can be seen there are rendered."""

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if crop is None:
            yield from super()._get_renders(None)
            return
        for widget, (region, clip) in self.visible_widgets.items():  # from the front to the back
            if (seen := region.intersection(clip)) and crop.overlaps(seen):
                yield region, clip, widget.render_lines(seen.translate(-region.offset))
                if seen.contains_region(crop):
                    return  # nothing behind it shows
