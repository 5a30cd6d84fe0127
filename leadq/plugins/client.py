"""What an adapter speaks HTTP with, and says of its service. Import it from `sdk`; `sync/http.py` is behind it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` in any `per_s` seconds, for the requests that `match`.

    A pattern is a path with `*` (below the origin, without the query), or a method, a space and a path. `costs`
    gives the weight of what is not `weight`: the first pattern that fits. `remaining` and `reset` name the headers
    that say what is left of the limit, and in how many seconds it is full again. A `daily` one is full again at
    midnight UTC, by the service's clock, and not a whole day after what was spent.
    """

    amount: float
    per_s: float
    match: str = "*"
    weight: float = 1
    costs: tuple[tuple[str, float], ...] = ()
    remaining: str = ""
    reset: str = ""
    daily: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """Where an adapter's service is, and the headers that say who we are; they go to that origin only."""

    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Answer(Protocol):
    """A request that was done: its status, its headers (lower case), and its JSON document, None when there is none."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def data(self) -> Any: ...


class Http(Protocol):
    """What an adapter speaks HTTP with. Each call is tried once, and raises the errors of this module.

    A path is below the login's address. What cannot be known to have been done raises an error that is not to be
    caught: leadq finds out. `change` goes around all the requests of one change, where there are several. `read=True`
    is for a POST that only asks, such as a search: it may go out in a dry run, and no answer leaves nothing in doubt.
    """

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Answer: ...
    def post(self, path: str, document: Any, *, read: bool = False) -> Answer: ...
    def patch(self, path: str, document: Any) -> Answer: ...
    def put(self, path: str, document: Any) -> Answer: ...
    def delete(self, path: str) -> Answer: ...
    def follow(self, url: str) -> Answer: ...
    def change(self) -> AbstractContextManager[None]: ...
