"""Looking at one plugin in a process of its own (`leadq.testing.examine`): whatever it does there, an answer comes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from leadq.i18n import N_, _
from leadq.sync.supervisor import environment

LOOK_S: Final = 10.0
TRY_S: Final = 120.0


def look(name: str, seconds: float = LOOK_S) -> dict[str, Any]:
    """What a plugin is when it is loaded: `state` (ok, incompatible, broken), `why`, `api_version`, `capabilities`."""
    answer = _asked({"load": name}, seconds)
    found = {"state": "broken", "api_version": None, "capabilities": [], **answer}
    return {key: found.get(key) for key in ("state", "api_version", "capabilities")} | {"why": _why(answer)}


def tried(order: Mapping[str, str], seconds: float = TRY_S) -> dict[str, Any]:
    """How an adapter keeps the rules (see `leadq.testing.examine`), or `why` it could not be tried."""
    answer = _asked(order, seconds)
    return answer if "failures" in answer else {"why": _why(answer)}


def _why(answer: Mapping[str, Any]) -> str:
    """One sentence in the user's language; "" when nothing is wrong."""
    if "message" in answer:
        return _(answer["message"]).format_map(answer.get("params", {}))
    return str(answer.get("why", ""))


def _asked(order: Mapping[str, str], seconds: float) -> dict[str, Any]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "leadq.testing.examine"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(os.environ),
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    try:
        said, _errors = process.communicate(json.dumps(order).encode("ascii") + b"\n", seconds)
    except subprocess.TimeoutExpired:
        return {"message": N_("The adapter did not end in time and was stopped."), "params": {}}
    finally:
        _end(process)
    try:
        answer = json.loads(said)
    except ValueError:
        answer = None
    if isinstance(answer, dict):
        return answer
    return {"message": N_("The adapter’s process died ({how})."), "params": {"how": _how(process.returncode)}}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it and its own children; what it left behind may outlive it."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _how(code: int) -> str:
    return {-number.value: number.name for number in signal.Signals}.get(code, f"exit {code}")
