"""Workers to be killed: a process that imports leadq once, then forks a worker for each line it is told.

`python -m tests.nursery` reads `work HOME SEED COUNT` (COUNT 0: without end), `make HOME SEED 0` (its first gesture
makes the home), `kill HOME SEED COUNT` (so many workers one after the other, each killed
within the time of three verbs) and `wait` (until
all workers are gone). Workers write whole lines, each less than a pipe takes at once:
`pid N`, then `did UID...` after each gesture that was acknowledged, `said CODE` for a failure that is not a rule's.
"""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from leadq.clock import Clock
from leadq.domain import verbs
from leadq.domain.verbs import Verb
from leadq.errors import Exit, LeadqError
from leadq.handoff import Defaults
from leadq.intake import Intake
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.leads import NOW_MS, ROW

LEADS: Final = 30
"""How many leads a home has before its first worker."""

_ROOT: Final = Path(__file__).parents[1]


class Nursery:
    """The parent's side."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nursery"], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._heard = b""

    def close(self) -> None:
        """End it; its workers are gone by then."""
        self._process.communicate()

    def tell(self, *words: object) -> None:
        """Give it one line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{' '.join(map(str, words))}\n".encode())
        self._process.stdin.flush()

    def hear(self, word: str) -> list[str]:
        """The rest of the next line, which begins with `word`."""
        line = next(self.lines(60.0), f"nothing for a minute, waiting for {word}")
        assert line.split()[0] == word, line
        return line.split()[1:]

    def lines(self, seconds: float) -> Iterator[str]:
        """The lines that come within so many seconds."""
        assert self._process.stdout is not None
        descriptor, deadline = self._process.stdout.fileno(), time.monotonic() + seconds
        while True:
            line, newline, rest = self._heard.partition(b"\n")
            if newline:
                self._heard = rest
                yield line.decode()
                continue
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                return
            arrived = os.read(descriptor, 1 << 16)
            assert arrived, "the nursery has died"
            self._heard += arrived


def _serve() -> None:
    for line in sys.stdin:
        word, *arguments = line.split()
        if word == "wait":
            _wait()
        elif word == "kill":
            _kill(*arguments)
        elif os.fork() == 0:
            _work(word, *arguments)
            os._exit(0)


def _kill(folder: str, seed: str, count: str) -> None:
    """A fork of what is imported and read already costs 2 ms: most workers die within their first three verbs."""
    for _ in range(2):
        begun = time.monotonic()
        _say("did", *_queue(folder).perform(["1", "2", "3"], verbs.Note("what is read once has been read")).events)
    spread = 3 * (time.monotonic() - begun)
    for number in range(int(seed), int(seed) + int(count)):
        pid = os.fork()
        if pid == 0:
            _work("work", folder, str(number), "0")
        time.sleep(random.Random(number).uniform(0.0002, spread))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    _say("gone")


def _wait() -> None:
    while True:
        try:
            os.wait()
        except ChildProcessError:
            _say("gone")
            return


def _say(*words: str) -> None:
    os.write(1, f"{' '.join(words)}\n".encode())


def _work(word: str, folder: str, seed: str, count: str) -> None:
    _say("pid", str(os.getpid()))
    queue, rng, done = _queue(folder), random.Random(seed), 0
    while done < int(count) or count == "0":
        try:
            uids = hand_over(queue, rng) if word == "make" else gesture(queue, rng)
        except LeadqError as error:
            if error.exit_status != Exit.REFUSED:
                _say("said", error.code)
            continue
        _say("did", *uids)
        done += 1


def _queue(folder: str) -> Queue:
    base = Path(folder)
    return Queue(Store(Home(base / "config", base / "data", base / "state")), Clock(NOW_MS))


def gesture(queue: Queue, rng: random.Random) -> tuple[str, ...]:
    """One random gesture and its events. Raises LeadqError when a rule refuses it."""
    leads = [str(number) for number in rng.sample(range(1, LEADS + 1), 3)]
    kind = rng.choices(("undo", "redo", "import", "note", "correct", "verb"), (25, 10, 5, 10, 5, 45))[0]
    if kind == "undo":
        return queue.undo().events
    if kind == "redo":
        return queue.redo().events
    if kind == "import":
        return hand_over(queue, rng)
    if kind == "note":
        return queue.perform(leads, verbs.Note(f"note {rng.random()}")).events
    state, touched = _stands(queue, leads[0])
    if kind == "correct":
        return queue.correct(touched, "it was somebody else").events
    return queue.perform(leads[:1], rng.choice(_WORTH_TRYING.get(state, _closed)(leads[1]))).events


def _stands(queue: Queue, lead: str) -> tuple[str, str]:
    """The lead's state, and its newest touch."""
    with queue.store.read() as db:
        row = db.execute(
            "SELECT state, (SELECT e.uid FROM event e WHERE e.lead_uid = l.uid AND e.type = 'touched'"
            " ORDER BY e.seq DESC LIMIT 1) FROM lead l WHERE l.id = ?", (lead,)
        ).fetchone()  # fmt: skip
    return row[0], row[1] or "no touch"


_LATER_MS: Final = NOW_MS + 86_400_000
_CARE: Final[tuple[Verb, ...]] = (
    verbs.Touch("call", "no_answer", note="rang"), verbs.Touch("call", "connected", next_ms=_LATER_MS),
    verbs.Assign("karim"), verbs.Snooze(_LATER_MS, "x"), verbs.Pause("prospect_on_leave", _LATER_MS, "x"),
    verbs.Resume(),
)  # fmt: skip
_VERDICTS: Final[tuple[Verb, ...]] = (
    verbs.Recycle("rec.timing", 3, wake_ms=_LATER_MS), verbs.Qualify(4), verbs.Disqualify("dq.no_need", 2),
    verbs.Disqualify("dq.opt_out", 2),
)  # fmt: skip
_WORTH_TRYING: Final[dict[str, Callable[[str], tuple[Verb, ...]]]] = {
    "handed_off": lambda other: (
        verbs.Accept(), *_CARE, verbs.Reject("rej.routing", 2), verbs.Reject("rej.duplicate", 2, into=other),
        verbs.Merge(other),
    ),
    "accepted": lambda other: (*_CARE, *_VERDICTS, verbs.Reject("rej.spam", 1)),
    "working": lambda other: (*_CARE, *_VERDICTS, verbs.Merge(other)),
    "connected": lambda other: (*_CARE, *_VERDICTS),
    "qualified": lambda other: (verbs.AeAccept(), verbs.AeReturn("ret.no_show"), verbs.Dispute("x")),
}  # fmt: skip


def _closed(other: str) -> tuple[Verb, ...]:
    return (
        verbs.Reopen("x"), verbs.Resubmit("x"), verbs.Reroute("karim"), verbs.Dispute("x"), verbs.Answer("ack"),
        verbs.Touch("email", "replied", inbound=True), verbs.Merge(other),
    )  # fmt: skip


def hand_over(queue: Queue, rng: random.Random) -> tuple[str, ...]:
    """Two leads that nobody knows yet, as from one file, and their events."""
    emails = [f"{rng.getrandbits(64):x}@forges.example" for _ in range(2)]
    with queue.desk() as desk:
        defaults = Defaults(desk.now_ms, ZoneInfo("Europe/Paris"))
        Intake(desk, "csv", defaults).take((n, ROW | {"email": email}, {}) for n, email in enumerate(emails))
        rows = desk.db.execute("SELECT uid FROM event WHERE batch = ?", (desk.batch,)).fetchall()
    return tuple(row[0] for row in rows)


if __name__ == "__main__":
    _serve()
