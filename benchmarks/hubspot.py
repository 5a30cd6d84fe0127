"""What does it cost to bring 1,000 outcomes to HubSpot? Requests and time, and the same one by one.

The whole engine runs in this process against the HubSpot in memory, which takes 50 ms to answer each request. That time
and what the limiter waits pass virtually; the processor's time is real, and added. Half of the outcomes are verdicts,
half are first calls, whose note goes on the timeline; all set a status, which is read before it is written over.

The optimum is what no correct client can do with less, at HubSpot's 100 rows a request: reads of the statuses, writes
of the records, and creation of the notes with their ties in it. The floor of the limit is so many requests at the rate
that the adapter declares, 100 in ten seconds.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.homes import home_at
from benchmarks.measure import Answer, Line, seconds
from leadq.clock import Clock
from leadq.domain.verbs import Reject, Touch
from leadq.plugins.hubspot import HubSpot, portal, writing
from leadq.plugins.hubspot.setup import PROPERTIES, definition
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.sync.engine import run_sync
from leadq.sync.run import Wishes
from leadq.testing.hubspot import TOKEN, HubSpotFake
from leadq.testing.inside import Inside
from leadq.testing.straight import Straight
from leadq.testing.time import VirtualTime

if TYPE_CHECKING:
    from leadq.sync.ports import Ticks
    from leadq.sync.protocol import Open
    from leadq.sync.report import ConnectionReport

QUESTION: Final = "HubSpot"
LATENCY_S: Final = 0.05
_BATCH: Final = 100
_AUDIT_S: Final = 1_000.0
_REQUESTS_BAR: Final = 1.2
_ELAPSED_BAR: Final = 1.3
_TABLE: Final = '[me]\nmember = "zoe@acme.example"\n\n[connection.hub]\nadapter = "hubspot"\n'


@dataclass(frozen=True, slots=True)
class Pushed:
    """What one push took, and how many requests the second look at it took."""

    requests: int
    elapsed_s: float
    processor_s: float
    audit: int


def ask(folder: Path, outcomes: int) -> list[Answer]:
    """The same outcomes in batches and one by one."""
    together = _pushed(folder / "together", outcomes)
    with _one_by_one():
        alone = _pushed(folder / "alone", outcomes)
    best = 2 * ceil(outcomes / _BATCH) + ceil((outcomes // 2) / _BATCH)
    floor_s = best * HubSpot.limits[0].per_s / HubSpot.limits[0].amount
    more, slower = together.requests / best, together.elapsed_s / floor_s
    return [
        Line(QUESTION, f"{outcomes:,} outcomes, requests", str(together.requests), f"optimum {best}", "1",
             f"{more:.2f}x", f"<= {_REQUESTS_BAR:g}x", more <= _REQUESTS_BAR),
        Line("", "the same, elapsed", seconds(together.elapsed_s), f"the limit's floor {seconds(floor_s)}", "1",
             f"{slower:.2f}x", f"<= {_ELAPSED_BAR:g}x", slower <= _ELAPSED_BAR),
        Line("", "of it our processor time", seconds(together.processor_s), "", "1"),
        Line("", "the second look after 15 minutes, requests", str(together.audit), "", "1"),
        Line("", "one by one, requests", f"{alone.requests:,}", "", "1", f"{alone.requests / best:.0f}x"),
        Line("", "one by one, elapsed", seconds(alone.elapsed_s), "", "1",
             f"{alone.elapsed_s / together.elapsed_s:.0f}x of together"),
    ]  # fmt: skip


def _pushed(folder: Path, outcomes: int) -> Pushed:
    """A new home and a new account, their leads fetched, an outcome on each; what one sync then takes."""
    rep = _Rep(folder, outcomes)
    rep.sync(Wishes(push=False))
    leads = rep.leads()
    if len(leads) != outcomes:
        raise RuntimeError(f"{len(leads)} leads of {outcomes} were fetched")
    desk = Queue(rep.store, Clock(rep.time.wall_ms()))
    desk.perform(leads[::2], Reject("rej.bad_data", 2, missing=("phone",)))
    desk.perform(leads[1::2], Touch("call", "no_answer", note="Rang twice."))
    before, began, processor = len(rep.fake.asked), rep.time.monotonic(), time.process_time()
    report = rep.sync(Wishes(pull=False))
    spent_s = time.process_time() - processor
    if report.pushed != outcomes or rep.fake.refused:
        raise RuntimeError(f"{report.pushed} of {outcomes} outcomes were pushed, {rep.fake.refused} requests refused")
    requests, elapsed_s = len(rep.fake.asked) - before, rep.time.monotonic() - began + spent_s
    rep.time.sleep(_AUDIT_S)
    rep.sync(Wishes(pull=False))
    shutil.rmtree(folder)
    return Pushed(requests, elapsed_s, spent_s, len(rep.fake.asked) - before - requests)


class _Rep:
    def __init__(self, folder: Path, count: int) -> None:
        self.time = VirtualTime()
        self.fake = HubSpotFake(self.time, latency_s=LATENCY_S)
        self.fake.book.properties["contacts"] |= {name: definition(name) for name in PROPERTIES}
        owned = {"lifecyclestage": "marketingqualifiedlead", "hs_lead_status": "NEW", "hubspot_owner_id": "81234"}
        for number in range(count):
            person = {"firstname": f"Jeanne {number}", "email": f"jeanne{number}@forges.example"}
            self.fake.book.create("contacts", person | owned)
        self.time.sleep(60)
        self.home = home_at(folder)
        self.home.config.mkdir(parents=True)
        self.home.settings.write_text(_TABLE, "utf-8")
        self.store = Store(self.home)

    def sync(self, wishes: Wishes) -> ConnectionReport:
        return run_sync(
            self.home, now_ms=self.time.wall_ms(), timeout_s=1e6, wishes=wishes, ticks=self.time, open_child=self._open
        ).connections[0]

    def leads(self) -> list[str]:
        with self.store.read() as db:
            return [f"hub:{name}" for (name,) in db.execute("SELECT external_id FROM lead ORDER BY id")]

    def _open(self, order: Open, ticks: Ticks) -> Inside:
        return Inside(replace(order, secrets={"token": TOKEN}), HubSpot, Straight(self.fake, self.time), ticks)


@contextmanager
def _one_by_one() -> Iterator[None]:
    """As if HubSpot took one row a request."""
    portal.BATCH, writing.BATCH = 1, 1  # type: ignore[misc]
    try:
        yield
    finally:
        portal.BATCH, writing.BATCH = _BATCH, _BATCH  # type: ignore[misc]
