"""`contract diff`: what changed, key by key, and which open clocks would move; nothing is written."""

from __future__ import annotations

from pathlib import Path

from leadq.domain.contract_file import read_contract
from leadq.rulebook import template_text
from tests.cli.runner import Leadq

PME = template_text("pme-fr")


def edited(leadq: Leadq, *changes: tuple[str, str], name: str = "new.toml") -> str:
    """A file with the template's text, changed."""
    text = PME
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return leadq.file(name, text)


def test_each_key_has_its_group_with_what_it_was_and_is(leadq: Leadq) -> None:
    new = edited(
        leadq,
        ('target = "15m", unit', 'target = "20m", unit'),
        ('fri = "09:00-12:30,14:00-17:00"', 'sat = "09:00-12:00"'),
        ("trigger == 'event'", "trigger == 'fair'"),
        ("capacity = 40", "capacity = 41"),
    )
    found = leadq("contract", "diff", "current", new, "--json").json
    assert [(c["group"], c["change"], c["key"], c["old"], c["new"]) for c in found["changes"]] == [
        ("calendar", "removed", "calendar.paris.week.fri", "09:00-12:30,14:00-17:00", None),
        ("policy", "changed", "policy.hot.clock.accept.target", "15m", "20m"),
        ("match", "changed", "policy.event.match", "trigger == 'event'", "trigger == 'fair'"),
        ("other", "changed", "member.zoe.capacity", 40, 41),
        ("calendar", "added", "calendar.paris.week.sat", None, "09:00-12:00"),
    ]


def test_the_order_of_the_policies_is_a_change_and_a_signature_is_none(leadq: Leadq) -> None:
    begin, end = PME.index('[[policy]]\nid = "hot"'), PME.index('[[policy]]\nid = "event"')
    last = PME.index('[[policy]]\nid = "standard"')
    swapped = leadq.file("swapped.toml", PME[:begin] + PME[end:last] + PME[begin:end] + PME[last:])
    (change,) = leadq("contract", "diff", ".", swapped, "--json").json["changes"]
    assert (change["key"], change["group"], change["new"]) == ("policy", "match", ["event", "hot", "standard"])
    signed = edited(leadq, ("signed = []", 'signed = [{ role = "sales", by = "A", on = 2026-01-01 }]'))
    assert leadq("contract", "diff", ".", signed, "--json").json["changes"] == []
    assert "Nothing differs." in leadq("contract", "diff", ".", signed).out


def test_the_open_clocks_that_would_move_are_counted_by_kind_with_the_largest_shifts(leadq: Leadq) -> None:
    """A day off more puts off each clock that counts on it: nothing is written."""
    before = leadq("list", "--json").out
    found = leadq("contract", "diff", ".", edited(leadq, ("extra = []", "extra = [2026-05-15]")), "--json").json
    dry = found["recompute"]
    assert (dry["applies"], dry["open_leads"], dry["open_clocks"]) == (True, 4, 12)
    assert dry["moved"]["disposition"] == 4
    assert sum(dry["moved"].values()) >= len(dry["largest"]) > 0
    shifts = [abs(one["shift_s"]) for one in dry["largest"]]
    assert shifts == sorted(shifts, reverse=True)
    kept = {c["kind"]: c["due_at"] for c in leadq("show", "2", "--json").json["clocks"]}
    (moved,) = (one for one in dry["largest"] if (one["lead"], one["kind"]) == (2, "disposition"))
    assert moved["old_due_at"] == kept["disposition"] < moved["new_due_at"]
    assert leadq("list", "--json").out == before


def test_what_would_be_late_at_once_is_said(leadq: Leadq) -> None:
    new = edited(leadq, ('clock.accept = { target = "15m", unit', 'clock.accept = { target = "1m", unit'))
    dry = leadq("contract", "diff", ".", new, "--json").json["recompute"]
    assert (dry["applies"], dry["moved"], dry["newly_late"]) == (False, {"accept": 1}, 1)
    assert dry["largest"][0]["shift_s"] == -14 * 60
    told = leadq("contract", "diff", ".", new).out
    assert '  ~ policy.hot.clock.accept.target: "15m" -> "1m"\n' in told
    assert "  1 of 12 would move (accept 1)\n  1 would be late at once\n" in told
    assert "leaves them as they are" in told


def test_a_version_is_named_by_file_by_version_or_by_hash(leadq: Leadq) -> None:
    digest = leadq("contract", "show", "--json").json["hash"]
    new = edited(leadq, ('version = "2026-1"', 'version = "2026-2"'))
    found = leadq("contract", "diff", "2026-1", new, "--json").json
    assert found["old"] == {"version": "2026-1", "hash": digest}
    assert leadq("contract", "diff", digest[:8], ".", "--json").json["changes"] == []
    refused = leadq("contract", "diff", "2025-9", ".", "--json")
    assert (refused.status, refused.code) == (2, "unknown_version")
    assert refused.json["error"]["candidates"] == [{"version": "2026-1", "hash": digest}]


def test_a_home_is_not_needed(empty: Leadq) -> None:
    found = empty("contract", "diff", ".", edited(empty, ('"15m"', '"20m"')), "--json").json
    assert (len(found["changes"]), found["recompute"]["open_clocks"]) == (1, 0)
    assert not empty.folder.exists()


def test_a_broken_file_is_said(leadq: Leadq) -> None:
    refused = leadq("contract", "diff", ".", leadq.file("broken.toml", "schema = 2"), "--json")
    assert (refused.status, refused.code) == (78, "contract")
    assert read_contract(b"schema = 2", "x").contract is None


def test_what_the_dry_run_says_is_what_happens(leadq: Leadq) -> None:
    """The shifts that are shown before are those that `list` shows after."""
    file = edited(leadq, ("extra = []", "extra = [2026-05-15]"))
    dry = leadq("contract", "diff", ".", file, "--json").json["recompute"]
    leadq.home.contract.write_bytes(Path(file).read_bytes())
    leadq("note", "4", "--text", "any write will do")
    due = {(lead["id"], c["kind"]): c["due_at"] for lead in leadq("list", "--json").json for c in lead["clocks"]}
    assert dry["applies"] is True
    assert all(due[one["lead"], one["kind"]] == one["new_due_at"] for one in dry["largest"])
    assert leadq("doctor").status == 0
    assert "goes on under another contract" in leadq("show", "4").out


def test_explain_keeps_a_stopped_clock_under_the_contract_it_stopped_under(leadq: Leadq) -> None:
    leadq("accept", "1")
    file = edited(leadq, ('version = "2026-1"', 'version = "2026-2"'), ("extra = []", "extra = [2026-05-15]"))
    leadq.home.contract.write_bytes(Path(file).read_bytes())
    leadq("note", "1", "--text", "x")
    found = leadq("explain", "1", "--json").json
    versions = {clock["kind"]: clock["contract_version"] for clock in found["clocks"]}
    assert versions == {"accept": "2026-1", "first_touch": "2026-2", "disposition": "2026-2"}
    assert "stopped under contract 2026-1, which it keeps" in leadq("explain", "1").out


REMATCH = '\n[recompute]\non_match_change = "rematch_shorter_only"\n'


def test_a_policy_that_would_be_matched_again_is_shown_before_and_explained_after(leadq: Leadq) -> None:
    new = ("or score >= 80", "or trigger == 'event' or trigger == 'whitepaper'")
    file = edited(leadq, new, ('version = "2026-1"', 'version = "2026-2"'))
    Path(file).write_text(Path(file).read_text("utf-8") + REMATCH, "utf-8")
    before = {lead["id"]: lead["clocks"][0]["policy"] for lead in leadq("list", "--json").json}
    found = leadq("contract", "diff", ".", file, "--json").json["recompute"]
    told = leadq("contract", "diff", ".", file).out
    leadq.home.contract.write_bytes(Path(file).read_bytes())
    leadq("note", "1", "--text", "any write will do")
    after = {lead["id"]: lead["clocks"][0]["policy"] for lead in leadq("list", "--json").json}
    changed = [lead for lead in after if after[lead] != before[lead]]
    assert found["applies"] is False
    assert sum(one["leads"] for one in found["rematched"]) == len(changed) > 0
    assert all(one["to"] == "hot" for one in found["rematched"])
    assert "would go on under hot" in told
    assert "leaves all other leads as they are" in told
    explained = leadq("explain", str(changed[0]), "--json").json
    assert explained["policy"]["id"] == "hot"
    (left,) = explained["former"]
    assert (left["policy"], left["contract_version"]) == (before[changed[0]], "2026-1")
    assert (
        f"under policy {before[changed[0]]} of contract 2026-1: this one is shorter"
        in leadq("explain", str(changed[0])).out
    )
    assert "policy hot · system" in leadq("show", str(changed[0])).out
    assert leadq("doctor").status == 0
