"""A lead's links: only harmless addresses, put together anew, with the host that a person checks."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq import config, read, views
from leadq.domain import verbs
from leadq.errors import LeadqError
from leadq.links import Link, links, template_fault, web_address
from leadq.paths import Home
from leadq.queue import Queue
from tests.leads import NOW_MS, hand_over

HUBSPOT = config.Connection("hs", "hubspot", {"profile": "lead"})


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://acme.example/a b", ""),
        (" http://Acme.Example/x?y=1#z ", "http://acme.example/x?y=1#z"),
        ("https://acme.example:8443/é", "https://acme.example:8443/%C3%A9"),
        ("www.acme.example", "https://www.acme.example"),
        ("fr.linkedin.com/in/zoé", "https://fr.linkedin.com/in/zo%C3%A9"),
        ("https://аcme.example/", "https://xn--cme-5cd.example/"),
        ("https://crm.example@evil.example/", ""),
        ("https://user:pw@crm.example/", ""),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("ftp://acme.example/", ""),
        ("https://", ""),
        ("https://-x.example/", ""),
        ("https://acme.example/\x1b]52;c;x", ""),
        ("https://acme.example:port/", ""),
        ("https://[::1]/", ""),
        ("https://localhost/", ""),
        ("--help", ""),
        ("acme", ""),
        ("https://acme.example/" + "x" * 3000, ""),
        ('https://acme.example/"&calc.exe|`x`', "https://acme.example/%22&calc.exe%7C%60x%60"),
    ],
    ids=range(21),
)
def test_an_address_is_a_plain_host_over_http_or_nothing(text: str, address: str) -> None:
    assert web_address(text) == address


@given(st.one_of(st.text(max_size=60), st.text(max_size=40).map("https://".__add__)))
def test_whatever_is_written_there_the_address_is_printable_ascii_and_stays_itself(text: str) -> None:
    address = web_address(text)
    assert re.fullmatch(r"|https?://[a-z0-9.-]+(:[0-9]+)?([/?#][!-~]*)?", address)
    assert web_address(address) == address


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("https://crm.example/leads/{id}", False),
        ("https://crm.example/{account}/leads?id={id}", False),
        ("https://crm.example/leads", True),
        ("https://{id}.example/", True),
        ("https://crm.example/{id}/{owner}", True),
        ("javascript:open('{id}')", True),
        (3, True),
    ],
    ids=range(7),
)
def test_the_address_of_a_record_has_its_id_behind_the_host(home: Home, template: object, fault: bool) -> None:
    assert template_fault(template) is fault
    config.save(home.settings, f"[connection.crm]\nlink = {json.dumps(template)}\n")
    if fault:
        with pytest.raises(LeadqError, match=re.escape("[connection.crm] is a web address with {id} in it")):
            config.load(home)
    else:
        assert config.load(home).connections["crm"].link == template


def found(queue: Queue, connection: config.Connection | None) -> list[Link]:
    with queue.store.read() as db:
        return links(db, views.leads(db, read.moment(db, NOW_MS), [1])[0], connection)


def test_a_lead_has_its_record_its_mail_its_phone_and_the_addresses_that_came_with_it(queue: Queue) -> None:
    hand_over(queue, {"id": "42/7", "email": "Zoé+a@Forges.example", "phone": "+33199001122"}, connection="hs")
    queue.perform(["1"], verbs.Touch("call", "connected", evidence="https://calls.example/7"))
    queue.perform(["1"], verbs.Touch("call", "connected", evidence="on my desk"))
    raw = {"Website": "http://forges.example", "person": {"linkedin": "linkedin.com/in/zoe"}, "x": "file:///y", "n": 3}
    with queue.store.transaction() as db:
        db.execute("UPDATE person SET raw = ?", (json.dumps(raw),))
        db.execute("INSERT INTO connection_state (name, adapter, account) VALUES ('hs', 'hubspot', '99')")
    assert [(link.kind, link.address) for link in found(queue, HUBSPOT)] == [
        ("crm", "https://app.hubspot.com/contacts/99/record/0-136/42%2F7"),
        ("email", "mailto:zo%C3%A9+a@forges.example"),
        ("phone", "tel:+33199001122"),
        ("web", "http://forges.example"),
        ("web", "https://linkedin.com/in/zoe"),
        ("evidence", "https://calls.example/7"),
    ]
    own = HUBSPOT._replace(link="https://crm.example/{id}")
    assert found(queue, own)[0] == Link("crm", "https://crm.example/42%2F7", "crm.example", "hs")


@pytest.mark.parametrize(
    ("connection", "address"),
    [
        (
            config.Connection("p", "pipedrive", {"domain": "Acme.pipedrive.com"}),
            "https://acme.pipedrive.com/leads/inbox/7",
        ),
        (config.Connection("p", "pipedrive", {"domain": "evil.example/"}), ""),
        (config.Connection("p", "pipedrive", {}), ""),
        (HUBSPOT, ""),
        (config.Connection("mine", "mine", {}), ""),
        (None, ""),
    ],
    ids=range(6),
)
def test_a_record_whose_address_is_not_known_has_no_link(
    queue: Queue, connection: config.Connection | None, address: str
) -> None:
    hand_over(queue, {"id": "7", "email": "a@b.example"}, connection="p")
    assert [link.address for link in found(queue, connection) if link.kind == "crm"] == [address] * bool(address)
    assert "mailto:a@b.example" in [link.address for link in found(queue, connection)]
