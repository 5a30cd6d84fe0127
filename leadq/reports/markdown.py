"""A report as Markdown: what people wrote is text there, whatever characters it holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from leadq.i18n import _
from leadq.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadq.reports.document import Report, Section, Table

_MEANS: Final = re.compile(r"([\\`*_\[\]<>|~&])")
_CODE: Final = re.compile(r"`([^`|]+)`")
"""A command in a sentence of ours; what is in it stands there as it is, and does nothing."""
_LONGEST: Final = 4_000


def as_markdown(report: Report) -> str:
    """The text of the file."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"# {escaped(report.title)}"
    yield ""
    yield prose(report.subtitle)
    for section in report.sections:
        yield from ("", f"## {escaped(section.title)}", "")
        yield from _section(section)
    yield from ("", "---", "", f"{escaped(_('The same report again:'))} `{report.command}`")


def _section(section: Section) -> Iterator[str]:
    for line in section.lines:
        yield from (prose(line), "")
    for table in section.tables:
        if table.title:
            yield from (f"**{escaped(table.title)}**", "")
        yield from _table(table)
        yield ""
    if section.repeat:
        yield escaped(_("The same figures again:")) + " " + ", ".join(f"`{one}`" for one in section.repeat)


def _table(table: Table) -> Iterator[str]:
    if not table.rows:
        yield prose(table.empty)
        return
    yield _row([column.title for column in table.columns])
    yield "|" + "|".join(" ---: " if column.right else " --- " for column in table.columns) + "|"
    for row in table.rows:
        yield _row([cell.text for cell in row])


def _row(texts: list[str]) -> str:
    return "| " + " | ".join(escaped(text) for text in texts) + " |"


def escaped(text: str) -> str:
    """A text as Markdown shows it and does nothing else with it."""
    return _MEANS.sub(r"\\\1", clean(text, _LONGEST))


def prose(text: str) -> str:
    """A sentence, in which words between backticks are code."""
    parts = _CODE.split(clean(text, _LONGEST))
    return "".join(f"`{part}`" if at % 2 else escaped(part) for at, part in enumerate(parts))
