"""A report as one page of HTML: no script, no request, printed on A4; a policy in its head forbids the rest."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

from leadq.i18n import _, current
from leadq.reports.svg import drawing
from leadq.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadq.reports.document import Report, Section, Table

_LONGEST: Final = 4_000
_CODE: Final = re.compile(r"`([^`]+)`")
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

_STYLE: Final = """
:root { color-scheme: light; }
body { font: 15px/1.45 system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; color: #1b1f24;
  background: #fff; max-width: 62rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.7rem; margin: 0 0 .2rem; }
h2 { font-size: 1.15rem; margin: 0 0 .5rem; border-bottom: 2px solid #1f4e79; padding-bottom: .2rem; }
h3 { font-size: 1rem; margin: .8rem 0 .3rem; }
section { margin: 1.6rem 0 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .3rem 0 .6rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #d5dae1;
  overflow-wrap: anywhere; }
thead th { font-size: .85rem; color: #424a55; border-bottom: 1px solid #8a94a1; overflow-wrap: normal; }
tbody th { font-weight: 600; min-width: 6.5rem; }
.right { text-align: right; } td.right { white-space: nowrap; }
svg { display: block; width: 100%; max-width: 45rem; height: auto; margin: .4rem 0 .8rem; }
svg text { fill: #1b1f24; font-family: inherit; }
.bar { fill: #1f4e79; } .rail { fill: #eef1f5; } .pale { fill: #c3d2e2; }
.aim { stroke: #9c3d00; stroke-width: 3; fill: none; }
.line0 { stroke: #9c3d00; stroke-width: 2; } circle.line0 { fill: #9c3d00; }
.line1 { stroke: #1b5e20; stroke-width: 2; stroke-dasharray: 6 3; } circle.line1 { fill: #fff; stroke-dasharray: none; }
.about, .repeat, .empty, footer { color: #424a55; }
.repeat, footer { font-size: .8rem; }
code { font: .92em ui-monospace, "DejaVu Sans Mono", Consolas, monospace; overflow-wrap: anywhere; }
@page { size: A4; margin: 14mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 9.5pt; }
  th, td { padding: .12rem .5rem .12rem 0; } section { margin-top: 1rem; }
  h1 { font-size: 16pt; } h2 { font-size: 12pt; }
  h2, h3 { break-after: avoid; } tr, svg { break-inside: avoid; } thead { display: table-header-group; }
  .scroll { overflow: visible; }
  .repeat, footer { font-size: 6pt; line-height: 1.25; margin: 0; } p { margin: .25rem 0; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
"""


def as_html(report: Report) -> str:
    """The text of the file."""
    return "".join(_parts(report))


def _parts(report: Report) -> Iterator[str]:
    yield (
        f'<!doctype html>\n<html lang="{current()}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<link rel="icon" href="data:,">\n'
        f"<title>{_safe(report.title)} · {_safe(report.stem)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<header><h1>{_safe(report.title)}</h1>\n<p class="about">{_prose(report.subtitle)}</p></header>\n<main>\n'
    )
    for section in report.sections:
        yield from _section(section)
    yield (
        f"</main>\n<footer><p>{_safe(_('The same report again:'))} <code>{_safe(report.command)}</code></p></footer>\n"
        "</body>\n</html>\n"
    )


def _section(section: Section) -> Iterator[str]:
    yield f'<section id="{section.id}">\n<h2>{_safe(section.title)}</h2>\n'
    for line in section.lines:
        yield f'<p class="about">{_prose(line)}</p>\n'
    for table in section.tables:
        yield from _table(table, f"{section.id}-{table.id}")
    if section.repeat:
        codes = "<br>".join(f"<code>{_safe(one)}</code>" for one in section.repeat)
        yield f'<p class="repeat">{_safe(_("The same figures again:"))}<br>{codes}</p>\n'
    yield "</section>\n"


def _table(table: Table, name: str) -> Iterator[str]:
    if table.title:
        yield f"<h3>{_safe(table.title)}</h3>\n"
    if not table.rows:
        yield f'<p class="empty">{_prose(table.empty)}</p>\n' if table.empty else ""
        return
    yield drawing(table, name) + "\n"
    yield '<div class="scroll"><table><thead><tr>'
    yield "".join(f'<th scope="col"{_side(column.right)}>{_safe(column.title)}</th>' for column in table.columns)
    yield "</tr></thead>\n<tbody>\n"
    for row in table.rows:
        cells = zip(table.columns[1:], row[1:], strict=True)
        rest = "".join(f"<td{_side(column.right)}>{_safe(cell.text)}</td>" for column, cell in cells)
        yield f'<tr><th scope="row">{_safe(row[0].text)}</th>{rest}</tr>\n'
    yield "</tbody></table></div>\n"


def _side(right: bool) -> str:
    return ' class="right"' if right else ""


def _prose(text: str) -> str:
    """A sentence, in which words between backticks are code."""
    return _CODE.sub(r"<code>\1</code>", _safe(text))


def _safe(text: str) -> str:
    """A text as HTML shows it and does nothing else with it."""
    return escape(clean(text, _LONGEST))
