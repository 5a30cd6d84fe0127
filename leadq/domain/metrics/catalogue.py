"""Every metric by its number: the only list of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from leadq.domain.metrics.acceptance import acceptance
from leadq.domain.metrics.attainment import attainment
from leadq.domain.metrics.conversion import by_source, conversion
from leadq.domain.metrics.delays import delays
from leadq.domain.metrics.discipline import order, pausing
from leadq.domain.metrics.effort import attempts, recycling
from leadq.domain.metrics.exits import feedback, reasons
from leadq.domain.metrics.figures import Metric
from leadq.domain.metrics.money import cost, customer_value, revenue
from leadq.domain.metrics.perception import perceived
from leadq.domain.metrics.promise import promise
from leadq.domain.metrics.scope import Scope
from leadq.domain.metrics.standing import disagreement, load, radar

METRICS: Final[Mapping[str, Callable[[Scope], Metric]]] = {
    "M1": acceptance,
    "M2": delays,
    "M3": attainment,
    "M4": conversion,
    "M5": by_source,
    "M6": reasons,
    "M7": feedback,
    "M8": revenue,
    "M9": customer_value,
    "M10": cost,
    "M11": promise,
    "M12": recycling,
    "M13": attempts,
    "M14": order,
    "M15": pausing,
    "M16": perceived,
    "M17": disagreement,
    "M18": load,
    "M19": radar,
}
"""Metric -> how it is worked out."""

NOT_BY_OWNER: Final = frozenset({"M14"})
"""What is never cut by person."""

WHOLE: Final = frozenset({"M16"})
"""What is about the teams and not about leads, and cannot be cut by anything."""
