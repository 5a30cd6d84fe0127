"""What passes over the wire, as plain values: neither end of it needs to know the HTTP library."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, unquote


@dataclass(frozen=True, slots=True)
class Request:
    """What arrives at a service. `target` is path and query as sent; the names of headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path alone, decoded."""
        return unquote(self.target.partition("?")[0])

    @property
    def steps(self) -> list[str]:
        """The steps of the path, decoded one by one: a slash inside an id does not make two of it."""
        return [unquote(step) for step in self.target.partition("?")[0].strip("/").split("/")]

    @property
    def query(self) -> dict[str, str]:
        """The query's values; of a name that is there twice, the last."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answers. `chunks` may take their time, and may raise Lost half-way."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterable[bytes] = ()


class Lost(Exception):
    """No answer: nobody listens there (`refused`), nothing came in time, or the line broke."""

    def __init__(self, how: Literal["refused", "timeout", "reset"]) -> None:
        super().__init__(how)
        self.how: Literal["refused", "timeout", "reset"] = how


Handler = Callable[[Request], Reply]
"""A service: it answers, or raises Lost."""
