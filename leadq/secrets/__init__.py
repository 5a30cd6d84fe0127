"""Where the secrets of a connection come from, in this order; never a file of ours:

1. the environment: `LEADQ_<CONNECTION>_<NAME>` in capital letters (`LEADQ_CRM_TOKEN`), whatever is no letter or digit
   as `_`;
2. `token_command` under the connection in `leadq.toml`: a command that prints the token, for a password manager;
3. the keyring of the system, for what `leadq auth set` put there (`kept.py`; `keychain.py` asks it);
4. the memory of this process, for what a person typed and no keyring would keep.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from leadq.errors import Exit, LeadqError
from leadq.i18n import _

if TYPE_CHECKING:
    from leadq.config import Connection
    from leadq.paths import Home

Source = Literal["environment", "token_command", "keyring", "memory"]

_PATIENCE_S: Final = 10.0
"""For a password manager that asks on a screen which nobody sees."""

_memory: dict[tuple[str, str], str] = {}


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret, and where it was found: `where` is the variable, the command's first word, or the keyring's name."""

    name: str
    source: Source
    where: str
    text: str

    def __repr__(self) -> str:
        return f"Secret({self.name}, {self.source})"


def of(
    connection: Connection,
    environ: Mapping[str, str] = os.environ,
    *,
    home: Home | None = None,
    known: Collection[str] = (),
) -> dict[str, str]:
    """The secrets of `connection` by name; none when there are none. Raises LeadqError `auth` or `keyring` (77)."""
    return {secret.name: secret.text for secret in found(connection, environ, home=home, known=known)}


def found(
    connection: Connection,
    environ: Mapping[str, str] = os.environ,
    *,
    home: Home | None = None,
    known: Collection[str] = (),
) -> tuple[Secret, ...]:
    """As `of`, with where each comes from. Nobody is asked for those that are `known` to the caller, and without `home`
    the keyring is not."""
    prefix = prefix_of(connection.name)
    named = {name.removeprefix(prefix).lower(): name for name in environ if name.startswith(prefix)}
    secrets = {name: Secret(name, "environment", place, environ[place]) for name, place in named.items()}
    if connection.token_command and "token" not in {*secrets, *known}:
        secrets["token"] = Secret("token", "token_command", connection.token_command[0], _printed(connection))
    if home is not None:
        secrets |= _kept(connection, home, {*secrets, *known})
    memory = {name: Secret(name, "memory", "", text) for (to, name), text in _memory.items() if to == connection.name}
    return tuple((memory | secrets).values())


def prefix_of(connection: str) -> str:
    """What the variables of a connection begin with."""
    return f"LEADQ_{re.sub('[^A-Z0-9]', '_', connection.upper())}_"


def variable(connection: str, name: str = "token") -> str:
    """The variable that gives one secret."""
    return f"{prefix_of(connection)}{name.upper()}"


def remember(connection: str, name: str, text: str) -> None:
    """Keep a secret as long as this process lives."""
    _memory[connection, name] = text


def forget(connection: str) -> None:
    """Let go of what `remember` kept."""
    for key in [key for key in _memory if key[0] == connection]:
        del _memory[key]


def _kept(connection: Connection, home: Home, known: Collection[str]) -> dict[str, Secret]:
    """What the keyring has beside what is known; a keyring with nothing of ours is not asked, nor imported."""
    from leadq.secrets import kept

    items = kept.items(home, connection.name)
    return {
        name: Secret(name, "keyring", item.backend, kept.read(connection.name, name, item))
        for name, item in items.items()
        if name not in known
    }


def _printed(connection: Connection) -> str:
    """What the command prints, without its line end; its own words are never repeated: they may hold the token."""
    try:
        done = subprocess.run(  # noqa: S603 - the command is the user's own
            connection.token_command, capture_output=True, timeout=_PATIENCE_S, check=True, stdin=subprocess.DEVNULL
        )
        token = done.stdout.decode("utf-8").strip()
    except subprocess.CalledProcessError as error:
        raise _refused(connection, _("it ends with {code}").format(code=error.returncode)) from None
    except subprocess.TimeoutExpired:
        raise _refused(connection, _("it does not end")) from None
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(connection, type(error).__name__) from None
    if not token:
        raise _refused(connection, _("it prints nothing"))
    return token


def _refused(connection: Connection, why: str) -> LeadqError:
    return LeadqError(
        "auth",
        _("The token_command of connection “{name}” cannot be used: {why}.").format(name=connection.name, why=why),
        hint=_("Run it by hand; it prints the token and nothing else."),
        exit_status=Exit.AUTH,
    )
