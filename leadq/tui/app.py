"""The door to the screen: what is read first is read while the screen library is still being imported."""

from __future__ import annotations

import gc
import shutil
import sys
from typing import TYPE_CHECKING, Final

from leadq import i18n
from leadq.config import NOBODY
from leadq.order import Filter
from leadq.text import fold
from leadq.tui import resume
from leadq.tui.data import Data
from leadq.tui.words import VIEWS

if TYPE_CHECKING:
    from leadq.clock import Clock
    from leadq.paths import Home
    from leadq.tui.program import LeadqApp
    from leadq.tui.resume import Left


_SWITCH_S: Final = 0.0005
"""How long one thread may keep another waiting. SQLite lets go of the interpreter at every row: with the usual 5 ms,
40 rows read beside an import wait 200 ms for their turn, and a key pressed beside a long read waits as well."""

_GARBAGE: Final = 10_000
"""So many objects are made and not freed before the collector looks for cycles: about a megabyte. With the usual 700 it
went through everything within the first idle minute, which took 30 ms."""


def run(home: Home, clock: Clock, lang: i18n.Language | None = None) -> int:
    """Show the queue of `home` until the user leaves; 0, or 1 when the screen had to stop.

    Raises LeadqError when the home cannot be read.
    """
    if lang is not None:
        i18n.use(lang)
    data = Data(home, clock)
    app: LeadqApp | None = None
    data.may_watch = clock.frozen_ms is None  # where time stands still, nothing is to happen by itself
    switch_s = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    thresholds = gc.get_threshold()
    gc.disable()
    try:
        size = shutil.get_terminal_size()
        left = resume.load(home) if home.exists else resume.NEW
        first = data.first(home_view(data.me, left), size.lines)
        from leadq.tui.program import LeadqApp  # 150 ms, in which the first page is read

        app = LeadqApp(data, first, size.columns, left)
        gc.freeze()  # the modules stay: going through them for garbage costs 20 ms now, and 50 ms once a minute
        gc.set_threshold(_GARBAGE)
        gc.enable()
        app.run()
        return app.return_code or 0
    finally:
        gc.set_threshold(*thresholds)
        gc.enable()
        sys.setswitchinterval(switch_s)
        (app.data if app else data).close()
        if app and app.demo:
            app.demo.close()


def home_view(me: str, left: Left = resume.NEW) -> Filter:
    """What a member sees first: where they left off, else their own leads and those of nobody; before anybody is
    named, all of them."""
    usual = "all" if me == NOBODY else "mine"  # a saved view is known only after the first page
    return Filter(view=left.view if left.view in VIEWS else usual, me=me, search=fold(left.search))
