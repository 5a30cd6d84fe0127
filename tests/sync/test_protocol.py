"""What the supervisor and the child say travels whole, and nothing else gets in."""

from __future__ import annotations

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.plugins.sdk import (
    Account,
    Activity,
    Change,
    Choice,
    CrmField,
    CrmOwner,
    Description,
    Found,
    Option,
    Page,
    Ref,
    RemoteLead,
    Result,
    Step,
)
from leadq.sync.asking import Describe, Introduce, Introduction, Plan, Prepare, Steps
from leadq.sync.protocol import (
    Done,
    Failed,
    Lookup,
    Message,
    Open,
    ProtocolError,
    Pull,
    Push,
    Ready,
    Tidy,
    Used,
    decode,
    encode,
)

any_text = st.text(st.characters(exclude_categories=()))  # lone surrogates too
texts = st.dictionaries(any_text, any_text, max_size=3)
changes = st.builds(
    Change,
    **dict.fromkeys(
        (
            "op_id",
            "lead_uid",
            "external_id",
            "email",
            "verb",
            "reason",
            "note",
            "occurred_at",
            "actor",
            "stamp",
        ),
        any_text,
    ),
    quality=st.none() | st.integers(1, 5),
    missing=st.lists(any_text, max_size=3).map(tuple),
    seq=st.integers(1, 1 << 50),
    compensates=st.none() | any_text,
    status=any_text,
    scope=st.sampled_from(["all", "record", "timeline"]),
)
leads = st.builds(
    RemoteLead, any_text, any_text, any_text, st.booleans(), texts, texts, st.lists(any_text).map(tuple), any_text
)
spent = st.lists(st.lists(st.lists(st.floats(0, 1e6), min_size=2, max_size=2), max_size=2), max_size=2)
choices = st.lists(st.builds(Choice, any_text, any_text), max_size=2).map(tuple)
fields = st.builds(CrmField, any_text, any_text, st.sampled_from(["text", "choice", "other"]), choices)
steps = st.lists(st.builds(Step, any_text, any_text, texts), max_size=2).map(tuple)
messages = st.one_of(
    st.builds(Introduce, any_text, st.floats(0, 1e6)),
    st.builds(
        Introduction,
        st.lists(st.builds(Option, any_text, any_text, st.booleans(), st.booleans()), max_size=2).map(tuple),
        st.frozensets(any_text),
    ),
    st.builds(
        Description,
        st.lists(fields, max_size=2).map(tuple),
        st.lists(st.builds(CrmOwner, any_text, any_text, any_text), max_size=2).map(tuple),
        choices,
    ),
    st.builds(Prepare, steps),
    st.builds(Steps, steps),
    st.sampled_from([Describe(), Plan()]),
    st.builds(
        Open,
        any_text,
        texts,
        any_text,
        st.floats(0, 1e6),
        texts,
        st.booleans(),
        any_text,
        st.floats(0, 1),
        spent,
        st.floats(0, 1e6),
        st.booleans(),
    ),
    st.builds(Lookup, st.lists(st.builds(Ref, any_text, any_text, st.booleans()), max_size=3).map(tuple)),
    st.builds(Tidy, any_text, any_text),
    st.builds(Used, st.integers(0), st.none() | st.integers(), spent, st.none() | st.floats(0, 1e6)),
    st.builds(
        Found,
        any_text,
        st.sampled_from(["open", "merged", "deleted"]),
        any_text,
        st.none() | leads,
        st.none() | st.lists(any_text, max_size=2).map(tuple),
        any_text,
        any_text,
    ),
    st.builds(Push, st.lists(changes, max_size=3).map(tuple)),
    st.builds(Pull, st.none() | any_text, texts),
    st.builds(Ready, st.frozensets(any_text), st.none() | st.builds(Account, any_text, any_text), st.floats(0, 1e6)),
    st.builds(Result, any_text, st.sampled_from(["applied", "rejected", "retry"]), any_text, any_text, any_text),
    st.builds(
        Page,
        st.lists(leads, max_size=2).map(tuple),
        st.none() | any_text,
        st.booleans(),
        st.lists(st.builds(Activity, *[any_text] * 5, st.booleans(), st.booleans(), any_text), max_size=2).map(tuple),
    ),
    st.builds(
        Failed,
        st.sampled_from(["auth", "died", "transient"]),
        any_text,
        texts,
        st.none() | any_text,
        st.none() | st.floats(0, 1e6),
    ),
    st.just(Done()),
)


@given(messages)
def test_every_message_travels_whole_in_one_line(message: Message) -> None:
    line = encode(message)
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert decode(line) == message


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"hello from a plugin\n",
        b"[]\n",
        b"3\n",
        b"{}\n",
        b'{"v": 1}\n',
        b'{"v": 2, "type": "done"}\n',
        b'{"v": 1, "type": "dance"}\n',
        b'{"v": 1, "type": ["done"]}\n',
        b'{"v": 1, "type": "result", "op_id": 5, "status": "applied", "external_id": "", "detail": "",'
        b' "updated_at": ""}\n',
        b'{"v": 1, "type": "result", "op_id": "x", "status": "ok", "external_id": "", "detail": "",'
        b' "updated_at": ""}\n',
        b'{"v": 1, "type": "failed", "kind": "boredom", "message": "", "params": {}, "op_id": null,'
        b' "retry_after": null}\n',
        b'{"v": 1, "type": "push", "changes": [{"op_id": "x"}]}\n',
        b'{"v": 1, "type": "ready", "capabilities": 3, "account": null, "settle_s": 90}\n',
        pytest.param(b"[" * 100_000 + b"\n", id="deep"),
        b"\xff\xfe\n",
    ],
)
def test_anything_else_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(line)


def test_no_repr_of_an_order_shows_a_secret() -> None:
    order = Open("acme", {}, "lock", 1.0, {"token": "s3cret"})
    assert "s3cret" not in repr(order)
    assert json.loads(encode(order))["secrets"] == {"token": "s3cret"}


def test_a_date_in_the_settings_file_arrives_as_text() -> None:
    order = Open("acme", {"since": datetime.date(2026, 5, 13)}, "lock", 1.0)
    assert decode(encode(order)) == Open("acme", {"since": "2026-05-13"}, "lock", 1.0)
