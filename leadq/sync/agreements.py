"""The team's contract is followed: where it comes from is looked at, and what is offered there is judged.

What cannot be followed is one sentence, and the contract in force stays. A hub is asked by its own cycle (`accords`).
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from leadq import config, rulebook
from leadq.clock import Clock
from leadq.desk import Desk
from leadq.distribution import announce, announced, heard, keep
from leadq.domain.agreed import choose, unsigned_by
from leadq.domain.contract_file import read_contract
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.sync.fetching import Fetch
from leadq.sync.protocol import Failed
from leadq.sync.report import ContractReport
from leadq.sync.run import worded
from leadq.sync.supervisor import Child

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Sequence

    from leadq.config import Config
    from leadq.domain.agreed import Choice
    from leadq.domain.contract import Contract
    from leadq.paths import Home
    from leadq.sqlite import Store
    from leadq.sync.fetching import Fetched
    from leadq.sync.ports import Ticks

    Fetcher = Callable[[Fetch, Ticks], Fetched | Failed]

HUB: Final = "hub"
_EVERY_MS: Final = 15 * 60_000
"""How often a watch looks at a file or an address: a contract changes a few times a year."""

_TIME_S: Final = 30.0


class Source(NamedTuple):
    """Where the contract comes from. `kind`: `path`, `url` or `hub`; `what` is the whole path, the address, or the
    name of the connection; `shown` is what may be said of it, which is no key in an address."""

    kind: str
    what: str
    shown: str
    pin: str = ""


def source_of(home: Home, known: Config, in_force: Contract | None) -> Source | None:
    """The source that the settings name, else the contract in force; None when neither does.

    Raises LeadqError `contract_source` (78) for a hub that is not there.
    """
    said = known.contract.source or (in_force.source.strip() if in_force else "")
    if not said:
        return None
    hubs = [each.name for each in known.connections.values() if each.adapter == HUB]
    if said in hubs:
        return Source(HUB, said, said, known.contract.pin)
    if said == HUB:
        if len(hubs) != 1:
            raise LeadqError(
                "contract_source",
                _("The contract is to come from the hub, and there is no hub connection, or there are several."),
                hint=_("Name one under source in [contract] of leadq.toml; [connection.hub] makes one."),
                exit_status=Exit.CONFIG,
            )
        return Source(HUB, hubs[0], hubs[0], known.contract.pin)
    if "://" in said:
        return Source("url", said, _shown(said), known.contract.pin)
    path = Path(said)
    with suppress(RuntimeError):
        path = path.expanduser()
    return Source("path", str(home.config.absolute() / path), said, known.contract.pin)


def _shown(url: str) -> str:
    """An address without a user, a password or a query, each of which may be a key."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return f"{url.partition('://')[0]}://…"
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return f"{shown}?…" if parts.query else shown


def fetched(order: Fetch, ticks: Ticks) -> Fetched | Failed:
    """What is at a path or an address, read by a process of its own."""
    with Child(order, ticks) as child:
        return child.fetched()


class Follower:
    """One run's look at the source. `fetch` reads a path or an address."""

    def __init__(self, store: Store, now_ms: int, ticks: Ticks, fetch: Fetcher | None = None) -> None:
        self._store, self._now_ms, self._ticks = store, now_ms, ticks
        self._fetch = fetch or fetched
        with store.read() as db:
            self._before = heard(db)

    def look(self, hubs: Collection[str], *, patient: bool) -> ContractReport | None:
        """Follow the source; None without one, or when it is not time. `hubs`: those that this run has asked already.

        `patient`: not more often than a watch does. Raises LeadqError `config` (78) for settings that cannot be read.
        """
        known = config.load(self._store.home)
        with self._store.read() as db:
            found = rulebook.in_force(db)
        try:
            source = source_of(self._store.home, known, found[0] if found else None)
        except LeadqError as error:
            return None if patient and self._is_fresh(HUB) else self._fails(HUB, error)
        if source is None:
            self._let_go()
            return None
        if source.kind == HUB:
            return self._report() if source.what in hubs else None
        return None if patient and self._is_fresh(source.shown) else self._follow(source)

    def _is_fresh(self, shown: str) -> bool:
        waited_ms = self._ticks.wall_ms() - self._before.wall_ms
        return self._before.source == shown and 0 <= waited_ms < _EVERY_MS

    def _follow(self, source: Source) -> ContractReport:
        answer = self._fetch(Fetch(source.what, source.kind == "url", _TIME_S), self._ticks)
        if isinstance(answer, Failed):
            return self._fails(source.shown, _unreachable(source, answer))
        digest = hashlib.sha256(answer.text.encode("utf-8", "replace")).hexdigest()
        with self._store.transaction() as db:
            error = settle(db, self._store, source, [answer.text], (digest,), self._now_ms, self._ticks.wall_ms())
        return self._report(error)

    def _fails(self, shown: str, error: LeadqError) -> ContractReport:
        with self._store.transaction() as db:
            keep(db, replace(heard(db), source=shown, wall_ms=self._ticks.wall_ms(), **_told(error)))
        return self._report(error)

    def _let_go(self) -> None:
        """No source is named any more: nothing comes from there."""
        if self._before.source:
            with self._store.transaction() as db:
                announce(db, None)
                keep(db, replace(heard(db), source="", error="", status=0, offered=(), under=""))

    def _report(self, error: LeadqError | None = None) -> ContractReport:
        with self._store.read() as db:
            found, news, coming = rulebook.in_force(db), heard(db), announced(db)
        return ContractReport(
            news.source,
            found[0].version if found else None,
            found[0].hash if found else None,
            len(news.taken) > len(self._before.taken),
            coming.as_shape() if coming else None,
            news.error or None,
            Exit(news.status),
            error,
        )


def settle(
    db: sqlite3.Connection, store: Store, source: Source, texts: Sequence[str], offered: tuple[str, ...], now_ms: int,
    wall_ms: int,
) -> LeadqError | None:  # fmt: skip
    """Judge what a source offers, and keep what became of it: what is to be followed now is in force after this.

    `offered` names the texts: the same again under the same contract and pin is not judged again. What is wrong with
    the offer, as an error of exit status 78.
    """
    ours = Desk(db, store, Clock(now_ms)).rules.current
    before, error = heard(db), None
    if (before.offered, before.under, before.error) != (offered, under(ours, source), ""):
        error = _judged(db, store, source, texts, ours, now_ms)
        ours = Desk(db, store, Clock(now_ms)).rules.current
    keep(db, replace(heard(db), source=source.shown, looked_ms=now_ms, wall_ms=wall_ms, offered=offered,
                     under=under(ours, source), **_told(error)))  # fmt: skip
    return error


def _told(error: LeadqError | None) -> dict[str, Any]:
    """An error as it is remembered."""
    return {
        "error": f"{error} {error.hint}".rstrip() if error else "",
        "status": int(error.exit_status) if error else 0,
    }


def under(ours: Contract, source: Source) -> str:
    """What an offer was judged under."""
    return f"{ours.hash} {source.pin} {source.shown}"


def _judged(
    db: sqlite3.Connection, store: Store, source: Source, texts: Sequence[str], ours: Contract, now_ms: int
) -> LeadqError | None:
    readings = [read_contract(text.encode("utf-8", "replace"), source.shown) for text in texts]
    good = [reading.contract for reading in readings if reading.contract is not None]
    choice = choose(good, ours, heard(db).taken, source.pin, now_ms)
    error = _objection(choice, source, ours)
    bad = next((reading for reading in readings if reading.contract is None), None)
    if bad is not None and error is None:
        error = _stays(rulebook.broken(bad))
    if choice.now is not None:
        announce(db, choice.now)
        if Desk(db, store, Clock(now_ms)).rules.current.hash != choice.now.hash:
            return _not_placed(choice.now, store)
    if choice.coming is not None or (error is None and choice.now is None):
        announce(db, choice.coming)
    return error


def _not_placed(contract: Contract, store: Store) -> LeadqError:
    return LeadqError(
        "contract_source",
        _("The contract {version} cannot be put in place: {file} cannot be written.").format(
            version=contract.version, file=store.home.contract
        ),
        hint=_("The contract in force stays."),
        exit_status=Exit.CONFIG,
    )


def _objection(choice: Choice, source: Source, ours: Contract) -> LeadqError | None:
    """Why an offer is not followed, in one sentence."""
    about = choice.about
    if about is None:
        return None
    if choice.objection == "older":
        return LeadqError(
            "older_contract",
            _("The contract {version} of {source} is older than the one in force ({ours}), which stays.").format(
                version=about.version, source=source.shown, ours=ours.version
            ),
            hint=_('A pin says that it has to be this one: pin = "sha256:{hash}" under [contract].').format(
                hash=about.hash
            ),
            exit_status=Exit.CONFIG,
        )
    if choice.objection == "pin":
        return LeadqError(
            "pinned_contract",
            _("The contract {version} of {source} is not the one that is pinned: the one in force stays.").format(
                version=about.version, source=source.shown
            ),
            hint=_("Its hash is sha256:{hash}, the pin sha256:{pin}.").format(hash=about.hash, pin=source.pin),
            exit_status=Exit.CONFIG,
        )
    return _stays(unsigned(about, source.shown, is_edited=choice.objection == "edited"))


def unsigned(contract: Contract, where: str, *, is_edited: bool) -> LeadqError:
    """A contract that not both teams have signed as it is."""
    sentence = (
        _("The contract {version} of {source} was edited after it was signed.")
        if is_edited
        else _("The contract {version} of {source} is not signed by both teams.")
    )
    return LeadqError(
        "unsigned_contract",
        sentence.format(version=contract.version, source=where),
        hint=_("Missing: {roles}.").format(roles=", ".join(unsigned_by(contract))),
        exit_status=Exit.CONFIG,
    )


def _stays(error: LeadqError) -> LeadqError:
    hint = f"{error.hint} {_('The contract in force stays.')}".strip()
    return LeadqError(error.code, error.message, hint=hint, exit_status=error.exit_status)


def _unreachable(source: Source, failure: Failed) -> LeadqError:
    """A source that cannot be read: 75 for what may be otherwise later, 78 for what has to be changed."""
    sentence = _("The contract cannot be fetched from {source}: {why}").format(source=source.shown, why=worded(failure))
    hint = _("The contract in force stays.")
    if failure.kind in ("load", "rejected"):
        return LeadqError("contract_source", sentence, hint=hint, exit_status=Exit.CONFIG)
    return LeadqError("unreachable", sentence, hint=hint, exit_status=Exit.TEMPORARY)
