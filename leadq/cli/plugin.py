"""`plugin list`, `enable` and `disable`: what is installed, and what of it may work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadq.cli.base import Group, Session, argument, command, option
from leadq.cli.output import emit
from leadq.cli.tables import Column, table
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_STATES = {
    "installed": N_("installed"),
    "ok": N_("works"),
    "disabled": N_("disabled"),
    "duplicate": N_("duplicate"),
    "incompatible": N_("incompatible"),
    "broken": N_("broken"),
}


@command(
    "list",
    help=N_("List the adapters that are installed, without importing any.\n\nWith --verbose each is loaded, apart."),
)
@option(
    "--verbose",
    "closely",
    is_flag=True,
    help=N_("Load each in a process of its own, and say what it can do, or why not."),
)
def list_(session: Session, closely: bool) -> None:
    """Print every plugin; 0 whatever their state."""
    from leadq.plugins import disabled, manager

    off, known = disabled.names(session.home), manager.installed()
    names = [each.name for each in known]
    found = []
    for each in known:
        state = "disabled" if each.name in off else "duplicate" if names.count(each.name) > 1 else "installed"
        about = {"name": each.name, "state": state, "package": each.distribution, "version": each.version,
                 "module": each.value, "why": _why(each.name, state)}  # fmt: skip
        found.append(about | _looked_at(each.name) if closely and state == "installed" else about)
    found += [_unreadable(package) for package in manager.unreadable()]
    emit(found, _told(found), as_json=session.as_json)


def _unreadable(package: str) -> dict[str, Any]:
    why = _("The package {package} announces its plugins in a way that cannot be read.").format(package=package)
    return {"name": package, "state": "broken", "package": package, "version": "", "module": "", "why": why}


def _why(name: str, state: str) -> str:
    from leadq.plugins import disabled, manager
    from leadq.plugins.manager import PluginFailure

    if state == "disabled":
        return _(disabled.SENTENCE).format(name=name)
    failure = manager.find(name) if state == "duplicate" else None
    return _(failure.message).format_map(failure.params) if isinstance(failure, PluginFailure) else ""


def _looked_at(name: str) -> dict[str, Any]:
    from leadq.sync.examined import look

    return look(name)


def _told(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    columns = (Column(_("Name"), 16), Column(_("State"), 13), Column(_("Package"), 24, share=1))
    rows = ((each["name"], _(_STATES[each["state"]]), f"{each['package']} {each['version']}") for each in found)
    yield from table(columns, rows)
    for each in found:
        if each.get("capabilities"):
            yield labelled(each["name"], ", ".join(each["capabilities"]))
    yield from dict.fromkeys(each["why"] for each in found if each["why"])


@command("disable", help=N_("Keep a plugin from being loaded; what waits for it goes on waiting."))
@argument("NAME")
def disable(session: Session, name: str) -> None:
    """Switch a plugin off."""
    _switch(session, name, off=True)


@command("enable", help=N_("Let a disabled plugin work again."))
@argument("NAME")
def enable(session: Session, name: str) -> None:
    """Switch a plugin on."""
    _switch(session, name, off=False)


def _switch(session: Session, name: str, *, off: bool) -> None:
    from leadq.plugins import disabled, manager

    known = [each.name for each in manager.installed()]
    if name not in known and name not in disabled.names(session.home):
        raise unknown(name)
    disabled.switch(session.home, name, off=off)
    said = _(disabled.SENTENCE) if off else _("Plugin “{name}” may work.")
    value = {"ok": True, "name": name, "state": "disabled" if off else "installed"}
    emit(value, [said.format(name=name)], as_json=session.as_json)


def unknown(name: str) -> LeadqError:
    """Nothing of that name is installed: what is."""
    from leadq.plugins import manager
    from leadq.plugins.manager import PluginFailure

    found = manager.find(name)
    message = _(found.message).format_map(found.params) if isinstance(found, PluginFailure) else name
    candidates = [{"name": each.name} for each in manager.installed()]
    return LeadqError("unknown_plugin", message, exit_status=Exit.CONFIG, candidates=candidates)


plugin = Group(
    "plugin",
    help=N_("Adapters for CRMs, and other plugins."),
    lazy={
        "list": f"{__name__}:list_",
        "new": "leadq.cli.plugin_new:new",
        "check": "leadq.cli.plugin_check:check",
        "install": "leadq.cli.plugin_install:install",
        "enable": f"{__name__}:enable",
        "disable": f"{__name__}:disable",
    },
)
