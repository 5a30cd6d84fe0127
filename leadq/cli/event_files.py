"""Files of events are taken in: one, or all that a shared folder has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from leadq import config, eventfile
from leadq.cli.output import warn_of_contract
from leadq.cli.progress import Progress
from leadq.domain.contract import Contract
from leadq.errors import Exit, LeadqError
from leadq.i18n import _, ngettext
from leadq.rulebook import write_contract
from leadq.saying import tally
from leadq.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leadq.cli.base import Session
    from leadq.union import Merged

    Lines = Iterable[tuple[int, bytes]]

_ENDING: Final = ".jsonl"
_COUNTS: Final = ("read", "added", "known", "leads", "contracts")


# one file


def begun(stream: BinaryIO) -> tuple[eventfile.Header, Lines]:
    """The first line of a file, and those after it. Raises LeadqError `not_events` (2) or `newer_events` (78)."""
    numbered = eventfile.numbered(stream)
    return eventfile.read_header(next(numbered, (1, b""))[1]), numbered


def take(session: Session, header: eventfile.Header, lines: Lines) -> Merged:
    """Put the events of one file together with those that are here, in one transaction."""
    from leadq.union import Union

    lines = _with_contract(session, header, lines)
    with session.queue().desk() as desk:
        warn_of_contract(desk.rules.problems, quiet=session.quiet)
        union = Union(desk)
        with Progress(_("events"), lambda: union.share, quiet=session.quiet) as progress:
            return union.take(header, lines, progress)


def _with_contract(session: Session, header: eventfile.Header, lines: Lines) -> Lines:
    """A home that is made by this begins under the contract that the file's own home is under."""
    if session.home.exists or session.home.contract.exists():
        return lines
    rest, read = iter(lines), list[tuple[int, bytes]]()
    for number, raw in rest:
        read.append((number, raw))
        try:
            found = eventfile.parse(raw)
        except eventfile.BadLine:
            break
        if not isinstance(found, Contract):
            break
        if found.hash == header.contract:
            write_contract(session.home.contract, found.text.encode("utf-8"))
            break
    return chain(read, rest)


def counts_of(report: Merged) -> dict[str, Any]:
    """What an import did, in JSON."""
    return {name: getattr(report, name) for name in (*_COUNTS, "rejected")}


def told(report: Merged) -> Iterator[str]:
    """What an import did, in words."""
    yield ngettext("{count} event read", "{count} events read", report.read).format(count=report.read)
    yield from tally(
        (report.added, ngettext("new", "new", report.added)),
        (report.known, ngettext("known already", "known already", report.known)),
        (report.leads, ngettext("lead that was not known", "leads that were not known", report.leads)),
        (report.contracts, ngettext("contract that was not known", "contracts that were not known", report.contracts)),
        (len(report.rejected), ngettext("rejected", "rejected", len(report.rejected))),
        rejected=report.rejected,
    )


# a folder


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file of a folder: a report, or why it could not be taken at all."""

    name: str
    device: str = ""
    report: Merged | None = None
    error: LeadqError | None = None

    def as_shape(self) -> dict[str, Any]:
        """This file in JSON."""
        error = self.error and {"code": self.error.code, "message": self.error.message, "hint": self.error.hint}
        counts = counts_of(self.report) if self.report else {**dict.fromkeys(_COUNTS, 0), "rejected": []}
        return {"file": self.name, "device": self.device or None, **counts, "error": error}


@dataclass(frozen=True, slots=True)
class TakenFolder:
    """What became of the files of a folder, in their order; `own` are those of this home, which stay unread."""

    folder: Path
    files: Sequence[Taken] = ()
    own: Sequence[str] = field(default=())

    @property
    def status(self) -> Exit:
        """78 when a file is of a newer leadq or another team, 4 when something else was left."""
        if any(one.error and one.error.exit_status is Exit.CONFIG for one in self.files):
            return Exit.CONFIG
        left = any(one.error or (one.report and one.report.rejected) for one in self.files)
        return Exit.PARTLY if left else Exit.DONE

    def as_shape(self) -> dict[str, Any]:
        """The folder in JSON: what all files did together, and each."""
        files = [one.as_shape() for one in self.files]
        sums = {name: sum(one[name] for one in files) for name in _COUNTS}
        return {"folder": str(self.folder), **sums, "own": list(self.own), "files": files}

    def told(self) -> Iterator[str]:
        """The folder in words, file by file."""
        if not self.files:
            yield _("There is no colleague’s file of events in {folder}.").format(folder=self.folder)
        for one in self.files:
            if one.report is None:
                yield f"{one.name}: {one.error}"
                continue
            first, *rest = told(one.report)
            yield f"{one.name}: {first}"
            yield from rest


def own_file(session: Session, folder: str) -> Path:
    """This home's file in a shared folder: named after who works here and the device, so that it is nobody else's.

    Raises LeadqError `no_folder` (2), because a share that is not there should not become a folder of this machine, and
    `no_events` (2) for a home that does not exist.
    """
    where = Path(folder).expanduser()
    if not where.is_dir():
        raise LeadqError(
            "no_folder",
            _("There is no folder {folder}.").format(folder=folder),
            hint=_("Make it, or connect the share that it is on."),
            exit_status=Exit.USAGE,
        )
    device = _device(session)
    if not device:
        raise LeadqError(
            "no_events",
            _("There is no home here yet, so there is nothing to export."),
            hint=_("`leadq init` makes one."),
            exit_status=Exit.USAGE,
        )
    me = re.sub(r"[^\w-]", "_", config.load(session.home).me, flags=re.ASCII)
    return where / f"{me}-{device}{_ENDING}"


def take_folder(session: Session, folder: Path) -> TakenFolder:
    """Take in every file of events in a folder but this home's own, each in a transaction of its own.

    Files that a sync client is still writing have another ending or begin with a dot, and are passed over; a copy that
    it made of two versions is a file like any other. One that is cut short gives what it has, the rest another time.
    """
    device, own, files = _device(session), [], []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix.lower() != _ENDING or not path.is_file():
            continue
        found = _taken(session, path, device)
        if found is None:
            own.append(path.name)
        else:
            files.append(found)
    return TakenFolder(folder, files, own)


def _taken(session: Session, path: Path, own_device: str) -> Taken | None:
    """What became of a file; None for one that this home wrote."""
    name, device = clean(path.name), ""
    try:
        with path.open("rb") as stream:
            header, lines = begun(stream)
            device = header.device
            return None if device and device == own_device else Taken(name, device, take(session, header, lines))
    except OSError as error:
        why = error.strerror or type(error).__name__
        unread = LeadqError("io", _("It cannot be read: {why}.").format(why=why), exit_status=Exit.IO)
        return Taken(name, device, error=unread)
    except LeadqError as error:
        if error.exit_status not in (Exit.USAGE, Exit.CONFIG):
            raise  # our own disk, which the next file would meet too
        return Taken(name, device, error=error)


def _device(session: Session) -> str:
    """This home's device id; "" before its first write."""
    with session.store.read() as db:
        row = db.execute("SELECT value FROM meta WHERE key = 'device'").fetchone()
    return str(row[0]) if row else ""
