"""Forty plugins that do what a plugin must not: when they are listed, imported, made, asked, and killed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.plugins.fakes import adapter, announce

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_YIELD: Final = "yield from (Result(change.op_id, 'applied') for change in changes)"


def _with(old: str, new: str) -> str:
    """A right adapter, spoilt in one place."""
    code = adapter("NAME")
    assert old in code
    return code.replace(old, new)


CODES: Final[Mapping[str, str]] = {
    # When it is imported
    "import-error": "import nothing_of_that_name",
    "syntax-error": "def (",
    "leaves-politely": "import sys; sys.exit(0)",
    "leaves-rudely": "import os; os._exit(0)",
    "raises": "raise RuntimeError('[/] \\x1b[2J ' * 100)",
    "interrupts": "raise KeyboardInterrupt",
    "hangs": "while True: pass",
    "sleeps": "import time; time.sleep(600)",
    "segfaults": "import ctypes; ctypes.string_at(0)",
    "aborts": "import os; os.abort()",
    "kills-itself": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "kills-its-group": "import os, signal; os.killpg(0, signal.SIGKILL)",
    "two-gigabytes": "x = bytearray(2 << 30)",
    "too-deep": "def f(): f()\nf()",
    "null-bytes": "x = 1\n\x00",
    "bad-encoding": "# -*- coding: no-such-thing -*-\nx = 1",
    "noise": "import os, sys\nprint('noise' * 9999)\nos.write(1, b'{}\\n' * 999)\nos.write(2, b'x' * 99999)\n"
             + adapter("NAME"),
    "closes-everything": "import os\nos.closerange(0, 99)",
    "many-files": "import os\nfiles = [open(os.devnull) for _ in range(9999)]",
    "forks": "import os, time\nif os.fork() == 0:\n    time.sleep(600)\nos._exit(3)",
    "threads": "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n" + adapter("NAME"),
    "replaces-json": "import json\njson.loads = json.dumps = None\n" + adapter("NAME"),
    "replaces-exit": "import sys, os\nsys.exit = os._exit = print\nraise SystemExit(9)",
    "exits-at-exit": "import atexit, os\natexit.register(os._exit, 9)\n" + adapter("NAME"),
    # What it says of itself
    "empty": "",
    "no-class": "from leadq.plugins.sdk import hookimpl\n@hookimpl\ndef leadq_adapter():\n    return 42",
    "hook-raises": "from leadq.plugins.sdk import hookimpl\n@hookimpl\ndef leadq_adapter():\n    raise SystemExit(1)",
    "hook-of-another": "from leadq.plugins.sdk import hookimpl\n@hookimpl\ndef leadq_adapter(a, b):\n    return None",
    "other-name": _with('name = "NAME"', 'name = "csv"'),
    "old-version": _with("api_version = 1", "api_version = 0"),
    "capabilities-list": _with('frozenset({"push", "idempotent_push"})', "['push']"),
    "options-of-nonsense": _with('(Option("outcomes", "a file"),)', "[1, None]"),
    "properties-that-raise": "from leadq.plugins.sdk import *\nclass Meta(type):\n"
                             "    def __getattribute__(cls, name):\n"
                             "        raise SystemExit(name)\nclass X(metaclass=Meta): pass\n"
                             "@hookimpl\ndef leadq_adapter():\n    return X",
    # When it works
    "init-raises": _with("self.context = context", "raise ValueError('no')"),
    "check-hangs": _with('return Account("account")', "time.sleep(600)"),
    "check-of-nonsense": _with('return Account("account")', "return {'id': 1}"),
    "push-of-nonsense": _with(_YIELD, "yield 42"),
    "push-of-others": _with(_YIELD, "yield Result('somebody-elses', 'applied')"),
    # In its metadata
    "no-metadata": adapter("NAME"),
    "csv-twice": adapter("NAME"),
}  # fmt: skip
"""Forty of them, by what they do."""

CHEAP: Final = ("import-error", "leaves-rudely", "segfaults", "noise", "capabilities-list", "no-metadata")


def install(folder: Path, *names: str) -> None:
    """Install these in `folder`; what one announces is its own name, but for one that takes that of the built-in."""
    for name in names:
        announce(folder, name, CODES[name].replace("NAME", name))
        metadata = folder / f"leadq_{name.replace('-', '_')}-1.2.dist-info"
        if name == "no-metadata":
            (metadata / "METADATA").unlink()
        if name == "csv-twice":
            points = (metadata / "entry_points.txt").read_text("utf-8")
            (metadata / "entry_points.txt").write_text(f"{points}{name} = another_module\n[/] = x\nnonsense\n", "utf-8")
