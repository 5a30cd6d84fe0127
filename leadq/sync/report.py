"""What one run of sync tells: the JSON document of the command line, and its exit status."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from leadq.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadq.errors import LeadqError
    from leadq.sync.protocol import Kind

_WORST_FIRST: Final = (Exit.BUG, Exit.CONFIG, Exit.AUTH, Exit.NEEDS_PERSON, Exit.PARTLY, Exit.TEMPORARY)


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """One connection's run.

    `pushed` counts ops that the other end has now, and `resent` the unknown ones that were sent again.
    `refused` counts records that came and could not be understood.
    `pending`, `unknown`, `conflicts` and `dead` are what is left on the outbox. `error` is one sentence;
    `status` and `trouble`, the kind of what stopped it, are not part of the document. `plan` is what a dry run would
    have done, step by step; else None.
    """

    name: str
    pulled: int = 0
    refused: int = 0
    pushed: int = 0
    adopted: int = 0
    resent: int = 0
    pending: int = 0
    unknown: int = 0
    conflicts: int = 0
    dead: int = 0
    next_attempt_at: str | None = None
    cursor: str | None = None
    skew_ms: int | None = None
    requests: int = 0
    duration_ms: int = 0
    error: str | None = None
    status: Exit = Exit.DONE
    trouble: Kind | None = None
    plan: tuple[Mapping[str, Any], ...] | None = None


@dataclass(frozen=True, slots=True)
class PluginReport:
    """A plugin of somebody else and the alerts that it was given; `error` is one sentence, and stopped nothing."""

    name: str
    events: int
    error: str | None = None

    @property
    def status(self) -> Exit:
        """Partly done when it failed: no alert is given a second time."""
        return Exit.PARTLY if self.error else Exit.DONE


@dataclass(frozen=True, slots=True)
class ContractReport:
    """What became of the team's contract: which one is in force, whether that is `new` since this run, and which one
    comes. `error` is one sentence; `status` is its exit status and `cause` the error itself, which are not part of the
    document."""

    source: str
    version: str | None
    hash: str | None
    new: bool
    announced: Mapping[str, Any] | None
    error: str | None = None
    status: Exit = Exit.DONE
    cause: LeadqError | None = None

    def as_json(self) -> dict[str, Any]:
        """The document that `leadq contract pull --json` prints."""
        return {name: getattr(self, name) for name in ("source", "version", "hash", "new", "announced", "error")}


@dataclass(frozen=True, slots=True)
class SyncReport:
    """All the connections of one run, in the order in which they were named; the alerts written, and who heard them."""

    run_id: str
    connections: tuple[ConnectionReport, ...]
    alerts: int = 0
    plugins: tuple[PluginReport, ...] = ()
    contract: ContractReport | None = None

    @property
    def exit_status(self) -> Exit:
        """The worst of the connections, the plugins and the contract."""
        found = [*(one.status for one in self.connections), *(one.status for one in self.plugins)]
        return worst([*found, self.contract.status] if self.contract else found)

    def as_json(self) -> dict[str, Any]:
        """The document that `leadq sync --json` prints."""
        return {
            "run_id": self.run_id,
            "connections": [_shown(connection) for connection in self.connections],
            "alerts": self.alerts,
            "plugins": [asdict(plugin) for plugin in self.plugins],
            "contract": self.contract.as_json() if self.contract else None,
        }


def worst(statuses: Iterable[Exit]) -> Exit:
    """The exit status that speaks for several: 1 > 78 > 77 > 3 > 4 > 75 > 0."""
    found = set(statuses)
    return next((status for status in _WORST_FIRST if status in found), Exit.DONE)


def _shown(connection: ConnectionReport) -> dict[str, Any]:
    body = asdict(connection)
    del body["status"], body["trouble"]
    if connection.plan is None:
        del body["plan"]
    return body
