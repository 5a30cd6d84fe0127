"""The estimators against libraries that we did not write: lifelines and statsmodels (`pip install ".[proof]"`)."""

from __future__ import annotations

import random
from importlib import import_module
from typing import Any

import pytest

from leadq.domain.metrics.statistics import CENSORED, COMPETING, EVENT, aalen_johansen, kaplan_meier, wilson

pytestmark = pytest.mark.deep
COHORTS = 1_000


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        pytest.skip(f"NOT PROVED: {name} is not installed (pip install .[proof])")


def _cohort(chance: random.Random, ends: tuple[int, ...], *, ties: bool) -> list[tuple[int, int]]:
    """A cohort of 1 to 120 waits; `ties`: many of them equally long."""
    lengths = range(1, 40) if ties else range(1, 10_000_000)
    count = chance.randint(1, 120)
    drawn = chance.choices(lengths, k=count) if ties else chance.sample(lengths, count)
    return [(length, chance.choice(ends)) for length in drawn]


def test_a_thousand_survival_curves_are_those_of_lifelines() -> None:
    lifelines, chance = _library("lifelines"), random.Random(8)
    for number in range(COHORTS):
        waits = _cohort(chance, (CENSORED, EVENT), ties=bool(number % 2))
        fitted = lifelines.KaplanMeierFitter().fit([t for t, _e in waits], [e == EVENT for _t, e in waits])
        for time, left in kaplan_meier(waits):
            assert left == pytest.approx(float(fitted.survival_function_at_times(time).iloc[0]), abs=1e-9)


@pytest.mark.filterwarnings("ignore")
def test_a_thousand_incidence_curves_are_those_of_lifelines() -> None:
    """Without ties: lifelines moves tied times apart by chance; `test_statistics` has the ties."""
    lifelines, chance = _library("lifelines"), random.Random(88)
    compared = 0
    for _number in range(COHORTS):
        waits = _cohort(chance, (CENSORED, EVENT, COMPETING), ties=False)
        if not any(end == EVENT for _time, end in waits):
            continue
        fitter = lifelines.AalenJohansenFitter(calculate_variance=False)
        fitted = fitter.fit([t for t, _e in waits], [e for _t, e in waits], event_of_interest=EVENT)
        known = fitted.cumulative_density_.iloc[:, 0]
        for time, value in aalen_johansen(waits):
            assert value == pytest.approx(float(known.loc[time]), abs=1e-9)
        compared += 1
    assert compared > COHORTS * 9 // 10


def test_a_thousand_intervals_are_those_of_statsmodels() -> None:
    proportion, chance = _library("statsmodels.stats.proportion"), random.Random(888)
    for _number in range(COHORTS):
        n = chance.randint(1, 5_000)
        hits = chance.randint(0, n)
        assert wilson(hits, n) == pytest.approx(proportion.proportion_confint(hits, n, 0.05, "wilson"), abs=1e-9)
