"""A service that says what a test tells it to, and a clock that only moves when somebody waits."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from leadq.sync.http import Http, Settings
from leadq.sync.wire import Lost, Reply, Request

NOW_MS = 1_778_684_400_000  # Wed, 13 May 2026 15:00:00 GMT
NOW_HTTP = "Wed, 13 May 2026 15:00:00 GMT"
TOKEN = "canary-7f3a/9+x?"


@dataclass
class Still:
    """Virtual time."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def wall_ms(self) -> int:
        return NOW_MS + int(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


def reply(document: Any = None, status: int = 200, **headers: str) -> Reply:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, [body])


@dataclass
class Service:
    """Answers with `says`, one after the other; the last one again and again. Keeps what it was asked."""

    says: list[Reply | Lost | Callable[[Request], Reply]]
    asked: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        self.asked.append(request)
        said = self.says[min(len(self.asked), len(self.says)) - 1]
        if isinstance(said, Lost):
            raise said
        return said(request) if callable(said) else said


def http(*says: Reply | Lost | Callable[[Request], Reply], **settings: Any) -> tuple[Http, Service, Still]:
    service, ticks = Service(list(says)), Still()
    base: Mapping[str, Any] = {"base_url": "https://crm.example/v1", "auth": {"x-api-token": TOKEN}}
    return Http(Settings(**{**base, **settings}), ticks=ticks, handler=service), service, ticks
