"""`demo`: a living queue with nothing to configure, in a home that is thrown away."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from leadq import read
from leadq.cli.base import Session, command, option
from leadq.cli.leads import shapes, text_table
from leadq.cli.output import emit, say
from leadq.i18n import N_, _
from leadq.order import Filter
from leadq.paths import Home, find_home
from leadq.sqlite import Store
from leadq.terminal import interactive

if TYPE_CHECKING:
    from collections.abc import Iterator


@command("demo", help=N_("Show a queue of made-up leads.\n\nIts home is thrown away afterwards, unless it is kept."))
@option("--print", "as_text", is_flag=True, help=N_("Print the queue instead of opening the screen."))
@option("--keep", metavar="DIR", help=N_("Make the demonstration's home in DIR and keep it."))
def demo(session: Session, as_text: bool, keep: str | None) -> int | None:
    """Open the screen on a seeded home, or print its queue where there is no screen."""
    from leadq.demo import build

    with _home(keep) as home:
        if not home.exists:
            build(home, session.clock.now_ms())
        elif not session.quiet:
            say(_("{folder} is a home already: it is shown as it is.").format(folder=keep))
        if as_text or session.as_json or not interactive():
            _print(session, home)
            return None
        return session.open_screen(home, session.clock)


@contextmanager
def _home(keep: str | None) -> Iterator[Home]:
    if keep is not None:
        yield find_home(keep)
        return
    with tempfile.TemporaryDirectory(prefix="leadq-demo-", ignore_cleanup_errors=True) as folder:
        yield find_home(str(Path(folder)))


def _print(session: Session, home: Home) -> None:
    with Store(home).read() as db:
        at = read.moment(db, session.clock.now_ms())
        ids = read.queue_ids(db, at, Filter())
        emit(shapes(db, at, ids), text_table(db, at, ids), as_json=session.as_json)
