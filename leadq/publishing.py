"""Reports that come by themselves: what is due is made as of its hour, put where it is wanted, and remembered.

At most once visible. A file is written under a name that says its period, all of it or nothing, and then remembered; if
we die between the two, the next run writes the same bytes under the same name. A message to an address is remembered
before it leaves: if nobody knows whether it arrived, it is not sent again, and that is said. After a sleep only the
newest that was missed is made; the others are counted. With a hub, only the home that it names publishes (`claiming`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from leadq import config, i18n, read, secrets
from leadq.clock import iso
from leadq.domain.metrics.trust import Waiting
from leadq.errors import Exit, LeadqError
from leadq.facts.live import waiting
from leadq.i18n import _
from leadq.lock import held
from leadq.reports.make import make, stem
from leadq.reports.schedule import Entry, Slot, entries, missed, newest
from leadq.reports.sources import Asked
from leadq.reports.written import said, write
from leadq.sync.claiming import Claims
from leadq.sync.delivering import NOT_THERE, Deliver
from leadq.sync.run import Stopped, worded
from leadq.sync.supervisor import Child

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

    from leadq.paths import Home
    from leadq.progress import Progress
    from leadq.sqlite import Store
    from leadq.sync.ports import Ticks

NAME: Final = "publish"
"""What the secret of signatures is kept under, as if it were a connection: LEADQ_PUBLISH_TOKEN."""

_TIME_S: Final = 30.0
_RETRY_MS: Final = 5 * 60_000
_LONGEST_MS: Final = 6 * 3_600_000
_TYPES: Final[Mapping[str, str]] = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
_OVER: Final = ("done", "unknown", "elsewhere")
_NO_NEWS: Final = ("up_to_date", "nothing")


@dataclass(frozen=True, slots=True)
class Record:
    """What is remembered of an entry: its newest period by name (names sort by time, and outlast a change of zone), and
    how far that is.

    `state`: `begun` (a file may be there), `sending` (a message may have left), `waiting` (to be tried again from
    `next_ms` on), `done`, `elsewhere` (another home has it), or `unknown` (it may have arrived). `told` is what was
    waiting for the CRM when it was begun.
    """

    period: str = ""
    state: str = "done"
    tries: int = 0
    next_ms: int = 0
    told: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one entry. `state`: `published`, `up_to_date`, `due` (in a dry run), `waiting`, `unknown`,
    `elsewhere` (the home of `by` has it; "": that of a manager or of ops) or `nothing` (nothing was known here at that
    instant). `missed`: older ones that are not made any more."""

    report: str
    period: str
    audience: str
    lang: str
    to: str
    state: str
    as_of_ms: int
    missed: int = 0
    where: str = ""
    by: str = ""
    error: str = ""
    status: Exit = Exit.DONE

    def as_shape(self) -> dict[str, Any]:
        """The outcome as `leadq publish --json` prints it."""
        shape = asdict(self)
        shape |= {"as_of": iso(shape.pop("as_of_ms")), "where": self.where or None, "by": self.by or None,
                  "error": self.error or None}  # fmt: skip
        del shape["status"]
        return shape


def due(home: Home, store: Store, now_ms: int) -> bool:
    """Whether there is anything to do now: cheap enough to be asked once a minute. Raises LeadqError `config` (78)."""
    wanted = entries(home)
    if not wanted or not home.exists:
        return False
    with store.read() as db:
        zone = ZoneInfo(read.zone_name(db))
        return any(_look(db, one, now_ms, zone, patient=True)[1].state in ("due", "unknown") for one in wanted)


def publish(
    home: Home, store: Store, now_ms: int, ticks: Ticks, *, dry_run: bool = False,
    progress: Progress = lambda done, total: None,
) -> list[Outcome]:  # fmt: skip
    """Publish what is due, one after the other; what fails keeps no other from it.

    Raises LeadqError `config` (78) for tables that cannot be read, `locked` (75) while another process publishes.
    """
    wanted = entries(home)
    if not wanted or not home.exists:
        return []
    if dry_run:
        with store.read() as db:
            zone = ZoneInfo(read.zone_name(db))
            return [_look(db, one, now_ms, zone)[1] for one in wanted]
    home.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with held(home.state / "publish.lock", 0):
        return [_Publication(home, store, now_ms, ticks, progress).run(one) for one in wanted]


def _look(
    db: sqlite3.Connection, entry: Entry, now_ms: int, zone: ZoneInfo, *, patient: bool = False
) -> tuple[Slot, Outcome]:
    """What is to be done about an entry; who is `patient` keeps to the wait after a failure, and a person does not."""
    slot, record = newest(entry, now_ms, zone), _remembered(db, entry)
    of_this = record.period == slot.period
    skipped = missed(entry, record.period, slot, zone) if record.period else 0
    state = "due"
    if record.period > slot.period or (of_this and record.state in _OVER):
        state = "up_to_date"
    elif of_this and record.state == "sending":
        state = "unknown"
    elif patient and of_this and record.state == "waiting" and now_ms < record.next_ms:
        state = "waiting"
    elif not _knew(db, slot.at_ms):
        state = "nothing"
    return slot, Outcome(
        entry.report, slot.period, entry.audience, entry.lang, entry.to, state, slot.at_ms, skipped
    )  # fmt: skip


def _knew(db: sqlite3.Connection, at_ms: int) -> bool:
    """Whether anything was known here at that instant: a home that is a day old has no report of last month."""
    return db.execute("SELECT 1 FROM event WHERE recorded_ms <= ? LIMIT 1", (at_ms,)).fetchone() is not None


def _remembered(db: sqlite3.Connection, entry: Entry) -> Record:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (f"publish:{entry.key}",)).fetchone()
    return Record(**json.loads(row[0])) if row else Record()


class _Publication:
    """One run over the entries; it holds the lock of who publishes."""

    def __init__(self, home: Home, store: Store, now_ms: int, ticks: Ticks, progress: Progress) -> None:
        self._home, self._store, self._now_ms = home, store, now_ms
        self._ticks, self._progress = ticks, progress
        self._claims = Claims(store, ticks)

    def run(self, entry: Entry) -> Outcome:
        """See to one entry."""
        with self._store.read() as db:
            zone = ZoneInfo(read.zone_name(db))
            slot, found = _look(db, entry, self._now_ms, zone)
            record, told = _remembered(db, entry), waiting(db)
        if found.state == "unknown":
            self._remember(entry, replace(record, state="unknown"))
            return _unclear(found, _("It was being sent when leadq ended."))
        if found.state != "due":
            return found
        if record.period != slot.period:
            if record.state == "sending":
                found = replace(
                    found, error=_("Whether that of {period} arrived, nobody knows.").format(period=record.period)
                )
            record = Record(slot.period, "begun", told=tuple(asdict(told).values()))
        self._remember(entry, replace(record, state="begun"))
        return self._bring(entry, slot, found, record, zone)

    def _bring(self, entry: Entry, slot: Slot, found: Outcome, record: Record, zone: ZoneInfo) -> Outcome:
        unsynced, needs_you, connections = record.told
        told = Waiting(unsynced, needs_you, tuple((name, at_ms) for name, at_ms in connections))
        asked = Asked(entry.report, entry.audience, slot.span, slot.at_ms, zone, told=told)
        try:
            text = self._made(entry, asked)
            secret = self._secret(entry) if entry.is_webhook else ""
            claim = self._claims.claim(_claimed_as(entry, record))
            if not claim.mine:
                self._remember(entry, replace(record, state="elsewhere"))
                return replace(found, state="elsewhere", by=claim.by)
            if not entry.is_webhook:
                return self._put(entry, asked, text, replace(found, state="published"), record)
            headers = _headers(entry, asked, text, secret, self._ticks.wall_ms() // 1000)
        except Stopped as stopped:
            return self._later(entry, found, record, worded(stopped.failure), Exit.TEMPORARY)
        except OSError as error:
            why = f"{error.filename}: {error.strerror}" if error.filename else str(error)
            return self._later(entry, found, record, why, Exit.IO)
        except LeadqError as error:
            return self._later(entry, found, record, f"{error} {error.hint}".rstrip(), error.exit_status)
        return self._send(entry, headers, text, replace(found, state="published"), record)

    def _made(self, entry: Entry, asked: Asked) -> str:
        """The report in the entry's language and format."""
        spoken = i18n.current()
        i18n.use("fr" if entry.lang == "fr" else "en")
        try:
            with self._store.read() as db:
                return said(make(db, asked, self._progress), entry.format)
        finally:
            i18n.use(spoken)

    def _put(self, entry: Entry, asked: Asked, text: str, found: Outcome, record: Record) -> Outcome:
        """Write the file, then remember it: the same bytes once more if we die between the two."""
        folder = Path(entry.to).expanduser()
        if not folder.is_absolute():
            folder = self._home.data / folder
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{stem(asked)}.{entry.lang}.{entry.format}"
        write(path, text)
        self._remember(entry, replace(record, state="done"))
        return replace(found, where=str(path))

    def _send(
        self, entry: Entry, headers: Mapping[str, str], text: str, found: Outcome, record: Record
    ) -> Outcome:  # fmt: skip
        """Remember that it leaves, send it, then remember what became of it.

        A disk that fails after that goes through: what is remembered then is that it left, and the next run says so.
        """
        self._remember(entry, replace(record, state="sending"))
        with Child(Deliver(entry.to, headers, text, _TIME_S), self._ticks) as child:
            failure = child.fired()
        if failure is None:
            self._remember(entry, replace(record, state="done"))
            return replace(found, where=entry.to, status=Exit.NEEDS_PERSON if found.error else Exit.DONE)
        if failure.kind in NOT_THERE:
            return self._later(entry, found, record, worded(failure), Exit.TEMPORARY)
        self._remember(entry, replace(record, state="unknown"))
        return _unclear(found, worded(failure))

    def _secret(self, entry: Entry) -> str:
        """What signs messages. Raises LeadqError `auth` (77)."""
        kept = config.Connection(NAME, NAME, {}, token_command=entry.token_command)
        found = secrets.of(kept, home=self._home)
        if "token" not in found:
            raise LeadqError(
                "auth",
                _("There is no secret to sign reports with."),
                hint=_("Set {variable}, or token_command under [[publish]].").format(variable=secrets.variable(NAME)),
                exit_status=Exit.AUTH,
            )
        return found["token"]

    def _later(self, entry: Entry, found: Outcome, record: Record, why: str, status: Exit) -> Outcome:
        """It surely is not there: try again, each time after twice as long, we or another home."""
        self._claims.give_back(_claimed_as(entry, record))
        wait_ms = min(_RETRY_MS << min(record.tries, 16), _LONGEST_MS)
        self._remember(
            entry, replace(record, state="waiting", tries=record.tries + 1, next_ms=self._now_ms + wait_ms)
        )  # fmt: skip
        return replace(found, state="waiting", error=why, status=status)

    def _remember(self, entry: Entry, record: Record) -> None:
        with self._store.transaction() as db:
            value = json.dumps(asdict(record))
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"publish:{entry.key}", value))


def _claimed_as(entry: Entry, record: Record) -> str:
    """What a publication is called at the hub: the same in every home that has the same entry."""
    return f"{entry.key}:{record.period}"


def _unclear(found: Outcome, why: str) -> Outcome:
    """It may have arrived: a person has to look."""
    return replace(found, state="unknown", error=why, status=Exit.NEEDS_PERSON)


def _headers(entry: Entry, asked: Asked, text: str, secret: str, at_s: int) -> dict[str, str]:
    """What a message says of itself: its kind, its own name at every try, and who signed it when."""
    signed = hmac.new(secret.encode(), f"{at_s}.{text}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
    return {
        "content-type": _TYPES[entry.format],
        "user-agent": "leadq",
        "x-leadq-delivery": f"{stem(asked)}.{entry.lang}.{entry.key}",
        "x-leadq-signature": f"t={at_s},v1={signed}",
    }


def told(outcomes: list[Outcome], *, news: bool = False) -> Iterator[str]:
    """What became of each, in a line or two; `news`: only of those that something became of."""
    shown = [one for one in outcomes if not news or one.state not in _NO_NEWS]
    if not shown:
        yield _("Nothing is due now.")
    for one in shown:
        name = f"{one.report} {one.period} ({one.audience}, {one.lang})"
        by = one.by or _("a manager or ops")
        yield f"{name} · {_SAID[one.state]().format(where=one.where or one.to, by=by)}"
        if one.missed and one.state in ("published", "due"):
            yield "  " + _("the newest of {n} that were missed; the others are not made").format(n=one.missed + 1)
        if one.error:
            yield f"  {one.error}"


_SAID: Final = {
    "published": lambda: _("published: {where}"),
    "up_to_date": lambda: _("published already"),
    "due": lambda: _("would be published: {where}"),
    "waiting": lambda: _("not there yet, tried again later: {where}"),
    "unknown": lambda: _("may have arrived, and is not sent again: {where}"),
    "elsewhere": lambda: _("for the team, by the home of {by}"),
    "nothing": lambda: _("nothing was known here yet at that time"),
}
"""State -> words, in the language of the moment."""
