"""The team's contract at the hub: heard with each exchange, put there by the role ops, and who runs which."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from leadq import config, rulebook
from leadq.clock import Clock
from leadq.desk import Desk
from leadq.distribution import Runs, heard, keep
from leadq.domain.agreed import rank
from leadq.domain.contract_file import read_contract
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.sync.agreements import HUB, settle, source_of, under

if TYPE_CHECKING:
    import sqlite3

    from leadq.domain.contract import Contract
    from leadq.paths import Home
    from leadq.sqlite import Store
    from leadq.sync.agreements import Source
    from leadq.sync.ports import Ticks

Say = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""Says one word of the exchange; its answer. Raises Stopped."""

_ROUNDS: Final = 2
"""What was just taken is told at once."""


def hear(
    store: Store, now_ms: int, ticks: Ticks, name: str, met: Mapping[str, Any], device: str, say: Say
) -> LeadqError | None:
    """Tell the hub `name` which contract is in force here, and follow what it offers where it is the source.

    `met` is what it answered to the greeting. Nothing is said where the hub is no source and knows. What cannot be
    followed is remembered, and what comes back.
    """
    error: LeadqError | None = None
    for _round in range(_ROUNDS):
        with store.read() as db:
            before, found = heard(db), rulebook.in_force(db)
        ours = found[0] if found else _first(store, now_ms)
        source = _this(store.home, name, ours)
        told = f"{met['hub']} {ours.hash}"
        if source is None and before.told == told:
            break
        is_known = source is not None and before.under == under(ours, source) and not before.error
        answer = say("agreed", _told(device, ours, before.offered if is_known else None))
        with store.transaction() as db:
            if source is not None and answer["texts"] is not None:
                texts = [str(text) for text in answer["texts"]]
                error = settle(db, store, source, texts, tuple(map(str, answer["offered"])), now_ms, ticks.wall_ms())
            _note(db, answer, told, now_ms if source else None)
            now = rulebook.in_force(db)
        if now is None or now[0].hash == ours.hash:
            break
    return error


def _first(store: Store, now_ms: int) -> Contract:
    """What a home that nobody has used yet begins with."""
    with store.transaction() as db:
        return Desk(db, store, Clock(now_ms)).rules.current


def _told(device: str, in_force: Contract, known: tuple[str, ...] | None) -> dict[str, Any]:
    return {"device": device, "contract": in_force.hash, "version": in_force.version, "known": known}


def _note(db: sqlite3.Connection, answer: Mapping[str, Any], told: str, looked_ms: int | None) -> None:
    """Remember who runs which, and that the hub knows of this home."""
    team = tuple(Runs(*map(str, one)) for one in answer["team"] or ())
    before = heard(db)
    keep(db, replace(before, told=told, team=team, looked_ms=looked_ms or before.looked_ms))


def _this(home: Home, name: str, in_force: Contract) -> Source | None:
    """The source, when it is the hub of that name."""
    try:
        source = source_of(home, config.load(home), in_force)
    except LeadqError:
        return None  # the run says it, once for all connections
    return source if source is not None and (source.kind, source.what) == (HUB, name) else None


def publish(say: Say, contract: Contract) -> bool:
    """Put a signed contract into the hub; whether it is new there. `say`: after the hub was greeted.

    Raises LeadqError `not_ops` (77), and `older_contract` (78) for one that no laptop would follow.
    """
    answer = say("agreed", _told("", contract, None))
    if not answer["ops"]:
        raise LeadqError(
            "not_ops",
            _("Only a member with the role ops puts a contract into the hub."),
            hint=_("`leadq hub member add NAME --role ops` gives it."),
            exit_status=Exit.AUTH,
        )
    readings = (read_contract(str(text).encode(), "contract").contract for text in answer["texts"] or ())
    newest = max((one for one in readings if one is not None), key=rank, default=None)
    if newest is not None and rank(contract) < rank(newest):
        raise LeadqError(
            "older_contract",
            _("The contract {version} is older than the one at the hub ({there}).").format(
                version=contract.version, there=newest.version
            ),
            hint=_("Give it a later effective_from, or sign it again."),
            exit_status=Exit.CONFIG,
        )
    text_hash = hashlib.sha256(contract.text.encode()).hexdigest()
    what = {"hash": contract.hash, "version": contract.version, "effective_from": str(contract.effective_from),
            "text": contract.text, "text_hash": text_hash}  # fmt: skip
    return bool(say("publish", what)["new"])
