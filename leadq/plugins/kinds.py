"""What an adapter has to have, and what it may have: one protocol for each capability. Import them from `sdk`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Protocol

from leadq.plugins.described import Description, Step
from leadq.plugins.shapes import Account, Change, Context, Found, Option, Page, Ref, Result


class Adapter(Protocol):
    """What every adapter has.

    `capabilities` are words: `push`, `pull`, `lookup`, `tidy`, `describe` and `prepare` for the methods of these names;
    `idempotent_push` (the same op_id sent twice is written once), `upserts` (only the newest of several changes that
    nobody has sent yet needs to be, when all it adds is on the record), `puts_away` (a verdict archives the record, and
    an undo brings it back). Words that leadq does not know are ignored, so that an adapter may be newer than leadq.

    Optional, on the class: `login(context) -> Login`, a classmethod, for one that speaks HTTP; `limits`, a tuple of
    Limit; `settle_s`, how long a request may still take effect after it went without an answer (90 s unless said);
    `poll_s`, how long at least between two pulls while nobody asks for one, where asking is dear (0 unless said).
    And `explain(answer) -> AdapterError | None`, a method that is asked of each refusal (a status from 400 to 499 with
    a JSON document): the error that it gives is raised, and None leaves it to what such a status means everywhere. An
    error that says «not applied» must be true of a write too.

    What is wrong with the settings is a Rejected from `login`, `__init__` or `check`; its `field` names the option.
    """

    name: ClassVar[str]
    api_version: ClassVar[int]
    capabilities: ClassVar[frozenset[str]]
    options: ClassVar[tuple[Option, ...]]

    def __init__(self, context: Context) -> None: ...

    def check(self) -> Account:
        """The cheapest look that proves that the connection works. Changes nothing."""
        ...


class Pushes(Adapter, Protocol):
    """An adapter with the capability `push`."""

    def push(self, changes: Sequence[Change]) -> Iterator[Result]:
        """Write the changes in their order and yield a result for each as soon as it is known.

        A typed error raised here speaks of the first change without a result: Conflict, Rejected and Gone
        settle that one, and `push` is called again with those after it; AuthFailed, RateLimited and Transient
        mean that none of the changes without a result was applied. Anything else raised leaves them
        «unknown».
        """
        ...


class Pulls(Adapter, Protocol):
    """An adapter with the capability `pull`."""

    def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page]:
        """The open leads in `scope` that changed since `cursor` (None: all of them), page by page.

        The cursor is made of the server's time only, and reaches back far enough for what its index shows late.
        """
        ...


class Looks(Adapter, Protocol):
    """An adapter with the capability `lookup`: what makes an outcome provable where sending twice writes twice."""

    def lookup(self, refs: Sequence[Ref]) -> Iterator[Found]:
        """Each lead by its id, never through a list or a search: those are behind."""
        ...


class Tidies(Adapter, Protocol):
    """An adapter with the capability `tidy`."""

    def tidy(self, external_id: str, op_id: str) -> None:
        """Of several timeline entries with the marker of `op_id` leave only the oldest."""
        ...


class Describes(Adapter, Protocol):
    """An adapter with the capability `describe`: a mapping is checked against what is there, before it is used."""

    def describe(self) -> Description:
        """The fields, picklists and owners of the account. Changes nothing."""
        ...


class Prepares(Adapter, Protocol):
    """An adapter with the capability `prepare`: it needs fields of its own at the other end, once."""

    def plan(self) -> Sequence[Step]:
        """What is missing there, in the order in which `prepare` would create it. Changes nothing."""
        ...

    def prepare(self, steps: Sequence[Step]) -> None:
        """Create what `steps` of `plan` say, which a person has agreed to; what is there already stays as it is."""
        ...
