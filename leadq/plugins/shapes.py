"""What an adapter is given and what it gives back, as plain values. Import them from `sdk`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from leadq.plugins.client import Http
from leadq.plugins.described import Deal


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
