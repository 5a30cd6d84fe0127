"""Workers to be killed: a process that imports leadq once, then forks a worker for each line it is told.

`python -m tests.nursery` reads `work HOME SEED COUNT` (COUNT 0: without end), `make HOME SEED 0` (its first gesture
makes the home) and `wait` (until all workers are gone). Workers write whole lines, each less than a pipe takes at once:
`pid N`, then `did UID...` after each gesture that was acknowledged, `said CODE` for a failure that is not a rule's.
"""

from __future__ import annotations

import os
import random
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from leadq.clock import Clock
from leadq.domain.verbs import Accept, Note, Reject, Touch
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
        elif os.fork() == 0:
            _work(word, *arguments)
            os._exit(0)


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
    base, rng, done = Path(folder), random.Random(seed), 0
    queue = Queue(Store(Home(base / "config", base / "data", base / "state")), Clock(NOW_MS))
    while done < int(count) or count == "0":
        try:
            uids = hand_over(queue, rng) if word == "make" else _gesture(queue, rng)
        except LeadqError as error:
            if error.exit_status != Exit.REFUSED:
                _say("said", error.code)
            continue
        _say("did", *uids)
        done += 1


def _gesture(queue: Queue, rng: random.Random) -> tuple[str, ...]:
    """One random gesture and its events. Raises LeadqError when a rule refuses it."""
    leads = [str(number) for number in rng.sample(range(1, LEADS + 1), 3)]
    kind = rng.choices(("undo", "import", "note", "touch", "accept", "reject"), (35, 5, 15, 30, 10, 5))[0]
    if kind == "undo":
        return queue.undo().events
    if kind == "import":
        return hand_over(queue, rng)
    if kind == "note":
        return queue.perform(leads, Note(f"note {rng.random()}")).events
    return queue.perform(leads[:1], _ON_ONE[kind]).events


_ON_ONE: Final = {
    "touch": Touch("call", "no_answer", note="rang"),
    "accept": Accept(),
    "reject": Reject("rej.routing", 2),
}


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
