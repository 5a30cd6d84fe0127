"""The adapter against a fake: what it writes, in which order, and what it makes of what it finds."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import leadq_tryton
import pytest
from fake_tryton import ME, OTHER, FakeTryton, TrytonRefusesError

from leadq.plugins.sdk import Change, Conflict, Context, Found, Gone, Ref, Rejected, Result, Transient

LOST = ["ir.note.create", "sale.opportunity.write", "sale.opportunity.lost"]


@pytest.fixture
def crm() -> FakeTryton:
    return FakeTryton()


def change(lead: int, seq: int = 1, verb: str = "touch", **given: Any) -> Change:
    plain: dict[str, Any] = {
        "op_id": f"op-{seq}", "lead_uid": "u", "external_id": str(lead), "email": "", "verb": verb, "reason": "",
        "quality": None, "missing": (), "note": "", "occurred_at": "2026-05-13T15:02:11Z", "actor": "rita",
        "seq": seq, "stamp": f"laptop:{seq}",
    }  # fmt: skip
    return Change(**(plain | given))


def verdict(lead: int, seq: int = 1, **given: Any) -> Change:
    about = {"status": "disqualified", "reason": "dq.no_budget", "note": "Next year."}
    return change(lead, seq, "disqualify", **(about | given))


def push(crm: FakeTryton, *changes: Change, **context: Any) -> list[Result]:
    return list(crm.adapter(**context).push(changes))


def look(crm: FakeTryton, lead: int, **context: Any) -> Found:
    (found,) = crm.adapter(**context).lookup([Ref(str(lead), markers=True)])
    return found


def test_it_imports_the_sdk_and_nothing_else_of_leadq() -> None:
    for path in Path(str(leadq_tryton.__file__)).parent.glob("*.py"):
        nodes = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
        ours = {node.module for node in nodes if str(node.module).startswith("leadq.")}
        assert ours <= {"leadq.plugins.sdk"}


def test_login_and_password_go_to_the_database_and_nowhere_else() -> None:
    context = Context({"url": "https://crm.example/", "database": "acme", "login": "rita"}, {"password": "é"})
    login = leadq_tryton.Tryton.login(context)
    assert login.base_url == "https://crm.example/acme"
    assert login.headers == {"authorization": "Basic cml0YTrDqQ=="}


def test_who_we_are_is_the_database_and_the_login(crm: FakeTryton) -> None:
    account = crm.adapter().check()
    assert (account.id, account.label) == ("acme/rita", "Rita")


def test_records_of_one_instant_all_come_in(crm: FakeTryton) -> None:
    """A bulk write gives all its records one time: a page that ends among them goes on by their ids."""
    for _ in range(250):
        crm.lead(at=0)
    for record in crm.records.values():
        record["at"] = 7
    pages = list(crm.adapter().pull(None, {}))
    assert [len(page.leads) for page in pages] == [100, 100, 50]
    assert len({lead.external_id for page in pages for lead in page.leads}) == 250


def test_the_next_pull_begins_ten_minutes_before_the_newest_change(crm: FakeTryton) -> None:
    crm.lead()
    (page,) = crm.adapter().pull(None, {})
    assert json.loads(str(page.cursor)) == ["2026-05-13T11:50:00.000001Z", 0]
    assert len(next(crm.adapter().pull(page.cursor, {})).leads) == 1


def test_a_pull_that_sees_nothing_stays_where_it_was(crm: FakeTryton) -> None:
    assert [page.cursor for page in crm.adapter().pull(None, {})] == [None]
    cursor = '["2026-05-13T11:50:00.000001Z", 0]'
    assert [page.cursor for page in crm.adapter().pull(cursor, {})] == [cursor]


def test_a_pull_that_was_broken_off_goes_on_and_forgets_no_overlap(crm: FakeTryton) -> None:
    for _ in range(150):
        crm.lead()
    first = next(crm.adapter().pull(None, {}))
    assert json.loads(str(first.cursor)) == ["2026-05-13T12:00:00.000100Z", 100]
    (page,) = crm.adapter().pull(first.cursor, {})
    assert [lead.external_id for lead in page.leads] == [str(number) for number in range(101, 151)]
    assert json.loads(str(page.cursor)) == ["2026-05-13T11:50:00.000150Z", 0]


def test_a_pull_of_all_lists_what_waits_for_me_and_a_later_one_tells_of_the_rest(crm: FakeTryton) -> None:
    mine, lost = crm.lead(), crm.lead(state="lost")
    crm.lead(employee=OTHER)
    (page,) = crm.adapter().pull(None, {})
    assert [lead.external_id for lead in page.leads] == [str(mine)]
    (page,) = crm.adapter().pull(page.cursor, {})
    assert [(lead.external_id, lead.deleted) for lead in page.leads] == [(str(mine), False), (str(lost), True)]


def test_fields_are_where_the_mapping_says_and_the_owner_is_a_member(crm: FakeTryton) -> None:
    party = {"id": 4, "name": "Forges", "email": "a@forges.example", "lang.": {"id": 1, "code": "fr"}}
    crm.lead(**{"party": 4, "party.": party, "amount": {"__class__": "Decimal", "decimal": "12.50"}})
    (page,) = crm.adapter(fields={"score": "amount"}, members={"rita": str(ME)}).pull(None, {})
    fields = page.leads[0].fields
    assert (fields["company"], fields["email"], fields["language"]) == ("Forges", "a@forges.example", "fr")
    assert (fields["score"], fields["owner"], fields["status"]) == ("12.50", str(ME), "handed_off")


def test_a_lead_that_says_nothing_of_anybody_still_has_a_name(crm: FakeTryton) -> None:
    crm.lead()
    (page,) = crm.adapter().pull(None, {})
    assert page.leads[0].fields["name"] == "Asked for a demo"


def test_a_touch_is_one_call_and_its_marker_is_the_last_line(crm: FakeTryton) -> None:
    lead = crm.lead()
    push(crm, change(lead, reason="no_answer", note="Rang twice."))
    assert crm.calls == ["res.user.get_preferences", "ir.note.create"]
    assert crm.notes[0]["message"].splitlines() == [
        "touch no_answer, by rita at 2026-05-13T15:02:11Z",
        "Rang twice.",
        "leadq-state: = laptop:1 op-1",
        "leadq:op-1",
    ]


def test_a_verdict_is_its_note_then_the_reason_then_the_button(crm: FakeTryton) -> None:
    lead = crm.lead()
    assert [result.status for result in push(crm, verdict(lead))] == ["applied"]
    assert [method for method, _ in crm.writes] == LOST
    assert (crm.records[lead]["state"], crm.records[lead]["lost_reason"]) == ("lost", "dq.no_budget")
    found = look(crm, lead)
    assert (found.state, found.last_op, found.stamp, found.markers) == ("open", "op-1", "laptop:1", ("op-1",))
    assert found.lead
    assert found.lead.fields["status"] == "disqualified"


def test_a_change_that_is_sent_again_adds_nothing(crm: FakeTryton) -> None:
    lead = crm.lead()
    push(crm, verdict(lead))
    push(crm, verdict(lead))
    assert [method for method, _ in crm.writes] == LOST


@pytest.mark.parametrize(
    ("state", "status", "buttons"),
    [
        ("lead", "accepted", []),
        ("lead", "qualified", ["opportunity"]),
        ("lead", "rejected", ["cancel"]),
        ("lost", "working", ["lead"]),
        ("lost", "qualified", ["lead", "opportunity"]),
        ("cancelled", "disqualified", ["lead", "lost"]),
    ],
)
def test_a_state_is_reached_by_tryton_s_own_buttons(
    crm: FakeTryton, state: str, status: str, buttons: list[str]
) -> None:
    push(crm, change(crm.lead(state=state), verb="x", status=status))
    assert [method.rpartition(".")[2] for method, _ in crm.writes] == ["create", *buttons]


def test_a_state_whose_button_was_not_pressed_is_no_change_that_is_done(crm: FakeTryton) -> None:
    """The server died after the note."""
    lead = crm.lead()
    push(crm, change(lead, 1, "accept", status="accepted"))
    push(crm, verdict(lead, 2))
    crm.records[lead]["state"] = "lead"
    found = look(crm, lead)
    assert (found.state, found.last_op, found.stamp) == ("open", "", "")
    assert found.lead
    assert found.lead.fields["status"] == "accepted"


def test_a_note_that_comes_late_does_not_count_over_a_later_one_of_the_same_device(crm: FakeTryton) -> None:
    lead = crm.lead()
    push(crm, change(lead, 2, "accept", status="accepted"), change(lead, 1, "x", status="handed_off"))
    assert look(crm, lead).last_op == "op-2"


def test_the_stamp_is_that_of_the_change_which_set_the_state(crm: FakeTryton) -> None:
    lead = crm.lead()
    push(crm, change(lead, 1, "accept", status="accepted"), change(lead, 2))
    assert (look(crm, lead).last_op, look(crm, lead).stamp) == ("op-2", "laptop:1")


def test_a_button_is_held_to_the_record_as_it_was_read(crm: FakeTryton) -> None:
    lead = crm.lead()

    def somebody(method: str) -> None:
        if method == "sale.opportunity.lost":
            crm.touch(lead)

    crm.before = somebody
    assert push(crm, verdict(lead)) == []  # unknown: leadq looks again
    assert crm.records[lead]["state"] == "lead"


def test_what_somebody_does_between_two_presses_of_ours_stands(crm: FakeTryton) -> None:
    lead = crm.lead(state="lost")

    def somebody(method: str) -> None:
        if method == "sale.opportunity.read" and crm.records[lead]["state"] == "lead":
            crm.records[lead]["state"] = "converted"

    crm.before = somebody
    assert push(crm, change(lead, verb="qualify", status="qualified")) == []
    assert crm.records[lead]["state"] == "converted"


def test_a_state_that_changed_since_leadq_looked_is_a_conflict_and_nothing_is_written(crm: FakeTryton) -> None:
    lead = crm.lead()
    adapter = crm.adapter()
    list(adapter.lookup([Ref(str(lead))]))
    crm.records[lead]["state"] = "opportunity"
    with pytest.raises(Conflict):
        list(adapter.push([verdict(lead)]))
    assert crm.writes == []


def test_nothing_is_taken_back_from_a_sale(crm: FakeTryton) -> None:
    with pytest.raises(Conflict):
        push(crm, verdict(crm.lead(state="converted")))
    assert crm.writes == []


def test_what_tryton_refuses_is_said_in_its_own_words(crm: FakeTryton) -> None:
    with pytest.raises(Rejected, match='A value is required for field "Party"'):
        push(crm, change(crm.lead(party=None), verb="qualify", status="qualified"))


def test_a_python_error_proves_nothing_of_a_write_and_is_not_now_for_a_read(crm: FakeTryton) -> None:
    lead = crm.lead()

    def fails(method: str) -> None:
        if method == wrong:
            raise TrytonRefusesError("server closed the connection unexpectedly", "")

    def failing(method: str, params: list[Any], context: Any) -> Any:
        fails(method)
        return does(method, params, context)

    does, crm._does = crm._does, failing  # type: ignore[method-assign]
    wrong = "ir.note.create"
    assert push(crm, change(lead)) == []
    wrong = "sale.opportunity.search_read"
    with pytest.raises(Transient):
        list(crm.adapter().pull(None, {}))


def test_where_a_lead_is_depends_on_who_brought_it_there(crm: FakeTryton) -> None:
    places = {
        crm.lead(): "open",
        crm.lead(employee=OTHER): "reassigned",
        crm.lead(state="lost"): "archived",
        crm.lead(state="cancelled"): "archived",
        crm.lead(state="opportunity"): "converted",
        crm.lead(state="won"): "converted",
        crm.lead(hidden=True): "forbidden",
        99: "deleted",
    }
    found = crm.adapter().lookup([Ref(str(lead)) for lead in places])
    assert {int(each.external_id): each.state for each in found} == places


def test_a_lead_that_is_gone_when_its_verdict_comes_is_gone(crm: FakeTryton) -> None:
    with pytest.raises(Gone):
        push(crm, verdict(99))


def test_an_assignment_gives_the_record_to_the_member_s_employee(crm: FakeTryton) -> None:
    lead = crm.lead()
    push(crm, change(lead, verb="assign", reason="otto"), members={"otto": str(OTHER)})
    assert crm.records[lead]["employee"] == OTHER
    with pytest.raises(Rejected):
        push(crm, change(lead, verb="assign", reason="nina"), members={"otto": str(OTHER)})
    assert len(crm.notes) == 1


def test_a_team_may_have_its_own_words_for_the_states(crm: FakeTryton) -> None:
    lead = crm.lead()
    states = {"recycled": ("cancelled",)}
    push(crm, change(lead, verb="recycle", status="recycled"), states=states)
    assert crm.records[lead]["state"] == "cancelled"
    assert look(crm, lead, states=states).state == "open"


def test_a_lead_that_we_qualified_is_a_deal_from_then_on(crm: FakeTryton) -> None:
    lead, stranger = crm.lead(), crm.lead(state="won")
    push(crm, change(lead, verb="qualify", status="qualified"))
    crm.records[lead] |= {"state": "won", "amount": {"__class__": "Decimal", "decimal": "900"}}
    crm.records[lead] |= {"currency.": {"id": 1, "code": "EUR"}}
    (page,) = crm.adapter().pull('["2026-05-13T11:50:00.000001Z", 0]', {})
    assert {each.external_id for each in page.leads} == {str(lead), str(stranger)}
    (deal,) = page.deals
    assert (deal.lead, deal.state, deal.stage, deal.amount, deal.currency) == (str(lead), "won", "won", "900", "EUR")


def test_of_an_entry_that_is_there_twice_the_oldest_stays(crm: FakeTryton) -> None:
    lead = crm.lead()
    push(crm, change(lead), change(lead), change(lead, 2))
    crm.adapter().tidy(str(lead), "op-1")
    assert [note["id"] for note in crm.notes] == [1, 3]


def test_it_describes_fields_employees_and_states(crm: FakeTryton) -> None:
    described = crm.adapter().describe()
    assert {(field.name, field.kind) for field in described.fields} >= {("amount", "number"), ("party.name", "text")}
    assert [(owner.id, owner.email) for owner in described.owners] == [("1", "rita@acme.example")]
    assert [status.value for status in described.statuses] == ["lead", "lost"]
