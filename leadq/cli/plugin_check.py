"""`plugin check`: whether an adapter keeps the rules, tried in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadq import config
from leadq.cli.base import Session, argument, command, option
from leadq.cli.output import emit
from leadq.cli.plugin import unknown
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadq.config import Connection

_SHOWN = 5


@command(
    "check",
    help=N_("Try an adapter by leadq’s rules, without a network.\n\n"
            "PATH is the folder of its project (this one unless said); NAME is one that is installed."),
)  # fmt: skip
@argument("PATH|NAME", required=False)
@option(
    "--live", is_flag=True, help=N_("Instead, look at the real account of its connection; nothing is written there.")
)
def check(session: Session, live: bool, **named: Any) -> Exit:
    """Print each rule that does not hold; 3 when there is one."""
    target = str(next(iter(named.values())) or ".")
    return _live(session, target) if live else _by_the_rules(session, target)


def _by_the_rules(session: Session, target: str) -> Exit:
    from leadq.sync.examined import tried

    found = tried(_order(target))
    if "why" in found:
        raise LeadqError("bad_plugin", found["why"], exit_status=Exit.NEEDS_PERSON)
    value = {"ok": not found["failures"], **found}
    emit(value, _told(found), as_json=session.as_json)
    return Exit.NEEDS_PERSON if found["failures"] else Exit.DONE


def _order(target: str) -> dict[str, str]:
    """What to ask the process for. Raises LeadqError `unknown_plugin` (78)."""
    from leadq.plugins import manager

    if (Path(target) / "pyproject.toml").is_file():
        return {"try_in": str(Path(target).absolute())}
    if target in [each.name for each in manager.installed()]:
        return {"try": target}
    if target == ".":
        message = _("There is no pyproject.toml in this folder.")
        hint = _("Name the folder of the adapter’s project, or an adapter that is installed.")
        raise LeadqError("no_file", message, hint=hint, exit_status=Exit.USAGE)
    raise unknown(target)


def _told(found: Mapping[str, Any]) -> Iterator[str]:
    for failure in found["failures"]:
        yield f"! {failure['rule'].replace('_', ' ')}"
        yield f"    {failure['why']}"
    count, broken = found["passed"], len(found["failures"])
    yield ngettext("{count} rule holds", "{count} rules hold", count).format(count=count) + (
        ngettext(", {broken} does not", ", {broken} do not", broken).format(broken=broken) if broken else ""
    )
    if found["not_tried"]:
        parts = ", ".join(f"{what.removeprefix('service.')} ({count})" for what, count in found["not_tried"].items())
        yield _("not tried, for want of: {parts}").format(parts=parts)


def _live(session: Session, name: str) -> Exit:
    """The account, and the first leads of the list, of each connection with this adapter."""
    found = [each for each in config.load(session.home).connections.values() if name in (each.adapter, each.name)]
    if not found:
        message = _("No connection uses the adapter “{name}”.").format(name=name)
        hint = _("`leadq connect {name}` makes one.").format(name=name)
        raise LeadqError("unknown_connection", message, hint=hint, exit_status=Exit.CONFIG)
    looks = [_look(session, each) for each in found]
    fine = all(look["error"] is None for look in looks)
    emit({"ok": fine, "connections": looks}, _told_live(looks), as_json=session.as_json)
    return Exit.DONE if fine else Exit.NEEDS_PERSON


def _look(session: Session, connection: Connection) -> dict[str, Any]:
    """What a visit shows, in which nothing can be written."""
    from leadq.sync.run import Stopped, worded

    look: dict[str, Any] = {"name": connection.name, "account": None, "leads": [], "error": None}
    visitor = session.visitor()
    try:
        account = visitor.see(connection, whole=False).account
        look["account"] = {"id": account.id, "label": account.label} if account else None
        leads = visitor.preview(connection, _SHOWN)
        look["leads"] = [{"id": lead.external_id, **lead.fields} for lead in leads]
    except Stopped as stopped:
        look["error"] = worded(stopped.failure)
    return look


def _told_live(looks: list[dict[str, Any]]) -> Iterator[str]:
    for look in looks:
        account = look["account"] or {"label": "", "id": "-"}
        yield f"{look['name']}  {account['label']} ({account['id']})"
        if look["error"]:
            yield f"  {look['error']}"
        for lead in look["leads"]:
            yield "  " + "  ".join(f"{key}={value}" for key, value in lead.items())
