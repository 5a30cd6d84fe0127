"""Where a hub is, and whether the way there is safe: a connection string of PostgreSQL, and what is refused in it."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any, Final

from leadq.plugins.errors import N_, AuthFailed, Rejected, Transient

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_INSTALLED: Final = N_("A hub needs psycopg, which is not installed: pip install 'leadq[hub]'.")
NOT_AN_ADDRESS: Final = N_("The address of the hub cannot be read: write postgresql://NAME@HOST/DATABASE.")
NO_TLS: Final = N_("The hub at {host} is to be reached without TLS: only one on this machine may be (sslmode={mode}).")
NO_TLS_THERE: Final = N_("The hub speaks no TLS, or not as it must; only one on this machine may do without ({why}).")
KEPT_PASSWORD: Final = N_("The address of the hub has a password in it: take it out, and use `leadq auth set`.")
REFUSED: Final = N_("The hub does not let you in ({why}).")
NO_DATABASE: Final = N_("There is no such database at the hub’s address ({why}).")
UNREACHABLE: Final = N_("The hub cannot be reached ({why}).")

_SAFE: Final = ("require", "verify-ca", "verify-full")
_LATER: Final = re.compile(r"starting up|shutting down|too many|connection slots|recovery|not yet accepting")
_NO_ENTRY: Final = re.compile(r"password authentication failed|not permitted to log in|role .* does not exist|pg_hba")
_NO_SUCH: Final = re.compile(r"database .* does not exist")
_CONNECT_S: Final = 10


def settings_of(url: str, password: str = "", *, kept: bool) -> dict[str, Any]:
    """The parameters of a connection string, made safe. `kept`: it stands in a file, where no password belongs.

    Off this machine the server's certificate is verified against the system's, unless the address asks for less by
    name; no TLS at all is refused. Raises Rejected.
    """
    psycopg = driver()
    try:
        given: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise Rejected("url", NOT_AN_ADDRESS) from None
    if "service" in given:
        raise Rejected("url", NOT_AN_ADDRESS)
    if kept and given.get("password"):
        raise Rejected("url", KEPT_PASSWORD)
    if not is_here(given):
        mode = given.setdefault("sslmode", "verify-full")
        if mode not in _SAFE:
            raise Rejected("url", NO_TLS, host=given.get("hostaddr") or given.get("host"), mode=mode)
        if mode == "verify-full":
            given.setdefault("sslrootcert", "system")
    given |= {"password": password} if password else {}
    return {"connect_timeout": _CONNECT_S, **given, "application_name": "leadq"}


def is_here(given: Mapping[str, Any]) -> bool:
    """Whether all that is named is this machine: a socket's folder, or the loopback interface."""
    named = str(given.get("hostaddr") or given.get("host") or "")
    return all(_is_loopback(host) for host in named.split(","))


def _is_loopback(host: str) -> bool:
    if host in ("", "localhost") or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def driver() -> Any:
    """psycopg. Raises Rejected where it is not installed."""
    try:
        import psycopg
        import psycopg.conninfo
    except ImportError:
        raise Rejected("adapter", NOT_INSTALLED) from None
    return psycopg


def opened(settings: Mapping[str, Any]) -> Any:
    """A connection that commits each statement by itself: a laptop that stops in between holds no lock there.

    Raises Transient, AuthFailed or Rejected.
    """
    psycopg = driver()
    try:
        return psycopg.connect(**settings, autocommit=True)
    except psycopg.OperationalError as error:
        raise _told(error, settings) from None


def _told(error: Any, settings: Mapping[str, Any]) -> Transient | AuthFailed | Rejected:
    """What a connection that did not come about means. Before somebody is let in, the server says no code."""
    why = said(error)
    asked = error.pgconn is not None and (error.pgconn.needs_password or error.pgconn.used_password)
    if _LATER.search(why):
        return Transient(UNREACHABLE, why=why)
    if _NO_SUCH.search(why):
        return Rejected("url", NO_DATABASE, why=why)
    if asked or _NO_ENTRY.search(why):
        return AuthFailed(REFUSED, why=why)
    if re.search(r"SSL|certificate", why) and not is_here(settings):
        return Rejected("url", NO_TLS_THERE, why=why)
    return Transient(UNREACHABLE, why=why)


def said(error: BaseException) -> str:
    """The first line of what PostgreSQL says, without its address before it."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return re.sub(r"^.*(failed|FATAL|ERROR): +", "", line).strip().rstrip(".")
