"""The views of `leadq metrics` beside the numbered figures: leaks, two dimensions at once, what is to come, pilots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from leadq.domain.metrics.catalogue import METRICS
from leadq.domain.metrics.conversion import crossed
from leadq.domain.metrics.forward import forward
from leadq.domain.metrics.leak import leaks
from leadq.domain.metrics.pilot import pilots
from leadq.domain.metrics.trust import trust
from leadq.i18n import _, current, ngettext
from leadq.metric_shapes import crossed_shape, forward_shape, leaks_shape, metric_shape, trust_shape
from leadq.metric_words import LOST, NOT_KNOWN, NOTES, figure_name, row_name, say_figure
from leadq.words import in_words, labelled

if TYPE_CHECKING:
    from leadq.domain.metrics.figures import Figure
    from leadq.domain.metrics.scope import Scope

COMPARED: Final = ("M1", "M2", "M3", "M4")
"""What a pilot is compared by: taken, waited, kept, qualified."""


class View(NamedTuple):
    """A scope as JSON, and as lines."""

    shape: Callable[[Scope], Any]
    lines: Callable[[Scope], Iterator[str]]


def said(figures: Sequence[Figure], margin: str = "  ") -> Iterator[str]:
    """One line for each figure."""
    return (margin + labelled(figure_name(figure.name), say_figure(figure)) for figure in figures)


def _leaks(scope: Scope) -> Iterator[str]:
    found = leaks(scope)
    if not found:
        yield _("No lead of the period was lost.")
    for one in found:
        reason = reason_name(scope, one.reason)
        where = " · ".join(filter(None, (in_words(LOST, one.stage), reason, one.source or _(NOT_KNOWN))))
        yield labelled(where, say_figure(one.share))


def reason_name(scope: Scope, code: str) -> str:
    """A reason in the contract's words; "" and a code that it does not know stand for themselves."""
    contract = scope.facts.contract
    return next((one.say(current()) for one in contract.reasons if one.code == code), code) if contract else code


def _crossed(scope: Scope) -> Iterator[str]:
    for name, pair in _PAIRS.items():
        yield row_name(name)
        for values, figures in crossed(scope, *pair).items():
            yield "  " + " × ".join(value or _(NOT_KNOWN) for value in values)
            yield from said(figures, "    ")


def _crossed_shape(scope: Scope) -> dict[str, Any]:
    return {name: crossed_shape(crossed(scope, *pair)) for name, pair in _PAIRS.items()}


_PAIRS: Final[Mapping[str, tuple[str, str]]] = {
    "country_channel": ("country", "channel"),
    "country_source": ("country", "source"),
    "profile_source": ("profile", "source"),
}


def _forward(scope: Scope) -> Iterator[str]:
    found = forward(scope)
    yield from said((found.open_accepted, found.rate), "")
    expected = found.expected
    if expected.value is None:
        yield _(NOTES["no_history"])
    else:
        yield _("Of them {expected} can be expected to qualify ({low} to {high}).").format(
            expected=expected.value, low=expected.low, high=expected.high
        )


def _pilots(scope: Scope) -> Iterator[str]:
    found = pilots(scope)
    if not found:
        yield _("The contract has no pilot.")
    for one in found:
        for title, side in ((one.id, one.pilot), (one.compare_to, one.other)):
            n = len(side.cohort.cycles)
            yield labelled(title, ngettext("{n} lead", "{n} leads", n).format(n=n))
            for name in COMPARED:
                yield from said(METRICS[name](side).figures)


def _pilots_shape(scope: Scope) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "compare_to": one.compare_to,
            "pilot": {name: metric_shape(METRICS[name](one.pilot)) for name in COMPARED},
            "other": {name: metric_shape(METRICS[name](one.other)) for name in COMPARED},
        }
        for one in pilots(scope)
    ]


def _trust(scope: Scope) -> Iterator[str]:
    found = trust(scope)
    yield from said((found.doubtful,), "")
    for one in found.segments:
        yield one.segment or _(NOT_KNOWN)
        yield from said((one.cherry_pick, one.late_rejection, one.paused, one.expired))


VIEWS: Final[Mapping[str, View]] = {
    "leaks": View(lambda scope: leaks_shape(leaks(scope)), _leaks),
    "crossed": View(_crossed_shape, _crossed),
    "forward": View(lambda scope: forward_shape(forward(scope)), _forward),
    "pilots": View(_pilots_shape, _pilots),
    "trust": View(lambda scope: trust_shape(trust(scope)), _trust),
}
