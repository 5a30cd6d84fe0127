"""The base class: what it refuses when a class is made, its logins, and how it reads words, times and notes."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from leadq.plugins.place import Reading, iso, millis
from leadq.plugins.records import as_html, from_html
from leadq.plugins.sdk import ByLink, ByToken, Change, Context, Option, Rejected, RestAdapter, marker_in
from tests.testing.conformance.acme import Acme

CHANGE = Change("op-1", "u", "7", "", "disqualify", "dq.no_need", 2, (), "Non.", "2026-05-13T13:00:00Z", "zoe", 1,
                "d:1", status="disqualified")  # fmt: skip


def made(**attributes: Any) -> type[RestAdapter]:
    return type("Made", (RestAdapter,), {"name": "made", **attributes})


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({"name": ""}, "`name` is missing"),
        ({"auth": "query api_key"}, "a token in the address would end up in logs"),
        ({"auth": "header"}, "it may be bearer, basic, or header NAME"),
        ({"leads": "leads"}, "a path begins with /"),
        ({"record": "/leads"}, "it needs {id}"),
        ({"writes": {"status": "s"}}, "no `record` to write to"),
        ({"writes": {"status": "s"}, "record": "/l/{id}"}, "what people write would be lost"),
        ({"writes": {"verdict": "s"}, "record": "/l/{id}", "notes": "/n/{id}"}, "writes may name status, reason"),
        ({"notes": "/n/{id}"}, "no `writes`"),
        ({"notes_add": "/n"}, "say in `note_lead` where the lead goes"),
        ({"since": "x"}, "no `leads` to list"),
    ],
)
def test_what_cannot_work_is_one_sentence_when_the_class_is_made(attributes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TypeError, match=r"^Made: .") as caught:
        made(**attributes)
    assert sentence in str(caught.value)


def test_options_and_capabilities_follow_from_what_is_declared() -> None:
    assert Acme.capabilities == {"pull", "push", "lookup", "tidy"}
    assert [(each.name, each.secret) for each in Acme.options] == [("url", False), ("token", True)]
    kind = made(base_url="https://x.test", auth="basic", options=(Option("team", "Team"),), leads="/leads")
    assert [each.name for each in kind.options] == ["token", "user", "team"]
    assert kind.capabilities == {"pull"}


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ("bearer", ("authorization", "Bearer t0k")),
        ("basic", ("authorization", "Basic " + base64.b64encode(b"zoe:t0k").decode())),
        ("header X-Api-Key", ("x-api-key", "t0k")),
        ("header Authorization: Token token={token}", ("authorization", "Token token=t0k")),
    ],
)
def test_a_login_is_a_header(auth: str, header: tuple[str, str]) -> None:
    kind = made(auth=auth, headers={"x-version": "2"})
    login = kind.login(Context({"url": "https://crm.test", "user": "zoe"}, {"token": "t0k"}))
    assert login.headers == dict([("x-version", "2"), header])
    assert "t0k" not in repr(login)


def test_the_settings_go_over_what_the_class_says() -> None:
    context = Context({}, fields={"phone": "tel"}, states={"working": ["doing", "busy"]})
    adapter = Acme(context)
    lead = adapter.lead_from({"id": 7, "contact": {"name": "Zoé"}, "tel": "+33199000001", "stage": "busy"})
    assert dict(lead.fields) == {"name": "Zoé", "phone": "+33199000001", "status": "working"}
    assert adapter.outcome(CHANGE)["stage"] == "crm-disqualified"


def test_a_word_that_stands_for_several_states_is_written_and_not_read() -> None:
    adapter = Acme(Context({}, states={"accepted": ["open"], "working": ["open"], "disqualified": ["lost"]}))
    assert adapter.lead_from({"id": 7, "stage": "open"}).fields == {}
    assert adapter.lead_from({"id": 7, "stage": "lost"}).fields == {"status": "disqualified"}


def test_a_state_without_a_word_is_refused_with_its_place_in_the_settings() -> None:
    adapter = made(record="/l/{id}", notes="/l/{id}/n", writes={"status": "s"}, states={"working": "w"})(Context({}))
    with pytest.raises(Rejected, match=r"\[connection.made.states\] has no word for “disqualified”"):
        adapter.outcome(CHANGE)


def test_an_assignment_writes_the_id_that_the_member_has_there() -> None:
    kind = made(record="/l/{id}", notes="/l/{id}/n", writes={"owner": "owner.id", "op_id": "op"})
    given = Change(*[getattr(CHANGE, name) for name in ("op_id", "lead_uid", "external_id", "email")], "assign", "lea",
                   None, (), "", CHANGE.occurred_at, "zoe", 1, "d:1")  # fmt: skip
    assert kind(Context({}, members={"lea": "81"})).outcome(given) == {"owner": {"id": "81"}, "op": "op-1"}
    with pytest.raises(Rejected, match="who “lea” is at the other end"):
        kind(Context({})).outcome(given)


def test_a_verdict_empties_marketings_answer() -> None:
    adapter = Acme(Context({}, fields={"leadq_answer": "custom.answer"}))
    assert adapter.outcome(CHANGE)["custom"] == {"answer": ""}


def test_what_has_become_of_a_lead() -> None:
    kind = made(gone={"deleted": "deleted_at", "merged": "merged_into"}, fields={"owner": "owner"}, mine=True)
    adapter = kind(Context({}, account="7"))
    assert adapter.state_of({"owner": 7}) == ("open", "")
    assert adapter.state_of({"owner": None}) == ("open", "")
    assert adapter.state_of({"owner": 8}) == ("reassigned", "")
    assert adapter.state_of({"merged_into": 9}) == ("merged", "9")
    assert adapter.lead_from({"id": 1, "deleted_at": "2026-05-13"}).deleted


@pytest.mark.parametrize(
    ("said", "ms"),
    [
        ("2026-05-13T15:00:00Z", 1_778_684_400_000),
        ("2026-05-13T17:00:00+02:00", 1_778_684_400_000),
        ("2026-05-13 15:00:00", 1_778_684_400_000),
        (1_778_684_400, 1_778_684_400_000),
        ("1778684400000", 1_778_684_400_000),
        (True, 0), (None, 0), ("soon", 0), (-1, 0), (1e300, 0), ([], 0),
    ],
)  # fmt: skip
def test_a_time_is_read_in_the_forms_that_services_have(said: Any, ms: int) -> None:
    assert millis(said) == ms


def test_a_cursor_is_the_services_time_less_the_overlap() -> None:
    began = Reading(since_ms=5, place="x").noted(1_000_000, [900_000])
    assert Reading.parse(began.text) == began
    assert Reading.parse(began.ended(600)) == Reading(since_ms=400_000)
    assert Reading.parse(Reading().noted(0, [900_000]).ended(600)) == Reading(since_ms=300_000)
    assert Reading.parse(Reading(since_ms=7).noted(0, []).ended(600)) == Reading(since_ms=7)
    assert iso(0) == ""


def test_a_marker_is_found_in_html_too() -> None:
    assert marker_in(from_html(as_html("a < b\n\nleadq:op-1"))) == "op-1"
    assert marker_in(from_html("<div><p>said</p><p>leadq:op-2</p></div>")) == "op-2"
    assert marker_in("leadq:op-3 and more") == ""


def test_a_link_header_is_read_for_its_next() -> None:
    class Answer:
        status, data = 200, None
        headers = {"link": '<https://x.test/a?b=1,2>; rel="prev", <https://x.test/c>; title="x"; rel="last next"'}  # noqa: RUF012

    assert ByLink().following(Answer(), 3, None) == "https://x.test/c"
    Answer.data = {"t": "x", "m": False}  # type: ignore[assignment]
    assert ByToken(token="t", more="m").following(Answer(), 1, None) is None
    assert ByToken(token="t").following(Answer(), 0, None) == "x"
