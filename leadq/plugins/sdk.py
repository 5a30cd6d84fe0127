"""All that an adapter imports: the shapes it is given and gives back, the six errors, and tables in and out.

An adapter is a class. leadq makes one instance in a process of its own, calls it from one thread, and does
the rest: when to try again, limits, paging state, secrets, storage. So an adapter has no retry, no sleep, no
thread and no database; it prints nothing that anybody parses. One that speaks HTTP does so with `context.http`.

    from leadq.plugins.sdk import Account, Change, Context, Option, Result, hookimpl

    class Acme:
        name = "acme"                        # the entry point's name, in the group `leadq`
        api_version = 1
        capabilities = frozenset({"push"})
        options = (Option("url", "Address of the CRM", required=True),)

        def __init__(self, context: Context) -> None: ...
        def check(self) -> Account: ...
        def push(self, changes): ...         # yields one Result for each change

    @hookimpl
    def leadq_adapter():
        return Acme

A module of the group may also hear of clocks, with or without an adapter beside it:

    @hookimpl
    def leadq_sla_event(event):              # an SlaEvent: post it to a chat, light a lamp
        ...

It is called once for each alert, in a process of its own with ten seconds' time; what it raises is one line of the sync
report. Its answer is not looked at.

This module imports the standard library, its own three parts and `leadq.tabular` only. What it exports is stable:
something optional may be added under the same `api_version`, something required makes a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal, Protocol, TypeVar

from leadq.plugins.client import Answer, Http, Limit, Login
from leadq.plugins.described import (
    Choice,
    CrmField,
    CrmKind,
    CrmOwner,
    Deal,
    DealState,
    Description,
    Step,
    mapped,
)
from leadq.plugins.errors import N_, AdapterError, AuthFailed, Conflict, Gone, RateLimited, Rejected, Transient
from leadq.tabular import read_table, safe_cell, write_csv

__all__ = [
    "N_",
    "Account",
    "Activity",
    "Adapter",
    "AdapterError",
    "Answer",
    "AuthFailed",
    "Change",
    "Choice",
    "Conflict",
    "Context",
    "CrmField",
    "CrmKind",
    "CrmOwner",
    "Deal",
    "DealState",
    "Describes",
    "Description",
    "Found",
    "FoundState",
    "Gone",
    "Http",
    "Limit",
    "Login",
    "Looks",
    "Option",
    "Page",
    "Prepares",
    "Pulls",
    "Pushes",
    "RateLimited",
    "Ref",
    "Rejected",
    "RemoteLead",
    "Result",
    "Scope",
    "SlaEvent",
    "Step",
    "Tidies",
    "Transient",
    "api_version",
    "hookimpl",
    "mapped",
    "read_table",
    "safe_cell",
    "write_csv",
]

api_version: Final = 1
"""The contract between leadq and an adapter; the adapter's class states the one that it was written for."""

Hook = TypeVar("Hook", bound=Callable[..., Any])


def hookimpl(function: Hook) -> Hook:
    """Mark a module's function as one that leadq calls: `leadq_adapter()` or `leadq_sla_event(event)`."""
    from pluggy import (
        HookimplMarker,
    )  # here, so that a program that only reads these shapes does not pay for it

    return HookimplMarker("leadq")(function)


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of an adapter. A `secret` is never in the settings file: leadq keeps it and gives it."""

    name: str
    help: str
    required: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What an adapter works with: options as in the settings file, and secrets, which no `repr` shows.

    `http` is there for a class with `login`. `account` is the id that the last `check` gave, "" before the first one.
    `fields` is the user's mapping: a field of leadq's to the name of one of the record's (see `mapped`). `states` says
    what a state of leadq's is called at the other end: the first of several words is written, all are understood.
    `members` gives the ids that the contract's members have there.
    """

    options: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    account: str = ""
    connected: Http | None = field(default=None, repr=False)
    fields: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, Sequence[str]] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)

    @property
    def http(self) -> Http:
        """The client of the adapter's own service. Raises TypeError for a class without `login`."""
        if self.connected is None:
            raise TypeError("an adapter that speaks HTTP has a classmethod login()")
        return self.connected


@dataclass(frozen=True, slots=True)
class Account:
    """What `check` found at the other end: a stable id, and a label that a person recognises."""

    id: str
    label: str = ""


Scope = Literal["all", "record", "timeline"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a person did to a lead, to be written at the other end exactly once.

    It has a part that is set on the record (`status` unless "", `reason`, `op_id`, `stamp`), safe to write twice, and
    one that is added to the timeline (the touch, the note), which is not: its last line is `marker`, by which it is
    found again. `scope` says which part to write: both; only the `record`, because the other one is there already; or
    only the `timeline`, because the record is not ours any more.

    `op_id` never changes however often the change is sent: it is the key that makes a second sending
    harmless. `external_id` is the lead's id on this connection. `status` is the lead's state from now on, "" when the
    change leaves it as it was. `reason` is the coded reason of a verdict or a pause, the outcome code of a touch, or
    the member that a lead is assigned to. `missing` holds info ids. `occurred_at` is `YYYY-MM-DDTHH:MM:SSZ`. `seq`
    counts the lead's changes from 1 without a gap, and `stamp` is `<device>:<seq>`, to be kept on the record together
    with a status: it tells a late write of ours from somebody else's choice. `compensates` is the op_id of an earlier
    change that this one takes back. A text that does not apply is empty.
    """

    op_id: str
    lead_uid: str
    external_id: str
    email: str
    verb: str
    reason: str
    quality: int | None
    missing: tuple[str, ...]
    note: str
    occurred_at: str
    actor: str
    seq: int
    stamp: str
    compensates: str | None = None
    status: str = ""
    scope: Scope = "all"

    @property
    def sets(self) -> bool:
        """Whether the record is to be written."""
        return self.scope != "timeline"

    @property
    def adds(self) -> bool:
        """Whether something is to be added to the timeline."""
        return self.scope != "record" and (self.verb in ("touch", "undo") or bool(self.note))

    @property
    def marker(self) -> str:
        """The last line of what is added to the timeline."""
        return f"leadq:{self.op_id}"


Status = Literal["applied", "rejected", "retry"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one change: `applied`, `rejected` (a person must look) or `retry` (not applied).

    Give a result only for what is known. A change without a result is «unknown»: leadq will find out before
    it sends the change again. `detail` says in one sentence why, and names no secret. `updated_at` is the record's
    time after the change, by the service's clock, where the answer says it.
    """

    op_id: str
    status: Status
    external_id: str = ""
    detail: str = ""
    updated_at: str = ""


@dataclass(frozen=True, slots=True)
class RemoteLead:
    """One lead as the other end has it.

    One without an `external_id` is a record that makes no sense: it is counted, and keeps no other from coming in.
    `fields` maps leadq's field names to values: `status` is one of leadq's states where the record has one, `owner` the
    id or the e-mail of whoever owns it there, `leadq_answer` marketing's answer to sales' feedback (`ack`, `changed` or
    `declined`, and after a colon what they say; a verdict that is pushed empties it, because it waits for an answer of
    its own). `raw` is the record as it came. `updated_at` is the server's time (`YYYY-MM-DDTHH:MM:SS[.fff]Z`), never
    this machine's. `formerly` are the ids of the leads that were merged into this one. `stamp` is that of the change
    which set the status last.
    """

    external_id: str
    object_type: str = "lead"
    updated_at: str = ""
    deleted: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)
    formerly: tuple[str, ...] = ()
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """What somebody did at the other end: a call, an e-mail, a reply. It becomes a touch, once for each `id`.

    `lead` is the lead's id there. `channel` and `outcome` are words of leadq's; `inbound` when the prospect did it;
    `human=False` for a sequence or a robot. `actor` is a member's id or e-mail where that is known. Leave out what
    carries a marker: that is our own.
    """

    id: str
    lead: str
    channel: str
    outcome: str
    occurred_at: str
    inbound: bool = False
    human: bool = True
    actor: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some leads and where to go on. The cursor is opaque text, kept with the page in one transaction.

    Activities and deals are taken in after the leads of their page; those of leads that leadq has not are left out.
    """

    leads: tuple[RemoteLead, ...]
    cursor: str | None
    more: bool
    activities: tuple[Activity, ...] = ()
    deals: tuple[Deal, ...] = ()


FoundState = Literal["open", "reassigned", "archived", "converted", "merged", "deleted", "forbidden"]


@dataclass(frozen=True, slots=True)
class Ref:
    """A lead to look up by its id. `markers`: whether its timeline is to be searched for ours too."""

    external_id: str
    object_type: str = "lead"
    markers: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a read by id shows: where the lead is now, and which of our changes are on it.

    `markers` are the op ids in the last lines of its timeline, each as often as it is there, oldest first; None when
    they were not asked for. `last_op` and `stamp` are on the record. `moved_to` is the id of what it was merged into.
    """

    external_id: str
    state: FoundState
    moved_to: str = ""
    lead: RemoteLead | None = None
    markers: tuple[str, ...] | None = None
    last_op: str = ""
    stamp: str = ""


class Adapter(Protocol):
    """What every adapter has.

    `capabilities` are words: `push`, `pull`, `lookup`, `tidy`, `describe` and `prepare` for the methods of these names;
    `idempotent_push` (the same op_id sent twice is written once), `upserts` (only the newest of several changes that
    nobody has sent yet needs to be, when all it adds is on the record). Words that leadq does not know are ignored, so
    that an adapter may be newer than leadq.

    Optional, on the class: `login(context) -> Login`, a classmethod, for one that speaks HTTP; `limits`, a tuple of
    Limit; `settle_s`, how long a request may still take effect after it went without an answer (90 s unless said).
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


@dataclass(frozen=True, slots=True)
class SlaEvent:
    """A clock of a lead that is at risk or late, or a promise that is near; nothing of it says who the lead is.

    `id` is the alert's own and never changes. `clock` is accept, first_touch, owner_touch, reply, next_touch or
    disposition; `level` is at_risk, breach or promise. `due_at` is `YYYY-MM-DDTHH:MM:SSZ`. `policy` and
    `contract_version` say what was agreed; `owner` is a member's id, "" for nobody's lead.
    """

    id: str
    lead_uid: str
    clock: str
    level: str
    due_at: str
    policy: str
    contract_version: str
    owner: str
