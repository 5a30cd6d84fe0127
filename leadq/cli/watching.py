"""`sync --watch`: what a watcher says while it goes on, and when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq import config
from leadq.cli.output import emit, say
from leadq.cli.publish import Publisher
from leadq.cli.sync import say_ending, told
from leadq.i18n import _
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadq.cli.base import Session
    from leadq.errors import Exit
    from leadq.sync.ports import Ticks
    from leadq.sync.report import SyncReport
    from leadq.sync.run import OpenChild, Wishes
    from leadq.sync.stop import Stop

_NO_HOME_S: Final = 1.0


def keep_on(session: Session, names: Sequence[str] | None, wishes: Wishes, timeout_s: float) -> Exit:
    """Watch until a signal; narration on stderr, and the one document at the end."""
    from leadq.sync.engine import chosen, run_sync
    from leadq.sync.machine import Machine
    from leadq.sync.stop import Drained, Stop, heeded
    from leadq.sync.watch import Watch, only_watcher

    def one(name: str, open_child: OpenChild) -> SyncReport:
        return run_sync(
            session.home, [name], now_ms=session.clock.now_ms(), timeout_s=timeout_s, wishes=wishes,
            open_child=open_child,
        )  # fmt: skip

    machine, voice = Machine(), Voice(quiet=session.quiet)
    stop = Stop(machine.ticks)
    known = chosen(config.load(session.home).connections, names)
    with heeded(stop):
        _await_home(session, stop, machine.ticks)
        with only_watcher(session.home, machine.ticks.wall_ms()):
            drained = Drained(stop, one, lambda: say_ending(quiet=session.quiet))
            voice.say(_("Watching {names}; Ctrl-C ends it.").format(names=", ".join(each.name for each in known)))
            publisher = Publisher(session, voice.say)
            try:
                watched = Watch(session.home, names, machine, drained, stop, publisher.look).go(voice.hear)
            finally:
                publisher.close()
    emit(watched.as_json(), told(watched.report), as_json=session.as_json)
    return stop.status


def _await_home(session: Session, stop: Stop, ticks: Ticks) -> None:
    """A service may be up before anybody has imported a lead; looking creates nothing."""
    home = session.home
    if not (home.exists or home.settings.exists()) and not session.quiet:
        say(_("There is no home here yet: waiting for one."))
    while not (home.exists or home.settings.exists() or stop.asked):
        ticks.sleep(_NO_HOME_S)


class Voice:
    """Says what a cycle did when it did something, and a trouble once, however often it is met."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._errors: dict[str, str | None] = {}

    def hear(self, report: SyncReport) -> None:
        """Take one cycle's report."""
        news = bool(report.alerts or any(plugin.error for plugin in report.plugins))
        for each in report.connections:
            before = self._errors.get(each.name)
            self._errors[each.name] = each.error
            if before and not each.error:
                self.say(labelled(each.name, _("works again")))
            news |= bool(each.pulled or each.pushed or (each.error and each.error != before))
        if report.contract:
            before = self._errors.get("")  # no connection is called that
            self._errors[""] = report.contract.error
            news |= report.contract.new or report.contract.error not in (None, before)
        if news:
            for line in told(report):
                self.say(line)

    def say(self, line: str) -> None:
        """One line of narration."""
        if not self._quiet:
            say(line)
