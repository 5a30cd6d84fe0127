"""`events export` and `events import`: what happened, as a file that can be put together with others'."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadq import eventfile
from leadq.cli.base import Group, Session, argument, command, option
from leadq.cli.files import STDIN, opened
from leadq.cli.output import emit, emit_lines, warn_of_contract
from leadq.cli.progress import Progress
from leadq.domain.contract import Contract
from leadq.domain.together import TEAM
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _, ngettext
from leadq.rulebook import write_contract
from leadq.saying import tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leadq.union import Merged


@command(
    "export",
    help=N_(
        "Write what happened, one event a line: no names, no addresses.\n\nWithout FILE, or with -: to standard output."
    ),
)
@argument("FILE", required=False)
@option("--texts", is_flag=True, help=N_("With the notes and quotes, which may name people."))
def export(session: Session, file: str | None, texts: bool) -> None:
    """Write every event of this home, and the contracts that they refer to."""
    with session.store.read() as db:
        lines = eventfile.lines(db, session.clock.now_ms(), texts=texts)
        if file in (None, STDIN):
            if session.as_json:
                emit(lines, (), as_json=True)
            else:
                emit_lines(lines)
            return
        path = Path(str(file)).expanduser()
        written = write(path, lines, private=texts)
    value = {"ok": True, "file": str(path), **written, "texts": texts}
    said = ngettext("Written to {file}: {count} event.", "Written to {file}: {count} events.", written["events"])
    emit(value, [said.format(file=path, count=written["events"])], as_json=session.as_json)


@command("import", help=N_("Take in events that another home exported; the same file twice changes nothing."))
@argument("FILE")
def import_(session: Session, file: str) -> Exit:
    """Put the events of one file together with those that are here."""
    with opened(file, _("Give a file that `leadq events export` made, or - for standard input.")) as stream:
        numbered = eventfile.numbered(stream)
        header = eventfile.read_header(next(numbered, (1, b""))[1])
        lines = _with_contract(session, header, numbered)
        report = _take(session, header, lines)
    value = {name: getattr(report, name) for name in ("read", "added", "known", "leads", "contracts", "rejected")}
    emit(value, _told(report), as_json=session.as_json)
    return Exit.PARTLY if report.rejected else Exit.DONE


events = Group(
    "events",
    help=N_("What happened, as a file to share."),
    lazy={"export": f"{__name__}:export", "import": f"{__name__}:import_"},
)


def write(path: Path, lines: Iterable[dict[str, Any]], *, private: bool) -> dict[str, int]:
    """Put the file in place, whole or not at all; how many events, leads and contracts are in it.

    Raises LeadqError `file_exists` (2) rather than write over a file of another kind, and OSError.
    """
    if path.exists() and not _is_ours(path):
        raise LeadqError(
            "file_exists",
            _("{file} is there already, and is no file of events.").format(file=path),
            hint=_("Choose another name."),
            exit_status=Exit.USAGE,
        )
    counts = {"events": 0, "leads": 0, "contracts": 0}
    leads: set[str] = set()
    handle, draft = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as stream:
            for line in lines:
                stream.write(f"{json.dumps(line)}\n")
                counts["contracts"] += "contract" in line and "leadq" not in line
                if "uid" in line:
                    counts["events"] += 1
                    leads.update({line["lead_uid"]} - {TEAM})
            stream.flush()
            os.fsync(handle)
        if not private:
            Path(draft).chmod(0o666 & ~_umask())  # it is made to be shared
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return {**counts, "leads": len(leads)}


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            eventfile.read_header(stream.readline(10_000))
    except LeadqError:
        return False
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _with_contract(
    session: Session, header: eventfile.Header, lines: Iterator[tuple[int, bytes]]
) -> Iterator[tuple[int, bytes]]:
    """A home that is made by this begins under the contract that the file's own home is under."""
    if session.home.exists or session.home.contract.exists():
        return lines
    from itertools import chain

    read: list[tuple[int, bytes]] = []
    for number, raw in lines:
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
    return chain(read, lines)


def _take(session: Session, header: eventfile.Header, lines: Iterable[tuple[int, bytes]]) -> Merged:
    from leadq.union import Union

    with session.queue().desk() as desk:
        warn_of_contract(desk.rules.problems, quiet=session.quiet)
        union = Union(desk)
        with Progress(_("events"), lambda: union.share, quiet=session.quiet) as progress:
            return union.take(header, lines, progress)


def _told(report: Merged) -> Iterator[str]:
    yield ngettext("{count} event read", "{count} events read", report.read).format(count=report.read)
    yield from tally(
        (report.added, ngettext("new", "new", report.added)),
        (report.known, ngettext("known already", "known already", report.known)),
        (report.leads, ngettext("lead that was not known", "leads that were not known", report.leads)),
        (report.contracts, ngettext("contract that was not known", "contracts that were not known", report.contracts)),
        (len(report.rejected), ngettext("rejected", "rejected", len(report.rejected))),
        rejected=report.rejected,
    )
