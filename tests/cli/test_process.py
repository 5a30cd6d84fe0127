"""What only a process of its own can show: what is imported, how a pipe closes, how a signal ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.runner import FROZEN, Leadq, csv_of

HEAVY = (
    "textual", "rich", "sqlalchemy", "sqlmodel", "pydantic", "httpx", "holidays", "openpyxl", "dateparser", "pluggy",
    "alembic", "keyring",
)  # fmt: skip
LOOK = """
import sys
from leadq.launch import main
status = main(sys.argv[1:])
sys.stderr.write(" ".join(sorted({name.partition(".")[0] for name in sys.modules} | {"click"} & set(sys.modules))))
sys.exit(status)
"""


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "LEADQ_HOME": str(folder), "LEADQ_NOW": FROZEN, "PYTHONWARNINGS": "error", **more}


def process(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "leadq", *words]
    return subprocess.run(command, env=environment(folder, **more), capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize(
    "words",
    [["prompt"], ["prompt", "--json"], ["list", "--json"], ["list"], ["next", "--json"], ["day"], ["radar"]],
)
@pytest.mark.parametrize("there", [True, False])
def test_reading_imports_no_library(leadq: Leadq, words: list[str], there: bool) -> None:
    folder = leadq.folder if there else leadq.folder.parent / "nowhere"
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *words], env=environment(folder), capture_output=True, check=True, text=True
    )
    imported = set(done.stderr.split())
    assert not imported & set(HEAVY)
    if words[0] == "prompt":
        assert not imported & {"click", "platformdirs", "zoneinfo"} - ({"zoneinfo"} if "--json" in words else set())


@pytest.mark.parametrize("words", [["list", "--json"], ["show", "2"], ["explain", "2"], ["prompt", "--json"]])
@pytest.mark.parametrize("applied", [False, True])
def test_a_new_contract_makes_no_read_compile_a_calendar(leadq: Leadq, words: list[str], applied: bool) -> None:
    """Neither once the clocks have moved to it, nor while it waits for the next write."""
    contract = leadq.home.contract
    contract.write_text(contract.read_text("utf-8").replace("extra = []", "extra = [2026-05-15]"), "utf-8")
    if applied:
        leadq("note", "1", "--text", "any write will do")
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *words], env=environment(leadq.folder), capture_output=True, check=True, text=True
    )
    assert "holidays" not in done.stderr.split()


def test_python_m_leadq_is_leadq(leadq: Leadq) -> None:
    done = process(leadq.folder, "list", "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("utf-8") == leadq("list", "--json").out


def test_a_pipe_that_closes_early_is_no_error(leadq: Leadq) -> None:
    rows = [{"name": f"P{n}", "email": f"p{n}@x.example"} for n in range(2000)]
    leadq("import", leadq.file("many.csv", csv_of(*rows)))
    for words in (["list"], ["list", "--json"], ["show", "1"]):
        command = [sys.executable, "-m", "leadq", *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, env=environment(leadq.folder), **pipes) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            running.stdout.read(10)
            running.stdout.close()
            assert running.wait(timeout=60) == 0
            assert running.stderr.read() == b""


def heeding_ctrl_c() -> None:
    """A shell that starts something in the background has it ignore Ctrl-C, and its children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise there")
def test_ctrl_c_ends_an_import_with_nothing_written(empty: Leadq) -> None:
    """The row source is a pipe that never ends, so the import is surely at work when the signal comes."""
    command = [sys.executable, "-m", "leadq", "import", "-"]
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment(empty.folder), preexec_fn=heeding_ctrl_c, **pipes) as running:
        assert running.stdin is not None
        assert running.stderr is not None
        running.stdin.write(b"email,note\n" + b"".join(b"p%d@x.example,%1000d\n" % (n, n) for n in range(1000)))
        running.stdin.flush()
        deadline = time.monotonic() + 60
        while not empty.home.exists and time.monotonic() < deadline:
            pass
        running.send_signal(signal.SIGINT)
        running.stdin.close()
        assert running.wait(timeout=60) == 130
        assert running.stderr.read() == b"leadq: Interrupted. What was not finished was not written.\n"
    assert empty.ids() == []


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from leadq.launch import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.skipif(os.name != "posix", reason="this limit is POSIX")
@pytest.mark.parametrize("largest", [0, 40_000])
def test_a_disk_that_takes_no_more_is_one_line_and_loses_nothing(leadq: Leadq, largest: int) -> None:
    before = leadq("list", "--json").out
    command = [sys.executable, "-c", LIMITED, str(largest), "note", "1", "--text", "x" * 100_000]
    done = subprocess.run(command, env=environment(leadq.folder), capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout) == (74, "")
    assert done.stderr.startswith("leadq: leadq cannot use ")
    assert done.stderr.count("\n") == 1
    assert leadq("list", "--json").out == before
    assert leadq("doctor").status == 0


def test_a_pipe_gets_utf8_whatever_the_locale(leadq: Leadq) -> None:
    done = process(leadq.folder, "show", "3", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert "Œuvres du Bois" in done.stdout.decode("utf-8")


def test_what_an_encoding_cannot_say_is_escaped(leadq: Leadq) -> None:
    done = process(leadq.folder, "show", "3", PYTHONIOENCODING="ascii")
    assert (done.returncode, b"\\u0152uvres" in done.stdout) == (0, True)
    assert b'"\\u0152uvres du Bois"' in process(leadq.folder, "show", "3", "--json", PYTHONIOENCODING="ascii").stdout


def test_a_shell_can_ask_for_completions(empty: Leadq) -> None:
    done = process(empty.folder, _LEADQ_COMPLETE="bash_complete", COMP_WORDS="leadq acc", COMP_CWORD="1")
    assert (done.returncode, done.stdout) == (0, b"plain,accept\n")
    assert "_LEADQ_COMPLETE=fish_complete" in empty("completion", "fish").out
