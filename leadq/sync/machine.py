"""What `--watch` takes from the machine beside its time: chance, and whether there is a network."""

from __future__ import annotations

import random
import socket
from dataclasses import dataclass, field
from typing import Final, Protocol

from leadq.sync.ports import SystemTicks, Ticks

_FAR: Final = ((socket.AF_INET, ("192.0.2.1", 9)), (socket.AF_INET6, ("2001:db8::1", 9)))
"""Addresses kept for documentation (RFC 5737, RFC 3849): nobody is there, and nothing is sent to them."""


class Rng(Protocol):
    """Chance."""

    def random(self) -> float:
        """At least 0 and less than 1."""
        ...


class Net(Protocol):
    """The network that this machine is on."""

    def address(self) -> str:
        """Our own address on the way out; "" when there is no way out."""
        ...


class SystemNet:
    """What the kernel's routes say. No packet leaves, and no name is looked up."""

    def address(self) -> str:
        """Our own address on the way out; "" when there is no way out."""
        for family, far in _FAR:
            try:
                with socket.socket(family, socket.SOCK_DGRAM) as probe:
                    probe.connect(far)
                    return str(probe.getsockname()[0])
            except OSError:
                continue
        return ""


@dataclass(frozen=True, slots=True)
class Machine:
    """All of it; a test gives its own."""

    ticks: Ticks = field(default_factory=SystemTicks)
    rng: Rng = field(default_factory=random.SystemRandom)
    net: Net = field(default_factory=SystemNet)
