"""Which file the database of an open screen is: somebody may delete it, or put another in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq.errors import Exit, LeadqError
from leadq.i18n import _

if TYPE_CHECKING:
    from leadq.paths import Home
    from leadq.tui.messages import Displaced


class Place:
    """The file that is open, None for the empty database of a home that does not exist."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._told_gone = False
        self.file = self._there()

    @property
    def other(self) -> bool:
        """Whether another file is there than the one that is open; then that one is taken for open."""
        there = self._there()
        if there is None or there == self.file:
            return False
        self.file, self._told_gone = there, False
        return True

    def news(self) -> Displaced | None:
        """What is to be said of a file that was open: that another one is there, or, once, that there is none."""
        from leadq.tui.messages import Displaced

        there = self._there()
        if self.file is None or there == self.file or (there is None and self._told_gone):
            return None
        self._told_gone = there is None
        return Displaced(gone=there is None)

    @property
    def gone(self) -> bool:
        """Whether the file that is open is not there any more."""
        return self.file is not None and self._there() is None

    def must_be_there(self) -> None:
        """Raises LeadqError `io` (74) when it is gone: a write would begin an empty home in its place."""
        if self.gone:
            raise LeadqError(
                "io",
                _("The database of this home is gone ({path}).").format(path=self._home.database),
                hint=_("Put it back, or bring a backup in with `leadq restore`: the screen goes on with it."),
                exit_status=Exit.IO,
            )

    def _there(self) -> tuple[int, int] | None:
        try:
            found = self._home.database.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
