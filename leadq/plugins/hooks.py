"""The functions that leadq calls in a module of the entry-point group, each marked with `sdk.hookimpl` there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pluggy

    from leadq.plugins.sdk import Adapter, SlaEvent


class Hooks(Protocol):
    """What pluggy is told of them."""

    def leadq_adapter(self) -> type[Adapter]:
        """The adapter class of this module."""
        ...

    def leadq_sla_event(self, event: SlaEvent) -> None:
        """Hear that a clock is at risk or late, or that a promise is near; once for each alert."""
        ...


def registered(module: object, name: str, group: str) -> pluggy.PluginManager:
    """The module alone under a pluggy manager of its own: nothing that another plugin does can reach its hooks."""
    import pluggy

    spec = pluggy.HookspecMarker(group)
    spec(firstresult=True)(Hooks.leadq_adapter)
    spec(Hooks.leadq_sla_event)
    manager = pluggy.PluginManager(group)
    manager.add_hookspecs(Hooks)
    manager.register(module, name=name)
    return manager
