"""`leadq map check CONNECTION`: the mapping in the settings against what the CRM really has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadq.cli.auth import of_name
from leadq.cli.base import Group, Session, argument, command
from leadq.cli.output import emit
from leadq.errors import Exit
from leadq.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadq.config import Connection
    from leadq.plugins.sdk import Description
    from leadq.sync.mapping import Problem


@command("check", help=N_("Hold each mapped field and state against the CRM’s own."))
@argument("CONNECTION")
def check(session: Session, connection: str) -> Exit:
    """Print one sentence for each thing that is not there; 78 when there is one."""
    from leadq.sync.mapping import problems
    from leadq.sync.run import Stopped
    from leadq.sync.visit import error_of

    known = of_name(session, connection)
    try:
        description = session.visitor().describe(known)
    except Stopped as stopped:
        raise error_of(stopped.failure) from None
    wrong = problems(known, description) if description else []
    value = {
        "ok": not wrong,
        "connection": known.name,
        "checked": description is not None,
        "fields": len(known.fields),
        "states": len(known.states),
        "problems": [_shape(problem) for problem in wrong],
    }
    emit(value, _told(known, description, wrong), as_json=session.as_json)
    return Exit.CONFIG if wrong else Exit.DONE


def _shape(problem: Problem) -> dict[str, Any]:
    return {
        "kind": problem.kind,
        "key": problem.key,
        "value": problem.value,
        "message": str(problem),
        "near": problem.near or None,
    }


def _told(connection: Connection, description: Description | None, wrong: Sequence[Problem]) -> Iterator[str]:
    if description is None:
        yield _("Adapter “{name}” does not say what its CRM has, so nothing was checked.").format(
            name=connection.adapter
        )
        return
    for problem in wrong:
        yield str(problem)
    count = len(connection.fields) + len(connection.states)
    if not count:
        yield _("The settings map nothing: what the adapter knows by itself holds.")
    elif not wrong:
        yield ngettext("{count} mapping, and it is right.", "{count} mappings, all right.", count).format(count=count)


map_ = Group(
    "map",
    help=N_("What leadq’s fields and states are called in a CRM."),
    lazy={"check": f"{__name__}:check"},
)
