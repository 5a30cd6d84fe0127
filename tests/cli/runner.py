"""Command lines run inside the test's own process, through the same entry point as the program's."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from leadq import i18n, launch
from leadq.paths import Home, find_home

FROZEN = "2026-05-13T13:00:00Z"
"""Wednesday, 15:00 in Paris; the same instant as `tests.leads.NOW_MS`. The next day is Ascension."""


@dataclass(frozen=True, slots=True)
class Result:
    """How one command line ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)

    @property
    def code(self) -> str:
        """The code of the error that was printed as JSON."""
        return str(self.json["error"]["code"])


@dataclass(frozen=True, slots=True)
class Leadq:
    """`leadq` on one home, at one frozen instant."""

    folder: Path
    now: str = FROZEN

    @property
    def home(self) -> Home:
        """The folders of that home."""
        return find_home(str(self.folder))

    def __call__(self, *words: str, stdin: bytes = b"", **environment: str) -> Result:
        """Run `leadq WORDS`."""
        return run(*words, stdin=stdin, LEADQ_HOME=str(self.folder), LEADQ_NOW=self.now, **environment)

    def file(self, name: str, content: str | bytes) -> str:
        """A file beside the home, to import; its path."""
        path = self.folder.parent / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def ids(self, *words: str) -> list[int]:
        """The numbers that `leadq list WORDS` prints, in its order."""
        return [lead["id"] for lead in self("list", "--json", *words).json]


def run(*words: str, stdin: bytes = b"", **environment: str) -> Result:
    """Run a command line with these variables beside the test's own, and everything it prints caught."""
    with _streams(stdin) as (out, err), mock.patch.dict("os.environ", environment):
        status = launch.main(words)
        i18n.use("en")
        return Result(status, _said(out), _said(err))


@contextmanager
def _streams(stdin: bytes) -> Iterator[tuple[io.TextIOWrapper, io.TextIOWrapper]]:
    streams = {
        "stdin": io.TextIOWrapper(io.BytesIO(stdin), "utf-8"),
        "stdout": io.TextIOWrapper(io.BytesIO(), "utf-8"),
        "stderr": io.TextIOWrapper(io.BytesIO(), "utf-8"),
    }
    with mock.patch.multiple(sys, **streams):
        yield streams["stdout"], streams["stderr"]


def _said(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8")


def csv_of(*rows: Mapping[str, str]) -> str:
    """Rows as a CSV file whose header is the fields of the first."""
    header = list(rows[0])
    lines = [header, *([row.get(name, "") for name in header] for row in rows)]
    return "".join(",".join(f'"{cell}"' for cell in line) + "\n" for line in lines)
