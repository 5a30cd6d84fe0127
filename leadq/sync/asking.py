"""What `leadq connect` and `leadq map` ask of an adapter beside what a cycle does, as messages of the same pipe.

`Introduce` comes in the place of `Open` and needs no settings: a person who connects has none yet. The others come
after `Ready`: `Describe` is answered by a `Description`, `Plan` by `Steps`, `Prepare` by nothing but `Done`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from leadq.plugins.sdk import Choice, CrmField, CrmKind, CrmOwner, Description, Option, Step
from leadq.sync.checks import mapping, one_of, text


@dataclass(frozen=True, slots=True)
class Introduce:
    """Instead of `Open`: load this adapter, and only say what it wants to be given."""

    adapter: str
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Introduction:
    """What an adapter wants to be given, and what it can do."""

    options: tuple[Option, ...]
    capabilities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Describe:
    """Say which fields, picklists and owners there are."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Say what would have to be created there."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """Create these, which a person has agreed to."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """What would have to be created, in its order; none when nothing is missing."""

    steps: tuple[Step, ...]


Asking = Introduce | Introduction | Describe | Plan | Prepare | Steps | Description


def _introduction(body: Mapping[str, Any]) -> Introduction:
    options = tuple(
        Option(text(each["name"]), text(each["help"]), bool(each["required"]), bool(each["secret"]))
        for each in body["options"]
    )
    return Introduction(options, frozenset(text(word) for word in body["capabilities"]))


def _description(body: Mapping[str, Any]) -> Description:
    return Description(
        tuple(map(_field, body["fields"])),
        tuple(CrmOwner(text(each["id"]), text(each["name"]), text(each["email"])) for each in body["owners"]),
        tuple(map(_choice, body["statuses"])),
    )


def _field(body: Mapping[str, Any]) -> CrmField:
    kind = one_of(body["kind"], get_args(CrmKind))
    return CrmField(text(body["name"]), text(body["label"]), kind, tuple(map(_choice, body["choices"])))


def _choice(body: Mapping[str, Any]) -> Choice:
    return Choice(text(body["value"]), text(body["label"]))


def _steps(body: Mapping[str, Any]) -> tuple[Step, ...]:
    return tuple(map(_step, body["steps"]))


def _step(body: Mapping[str, Any]) -> Step:
    params = {name: text(value) for name, value in mapping(body["params"]).items()}
    return Step(text(body["id"]), text(body["message"]), params)


NAMES: Final[Mapping[type, str]] = {
    Introduce: "introduce",
    Introduction: "introduction",
    Describe: "describe",
    Plan: "plan",
    Prepare: "prepare",
    Steps: "steps",
    Description: "description",
}
READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Asking]]] = {
    "introduce": lambda body: Introduce(text(body["adapter"]), float(body["timeout_s"])),
    "introduction": _introduction,
    "describe": lambda body: Describe(),
    "plan": lambda body: Plan(),
    "prepare": lambda body: Prepare(_steps(body)),
    "steps": lambda body: Steps(_steps(body)),
    "description": _description,
}
