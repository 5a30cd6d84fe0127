"""A file of handed-off leads is taken, or only rehearsed. What `leadq import` does, and the first screen."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leadq import members
from leadq.handoff import Defaults
from leadq.i18n import _, ngettext
from leadq.intake import Intake, Report
from leadq.paths import Home
from leadq.saying import tally
from leadq.sqlite import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leadq.desk import Desk
    from leadq.domain.contract_file import Problem
    from leadq.leadfile import LeadFile
    from leadq.queue import Queue


@dataclass(frozen=True, slots=True)
class Given:
    """What is said of rows that do not say it themselves."""

    owner: str = ""
    campaign: str = ""
    trigger: str = ""
    handed_off_ms: int | None = None

    def defaults(self, desk: Desk) -> Defaults:
        """The same, for the intake; the owner by the id that the contract gives them."""
        zone = ZoneInfo(desk.rules.current.zone)
        owner = members.named(desk.db)(self.owner)
        return Defaults(desk.now_ms, zone, owner, self.campaign, self.trigger, self.handed_off_ms)


class _RehearsalError(Exception):
    """Ends the transaction of a rehearsal: what it did is rolled back."""


def take(
    queue: Queue,
    leads: LeadFile,
    to: str,
    given: Given,
    *,
    rehearsal: bool = False,
    progress: Callable[[int], None] = lambda count: None,
    warn: Callable[[Sequence[Problem]], None] = lambda problems: None,
) -> Report:
    """Take the leads for the connection `to`, in one transaction; as a `rehearsal` nothing is written.

    `warn` hears what is wrong with a contract file that was edited. Raises LeadqError 74, 75 or 78.
    """
    report = Report()
    try:
        with queue.desk() as desk:
            warn(desk.rules.problems)
            intake = Intake(desk, to, given.defaults(desk))
            report = intake.report
            intake.take(leads.rows(report, members.named(desk.db)), progress)
            if rehearsal:
                raise _RehearsalError
    except _RehearsalError:
        pass
    return report


@contextmanager
def stage(home: Home) -> Iterator[Store]:
    """Where to rehearse: in the home, or in the place of one that does not exist, in one that is thrown away."""
    if home.exists:
        yield Store(home)
        return
    with tempfile.TemporaryDirectory(prefix="leadq-") as folder:
        base = Path(folder)
        other = Home(base / "config", base / "data", base / "state")
        other.config.mkdir()
        for file in (home.settings, home.contract):
            if file.exists():
                shutil.copy(file, other.config)
        yield Store(other)


def told(report: Report) -> Iterator[str]:
    """What came of it, a line for each kind, and for each row that was refused."""
    yield ngettext("{count} row read", "{count} rows read", report.read).format(count=report.read)
    yield from tally(
        (report.created, ngettext("created", "created", report.created)),
        (report.opposed, _("of them do not want to be contacted: rejected at once")),
        (report.flagged.get("off_icp", 0), _("of them outside the customer profile")),
        (report.flagged.get("below_threshold", 0), _("of them below the agreed score")),
        (report.updated, ngettext("updated", "updated", report.updated)),
        (report.unchanged, ngettext("unchanged", "unchanged", report.unchanged)),
        (report.duplicates, ngettext("duplicate", "duplicates", report.duplicates)),
        (len(report.rejected), ngettext("rejected", "rejected", len(report.rejected))),
        rejected=report.rejected,
    )
