"""A cycle with the hub: meet, take back what a backup had forgotten, give, and take what is new.

Every word may be said twice: what was given and not answered is given again, and known by its uids. Where this home
stands is kept with the page that brought it there, in one transaction.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from leadq import config
from leadq.clock import Clock
from leadq.desk import Desk, device
from leadq.errors import Exit, LeadqError
from leadq.hub.steps import SCHEMA
from leadq.i18n import N_
from leadq.sync.accords import hear
from leadq.sync.cycle import Cycle
from leadq.sync.downward import hear_of_loss, put_last, take_events, take_leads, undecided
from leadq.sync.line import Line
from leadq.sync.protocol import Failed
from leadq.sync.run import Stopped, Talk
from leadq.sync.running import ROLES, Round, heard_now, tell_crm
from leadq.sync.upward import batch

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from leadq.paths import Home
    from leadq.sync.accords import Say
    from leadq.sync.cycle import _State
    from leadq.sync.protocol import Kind

_ROOM: Final = 1_000
"""Events, or leads, that are taken at a time: our database is locked so long."""

SILENT_MS: Final = 15 * 60_000
"""A watch asks every five minutes at the longest: a runner that was not heard of for three times as long is none."""

_OTHER_MEMBER: Final = N_(
    "At the hub you are “{there}”, and this home is {here}’s: correct member in [me], or the address of the hub."
)
_NO_MEMBER: Final = N_("You are no member of the hub, or no longer one.")
_TAKEN: Final = N_(
    "This home’s device id is {member}’s at the hub: it is a copy of their home, so begin a home of your own."
)
_TWIN: Final = N_(
    "Another home has the same device id ({device}), and nothing was exchanged: if this one goes on in its place, say"
    " so with `leadq hub moved`; if both do, restore a backup in one of them, which gives it an id of its own."
)
_OLDER: Final = N_(
    "The hub is older than this leadq (version {found}, needed is {known}): `leadq hub init` updates it."
)
_NEWER: Final = N_("The hub is newer than this leadq (version {found}, this one knows {known}): upgrade leadq.")
_LOST: Final = N_("{count} of your leads had been claimed by somebody else first, and are theirs: {owners}.")
_GARBLED: Final = N_("The adapter’s process did not answer as agreed ({why}).")


@dataclass(frozen=True, slots=True)
class Place:
    """Where this home stands: given are its events up to seq `up`, which the hub numbers up to `high`. Taken, by the
    hub's numbers: of the leads that came into its scope up to `scope`, all events up to `seen`; `people` whom leads are
    about; and contracts. `since`: of the role that this was true under; `sees_all`: whether it hears of all leads;
    `device`: the id that the hub knew this home by, until a backup gave it another.
    `silent_ms`: since when no runner has been at work, as the hub said last; 0 while one is, -1 when none ever was."""

    hub: str = ""
    up: int = 0
    high: int = 0
    seen: int = 0
    scope: int = 0
    people: int = 0
    contracts: int = 0
    since: int = 0
    sees_all: bool = False
    device: str = ""
    silent_ms: int = 0
    owed: list[str] = field(default_factory=list)

    def is_behind(self, met: Mapping[str, Any]) -> bool:
        """Whether the hub may have something for this home."""
        return bool(met["last"] > min(self.seen, self.scope, self.people) or met["contracts"] > self.contracts)


class _Guest(Talk, Protocol):
    def exchange(self, word: str, what: Mapping[str, Any]) -> Mapping[str, Any] | Failed: ...


class HubCycle(Cycle):
    """See `Cycle.go`: `tally.pulled` and `tally.pushed` count events, `requests` the words that were said."""

    def _is_idle(self, db: sqlite3.Connection, state: _State, wall_ms: int) -> bool:
        return False  # only the hub knows what the others did

    def _work(self, talk: Talk, state: _State, generation: int, *, fetch: bool) -> None:
        ready = talk.ready()
        if isinstance(ready, Failed):
            raise Stopped(ready)
        line = Line(self._run, self._name, talk, ready, generation, self.tally)
        self._met(line, ready, state)
        try:
            self._exchange(line)
        except LeadqError as error:
            if error.exit_status != Exit.CONFIG:
                raise  # our own database, of which nobody but us is to blame
            raise Stopped(
                Failed("load", "{sentence} {hint}", {"sentence": error.message, "hint": error.hint})
            ) from None
        except (KeyError, TypeError, ValueError) as error:  # a hub that is no hub of ours
            why = f"{type(error).__name__}: {error}"
            raise Stopped(Failed("garbled", _GARBLED, {"why": why})) from error

    def _exchange(self, line: Line) -> None:
        wishes = self._run.wishes
        self._line, self._lost, self._there = line, dict[str, str](), set[str]()
        self._owners: dict[str, str] = {}
        with line.writing() as db:
            self._device = device(db)
            place = self._remembered(db)
        met = self._meet()
        place = self._in_this_hub(place, met)
        if met["high"] > place.high:
            place = self._take_back(place, met)
        place = self._give(place, met) if wishes.push else place
        if wishes.pull and (place.is_behind(met) or self.tally.pushed):
            place = self._take(place, own=False)
            self._settle_owners(place, met)
        if wishes.pull:
            run = self._run
            hear(run.store, run.now_ms, run.ticks, self._name, met, self._device, self._say)
        if self._may_run(met):
            place = self._runs(place)
        place = self._hear_of_runner(place, met)
        if self._lost:
            self._give(place, met)
            raise Stopped(Failed("conflict", _LOST, self._who_won()))

    def _may_run(self, met: Mapping[str, Any]) -> bool:
        """Only a watcher that both gives and takes, of somebody who may give any lead away."""
        wishes = self._run.wishes
        return met.get("role") in ROLES and not wishes.one_shot and wishes.pull and wishes.push and not self._lost

    def _runs(self, place: Place) -> Place:
        done = Round(self._run.store, self._run.now_ms, self._device, self._say).go()
        return self._take(place, own=False) if done else place

    def _hear_of_runner(self, place: Place, met: Mapping[str, Any]) -> Place:
        """Remember that no runner is at work, or is again: only what changes is written."""
        idle_ms = met.get("runner_idle_ms", 0)
        silent_ms = -1 if idle_ms is None else self._run.now_ms - idle_ms if idle_ms > SILENT_MS else 0
        silent_ms = 0 if self._may_run(met) else silent_ms
        if bool(silent_ms) == bool(place.silent_ms):
            return place
        place = replace(place, silent_ms=silent_ms)
        with self._line.writing() as db:
            self._keep(db, place)
        return place

    def _who_won(self) -> dict[str, str]:
        return {"count": str(len(self._lost)), "owners": ", ".join(sorted(set(self._lost.values())))}

    def _meet(self) -> Mapping[str, Any]:
        """Say who this is; what the hub has. Raises Stopped, before anything was written there.

        A home that was restored more than once goes on from ids that the hub has never met: they are introduced.
        """
        home = self._run.store.home
        met = greet(self._say, home, self._device)
        if "." not in self._device or met["high"]:
            return met
        with self._run.store.read() as db:
            before = _own(self._device, [one for (one,) in db.execute("SELECT DISTINCT device FROM event")])
        unknown = [one for one in before if one not in met["devices"]]
        for one in unknown:
            greet(self._say, home, one)
        return {**met, "devices": [*met["devices"], *unknown]}

    def _in_this_hub(self, place: Place, met: Mapping[str, Any]) -> Place:
        """A hub that was made anew is told everything again; who may see more, or less, hears of all anew."""
        since, sees_all = int(met["since"]), met["role"] in ROLES
        if place.hub != met["hub"]:
            return Place(hub=str(met["hub"]), since=since, sees_all=sees_all)
        if (place.since, place.sees_all) == (since, sees_all):
            return place
        return replace(place, since=since, sees_all=sees_all, seen=0, scope=0, people=0)

    def _take_back(self, place: Place, met: Mapping[str, Any]) -> Place:
        """The hub has events of this device that this home does not remember to have given: it was restored from a
        copy, or died before it heard the answer. They come back first, for what is given next goes on from them."""
        with self._line.writing() as db:
            (known,) = db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
        before = self.tally.pulled
        place = self._take(place, own=True)
        with self._line.writing() as db:
            if self.tally.pulled > before:
                put_last(self._desk(db), self._device, (place.up, known), self._there)
            place = replace(place, high=int(met["high"]))
            self._keep(db, place)
        return place

    def _give(self, place: Place, met: Mapping[str, Any]) -> Place:
        while True:
            with self._run.store.read() as db:
                found = batch(db, _own(self._device, met["devices"]), str(met["member"]), place.up)
            if found is None:
                return place
            answer = self._say("give", {"device": self._device, **found.what})
            place = replace(place, up=found.up, high=int(answer["high"]))
            with self._line.writing() as db:
                lost = {str(uid): str(owner) for uid, owner in answer["lost"].items()}
                ours = hear_of_loss(self._desk(db), lost) if lost else []
                self._keep(db, place, pushed=True)
            self._lost |= {uid: lost[uid] for uid in ours}
            self.tally.pushed += found.events

    def _take(self, place: Place, *, own: bool) -> Place:
        more, upto = True, None
        while more:
            asked = set(place.owed)
            have = [] if place.scope and place.device == self._device else self._told_elsewhere()
            page = self._say(
                "news",
                {
                    "device": self._device,
                    "own": own,
                    "room": _ROOM,
                    "upto": upto,
                    "have": have,
                    "cursor": place.seen,
                    "scope": place.scope,
                    "people": place.people,
                    "contracts": place.contracts,
                    "owed": place.owed,
                },
            )
            with self._line.writing() as db:
                desk = self._desk(db)
                acts = heard_now(db, page, self._device)
                taken = take_events(desk, page, asked)
                take_leads(desk, page)
                tell_crm(desk, acts)
                contracts = max((one["hub_seq"] for one in page["contracts"]), default=place.contracts)
                place = replace(
                    place,
                    seen=int(page["cursor"]),
                    scope=int(page["scope"]),
                    people=int(page["people"]),
                    contracts=int(contracts),
                    owed=sorted(taken.owed),
                    device=self._device,
                )
                self._keep(db, place, pulled=True)
            self._owners |= {str(lead["uid"]): str(lead["owner"]) for lead in page["leads"]}
            self._there |= {str(event["uid"]) for event in page["events"]} if own else set()
            self.tally.pulled += taken.added
            self.tally.refused += taken.refused
            more, upto = bool(page["more"]), int(page["upto"])
        return place

    def _settle_owners(self, place: Place, met: Mapping[str, Any]) -> None:
        """The hub decides in the order in which it hears, a lead folds in the order in which things were done: where
        the two come to different owners, whoever sees the lead first writes down what the hub decided."""
        with self._run.store.read() as db:
            heard = undecided(db, self._owners, _own(self._device, met["devices"]), place.up)
        if heard:
            with self._line.writing() as db:
                hear_of_loss(self._desk(db), heard)
            if self._run.wishes.push:
                self._give(place, met)

    def _told_elsewhere(self) -> list[str]:
        """The leads that this home has not from itself; the hub has to know of them before it tells it anything."""
        with self._run.store.read() as db:
            return [uid for (uid,) in db.execute(_TOLD_ELSEWHERE, (self._device,))]

    def _say(self, word: str, what: Mapping[str, Any]) -> Mapping[str, Any]:
        self.requests += 1
        answer = cast("_Guest", self._line.talk).exchange(word, what)
        if isinstance(answer, Failed):
            raise Stopped(answer)
        return answer

    def _desk(self, db: sqlite3.Connection) -> Desk:
        return Desk(db, self._run.store, Clock(self._run.now_ms))

    def _remembered(self, db: sqlite3.Connection) -> Place:
        row = db.execute("SELECT cursor FROM connection_state WHERE name = ?", (self._name,)).fetchone()
        with suppress(ValueError, TypeError):
            return Place(**json.loads(row[0]))
        return Place()  # this name was another connection's before: all is said again, and known

    def _keep(self, db: sqlite3.Connection, place: Place, *, pulled: bool = False, pushed: bool = False) -> None:
        db.execute(_KEEP, (json.dumps(asdict(place)), pulled, pushed, self._run.now_ms, self._name))


def greet(say: Say, home: Home, device: str) -> Mapping[str, Any]:
    """The first word of any exchange: who this is; what the hub has. Raises Stopped, before anything was written."""
    me = config.load(home).me
    met = say("meet", {"device": device, "place": _place(home), "member": me})
    if "refused" in met:
        raise Stopped(_refusal(met, me, device))
    if met["schema"] != SCHEMA:
        sentence = _NEWER if met["schema"] > SCHEMA else _OLDER
        raise Stopped(Failed("load", sentence, {"found": str(met["schema"]), "known": str(SCHEMA)}))
    return met


def _place(home: Home) -> str:
    """A hash of this machine and this home's folder: of two copies of one home, each is somewhere else."""
    machine = f"{uuid.getnode():x}"
    with suppress(OSError):
        machine = Path("/etc/machine-id").read_text("ascii").strip() or machine
    return hashlib.sha256(f"{machine}\n{home.data.resolve()}".encode("utf-8", "surrogateescape")).hexdigest()


def _own(device: str, devices: Sequence[str]) -> list[str]:
    """This home's device and those that it goes on from (see `backups.descendant`), not a member's second laptop."""
    origin = device.partition(".")[0]
    return [one for one in devices if one.partition(".")[0] == origin]


def _refusal(met: Mapping[str, Any], me: str, device: str) -> Failed:
    refused = str(met["refused"])
    kind: Kind = "auth" if refused == "member" else "load"
    sentence = {"member": _NO_MEMBER, "other": _OTHER_MEMBER, "device": _TAKEN}.get(refused, _TWIN)
    return Failed(kind, sentence, {"member": str(met.get("member")), "here": me, "there": str(met.get("member")),
                                   "device": device})  # fmt: skip


_TOLD_ELSEWHERE: Final = """
    SELECT uid FROM lead WHERE uid NOT IN (SELECT lead_uid FROM event WHERE device = ?) ORDER BY id"""
_KEEP: Final = """UPDATE connection_state SET cursor = ?1, listed_ms = ?4,
    last_pull_ms = CASE WHEN ?2 THEN ?4 ELSE last_pull_ms END, last_push_ms = CASE WHEN ?3 THEN ?4 ELSE last_push_ms END
    WHERE name = ?5"""
