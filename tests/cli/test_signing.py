"""`contract sign` and `contract edit`: a signature is about one text, and a broken text never gets into force."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from leadq.cli import signing
from leadq.rulebook import template_text
from tests.cli.runner import Leadq


def test_a_signature_is_in_the_file_and_in_what_is_shown(leadq: Leadq) -> None:
    before = leadq.home.contract.read_text("utf-8")
    leadq("init", "--me", "zoe")
    done = leadq("contract", "sign", "--as", "sales", "--json").json
    (signature,) = done["contract"]["signatures"]
    assert signature == {"role": "sales", "by": "Zoé Lefèvre", "on": "2026-05-13", "valid": True}
    after = leadq.home.contract.read_text("utf-8")
    assert [line for line in before.splitlines() if not line.startswith("signed")] == [
        line for line in after.splitlines() if not line.startswith(("signed", "  { role", "]"))
    ]
    assert leadq.home.contract.stat().st_mode & 0o777 == 0o600
    for words in (("contract", "show"), ("contract", "check"), ("explain", "1")):
        assert "Signed by: Zoé Lefèvre (sales, 2026-05-13)\n" in leadq(*words).out
    assert leadq("contract", "show", "--json").json["hash"] == done["contract"]["hash"]


def test_both_teams_sign_and_each_signature_replaces_its_own(leadq: Leadq) -> None:
    for role, name in (("sales", "Ana"), ("marketing", "Max"), ("sales", "Ben")):
        assert leadq("contract", "sign", "--as", role, "--by", name).status == 0
    signatures = leadq("contract", "show", "--json").json["signatures"]
    assert [(one["role"], one["by"], one["valid"]) for one in signatures] == [
        ("sales", "Ben", True),
        ("marketing", "Max", True),
    ]


def test_an_edited_contract_is_unsigned(leadq: Leadq) -> None:
    leadq("contract", "sign", "--as", "sales", "--by", "Ana")
    text = leadq.home.contract.read_text("utf-8")
    leadq.home.contract.write_text(text + "\n# only a remark\n", "utf-8")
    assert "Signed by: Ana (sales, 2026-05-13)\n" in leadq("contract", "check").out
    leadq.home.contract.write_text(text.replace('target = "15m"', 'target = "20m"'), "utf-8")
    assert "Signed by: Ana (sales, 2026-05-13) - unsigned: edited since\n" in leadq("contract", "check").out
    leadq("accept", "1")
    assert leadq("contract", "show", "--json").json["signatures"][0]["valid"] is False
    assert "Signed by: Ana (sales, 2026-05-13)\n" in leadq("explain", "1").out  # the lead keeps what she signed


def test_a_broken_contract_is_not_signed(leadq: Leadq) -> None:
    leadq.home.contract.write_text("schema = 2", "utf-8")
    refused = leadq("contract", "sign", "--as", "sales", "--by", "Ana", "--json")
    assert (refused.status, refused.code) == (78, "contract")
    assert leadq.home.contract.read_text("utf-8") == "schema = 2"


def test_a_signature_has_a_name_and_a_team(leadq: Leadq) -> None:
    assert leadq("contract", "sign", "--as", "sales", "--json").code == "needs_name"
    assert leadq("contract", "sign", "--as", "finance", "--json").code == "usage"
    assert leadq("contract", "sign", "--json").code == "usage"


def test_signing_makes_a_home(empty: Leadq) -> None:
    assert empty("contract", "sign", "--as", "marketing", "--by", "Max").status == 0
    assert empty("contract", "show", "--json").json["signatures"][0]["by"] == "Max"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who can be shown an editor."""
    monkeypatch.setattr(signing, "interactive", lambda: True)


def editor(leadq: Leadq, old: str, new: str) -> str:
    """An editor that replaces one text by another in the file it is given, and closes."""
    script = leadq.file(
        "editor.py",
        f"import sys, pathlib\nfile = pathlib.Path(sys.argv[1])\n"
        f"file.write_text(file.read_text('utf-8').replace({old!r}, {new!r}), 'utf-8')\n",
    )
    return f"{sys.executable} {script}"


@pytest.mark.usefixtures("terminal")
def test_a_valid_edit_is_put_in_place_and_in_force(leadq: Leadq) -> None:
    done = leadq("contract", "edit", "--json", VISUAL=editor(leadq, '"2026-1"', '"2026-2"'))
    assert (done.json["changed"], done.json["contract"]["version"]) == (True, "2026-2")
    assert leadq("contract", "show", "--json").json["version"] == "2026-2"
    assert [path.name for path in leadq.home.config.iterdir() if "contract" in path.name] == ["contract.toml"]


@pytest.mark.usefixtures("terminal")
def test_a_broken_edit_is_kept_beside_and_opened_again(leadq: Leadq) -> None:
    before = leadq.home.contract.read_bytes()
    refused = leadq("contract", "edit", "--json", EDITOR=editor(leadq, "at_risk", "at_rsk"))
    copy = leadq.home.config / "contract.edited.toml"
    assert (refused.status, refused.code) == (78, "contract")
    assert str(copy) in refused.json["error"]["hint"]
    assert leadq.home.contract.read_bytes() == before
    assert copy.stat().st_mode & 0o777 == 0o600
    assert leadq("contract", "edit", "--json", EDITOR=editor(leadq, "at_rsk", "at_risk")).json["changed"] is False
    assert not copy.exists()


@pytest.mark.usefixtures("terminal")
def test_without_an_editor_that_works_nothing_happens(leadq: Leadq) -> None:
    before = leadq.home.contract.read_bytes()
    for words in ("", "no-such-editor-here", f"{sys.executable} -c raise(SystemExit(3))"):
        refused = leadq("contract", "edit", "--json", EDITOR=words, VISUAL="")
        assert (refused.status, refused.code) == (2, "no_editor")
    assert leadq.home.contract.read_bytes() == before


def test_without_a_terminal_it_is_one_sentence(leadq: Leadq) -> None:
    refused = leadq("contract", "edit", EDITOR="vi")
    assert (refused.status, refused.out) == (2, "")
    assert refused.err.count("\n") == 1


def test_a_link_to_a_shared_contract_stays_a_link(leadq: Leadq, tmp_path: Path) -> None:
    shared = tmp_path / "shared.toml"
    leadq.home.contract.rename(shared)
    leadq.home.contract.symlink_to(shared)
    assert leadq("contract", "sign", "--as", "sales", "--by", "Ana").status == 0
    assert leadq.home.contract.is_symlink()
    assert "Ana" in shared.read_text("utf-8")


def test_a_contract_with_a_byte_order_mark_keeps_it(leadq: Leadq) -> None:
    leadq.home.contract.write_bytes(b"\xef\xbb\xbf" + template_text("pme-fr").encode())
    assert leadq("contract", "sign", "--as", "sales", "--by", "Ana").status == 0
    assert leadq.home.contract.read_bytes().startswith(b"\xef\xbb\xbf#")
