"""The adapters that come with leadq, and the base class, by the rules that other people's are tried by."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

import pytest

from leadq.plugins.csv import CsvAdapter
from leadq.plugins.sdk import ByLink, ByOffset, ByPage, ByToken, Paging
from leadq.testing.conformance import CASES, AdapterConformance, RestFake, verdicts
from leadq.testing.conformance.suite import Summary
from leadq.testing.rest import Rest
from tests.testing.conformance.acme import Acme, AcmeFake
from tests.testing.conformance.services import Crm, CsvFile


class TestAcme(AdapterConformance):
    adapter = Acme
    service = AcmeFake


def tried(kind: type[Any], fake: Any, *, only: str = "") -> tuple[dict[str, str], set[str]]:
    """What fails and why, and what was not tried for want of what."""

    class Suite(AdapterConformance):
        adapter = kind
        service = fake

    found = list(verdicts(Suite, only=only))
    failed = {each.name: each.why for each in found if each.result == "failed"}
    return failed, {each.why for each in found if each.result == "skipped"}


def test_there_are_more_than_sixty_rules_and_each_has_its_own_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES) > 60


def test_the_outcomes_file_keeps_every_rule_that_a_file_can() -> None:
    failed, lacking = tried(CsvAdapter, CsvFile)
    assert failed == {}
    assert lacking == {"pull", "http", "lookup", "tidy", "describe", "prepare", "service.status"}


def test_the_crash_labs_adapter_keeps_every_rule() -> None:
    failed, lacking = tried(Rest, Crm)
    assert failed == {}
    assert lacking == {
        "describe",
        "prepare",
        "idempotent_push",
        "service.can_hole",
        "service.forgets",
        "service.can_by_id",
    }


PAGINGS: dict[str, Paging] = {
    "numbers": ByPage("page"),
    "numbers from 0, with the last": ByPage("p", first=0, size_param="n", last="meta.pages"),
    "offset": ByOffset("skip", "take"),
    "token, with more": ByToken("after", "next", more="more"),
    "link": ByLink("links.next"),
    "header": ByLink(),
}


@pytest.mark.parametrize("style", PAGINGS)
def test_every_way_of_paging_keeps_the_rules_of_pulling(style: str) -> None:
    class Other(Acme):
        paging = PAGINGS[style]

    class Fake(RestFake):
        adapter = Other

    assert tried(Other, Fake, only="pulling")[0] == {}


def test_other_ways_of_a_service_keep_the_rules_too() -> None:
    """HTML notes by POST, the record in an envelope, PUT, seconds since 1970, nested places, a key in a header."""

    class Other(Acme):
        auth = "header X-Api-Key"
        record_in = "data"
        update_with = "put"
        since_as = "s"
        overlap_s = 300
        writes = {name: f"custom.{place}" for name, place in Acme.writes.items() if name != "status"} | {
            "status": "stage"
        }
        notes, notes_items, note_html, note_at = "/notes?lead={id}", "notes", True, "at"
        notes_add, note_lead, note = "/comments", "about.lead", "/leads/{id}/comments/{note}"

    class Fake(RestFake):
        adapter = Other

    assert tried(Other, Fake)[0] == {}


def test_what_was_not_tried_is_told_in_one_line() -> None:
    class Screen:
        lines: ClassVar[list[str]] = []

        def write_line(self, line: str) -> None:
            self.lines.append(line)

    summary = Summary()
    summary.tried["TestCsv"] = 20
    summary.skipped["TestCsv"] = Counter({"pull": 47, "service.status": 4})
    summary.pytest_terminal_summary(Screen())
    assert Screen.lines == [
        "leadq: TestCsv was tried by 20 rules; not tried, for want of: pull (47), the service has no status (4)"
    ]
