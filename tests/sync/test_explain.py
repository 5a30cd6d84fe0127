"""An adapter says what a refusal of its service means, where the service itself says it."""

from __future__ import annotations

from typing import Any

import pytest

from leadq.plugins.sdk import AdapterError, Answer, RateLimited, Rejected, Transient
from leadq.sync.evidence import NoAnswer
from leadq.sync.wire import Reply
from tests.sync.wired import TOKEN, http, reply


def refused(answer: Reply, explained: AdapterError | None = None) -> tuple[AdapterError, list[Answer]]:
    """What a write that is answered so raises, and what the adapter was asked."""
    client, _, _ = http(answer)
    asked: list[Answer] = []
    client.explain = lambda said: (asked.append(said), explained)[1]
    with pytest.raises(AdapterError) as caught:
        client.post("/leads", {})
    return caught.value, asked


def test_its_error_is_raised_in_the_place_of_the_tables() -> None:
    midnight = RateLimited(3600.0, "Nothing more today.")
    error, (asked,) = refused(reply({"policyName": "DAILY"}, 429, date="x"), midnight)
    assert error is midnight
    assert (asked.status, asked.data, asked.headers["date"]) == (429, {"policyName": "DAILY"}, "x")


def test_without_one_the_table_says_what_it_is() -> None:
    error, asked = refused(reply({"message": "no"}, 400))
    assert isinstance(error, Rejected)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply({"message": "down"}, 503), NoAnswer),
        (reply(b"<html>", 403), RateLimited),
        (reply(b"", 404), AdapterError),
        (reply(b"<html>", 200), NoAnswer),
    ],
)
def test_what_the_service_itself_did_not_say_is_not_asked_of_it(answer: Reply, kind: type[AdapterError]) -> None:
    error, asked = refused(answer, Transient("Not applied, believe me."))
    assert isinstance(error, kind)
    assert not asked


def test_a_secret_that_the_service_repeats_is_hidden() -> None:
    said: Any = {"message": f"{TOKEN} is not good"}
    error, _ = refused(reply(said, 400), Rejected("", "{why}", why=said["message"]))
    assert TOKEN not in str(error)
    assert "is not good" in str(error)
