"""Who publishes for a team: with a hub, the first home that asks it for this report and period, and no other.

What is claimed stays so: a home that dies between its claim and the report goes on with it when it is back. What surely
did not arrive is given back, and whoever comes next may try.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadq import config, secrets
from leadq.desk import device
from leadq.sync.protocol import Failed, Open
from leadq.sync.run import Stopped
from leadq.sync.supervisor import Child

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadq.config import Connection
    from leadq.sqlite import Store
    from leadq.sync.ports import Ticks

_TIME_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Claim:
    """Whether it is ours to publish; else whose home has it, "" for somebody of whom the hub takes no claims."""

    mine: bool
    by: str = ""


class Claims:
    """Asks the hub of one home; without a hub, everything is ours."""

    def __init__(self, store: Store, ticks: Ticks) -> None:
        self._store, self._ticks = store, ticks
        known = config.load(store.home).connections.values()
        self._hub = next((one for one in known if one.adapter == "hub"), None)
        self._held: set[str] = set()

    def claim(self, key: str) -> Claim:
        """Whether `key` is ours to publish. Raises Stopped, and LeadqError (77)."""
        if self._hub is None:
            return Claim(True)
        answer = self._say(self._hub, "claim_report", key)
        if "refused" in answer:
            return Claim(False)
        if answer["mine"]:
            self._held.add(key)
        return Claim(bool(answer["mine"]), str(answer["member"]))

    def give_back(self, key: str) -> None:
        """It surely was not published: anybody may. A hub that cannot be asked leaves it to us."""
        if self._hub is not None and key in self._held:
            with suppress(Stopped):
                self._say(self._hub, "return_report", key)
            self._held.discard(key)

    def _say(self, hub: Connection, word: str, key: str) -> Mapping[str, Any]:
        with self._store.transaction() as db:
            what = {"device": device(db), "key": key}
        lock = str(self._store.home.sync_lock(hub.name, ".publish"))  # not the cycle's: that may take minutes
        order = Open(hub.adapter, hub.options, lock, _TIME_S, secrets.of(hub, home=self._store.home), check=False)
        with Child(order, self._ticks) as child:
            ready = child.ready()
            answer = ready if isinstance(ready, Failed) else child.exchange(word, what)
        if isinstance(answer, Failed):
            raise Stopped(answer)
        return answer
