"""An adapter at work in this very process, as a cycle talks to it: what `supervisor.Child` is, without the process.

Whatever the adapter raises ends it as it would end the child. Only what no child could say goes through: an exception
that is none, by which a test ends the whole process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from leadq.plugins.sdk import N_, Description, Found, Page, Result
from leadq.sync.asking import Describe, Introduce, Introduction, Plan, Prepare, Steps
from leadq.sync.hearing import Hearing
from leadq.sync.http import Http, Settings
from leadq.sync.protocol import Done, Failed, Lookup, Open, ProtocolError, Pull, Push, Ready, Tidy, Used, encode
from leadq.sync.serving import Serving, introduction, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.plugins.sdk import Adapter, Change, Login, Ref, Step
    from leadq.sync.http import Line
    from leadq.sync.ports import Ticks
    from leadq.sync.protocol import Message

Said = TypeVar("Said", Result, Page, Found, Failed, Description, Steps)


class Inside:
    """One adapter from `Open` to its end, over `line`; for `run_sync(..., open_child=...)`.

    A child goes on while we write its answers down. `ahead`: it has done all of a command before we hear the first
    answer, and they come in one burst; else it waits for us after each.
    """

    def __init__(
        self, order: Open | Introduce, kind: type[Adapter], line: Line, ticks: Ticks, *, ahead: bool = False
    ) -> None:
        self.used = Used()
        self._order, self._kind = order, kind
        self._line, self._ticks = line, ticks
        self._ahead = ahead
        self._over: Failed | None = None
        self._hearing = Hearing(order.secrets.values() if isinstance(order, Open) else ())
        self._serving: Serving | None = None

    def __enter__(self) -> Inside:
        if isinstance(self._order, Introduce):
            return self
        try:
            self._serving = Serving(self._order, self._kind, self._connected)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - an adapter may raise anything; it is reported
            list(self._heard(told(error)))
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def ready(self) -> Ready | Failed:
        """As `Child.ready`."""
        said = list(self._said(None))
        assert isinstance(said[-1], Ready | Failed)
        return said[-1]

    def introduced(self) -> Introduction | Failed:
        """As `Child.introduced`."""
        said = self._on_the_line(introduction(self._kind))
        assert isinstance(said, Introduction | Failed)
        return said

    def push(self, changes: Sequence[Change]) -> Iterator[list[Result | Failed]]:
        """As `Child.push`."""
        answers = self._answers(Push(tuple(changes)), Result)
        if self._ahead:
            yield list(answers)
            return
        for answer in answers:
            yield [answer]

    def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page | Failed]:
        """As `Child.pull`."""
        return self._answers(Pull(cursor, scope), Page)

    def lookup(self, refs: Sequence[Ref]) -> Iterator[Found | Failed]:
        """As `Child.lookup`."""
        return self._answers(Lookup(tuple(refs)), Found)

    def tidy(self, external_id: str, op_id: str) -> Failed | None:
        """As `Child.tidy`."""
        return next(self._answers(Tidy(external_id, op_id), Failed), None)

    def describe(self) -> Description | Failed:
        """As `Child.describe`."""
        return list(self._answers(Describe(), Description))[-1]

    def plan(self) -> tuple[Step, ...] | Failed:
        """As `Child.plan`."""
        answer = list(self._answers(Plan(), Steps))[-1]
        return answer if isinstance(answer, Failed) else answer.steps

    def prepare(self, steps: Sequence[Step]) -> Failed | None:
        """As `Child.prepare`."""
        return next(self._answers(Prepare(tuple(steps)), Failed), None)

    def _answers(self, command: Message, kind: type[Said]) -> Iterator[Said | Failed]:
        for message in self._said(command):
            if isinstance(message, kind | Failed):
                yield message

    def _said(self, command: Message | None) -> Iterator[Message]:
        """What it says to `command`, or at first; the failure that ended it is all that it says from then on."""
        if self._over or self._serving is None:
            yield self._over or Failed("died", "")
            return
        try:
            for message in self._serving.obey(command) if command else self._serving.ready():
                yield from self._heard(message)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - as in child.py
            for message in self._serving.ended(error):
                yield from self._heard(message)

    def _heard(self, message: Message) -> Iterator[Message]:
        if not isinstance(message, Used | Done):
            message = self._on_the_line(message)
        if isinstance(message, Used):
            self.used = message
        elif not isinstance(message, Done):
            if isinstance(message, Failed) and not message.op_id:
                self._over = message
            yield message

    def _on_the_line(self, message: Message) -> Message:
        """As it comes out of the pipe: what cannot be said there is not heard here either."""
        try:
            return self._hearing.message(encode(message))
        except ProtocolError as error:
            return Failed("garbled", N_("The adapter’s process did not answer as agreed ({why})."), {"why": str(error)})

    def _connected(self, order: Open, kind: type[Adapter], login: Login) -> Http:
        """As `serving.connected`, over our own line and time."""
        settings = Settings(
            login.base_url,
            login.headers,
            secrets=tuple(order.secrets.values()),
            limits=getattr(kind, "limits", ()),
            rate_share=order.rate_share,
            run_s=order.timeout_s,
            dry_run=order.dry_run,
        )
        http = Http(settings, ticks=self._ticks, line=self._line)
        http.resume(order.budget, order.away_s)
        return http
