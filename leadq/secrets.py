"""Where the secrets of a connection come from: the environment, else a command that prints the token. Never a file.

`LEADQ_<CONNECTION>_<NAME>` in capital letters (`LEADQ_CRM_TOKEN`), whatever is no letter or digit as `_`; or
`token_command` under the connection in `leadq.toml`, for a password manager.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from leadq.errors import Exit, LeadqError
from leadq.i18n import _

if TYPE_CHECKING:
    from leadq.config import Connection

_PATIENCE_S: Final = 10.0
"""For a password manager that asks on a screen which nobody sees."""


def of(connection: Connection, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The secrets of `connection` by name; none when there are none. Raises LeadqError `auth` (77)."""
    prefix = f"LEADQ_{re.sub('[^A-Z0-9]', '_', connection.name.upper())}_"
    found = {name.removeprefix(prefix).lower(): text for name, text in environ.items() if name.startswith(prefix)}
    if "token" not in found and connection.token_command:
        found["token"] = _printed(connection)
    return found


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
