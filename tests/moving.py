"""Screenshots of one terminal, one after the other, as one picture that moves, with nothing but SVG's own animation.

What stands at the same place in several frames is drawn once, and shown while it stands there: a minute of work takes
less than three single screens. Browsers play it, also where a README shows it; elsewhere one sees the first frame.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

_STYLE: Final = re.compile(r"\.(terminal-\d+-r\d+) \{ ([^}]*?) ?\}")
_BLOCK: Final = re.compile(
    r'<rect fill="([^"]+)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" shape-rendering="crispEdges"/>'
)
_TEXT: Final = re.compile(
    r'<text class="(terminal-\d+-r\d+)" x="([\d.]+)" y="([\d.]+)" textLength="([\d.]+)" clip-path="[^"]+">([^<]*)<'
)
_CELL: Final = 12.2
"""How wide a character is."""
_FRAME: Final = re.compile(r'<svg class="rich-terminal" viewBox="0 0 ([\d.]+) ([\d.]+)"')
_PLACE: Final = re.compile(r'<g transform="(translate\(9, \d+\))"')
_CHROME: Final = re.compile(r'<rect fill="#292929".*?(?=\s*<g transform="translate\(9)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Frame:
    """A screenshot as Textual exports it, for how many seconds it is seen, and which keys led to it."""

    svg: str
    seconds: float
    keys: str = ""


def animated(frames: Sequence[Frame]) -> str:
    """One SVG that shows `frames` in turn, again and again."""
    first = frames[0].svg
    width, height = _found(_FRAME, first).groups()
    styles: dict[str, str] = {}
    seen: dict[str, set[int]] = defaultdict(set)
    for number, frame in enumerate(frames):
        for element in _elements(frame, styles, float(width)):
            seen[element].add(number)
    place, chrome = _found(_PLACE, first)[1], re.sub(r"terminal-\d+-", "", _found(_CHROME, first)[0]).strip()
    rules = "\n".join(f".{name} {{ {rule} }}" for rule, name in styles.items())
    return (
        f'<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">\n<style>\n'
        "text { font-family: 'Fira Code', monospace; font-size: 20px; white-space: pre }\n"
        f".title {{ font-size: 18px; font-weight: bold; font-family: arial }}\n{rules}\n</style>\n{chrome}\n"
        f'<g transform="{place}">\n{"".join(_groups(seen, [frame.seconds for frame in frames]))}</g>\n</svg>\n'
    )


def _found(pattern: re.Pattern[str], svg: str) -> re.Match[str]:
    match = pattern.search(svg)
    assert match, f"{pattern.pattern} is not in what Textual exports any more"
    return match


def _elements(frame: Frame, styles: dict[str, str], width: float) -> Iterator[str]:
    """Its blocks of colour and its texts, with the names that `styles` has for how they look."""
    names = {name: styles.setdefault(rule, f"s{len(styles)}") for name, rule in _STYLE.findall(frame.svg)}
    for fill, x, y, wide, high in _BLOCK.findall(frame.svg):
        yield f'<rect fill="{fill}" x="{x}" y="{y}" width="{wide}" height="{high}" shape-rendering="crispEdges"/>'
    for name, x, y, length, text in _TEXT.findall(frame.svg):
        padded = text.replace("&#160;", "\u00a0")
        if plain := padded.strip("\u00a0"):
            before, around = padded.index(plain), len(padded) - len(plain)
            left, wide = float(x) + before * _CELL, float(length) - around * _CELL
            yield f'<text class="{names[name]}" x="{left:g}" y="{y}" textLength="{wide:g}">{plain}</text>'
    if frame.keys:
        look = 'fill="#ffc473" font-weight="bold" text-anchor="end"'
        yield f'<text {look} x="{width - 30:g}" y="-14">{frame.keys}</text>'


def _groups(seen: dict[str, set[int]], seconds: Sequence[float]) -> Iterator[str]:
    """Elements that are seen in the same frames together; all blocks of colour lie under all texts."""
    together: dict[tuple[bool, tuple[int, ...]], list[str]] = defaultdict(list)
    for element, numbers in seen.items():
        together[element.startswith("<text"), tuple(sorted(numbers))].append(element)
    for (_text, numbers), elements in sorted(together.items()):
        body = "\n".join(elements)
        if len(numbers) == len(seconds):
            yield f"<g>\n{body}\n</g>\n"
        else:
            shown = "visible" if 0 in numbers else "hidden"
            yield f'<g visibility="{shown}">{_animate(set(numbers), seconds)}\n{body}\n</g>\n'


def _animate(numbers: set[int], seconds: Sequence[float]) -> str:
    whole = sum(seconds)
    starts = [0.0, *accumulate(seconds)][: len(seconds)]
    changes = [at for at in range(len(seconds)) if at == 0 or (at in numbers) != (at - 1 in numbers)]
    times = ";".join(f"{starts[at] / whole:.4f}".rstrip("0").rstrip(".") for at in changes)
    values = ";".join("visible" if at in numbers else "hidden" for at in changes)
    return (
        f'<animate attributeName="visibility" calcMode="discrete" dur="{whole:g}s" repeatCount="indefinite" '
        f'keyTimes="{times}" values="{values}"/>'
    )
