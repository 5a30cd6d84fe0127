"""One command line for each exit status that docs/cli.md promises."""

from __future__ import annotations

from collections.abc import Callable
from unittest import mock

import pytest

from leadq import sqlite
from leadq.errors import Exit
from leadq.lock import held
from leadq.sync import engine
from leadq.sync.report import ConnectionReport, SyncReport
from tests.cli.runner import Leadq, Result, run


def done(leadq: Leadq) -> Result:
    return leadq("list")


def bug(leadq: Leadq) -> Result:
    with mock.patch("leadq.read.queue_ids", side_effect=ZeroDivisionError("nobody thought of this")):
        return leadq("list", "--json")


def usage(leadq: Leadq) -> Result:
    return leadq("list", "--frobnicate", "--json")


def needs_person(leadq: Leadq) -> Result:
    leadq("accept", "1")
    with sqlite.Store(leadq.home).transaction() as db:
        db.execute("UPDATE outbox SET state = 'dead'")
    return leadq("doctor", "--json")


def partly(leadq: Leadq) -> Result:
    return leadq("import", leadq.file("bad.csv", "email,score\na@b.example,many\n"), "--json")


def refused(leadq: Leadq) -> Result:
    return leadq("disqualify", "1", "--json")


def not_found(leadq: Leadq) -> Result:
    return leadq("show", "4711", "--json")


def disk(leadq: Leadq) -> Result:
    return run("init", "--home", leadq.file("not-a-folder", ""), "--json")


def temporary(leadq: Leadq) -> Result:
    with mock.patch.object(sqlite, "_LOCK_WAIT_S", 0.0), held(leadq.home.data / "leadq.lock", 0.0):
        return leadq("accept", "1", "--json")


def authentication(leadq: Leadq) -> Result:
    report = SyncReport("run", (ConnectionReport("csv", error="The token is refused.", status=Exit.AUTH),))
    with mock.patch.object(engine, "run_sync", return_value=report):
        return leadq("sync", "--json")


def configuration(leadq: Leadq) -> Result:
    leadq.home.settings.write_text("[me\n", "utf-8")
    return leadq("next", "--json")


def interrupted(leadq: Leadq) -> Result:
    with mock.patch("leadq.read.queue_ids", side_effect=KeyboardInterrupt):
        return leadq("list", "--json")


SITUATIONS: dict[Exit, Callable[[Leadq], Result]] = {
    Exit.DONE: done,
    Exit.BUG: bug,
    Exit.USAGE: usage,
    Exit.NEEDS_PERSON: needs_person,
    Exit.PARTLY: partly,
    Exit.REFUSED: refused,
    Exit.NOT_FOUND: not_found,
    Exit.IO: disk,
    Exit.TEMPORARY: temporary,
    Exit.AUTH: authentication,
    Exit.CONFIG: configuration,
    Exit.INTERRUPTED: interrupted,
}


@pytest.mark.parametrize("status", Exit)
def test_each_exit_status_has_its_situation(leadq: Leadq, status: Exit) -> None:
    assert SITUATIONS[status](leadq).status == status


@pytest.mark.parametrize("status", [Exit.BUG, Exit.IO, Exit.TEMPORARY, Exit.CONFIG, Exit.INTERRUPTED])
def test_what_fails_is_still_one_json_document(leadq: Leadq, status: Exit) -> None:
    error = SITUATIONS[status](leadq).json["error"]
    assert set(error) == {"code", "message", "hint", "candidates"}


def test_a_bug_shows_its_traceback_only_when_asked(leadq: Leadq) -> None:
    with mock.patch("leadq.read.queue_ids", side_effect=ZeroDivisionError("nobody thought of this")):
        plain, verbose = leadq("list"), leadq("list", "-v")
    assert "Traceback" not in plain.err
    assert "report it" in plain.err
    assert "ZeroDivisionError: nobody thought of this" in verbose.err
    assert "Traceback" in verbose.err


def test_an_interrupted_import_writes_nothing(empty: Leadq) -> None:
    file = empty.file("leads.csv", "email\n" + "".join(f"p{n}@x.example\n" for n in range(5000)))
    with mock.patch("leadq.cli.progress.Progress.__call__", side_effect=KeyboardInterrupt):
        assert empty("import", file).status == Exit.INTERRUPTED
    assert empty.ids() == []
    assert empty("import", file, "--json").json["created"] == 5000
