"""Every metric by its number: the only list of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from leadq.domain.metrics.acceptance import acceptance
from leadq.domain.metrics.attainment import attainment
from leadq.domain.metrics.delays import delays
from leadq.domain.metrics.figures import Metric
from leadq.domain.metrics.scope import Scope

METRICS: Final[Mapping[str, Callable[[Scope], Metric]]] = {
    "M1": acceptance,
    "M2": delays,
    "M3": attainment,
}
