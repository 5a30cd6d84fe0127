"""M16 over time: what the two teams think of each other, quarter by quarter, as far as enough of them have answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.domain.metrics.perception import FEWEST, of
from leadq.i18n import _, number
from leadq.metric_words import figure_name, row_name
from leadq.reports import cells
from leadq.reports.document import Column, Section, table, text
from leadq.reports.period import row_of

if TYPE_CHECKING:
    from leadq.reports.sources import Sources

_QUARTERS: Final = 4
_MEANS: Final = ("perceived_sales", "perceived_marketing", "gap")
_OVER_TIME: Final = (*_MEANS, "sales_response", "marketing_response")


def survey(sources: Sources) -> Section:
    """The quarter by dimension, and the last quarters in a row."""
    metric = sources.metric("M16")
    quarters = row_of("quarter", sources.asked.span, sources.asked.zone, _QUARTERS)
    over_time = [
        [text(name), *(cells.brief(found[figure]) for figure in _OVER_TIME)]
        for name, found in ((name, of(sources.facts, name)) for name, _span in quarters)
    ]
    by_dimension = [
        [cells.coded(name, row_name(name)), *map(cells.brief, figures)] for name, figures in metric.rows.items()
    ]
    titles = {name: figure_name(name) for name in _OVER_TIME}
    return Section(
        "survey", _("What the teams think of each other"),
        (
            table("quarters", (Column("quarter", _("Quarter")), *cells.right(*titles.items())), over_time),
            table("dimensions", (Column("about", _("About")), *cells.right(*((name, titles[name]) for name in _MEANS))),
                  by_dimension, title=_("By dimension, in {quarter}").format(quarter=quarters[-1][0])),
        ),
        cells.said(_("From 0 to 100; nothing is told of a team with fewer than {fewest} answers.").format(
            fewest=number(FEWEST)), *cells.needed(metric.needs)),
        (sources.command("metrics M16"),),
    )  # fmt: skip
