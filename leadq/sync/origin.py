"""Where a connection may talk to: one scheme, one host, one port, and nowhere else.

Every address that is used is put together here, from our own origin and somebody's path. So a `next` link, a
redirect or a hostile id can choose the path, and never the host.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from leadq.plugins.sdk import N_, Rejected, Transient
from leadq.text import clean

_PORTS: Final = {"https": 443, "http": 80}
_ODD: Final = re.compile(r"[\x00-\x20\x7f\\]")
"""Characters that two readers of one URL take differently: the way to smuggle another host past a check."""

_AWAY: Final = N_("The service points to another address ({host}): not followed.")
_SHOWN: Final = 100  # characters of what comes from outside
_NUMERIC: Final = re.compile(r"(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+)){0,3}")
_METADATA: Final = frozenset({ip_address("fd00:ec2::254"), ip_address("100.100.100.200")})
"""Where clouds keep credentials, beside the link-local addresses."""


class Elsewhere(Transient):
    """The service points away from itself. Nothing was sent there."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The one place of a connection, and the path below which its API lies (no slash at its end)."""

    scheme: str
    host: str
    port: int
    base: str = ""

    @property
    def root(self) -> str:
        """`https://host` and, unless it is the usual one, the port."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{shown}" + (f":{self.port}" if self.port != _PORTS[self.scheme] else "")

    @property
    def is_loopback(self) -> bool:
        """Whether this is our own machine."""
        return _is_loopback(self.host)

    def target(self, path: str) -> str:
        """The path and query for what an adapter asks for: `path` below the base, or a whole URL of ours.

        Raises Elsewhere for another origin, and Rejected for a path that climbs: waiting makes no other id of it.
        """
        if _is_absolute(path):
            return self.follow(path)
        _refuse_odd(path)
        joined = f"{self.base}/{path.lstrip('/')}"
        if {".", ".."} & set(unquote(joined.partition("?")[0]).split("/")):
            raise Rejected("path", N_("The path “{path}” is refused."), path=clean(path.partition("?")[0], _SHOWN))
        return joined

    def follow(self, url: str) -> str:
        """The path and query of a URL that the service gave us, resolved against our base. Raises Elsewhere."""
        _refuse_odd(url)
        try:
            parts = urlsplit(urljoin(f"{self.root}{self.base}/", url))
            place = _place(parts)
        except ValueError:
            raise Elsewhere(_AWAY, host="-") from None
        if "@" in parts.netloc or place != (self.scheme, self.host, self.port):
            raise Elsewhere(_AWAY, host=clean(parts.hostname or "-", _SHOWN))
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def parse_origin(url: str) -> Origin:
    """The origin of the address in the settings. Raises Rejected, which never repeats the address itself."""
    try:
        parts = urlsplit(url)
        scheme, host, port = _place(parts)
    except ValueError:
        raise Rejected("url", N_("The address of the service is not a URL.")) from None
    wrong = _wrong(url, parts, scheme, host)
    if wrong:
        raise Rejected("url", wrong)
    return Origin(scheme, host, port, parts.path.rstrip("/"))


def may_connect(origin: Origin, peer: str) -> bool:
    """Whether the address that a host's name led to may be talked to: asked before the first byte leaves.

    A name can lead anywhere, and elsewhere the next time (DNS rebinding), so names are not enough.
    """
    address = _address(peer)
    if address is None or _is_private_to_the_cloud(address):
        return False
    return origin.scheme == "https" or address.is_loopback


def _wrong(url: str, parts: SplitResult, scheme: str, host: str) -> str:
    """What is wrong with a configured address; empty: nothing."""
    if _ODD.search(url) or not host.isascii() or parts.query or parts.fragment:
        return N_("The address of the service is not a URL.")
    if "@" in parts.netloc:
        return N_("The address of the service must not hold a user or a password.")
    if scheme != "https" and not _is_loopback(host):
        return N_("The address of the service must begin with https://.")
    address = _address(host)
    odd_number = address is None and _NUMERIC.fullmatch(host)
    if odd_number or (address is not None and _is_private_to_the_cloud(address)):
        return N_("The address of the service is one that is never talked to.")
    return ""


def _place(parts: SplitResult) -> tuple[str, str, int]:
    """Scheme, host and port; nothing for what is not an HTTP address. Raises ValueError for an impossible port."""
    if parts.scheme not in _PORTS or not parts.hostname:
        return "", "", 0
    return parts.scheme, parts.hostname.rstrip("."), parts.port or _PORTS[parts.scheme]


def _refuse_odd(url: str) -> None:
    if _ODD.search(url):
        raise Elsewhere(_AWAY, host="-")


def _is_absolute(path: str) -> bool:
    return path.startswith("//") or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", path) is not None


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _is_private_to_the_cloud(address: IPv4Address | IPv6Address) -> bool:
    return address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA
