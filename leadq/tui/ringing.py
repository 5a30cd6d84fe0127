"""Ringing: once for all that came at once, at the instant that the store names, and not into somebody's typing."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from leadq.read import DEFAULT_ZONE
from leadq.tui.telling import tell_alerts

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel
    from textual.screen import Screen
    from textual.timer import Timer

    from leadq.alerts import News, Seen
    from leadq.tui.data import Data
    from leadq.tui.notice import Notice

_DOZE_S: Final = 60.0
"""While nobody looks the screen's tick rests; alerts are looked at this often, and at the next instant: a machine that
slept must not sleep over one, and a sync beside us may have written one."""

_TOAST_S: Final = 12.0


class Ringer:
    """What an open screen does about alerts. It asks when an instant has come and when something was written."""

    def __init__(self, screen: Screen[Any], data: Data) -> None:
        self._screen, self._data = screen, data
        self._next_ms: int | None = None
        self._held: list[News] = []
        self._dozing: Timer | None = None
        self._on = True
        self._told, self._late, self._told_until_s = "", False, 0.0
        self._notice: Notice | None = None
        self.zone = ZoneInfo(DEFAULT_ZONE)

    def ask(self) -> None:
        """Look at the alerts in the reading thread."""
        self._next_ms = None
        if self._on:
            self._data.alerts(self._screen)

    def tick(self, now_ms: int) -> None:
        """Ask when the next instant has come, and say what was held back; while somebody types, do neither."""
        if self._quiet:
            return
        self._ring()
        if self._next_ms is not None and self._next_ms <= now_ms:
            self.ask()

    def hear(self, seen: Seen) -> None:
        """Take what is new, and the next instant."""
        self._next_ms = seen.next_ms
        self._held += seen.news
        self._ring()
        if self._dozing:
            self.wake()
            self.doze()

    def say_again(self) -> None:
        """Show what rang last for the rest of its time: a verb's toast takes all the others away."""
        left_s = self._told_until_s - monotonic()
        if left_s > 0:
            severity: SeverityLevel = "warning" if self._late else "information"
            self._screen.notify(self._told, severity=severity, timeout=left_s, markup=False)

    def give_up(self) -> bool:
        """Alerts cannot be kept here (a disk that is full); whether that is news: said again it would help nobody."""
        news, self._on, self._next_ms = self._on, False, None
        return news

    def doze(self) -> None:
        """Nobody looks: wake by a timer of our own, because that is when a bell is worth most."""
        now_ms = self._data.clock.now_ms()
        wait_s = _DOZE_S if self._next_ms is None else (self._next_ms - now_ms) / 1000
        self._dozing = self._screen.set_timer(min(max(wait_s, 1.0), _DOZE_S), self._look_up)

    def wake(self) -> None:
        """Somebody looks again: the tick takes over."""
        if self._dozing:
            self._dozing.stop()
            self._dozing = None

    def _look_up(self) -> None:
        self.ask()
        self.doze()

    def _ring(self) -> None:
        if not self._held or self._quiet:
            return
        news, self._held = self._held, []
        self._late = any(one.level == "breach" for one in news)
        self._told = tell_alerts(news, self.zone, self._data.clock.now_ms())
        self._told_until_s = monotonic() + _TOAST_S
        self.say_again()
        if self._data.desktop:
            self._on_the_desktop(self._told)
        if self._data.bell:
            self._screen.app.bell()

    def _on_the_desktop(self, text: str) -> None:
        from leadq.tui.notice import Notice  # few want it

        self._notice = self._notice or Notice(self._data.home)
        self._notice.show(text)

    @property
    def _quiet(self) -> bool:
        return bool(getattr(self._screen.app.screen, "QUIET", False))
