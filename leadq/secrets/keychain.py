"""The keyring of the system, asked from a process that can be killed: some of them wait for a click that nobody sees.

`vault.py` runs there and alone imports the keyring library. The secret goes by pipe in both directions.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal

from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _

LIMIT_S: Final = 3.0
"""How long the keyring may take (gh's own limit). Unlocking by hand takes longer: then it is done, and asked again."""

Deed = Literal["look", "get", "set", "delete"]

SENTENCES: Final = {
    "none": (
        N_("This machine has no keyring."),
        N_("Give the secret by {variable}, or the token by token_command in leadq.toml."),
    ),
    "no_bus": (
        N_("No keyring answers on D-Bus."),
        N_("Log in on the desktop or start a keyring there; or use {variable}, or token_command in leadq.toml."),
    ),
    "locked": (
        N_("The keyring is locked."),
        N_("Unlock it and try again; or use {variable}, or token_command in leadq.toml."),
    ),
    "empty": (
        N_("The keyring has no collection to keep anything in."),
        N_("Make a default one with the desktop’s password program; or use {variable}, or token_command."),
    ),
    "hangs": (
        N_("The keyring did not answer within 3 seconds: it may be asking on a screen that nobody sees."),
        N_("Unlock it on the desktop and try again; or use {variable}, or token_command in leadq.toml."),
    ),
    "plain": (
        N_("The only keyring here ({backend}) may write secrets down as plain text, so leadq does not use it."),
        N_("Use the desktop’s own keyring; or {variable}, or token_command in leadq.toml."),
    ),
    "null": (
        N_("The keyring here ({backend}) keeps nothing."),
        N_("Look at PYTHON_KEYRING_BACKEND and keyringrc.cfg; or use {variable}, or token_command in leadq.toml."),
    ),
    "denied": (
        N_("The keyring refuses ({why})."),
        N_("Allow leadq’s Python in the keyring and try again; or use {variable}, or token_command in leadq.toml."),
    ),
    "too_long": (
        N_("The keyring of Windows keeps at most 1280 characters, and this secret has more."),
        N_("Use a shorter token; or {variable}, or token_command in leadq.toml."),
    ),
    "broken": (
        N_("The keyring cannot be used ({why})."),
        N_("Look at PYTHON_KEYRING_BACKEND and keyringrc.cfg; or use {variable}, or token_command in leadq.toml."),
    ),
    "missing": (
        N_("The keyring does not have the secret any more."),
        N_("Give it again with `leadq auth set {connection}`."),
    ),
}
"""What each state of a keyring means, and what to do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the keyring said. `state` is `ok` or one of `SENTENCES`; `why` is a word that holds no secret."""

    state: str
    backend: str = ""
    why: str = ""
    text: str = ""

    def __repr__(self) -> str:
        return f"Answer({self.state}, {self.backend}, {self.why})"


def ask(deed: Deed, user: str = "", text: str = "") -> Answer:
    """Do one thing with the keyring; `user` names our item in it. Takes at most `LIMIT_S`, and leaves no process."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "leadq.secrets.vault"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a kill takes along whatever it started
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    order = json.dumps({"deed": deed, "user": user, "text": text}).encode("ascii")
    try:
        said = process.communicate(order, LIMIT_S)[0]
        return Answer(**json.loads(said))
    except subprocess.TimeoutExpired:
        return Answer("hangs")
    except (ValueError, TypeError):
        return Answer("broken", why=f"exit {process.returncode}")
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    process.communicate()  # the pipes are closed, and the process is gone


def told(answer: Answer, connection: str, variable: str) -> tuple[str, str]:
    """What is wrong with the keyring and what to do, in the user's language; nothing when nothing is."""
    if answer.state == "ok":
        return "", ""
    what, do = SENTENCES.get(answer.state, SENTENCES["broken"])
    params = {"backend": answer.backend, "why": answer.why or answer.state}
    return _(what).format(**params), _(do).format(connection=connection, variable=variable)


def refused(answer: Answer, connection: str, variable: str) -> LeadqError:
    """The same as an error."""
    what, do = told(answer, connection, variable)
    return LeadqError("keyring", what, hint=do, exit_status=Exit.AUTH)
