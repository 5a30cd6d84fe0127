"""`contract pull` and `contract publish`: the team's contract comes from one place, and goes there."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadq import config
from leadq.cli.base import Session, argument, command, option
from leadq.cli.output import emit
from leadq.cli.versions import home_file, in_force, read_file, valid
from leadq.desk import device
from leadq.domain.agreed import begins_ms, unsigned_by
from leadq.domain.signatures import standing
from leadq.errors import Exit, LeadqError
from leadq.explain import contract_shape
from leadq.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadq.config import Connection
    from leadq.domain.contract import Contract
    from leadq.sync.accords import Say
    from leadq.sync.report import ContractReport


@command("pull", help=N_("Fetch the team’s contract from its source, and follow it where it is newer and signed."))
def pull(session: Session) -> None:
    """Look at the source now; what is wrong with it is the error of this command."""
    from leadq.sync.agreements import HUB, Follower, source_of
    from leadq.sync.ports import SystemTicks

    known = config.load(session.home)
    source = source_of(session.home, known, in_force(session))
    if source is None:
        raise LeadqError(
            "no_source",
            _("No source of a contract is named here: this home follows its own file."),
            hint=_("Name a path, an https address or hub under source in [contract] of leadq.toml."),
            exit_status=Exit.CONFIG,
        )
    follower, hubs = Follower(session.store, session.clock.now_ms(), SystemTicks()), set[str]()
    if source.kind == HUB:
        from leadq.sync.accords import hear

        with _hub(session, known.connections[source.what]) as (met, own, say):
            error = hear(session.store, session.clock.now_ms(), SystemTicks(), source.what, met, own, say)
        if error:
            raise error
        hubs.add(source.what)
    report = follower.look(hubs, patient=False)
    assert report is not None, "there is a source"
    if report.cause:
        raise report.cause
    emit({"ok": True, **report.as_json()}, followed(report), as_json=session.as_json)


def followed(report: ContractReport) -> Iterator[str]:
    """What became of the team's contract, in lines."""
    if report.error:
        yield report.error
    elif report.version is None:
        yield _("No contract is in force here yet.")
    elif report.new:
        yield _("The contract {version} of {source} is in force.").format(version=report.version, source=report.source)
    else:
        yield _("The contract {version} is in force; {source} has nothing newer.").format(
            version=report.version, source=report.source
        )
    if report.announced:
        yield coming(report.announced)


def coming(announced: Mapping[str, Any]) -> str:
    """The contract that comes, and when."""
    return _("The contract {version} comes into force on {day}.").format(
        version=announced["version"], day=announced["effective_from"]
    )


@command(
    "publish",
    help=N_(
        "Put a contract that both teams signed into the hub, for every laptop to follow.\n\n"
        "Without FILE: the one of this home. It takes the role ops at the hub."
    ),
)
@argument("FILE", required=False)
@option("--to", "connection", metavar="CONN", help=N_("Which hub connection (else the only one)."))
def publish(session: Session, file: str | None, connection: str | None) -> None:
    """Give it to the hub; the same text a second time changes nothing."""
    from leadq.sync import accords
    from leadq.sync.agreements import unsigned

    name, reading = home_file(session) if file is None else (file, read_file(file))
    agreed = valid(reading)
    if unsigned_by(agreed):
        is_edited = any(standing(agreed, one) == "edited" for one in agreed.signatures)
        raise unsigned(agreed, Path(name).name, is_edited=is_edited)
    hub = _chosen(session, connection)
    with _hub(session, hub) as (_met, _device, say):
        is_new = accords.publish(say, agreed)
    told = (
        _("The contract {version} is at the hub {hub}.")
        if is_new
        else _("The hub {hub} has the contract {version} already.")
    )
    lines = [told.format(version=agreed.version, hub=hub.name), f"sha256:{agreed.hash}", _when(session, agreed)]
    value = {"ok": True, "connection": hub.name, "new": is_new, "contract": contract_shape(agreed)}
    emit(value, lines, as_json=session.as_json)


def _when(session: Session, agreed: Contract) -> str:
    if begins_ms(agreed) > session.clock.now_ms():
        return coming({"version": agreed.version, "effective_from": agreed.effective_from})
    return _("Laptops whose source is the hub follow it from their next sync on.")


def _chosen(session: Session, name: str | None) -> Connection:
    """The hub connection of that name, or the only one."""
    hubs = {each.name: each for each in config.load(session.home).connections.values() if each.adapter == "hub"}
    if name in hubs:
        return hubs[name]
    if name is None and len(hubs) == 1:
        return next(iter(hubs.values()))
    raise LeadqError(
        "unknown_connection",
        _("There is no hub connection called “{name}”.").format(name=name)
        if name
        else _("There is no hub connection here, or there are several."),
        hint=_("Connections: {names}.").format(names=", ".join(hubs) or "-"),
        exit_status=Exit.CONFIG,
    )


@contextmanager
def _hub(session: Session, hub: Connection) -> Iterator[tuple[Mapping[str, Any], str, Say]]:
    """What the hub answered to the greeting, this home's device, and how to say words to it.

    Raises LeadqError (75, 77, 78).
    """
    from leadq.sync.meeting import greet
    from leadq.sync.run import Stopped
    from leadq.sync.visit import error_of

    with session.store.transaction() as db:
        own = device(db)
    try:
        with session.visitor().talk(hub) as say:
            yield greet(say, session.home, own), own, say
    except Stopped as stopped:
        raise error_of(stopped.failure) from None
