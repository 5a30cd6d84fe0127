"""The picture that moves: what is drawn once is shown when it was there, and the file is one that browsers read."""

from __future__ import annotations

from xml.etree import ElementTree

from tests.moving import Frame, animated
from tests.pictures import DOCS, MOVING, PICTURES

_SVG = "{http://www.w3.org/2000/svg}"


def frame(*texts: str) -> str:
    """A screenshot as Textual exports one, with a line for each text."""
    lines = "".join(
        f'<rect fill="#121212" x="0" y="{1.5 + 24.4 * y:g}" width="61" height="24.65" shape-rendering="crispEdges"/>'
        f'<text class="terminal-7-r1" x="0" y="{20 + 24.4 * y:g}" textLength="61" clip-path="url(#line-{y})">'
        f"&#160;{text}</text>"
        for y, text in enumerate(texts)
    )
    return (
        '<svg class="rich-terminal" viewBox="0 0 100 100" xmlns="http://www.w3.org/2000/svg"><style>'
        '.terminal-7-r1 { fill: #e0e0e0 }</style><rect fill="#292929" x="1" y="1"/>'
        f'<g transform="translate(9, 41)" clip-path="url(#x)">{lines}</g></svg>'
    )


def shown(svg: str) -> dict[str, tuple[str, str]]:
    """Each text with the times and states of its animation; empty for what always stands there."""
    place = ElementTree.fromstring(svg).find(f"{_SVG}g")
    assert place is not None
    found = {}
    for group in place:
        animation = group.find(f"{_SVG}animate")
        how = ("", "") if animation is None else (animation.attrib["keyTimes"], animation.attrib["values"])
        found |= {str(text.text): how for text in group.iter(f"{_SVG}text")}
    return found


def test_a_text_is_drawn_once_and_shown_in_its_frames() -> None:
    frames = [Frame(frame("stays", "one"), 1.0), Frame(frame("stays", "two"), 2.0), Frame(frame("stays", "one"), 1.0)]
    assert shown(animated(frames)) == {
        "stays": ("", ""),
        "one": ("0;0.25;0.75", "visible;hidden;visible"),
        "two": ("0;0.25;0.75", "hidden;visible;hidden"),
    }


def test_the_keys_stand_above_their_frame() -> None:
    svg = animated([Frame(frame("a"), 1.0), Frame(frame("a"), 3.0, "c 1")])
    assert shown(svg)["c 1"] == ("0;0.25", "hidden;visible")


def test_the_pictures_of_the_docs_are_there_small_and_can_be_read() -> None:
    for name in (*PICTURES, *MOVING):
        assert (DOCS / name).stat().st_size < 600_000
        assert ElementTree.parse(DOCS / name).getroot().tag == f"{_SVG}svg"
