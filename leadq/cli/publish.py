"""`leadq publish`: the reports of `[[publish]]` that are due, now; `sync --watch` does the same by itself."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

from leadq.cli.base import Session, command, option
from leadq.cli.output import emit
from leadq.cli.progress import of_known
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Callable

_WORST_FIRST: Final = (Exit.CONFIG, Exit.AUTH, Exit.IO, Exit.NEEDS_PERSON, Exit.TEMPORARY)
_LOOK_MS: Final = 60_000
_LAST_S: Final = 10.0


@command(
    "publish",
    help=N_(
        "Publish the reports that are due, as [[publish]] in leadq.toml says.\n\n"
        "Each once; `leadq sync --watch` does it by itself. docs/reports.md says how."
    ),
)
@option("--dry-run", is_flag=True, help=N_("Say what is due, and do nothing."))
def publish(session: Session, dry_run: bool) -> Exit:
    """Publish, and say what became of each."""
    from leadq import publishing
    from leadq.sync.ports import SystemTicks

    with of_known(_("events"), quiet=session.quiet) as progress:
        found = publishing.publish(
            session.home, session.store, session.clock.now_ms(), SystemTicks(), dry_run=dry_run, progress=progress
        )
    nothing = [_("Nothing is to be published: [[publish]] in leadq.toml says what, see docs/reports.md.")]
    shape = {"dry_run": dry_run, "published": [one.as_shape() for one in found]}
    emit(shape, publishing.told(found, news=not dry_run) if found else nothing, as_json=session.as_json)
    return next((status for status in _WORST_FIRST if any(one.status is status for one in found)), Exit.DONE)


class Publisher:
    """Publishes beside a watcher: looks once a minute whether anything is due, and starts `leadq publish` if so.

    In a process of its own, so that a report over a large home holds up no cycle and leaves no memory behind.
    """

    def __init__(self, session: Session, tell: Callable[[str], None]) -> None:
        self._session, self._tell = session, tell
        self._next_ms = 0
        self._at_work: subprocess.Popen[str] | None = None
        self._said = ""

    def look(self) -> None:
        """See whether the last one has ended, or whether the next one is due."""
        if self._at_work is not None:
            if self._at_work.poll() is not None:
                self._hear(self._at_work)
            return
        now_ms = self._session.clock.now_ms()
        if now_ms < self._next_ms <= now_ms + _LOOK_MS:
            return
        self._next_ms = now_ms + _LOOK_MS
        if self._is_due(now_ms):
            self._at_work = self._start()

    def close(self) -> None:
        """Let the one at work end, or end it: whatever it was at is whole, or done again the next time."""
        if self._at_work is None:
            return
        try:
            self._at_work.wait(_LAST_S)
        except subprocess.TimeoutExpired:
            self._at_work.kill()
        self._hear(self._at_work)

    def _is_due(self, now_ms: int) -> bool:
        from leadq import publishing

        try:
            return publishing.due(self._session.home, self._session.store, now_ms)
        except LeadqError as error:
            self._say(f"{error} {error.hint}".rstrip())
            return False

    def _start(self) -> subprocess.Popen[str]:
        places = [word for name, value in self._session.places.items() for word in (f"--{name}", value)]
        return subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-P", "-m", "leadq", *places, "-q", "publish"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
            errors="replace", start_new_session=True, creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip

    def _hear(self, process: subprocess.Popen[str]) -> None:
        said, _nothing = process.communicate()
        self._at_work = None
        for line in said.splitlines():
            self._tell(line)

    def _say(self, line: str) -> None:
        """A trouble is said once, however often it is met."""
        if line != self._said:
            self._said = line
            self._tell(line)
