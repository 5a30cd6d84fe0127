"""Which adapters are installed, and loading one of them by name.

Listing reads the metadata of installed packages and imports nothing, so a broken plugin is shown like any
other. Only the child process that runs an adapter loads it, through the same pluggy door for built-in and
third-party ones.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions, entry_points
from typing import TYPE_CHECKING, Final, Literal, TypeVar, cast

from leadq.plugins.hooks import registered
from leadq.plugins.sdk import N_, Adapter, Context, Option, SlaEvent, api_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

GROUP: Final = "leadq"
"""Entry-point group, and the name that pluggy's markers carry."""

SUPPORTED: Final = frozenset({api_version})
"""Versions of the adapter contract that this leadq speaks."""

METHODS: Final = frozenset({"push", "pull", "lookup", "tidy", "describe", "prepare", "exchange"})
"""Capabilities that are methods of the same name."""

_NO_SECRET: Final = N_("Adapter “{name}” needs the secret “{option}”: give it with `leadq auth set`.")

Phase = Literal["find", "import", "validate", "login"]
"""Where it failed; `login`: a secret that it cannot do without is not there."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Installed:
    """An adapter that an installed package announces; `value` is its module, which has not been imported."""

    name: str
    value: str
    distribution: str
    version: str


@dataclass(frozen=True, slots=True)
class PluginFailure:
    """Why an adapter cannot be used: a sentence to translate, whose {names} `params` then fills in."""

    name: str
    phase: Phase
    message: str
    params: dict[str, str]
    distribution: str = ""
    version: str = ""

    def __str__(self) -> str:
        return self.message.format_map(self.params)


def installed() -> tuple[Installed, ...]:
    """Every announced adapter, by name; two packages that announce one name are both listed."""
    found = (_described(point) for point in _announced())
    return tuple(sorted(found, key=lambda each: (each.name, each.distribution)))


def unreadable() -> tuple[str, ...]:
    """Packages whose announcements make no sense, so that nobody knows whether they are plugins."""
    found = {_name(owner) for owner in distributions() if _points_of(owner) is None}
    return tuple(sorted(found))


def _announced() -> Iterable[EntryPoint]:
    """What packages announce in our group; one that cannot be read hides no other."""
    try:
        return entry_points(group=GROUP)
    except Exception:  # noqa: BLE001 - somebody else's package; `unreadable` names it
        owners = {_name(owner).lower(): owner for owner in reversed(list(distributions()))}
        return [point for owner in owners.values() for point in _points_of(owner) or ()]


def _points_of(owner: Distribution) -> Iterable[EntryPoint] | None:
    try:
        return list(owner.entry_points.select(group=GROUP))
    except Exception:  # noqa: BLE001 - as above
        return None


def _name(owner: Distribution | None) -> str:
    """The name of a package; "" where it does not say it."""
    return _said(owner, "Name")


def _said(owner: Distribution | None, word: str) -> str:
    """One line of a package's metadata; "" where it is not there."""
    metadata = owner.metadata if owner else None
    return str(metadata[word]) if metadata and word in metadata else ""


def load(name: str) -> type[Adapter] | PluginFailure:
    """Import the adapter called `name`; what its code raises, `SystemExit` included, becomes a failure."""
    found = find(name)
    if isinstance(found, PluginFailure):
        return found
    about = _described(found)
    module = _guarded(lambda: found.load(), about, "import")
    if isinstance(module, PluginFailure):
        return module
    adapter = _guarded(lambda: registered(module, name, GROUP).hook.leadq_adapter(), about, "validate")
    if isinstance(adapter, PluginFailure):
        return adapter
    return _validated(adapter, about)


def others() -> tuple[str, ...]:
    """Names of what other packages announce: each may hear of alerts. What ships with leadq does not."""
    return tuple(dict.fromkeys(each.name for each in installed() if each.distribution != GROUP))


def hearing(name: str) -> Callable[[SlaEvent], None] | PluginFailure | None:
    """Import the module called `name` and answer with what it does with an alert; None when it hears none."""
    found = find(name)
    if isinstance(found, PluginFailure):
        return found
    about = _described(found)
    hooks = _guarded(lambda: registered(found.load(), name, GROUP).hook, about, "import")
    if isinstance(hooks, PluginFailure):
        return hooks
    return (lambda event: hooks.leadq_sla_event(event=event)) if hooks.leadq_sla_event.get_hookimpls() else None


def find(name: str) -> EntryPoint | PluginFailure:
    """The entry point called `name`. When two packages have it neither is used: guessing would be worse."""
    points = [point for point in _announced() if point.name == name]
    if len(points) == 1:
        return points[0]
    if points:
        owners = ", ".join(sorted(_described(point).distribution for point in points))
        return _failure(
            Installed(name, "", "", ""),
            "find",
            N_("Two packages bring an adapter called “{name}” ({owners}): uninstall one of them."),
            owners=owners,
        )
    known = sorted({point.name for point in _announced()})
    near = difflib.get_close_matches(name, known, 1)
    return _failure(
        Installed(name, "", "", ""),
        "find",
        N_("No adapter called “{name}” is installed; did you mean “{near}”?")
        if near
        else N_("No adapter called “{name}” is installed; there are: {known}."),
        near="".join(near),
        known=", ".join(known) or "-",
    )


def unusable(adapter: type[Adapter], context: Context) -> PluginFailure | None:
    """What is wrong with the settings of an adapter: one it does not know, or one it cannot do without."""
    about = Installed(adapter.name, "", "", "")
    known = [option.name for option in adapter.options if not option.secret]
    for unknown in sorted(set(context.options) - set(known)):
        return _failure(
            about,
            "validate",
            N_("Adapter “{name}” has no option “{option}”; it has: {known}."),
            option=unknown,
            known=", ".join(known) or "-",
        )
    for option in adapter.options:
        given = context.secrets if option.secret else context.options
        if option.required and not given.get(option.name):
            if option.secret:
                return _failure(
                    about,
                    "login",
                    N_("Adapter “{name}” needs the secret “{option}”: give it with `leadq auth set`."),
                    option=option.name,
                )
            return _failure(about, "validate", N_("Adapter “{name}” needs “{option}”."), option=option.name)
    return None


def _described(point: EntryPoint) -> Installed:
    owner = point.dist
    return Installed(point.name, point.value, _name(owner), _said(owner, "Version"))


def _guarded(step: Callable[[], T], about: Installed, phase: Phase) -> T | PluginFailure:
    try:
        return step()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - anything may be in there; it is reported
        return _failure(
            about,
            phase,
            N_("Adapter “{name}” ({package}) cannot be loaded: {why}."),
            package=f"{about.distribution} {about.version}".strip(),
            why=f"{type(error).__name__}: {error}".rstrip(". "),
        )


def _validated(adapter: object, about: Installed) -> type[Adapter] | PluginFailure:
    problem = _problem(adapter, about.name)
    if problem:
        return _failure(
            about,
            "validate",
            N_("Adapter “{name}” ({package}) does not keep the contract: {problem}."),
            package=f"{about.distribution} {about.version}".strip(),
            problem=problem,
        )
    return cast("type[Adapter]", adapter)


def _problem(adapter: object, name: str) -> str:
    """The first thing that is not as `sdk` says, in English: it is for the person who writes the adapter."""
    if not isinstance(adapter, type):
        return "the module has no @hookimpl function leadq_adapter() that returns a class"
    if getattr(adapter, "name", None) != name:
        return f"its name is {getattr(adapter, 'name', None)!r} and its entry point is {name!r}"
    version = getattr(adapter, "api_version", None)
    if version not in SUPPORTED:
        return f"its api_version is {version!r}, and this leadq knows {sorted(SUPPORTED)}"
    capabilities = getattr(adapter, "capabilities", None)
    if not isinstance(capabilities, frozenset):
        return "capabilities is not a frozenset of words"
    options = getattr(adapter, "options", None)
    if not isinstance(options, tuple) or not all(isinstance(option, Option) for option in options):
        return "options is not a tuple of Option"
    if not isinstance(getattr(adapter, "limits", ()), tuple):
        return "limits is not a tuple of Limit"
    wanted = ["check", *(METHODS & capabilities), *(["plan"] if "prepare" in capabilities else [])]
    lacking = [method for method in sorted(wanted) if not callable(getattr(adapter, method, None))]
    return f"it has no method {lacking[0]}()" if lacking else ""


def _failure(about: Installed, phase: Phase, message: str, **params: str) -> PluginFailure:
    return PluginFailure(about.name, phase, message, {"name": about.name, **params}, about.distribution, about.version)
