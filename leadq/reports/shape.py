"""A report as JSON (docs/reports.md): stable names and plain values; words only where people wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadq.clock import iso
from leadq.metric_shapes import metric_shape

if TYPE_CHECKING:
    from leadq.reports.document import Report, Section, Table


def as_shape(report: Report) -> dict[str, Any]:
    """The document of `leadq report --json`."""
    return {
        "kind": report.kind,
        "edition": report.edition,
        "from": iso(report.from_ms),
        "to": iso(report.to_ms),
        "as_of": iso(report.as_of_ms),
        "zone": report.zone,
        "command": report.command,
        "coverage": report.data["coverage"],
        "metrics": {name: metric_shape(metric) for name, metric in report.metrics.items()},
        "commands": dict(report.commands),
        "trust": report.data["trust"],
        "late_arrivals": report.data["late_arrivals"],
        "sections": {section.id: _section(section) for section in report.sections},
    }


def _section(section: Section) -> dict[str, Any]:
    return {**{table.id: _rows(table) for table in section.tables}, "commands": list(section.repeat)}


def _rows(table: Table) -> list[dict[str, Any]]:
    names = [column.id for column in table.columns]
    return [{name: cell.value for name, cell in zip(names, row, strict=True)} for row in table.rows]
