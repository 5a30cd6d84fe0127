"""A report as one table for a spreadsheet: a row for each value, all metrics at the end; safe to open."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from leadq.i18n import _, current
from leadq.metric_shapes import figure_shape
from leadq.metric_words import TITLES, figure_name, row_name, say_figure
from leadq.tabular import write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadq.domain.metrics.figures import Figure
    from leadq.reports.document import Plain, Report

Row = tuple["Plain", ...]


def as_csv(report: Report) -> str:
    """The text of the file; in French as French Excel wants it."""
    header = (_("section"), _("table"), _("row"), _("column"), _("value"), _("in words"), _("command"))
    stream = StringIO()
    write_csv(stream, header, [*_about(report), *_cells(report), *_metrics(report)], french=current() == "fr")
    return stream.getvalue()


def _about(report: Report) -> Iterator[Row]:
    yield (report.title, "", "", "", None, report.subtitle, report.command)
    for section in report.sections:
        for line in section.lines:
            yield (section.title, "", "", "", None, line, "")


def _cells(report: Report) -> Iterator[Row]:
    for section in report.sections:
        command = section.repeat[0] if section.repeat else report.command
        for table in section.tables:
            for row in table.rows:
                for column, cell in list(zip(table.columns, row, strict=True))[1:]:
                    yield (section.title, table.title, row[0].text, column.title, cell.plain, cell.text, command)


def _metrics(report: Report) -> Iterator[Row]:
    for name, metric in report.metrics.items():
        title, command = f"{name} {_(TITLES[name])}", report.commands[name]
        for row, figures in (("", metric.figures), *metric.rows.items()):
            for figure in figures:
                yield (title, name, row_name(row) if row else "", figure_name(figure.name), _plain(figure),
                       say_figure(figure), command)  # fmt: skip


def _plain(figure: Figure) -> Plain:
    value: Plain = figure_shape(figure)["value"]
    return value
