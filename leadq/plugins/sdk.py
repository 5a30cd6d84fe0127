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

A CRM that speaks JSON over HTTPS needs less: see `RestAdapter`.

This module imports the standard library, its own parts and `leadq.tabular` only.

The promise of `api_version`: whatever is exported here keeps its name and its meaning. Under the same number something
optional may be added: a function, a field with a default, a word among the capabilities. Whatever an adapter would have
to do that it did not have to do before makes the next number, and leadq goes on running adapters of the number before
for at least a year. An adapter of another number is not loaded, and `leadq plugin list` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

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
from leadq.plugins.kinds import Adapter, Describes, Looks, Prepares, Pulls, Pushes, Tidies
from leadq.plugins.paging import ByLink, ByOffset, ByPage, ByToken, OnePage, Paging
from leadq.plugins.records import marker_in
from leadq.plugins.rest import RestAdapter
from leadq.plugins.shapes import (
    Account,
    Activity,
    Change,
    Context,
    Found,
    FoundState,
    Option,
    Page,
    Ref,
    RemoteLead,
    Result,
    Scope,
    SlaEvent,
    Status,
)
from leadq.tabular import read_table, safe_cell, write_csv

__all__ = [
    "N_",
    "Account",
    "Activity",
    "Adapter",
    "AdapterError",
    "Answer",
    "AuthFailed",
    "ByLink",
    "ByOffset",
    "ByPage",
    "ByToken",
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
    "OnePage",
    "Option",
    "Page",
    "Paging",
    "Prepares",
    "Pulls",
    "Pushes",
    "RateLimited",
    "Ref",
    "Rejected",
    "RemoteLead",
    "RestAdapter",
    "Result",
    "Scope",
    "SlaEvent",
    "Status",
    "Step",
    "Tidies",
    "Transient",
    "api_version",
    "hookimpl",
    "mapped",
    "marker_in",
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
