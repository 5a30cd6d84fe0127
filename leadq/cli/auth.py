"""`auth set`, `auth test`, `auth status` and `auth rm`: the secrets of a connection. None is ever printed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from leadq import config
from leadq.cli.base import Group, Session, argument, command, option
from leadq.cli.output import emit, say
from leadq.clock import iso
from leadq.connecting import LONGEST_SECRET, usable
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _
from leadq.terminal import interactive
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadq.config import Connection
    from leadq.secrets import Secret

_TELLING_FROM: Final = 12
"""Characters from which on the last four tell which one it is, and no more than that."""

_SOURCES: Final = {
    "environment": N_("from the environment ({where})"),
    "token_command": N_("from token_command ({where})"),
    "keyring": N_("in the keyring ({where})"),
    "memory": N_("in memory, until this process ends"),
}


@command("set", help=N_("Put a secret in the keyring: typed without echo, or read from standard input."))
@argument("CONNECTION")
@option("--secret", "name", default="token", metavar="NAME", help=N_("Which one, when there are several (token)."))
def set_(session: Session, connection: str, name: str) -> None:
    """Keep a secret for a connection; it is never an argument, which everybody on the machine could read."""
    from leadq.secrets import kept, variable
    from leadq.sync.ports import SystemTicks
    from leadq.sync.visit import lift

    known = of_name(session, connection)
    _wanted(session, known, name.lower())
    text = typed(_("{secret} of “{connection}”").format(secret=name, connection=known.name))
    backend = kept.put(session.home, known.name, name.lower(), text, SystemTicks().wall_ms())
    lift(session.store, known.name)
    value = {"ok": True, "connection": known.name, "secret": name.lower(), "backend": backend}
    emit(value, _now_kept(known, name.lower(), backend), as_json=session.as_json)
    hiding = _hiding(known, name.lower(), variable(known.name, name))
    if hiding and not session.quiet:
        say(hiding)


@command("test", help=N_("Ask the service of a connection whether it accepts the login."))
@argument("CONNECTION")
def test(session: Session, connection: str) -> None:
    """Look whether a connection works, and write nothing there; 75, 77 or 78 when it does not."""
    from leadq.sync.run import Stopped
    from leadq.sync.visit import error_of, lift

    known = of_name(session, connection)
    try:
        seen = session.visitor().see(known, whole=False)
    except Stopped as stopped:
        raise error_of(stopped.failure) from None
    lift(session.store, known.name)
    assert seen.account is not None, "a visit checks"
    value = {"ok": True, "connection": known.name, "account": {"id": seen.account.id, "label": seen.account.label}}
    works = _("“{connection}” works: {account}.")
    line = works.format(connection=known.name, account=seen.account.label or seen.account.id)
    emit(value, [line], as_json=session.as_json)


@command("status", help=N_("Say where the secrets of the connections are; they are not shown."))
@argument("CONNECTION", required=False)
def status(session: Session, connection: str | None) -> None:
    """Print where each secret comes from, and what is wrong with the keyring where something is."""
    from leadq.secrets import keychain

    connections = config.load(session.home).connections
    wanted = [of_name(session, connection)] if connection else list(connections.values())
    keyring = keychain.ask("look")
    what, do = keychain.told(keyring, "", "LEADQ_…_TOKEN")
    trouble = f"{what} {do}".strip() or None
    shown = [_standing(session, one) for one in wanted]
    value = {
        "keyring": {"state": keyring.state, "backend": keyring.backend or None, "trouble": trouble},
        "connections": shown,
    }
    emit(value, _told(value), as_json=session.as_json)


@command("rm", help=N_("Take a secret out of the keyring."))
@argument("CONNECTION")
@option("--secret", "name", metavar="NAME", help=N_("Only this one (else all of the connection)."))
def rm(session: Session, connection: str, name: str | None) -> None:
    """Take away what `auth set` kept; what comes from elsewhere is named."""
    from leadq import secrets
    from leadq.secrets import kept

    names = [name.lower()] if name else list(kept.items(session.home, connection))
    if name is None:
        secrets.forget(connection)
    there = [one for one in names if one in kept.items(session.home, connection)]
    if not there:
        of_name(session, connection)
    for one in there:
        kept.remove(session.home, connection, one)
    value = {"ok": True, "connection": connection, "removed": there}
    gone = _("Taken out of the keyring: {names}.").format(names=", ".join(there))
    emit(value, [gone if there else _("The keyring has nothing of “{connection}”.").format(connection=connection)],
         as_json=session.as_json)  # fmt: skip


auth = Group(
    "auth",
    help=N_("The secrets of the connections."),
    lazy={
        "set": f"{__name__}:set_",
        "test": f"{__name__}:test",
        "status": f"{__name__}:status",
        "rm": f"{__name__}:rm",
    },
)


def _wanted(session: Session, connection: Connection, name: str) -> None:
    """Refuse a secret that the adapter would never look at; one that cannot say what it wants is believed."""
    from leadq.sync.run import Stopped

    try:
        options = session.visitor().introduced(connection.adapter).options
    except Stopped:
        return
    known = [one.name for one in options if one.secret]
    if name not in known:
        message = _("Adapter “{adapter}” has no secret “{name}”.").format(adapter=connection.adapter, name=name)
        hint = _("It has: {known}.").format(known=", ".join(known) or "-")
        raise LeadqError("bad_secret", message, hint=hint, exit_status=Exit.USAGE)


def of_name(session: Session, name: str) -> Connection:
    """The configured connection of that name. Raises LeadqError `unknown_connection` (78)."""
    from leadq.sync.engine import chosen

    return chosen(config.load(session.home).connections, [name])[0]


def typed(question: str) -> str:
    """A secret, from a terminal without echo, else from standard input. Raises LeadqError `bad_secret` (2)."""
    if interactive():
        import getpass

        text = getpass.getpass(f"{labelled(question, '').rstrip()} ", stream=sys.stderr)
    else:
        text = sys.stdin.read(LONGEST_SECRET + 1)
    return usable(text)


def last_four(text: str) -> str | None:
    """The end of a secret that is long enough not to be given away by it."""
    return text[-4:] if len(text) >= _TELLING_FROM else None


def _now_kept(connection: Connection, name: str, backend: str) -> Iterator[str]:
    sentence = _("{secret} of “{connection}” is in the keyring now ({backend}).")
    yield sentence.format(secret=name, connection=connection.name, backend=backend)
    yield _("`leadq auth test {connection}` says whether the service accepts it.").format(connection=connection.name)


def _hiding(connection: Connection, name: str, variable: str) -> str:
    """What goes before the keyring, so that what was just set is not what is used."""
    import os

    if os.environ.get(variable):
        return _("{variable} is set too, and goes first.").format(variable=variable)
    if name == "token" and connection.token_command:
        return _("leadq.toml has a token_command for it, which goes first.")
    return ""


def _standing(session: Session, connection: Connection) -> dict[str, Any]:
    from leadq import secrets
    from leadq.secrets import kept

    notes = kept.items(session.home, connection.name)
    try:
        found, trouble = secrets.found(connection, home=session.home), None
    except LeadqError as error:
        found, trouble = (), f"{error.message} {error.hint}".strip()
    return {
        "name": connection.name,
        "adapter": connection.adapter,
        "secrets": [_shape(secret, notes) for secret in found],
        "trouble": trouble,
    }


def _shape(secret: Secret, notes: Mapping[str, Any]) -> dict[str, Any]:
    note = notes.get(secret.name) if secret.source == "keyring" else None
    return {
        "name": secret.name,
        "source": secret.source,
        "where": secret.where or None,
        "last4": last_four(secret.text),
        "set_at": iso(note.set_ms) if note else None,
    }


def _told(value: Mapping[str, Any]) -> Iterator[str]:
    keyring = value["keyring"]
    yield keyring["trouble"] or _("Keyring: {backend}.").format(backend=keyring["backend"])
    for connection in value["connections"]:
        yield f"{connection['name']} ({connection['adapter']})"
        for secret in connection["secrets"]:
            yield f"  {_line(secret)}"
        if connection["trouble"]:
            yield f"  {connection['trouble']}"
        elif not connection["secrets"]:
            yield "  " + _("no secret")


def _line(secret: Mapping[str, Any]) -> str:
    ending = _("ends with {last4}").format(last4=secret["last4"]) if secret["last4"] else ""
    since = _("since {when}").format(when=secret["set_at"][:10]) if secret["set_at"] else ""
    source = _(_SOURCES[secret["source"]]).format(where=secret["where"])
    return " · ".join(part for part in (secret["name"], source, ending, since) if part)
