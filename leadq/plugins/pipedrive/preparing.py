"""What has to be at Pipedrive before leadq can write there: labels for states, and fields of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from leadq.plugins.pipedrive.fields import OWN
from leadq.plugins.pipedrive.names import FIELDS, LABELS
from leadq.plugins.sdk import N_, Step

if TYPE_CHECKING:
    from leadq.plugins.pipedrive.names import Names
    from leadq.plugins.pipedrive.states import Labels
    from leadq.plugins.sdk import Http

_COLOURS: Final = ("blue", "yellow", "purple", "green", "brown", "orange", "gray")
_LABEL: Final = "label:"
_FIELD: Final = "field:"


def missing(names: Names, labels: Labels, mapping: Mapping[str, str]) -> Iterator[Step]:
    """A step for each label and field that is not there; what the settings name themselves is not ours to create."""
    for word in labels.wanted():
        if not names.label(word):
            yield Step(f"{_LABEL}{word}", N_("Create the lead label “{label}”."), {"label": word})
    for own, (name, _) in OWN.items():
        if own not in mapping and names.field(name) is None:
            yield Step(
                f"{_FIELD}{own}", N_("Create the deal field “{field}”, which leads have as well."), {"field": name}
            )


def create(http: Http, steps: Sequence[Step], labels: Labels) -> None:
    """Create what the steps say."""
    wanted = labels.wanted()
    for step in steps:
        kind, _, what = step.id.partition(":")
        if f"{kind}:" == _LABEL and what in wanted:
            http.post(LABELS, {"name": what, "color": _COLOURS[wanted.index(what) % len(_COLOURS)]})
        elif f"{kind}:" == _FIELD and what in OWN:
            name, field_type = OWN[what]
            http.post(FIELDS, {"field_name": name, "field_type": field_type})
