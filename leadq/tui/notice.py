"""Alerts on the desktop, beside the screen: in a thread of its own, and given up after the first failure."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadq.paths import Home


class Notice:
    """Shows what rings; on a machine that cannot, the log says so once and nothing is tried again."""

    def __init__(self, home: Home) -> None:
        self._home, self._on = home, True

    def show(self, text: str) -> threading.Thread | None:
        """Begin to show it; the thread that does, None when that is not possible here."""
        if not self._on:
            return None
        thread = threading.Thread(target=self._show, args=(text,), name="leadq-notice", daemon=True)
        thread.start()
        return thread

    def _show(self, text: str) -> None:
        from leadq import desktop, faults

        try:
            why = desktop.show(text)
        except Exception as error:  # noqa: BLE001 - an alert that cannot be shown twice is no reason to end
            faults.note(self._home, "notice", error)
            self._on = False
            return
        if why:
            faults.write(self._home, f"notice: not shown on the desktop ({why}); not tried again")
            self._on = False
