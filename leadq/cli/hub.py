"""`hub init`, `member`, `status` and `moved`: what a person with rights does to the team's PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadq.cli.base import Group, OneOf, Session, argument, command, option
from leadq.cli.output import emit
from leadq.cli.tables import Column, table
from leadq.clock import iso
from leadq.i18n import N_, _
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadq.hub.admin import Hub


@command(
    "init",
    help=N_(
        "Make the hub in a database, or bring it up to date.\n\n"
        "URL is postgresql://NAME@HOST/DATABASE, with a login that may create roles."
    ),
)
@argument("URL")
def init(session: Session, url: str) -> None:
    """Make or migrate the hub; a second time changes nothing."""
    with _hub(url) as hub:
        made = hub.init()
    said = (
        _("The hub is there already, at version {version}.")
        if made.before == made.now
        else _("The hub is made, at version {version}.")
        if not made.before
        else _("The hub is brought from version {before} to {version}.")
    )
    value = {"ok": True, "before": made.before, "schema": made.now}
    emit(value, [said.format(version=made.now, before=made.before)], as_json=session.as_json)


@command("add", help=N_("Let a member in, or in again, and print their new password, once."))
@argument("NAME")
@option("--role", type=OneOf(("rep", "manager", "ops")), default="rep", help=N_("What they may see (rep)."))
@option("--hub", "url", metavar="URL", required=True, help=N_("Address of the hub, with a login that may do it."))
def add(session: Session, name: str, role: str, url: str) -> None:
    """Make or renew a member's login."""
    with _hub(url) as hub:
        password = hub.add(name, role)
    value = {"ok": True, "member": name, "role": role, "password": password}
    lines = [
        labelled(_("Member"), f"{name} · {role}"),
        labelled(_("Password"), password),
        _("It is shown this once. On their laptop: `leadq auth set hub --secret password`."),
    ]
    emit(value, lines, as_json=session.as_json)


@command("rm", help=N_("Let a member in no more; what they wrote stays."))
@argument("NAME")
@option("--hub", "url", metavar="URL", required=True, help=N_("Address of the hub, with a login that may do it."))
def remove(session: Session, name: str, url: str) -> None:
    """Take a member's login away."""
    with _hub(url) as hub:
        hub.remove(name)
    emit({"ok": True, "member": name}, [_("{name} is no member any more.").format(name=name)], as_json=session.as_json)


member = Group(
    "member",
    help=N_("Who may exchange with the hub."),
    lazy={"add": f"{__name__}:add", "rm": f"{__name__}:remove"},
)


@command("moved", help=N_("Let a device go on from another machine or folder, in the place of the one before."))
@argument("DEVICE")
@option("--hub", "url", metavar="URL", required=True, help=N_("Address of the hub, with a login that may do it."))
def moved(session: Session, device: str, url: str) -> None:
    """Forget where a device was; its next exchange says where it is."""
    with _hub(url) as hub:
        hub.moved(device)
    said = _("Device {device} goes on where it is heard of next.").format(device=device)
    emit({"ok": True, "device": device}, [said], as_json=session.as_json)


@command("status", help=N_("Say what the hub holds, and who exchanges with it."))
@argument("URL")
def status(session: Session, url: str) -> None:
    """Print the state of a hub."""
    with _hub(url) as hub:
        found = hub.status()
    value = {
        "schema": found.schema,
        **{f"{name}s": count for name, count in found.counts.items()},
        "members": [{"name": name, "role": role, "removed": removed} for name, role, removed in found.members],
        "devices": [
            {"id": each, "member": owner, "events": events, "last_seen_at": iso(seen_ms), "contract": version or None}
            for each, owner, events, seen_ms, version in found.devices
        ],
        "runner": {"member": found.runner[0], "last_seen_at": iso(found.runner[1])} if found.runner else None,
        "published": found.published or None,
    }
    emit(value, _told(value), as_json=session.as_json)


hub = Group(
    "hub",
    help=N_("The team’s PostgreSQL, through which homes exchange what happened."),
    lazy={
        "init": f"{__name__}:init",
        "member": f"{__name__}:member",
        "moved": f"{__name__}:moved",
        "status": f"{__name__}:status",
    },
)


def _hub(url: str) -> Hub:
    from leadq.hub.admin import Hub  # psycopg comes with it, which need not be installed

    return Hub(url)


def _told(value: Mapping[str, Any]) -> Iterator[str]:
    yield labelled(_("Version"), str(value["schema"]))
    for name, key in ((_("Events"), "events"), (_("Leads"), "leads"), (_("People"), "persons")):
        yield labelled(name, str(value[key]))
    runner = value["runner"]
    yield labelled(_("Runner"), f"{runner['member']} · {runner['last_seen_at']}" if runner else "-")
    yield labelled(_("Published contract"), value["published"] or "-")
    members = ((each["name"], _("removed") if each["removed"] else each["role"]) for each in value["members"])
    yield from table((Column(_("Member"), 24, share=1), Column(_("Role"), 10)), members)
    devices = (
        (each["id"], each["member"], str(each["events"]), each["contract"] or "-", each["last_seen_at"] or "-")
        for each in value["devices"]
    )
    yield from table(
        (
            Column(_("Device"), 22),
            Column(_("Member"), 10, share=1),
            Column(_("Events"), 8),
            Column(_("Contract"), 10),
            Column(_("Last seen"), 20),
        ),
        devices,
    )
