"""`connect`: from nothing to the first leads, and nothing kept of a connection that does not work."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from leadq.plugins.sdk import Account, Context, Rejected, Step
from leadq.sync.ports import SystemTicks
from leadq.sync.wire import Lost, Reply, Request
from leadq.testing.crm import ORDERED, FakeCRM
from leadq.testing.invariants import no_secret_is_told
from leadq.testing.server import serve
from tests.cli.crm import OTHER, TOKEN, URL, Described, Office, _made, office
from tests.keyrings import error, failing, install
from tests.plugins.fakes import adapter, announce
from tests.sync.test_canary import children

__all__ = ["_made", "office"]

pytestmark = pytest.mark.usefixtures("office")


def test_a_crm_is_connected_with_flags_and_its_first_leads_are_here(office: Office) -> None:
    done = office.connect("--json")
    assert (done.status, done.err) == (0, "")
    shown = done.json
    assert (shown["ok"], shown["connection"], shown["adapter"], shown["verified"]) == (True, "crm", "rest", True)
    assert shown["account"] == {"id": "rep-1", "label": "Camille Martin"}
    assert len(shown["preview"]) == 5
    assert shown["sync"]["connections"][0]["pulled"] == 7
    assert len(office.leadq.ids()) == 7
    settings = tomllib.loads(office.settings)
    assert settings["connection"] == {"csv": {"adapter": "csv"}, "crm": {"adapter": "rest", "url": URL}}
    assert list(office.keyring.kept.values()) == [TOKEN]


def test_a_home_is_made_when_there_is_none_and_the_settings_are_ours_alone(office: Office) -> None:
    shutil.rmtree(office.leadq.folder)
    assert office.connect("--json").json["sync"]["connections"][0]["pulled"] == 7
    if os.name == "posix":
        assert stat.S_IMODE(office.leadq.home.settings.stat().st_mode) == 0o600


def test_the_preview_and_the_look_write_nothing_anywhere(office: Office) -> None:
    office.connect("--no-pull")
    assert {request.method for request in office.crm.asked} == {"GET"}
    assert all(getattr(order, "dry_run", True) for order in office.orders)
    assert office.leadq.ids() == []


def test_the_token_is_in_no_file_and_in_nothing_that_is_said(office: Office) -> None:
    said = {}
    for words in ([], ["--json"], ["--option", "batch=5"]):
        done = office.connect(*words)
        said[f"{words}"] = done.out + done.err
    for words in (["auth", "status"], ["auth", "status", "--json"], ["auth", "test", "crm"], ["config", "show"]):
        done = office.run(*words)
        said[f"{words}"] = done.out + done.err
    said["orders"] = repr(office.orders)
    assert [one.what for one in no_secret_is_told({**office.files(), **said}, [TOKEN])] == []


def test_a_wrong_token_is_one_sentence_77_and_nothing_is_written(office: Office) -> None:
    done = office.connect("--json", token=OTHER)
    assert (done.status, done.code) == (77, "auth")
    assert "leadq auth set" in done.json["error"]["message"]
    assert office.untouched


def refusing(status: int, message: str = "no", body: bytes = b"") -> Reply:
    return Reply(status, {}, [body or json.dumps({"message": message}).encode()])


@pytest.mark.parametrize(
    ("status", "exit_status", "sentence"),
    [
        (401, 77, "does not accept the login"),
        (403, 78, "missing scope crm.read"),
        (404, 78, "nothing of this service"),
    ],
)
def test_a_service_that_refuses_us_is_said_before_anything_is_kept(
    office: Office, status: int, exit_status: int, sentence: str
) -> None:
    office.twist = lambda request, reply: refusing(status, "missing scope crm.read")
    done = office.connect("--json")
    assert done.status == exit_status
    assert sentence in done.json["error"]["message"]
    assert office.untouched


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://crm.example", "must begin with https://"),
        ("crm.example/path", "not a URL"),
        ("https://user:pw@crm.example", "must not hold a user"),
    ],
)
def test_an_address_that_cannot_be_used_is_78(office: Office, url: str, sentence: str) -> None:
    done = office.connect("--option", f"url={url}", "--json")
    assert (done.status, done.code) == (78, "unusable")
    assert sentence in done.json["error"]["message"] or "https://" in done.json["error"]["message"]
    assert office.untouched


def test_offline_it_is_kept_as_not_verified_and_the_first_sync_goes_on(office: Office) -> None:
    def away(request: Request, reply: Reply) -> Reply:
        raise Lost("refused")

    office.twist = away
    done = office.connect("--json")
    assert done.status == 75
    assert (done.json["verified"], done.json["sync"], done.json["preview"]) == (False, None, [])
    assert "cannot be reached" in done.json["why_not"]
    office.twist = lambda request, reply: reply
    assert office.run("auth", "test", "crm").status == 0
    assert office.run("sync", "crm", "--json").json["connections"][0]["pulled"] == 7


def test_every_line_that_a_person_wrote_stays(office: Office) -> None:
    mine = (
        '# mine\n[me]\nmember = "lea"   # that is me\n\n[connection.crm]  # ours\nadapter="rest"\n'
        'url = "https://old.test" # moved\nrate_share = 0.5\n\n[connection.crm.states]\nqualified = "won"\n'
    )
    office.leadq.home.settings.write_text(mine, "utf-8")
    done = office.connect("--field", "score=hs_score", "--json")
    assert done.status == 78, "the state that is there is wrong"
    assert office.settings == mine
    done = office.connect("--field", "score=hs_score", "--state", "qualified=qualified,Connected", "--json")
    assert done.status == 0, done.out
    assert office.settings == (
        '# mine\n[me]\nmember = "lea"   # that is me\n\n[connection.crm]  # ours\nadapter = "rest"\n'
        f'url = "{URL}" # moved\nrate_share = 0.5\n\n[connection.crm.states]\n'
        'qualified = ["qualified", "Connected"]\n\n[connection.crm.fields]\nscore = "hs_score"\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        'connection = { crm = { adapter = "rest", url = "x" } }\n',
        '[connection]\ncrm.adapter = "rest"\n',
        '[connection.crm]\nadapter = "rest"\nurl = """\nhttps://a"""\n',
        '[me]\nmember = "lea"\nnote = """\n[connection.crm]\nadapter = "rest"\n"""\n',
    ],
)
def test_settings_that_a_program_cannot_change_are_left_as_they_are(office: Office, text: str) -> None:
    office.leadq.home.settings.write_text(text, "utf-8")
    done = office.connect("--json")
    assert (done.status, done.code) == (78, "config")
    assert office.settings == text
    assert office.keyring.kept == {}


def test_what_the_crm_lacks_is_created_only_after_a_yes(office: Office) -> None:
    Described.missing.append(Step("f", "Create the field “{name}”.", {"name": "leadq_outcome"}))
    done = office.connect("--json")
    assert (done.status, done.json["created"], Described.made) == (3, False, [])
    assert done.json["steps"] == ["Create the field “leadq_outcome”."]
    done = office.connect("--yes", "--json")
    assert (done.status, done.json["created"], Described.made) == (0, True, ["f"])


def test_a_word_that_creating_did_not_bring_either_is_refused_after_it(office: Office) -> None:
    Described.missing.append(Step("f", "Create it."))
    done = office.connect("--yes", "--state", "qualified=Won", "--json")
    assert (done.status, done.code, office.untouched) == (78, "bad_mapping", True)
    assert "“Won”" in done.json["error"]["message"]


def test_owners_are_known_by_the_contract_by_e_mail_or_by_name(office: Office) -> None:
    done = office.connect("--json")
    assert [one["member"] for one in done.json["owners"]] == [None, None]
    contract = office.leadq.home.contract
    text = contract.read_text("utf-8") + '\n[member.lea]\nname = "Lea B."\nrole = "sdr"\nemail = "LEA@forges.example"\n'
    contract.write_text(text, "utf-8")
    (lea, _) = office.connect("--json").json["owners"]
    assert (lea["member"], lea["by"], lea["write"]) == ("lea", "email", 'crm = { crm = "81234" }')
    contract.write_text(f"{text}{lea['write']}\n", "utf-8")
    (lea, nobody) = office.connect("--json").json["owners"]
    assert (lea["member"], lea["by"], lea["write"]) == ("lea", "id", None)
    assert nobody["member"] is None


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["--field", "score=hs_scor"], "hs_score"),
        (["--field", "scroe=hs_score"], "score"),
        (["--field", "score=Lead scores"], "hs_score"),
        (["--state", "qualified=qualifed"], "qualified"),
    ],
)
def test_a_mapping_to_what_is_not_there_is_one_sentence_with_the_nearest_name(
    office: Office, words: list[str], near: str
) -> None:
    done = office.connect(*words, "--json")
    assert (done.status, done.code) == (78, "bad_mapping")
    assert f"“{near}”" in done.json["error"]["message"]
    assert office.untouched


class Strict(Described):
    """Looks at its mapping when it is checked, as an adapter may."""

    def check(self) -> Account:
        if "hs_scor" in self.names.values():
            raise Rejected("fields", "There is no hs_scor.")
        return super().check()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.names = context.fields


def test_the_nearest_name_is_said_also_when_the_adapter_finds_the_mistake_itself(office: Office) -> None:
    office.kind = Strict
    done = office.connect("--field", "score=hs_scor", "--json")
    assert (done.status, done.code) == (78, "bad_mapping")
    assert "“hs_score”" in done.json["error"]["message"]


def test_map_check_names_each_thing_that_is_not_there_any_more(office: Office) -> None:
    office.connect("--field", "score=hs_score", "--field", "source=custom.utm", "--state", "qualified=qualified")
    assert office.run("map", "check", "crm", "--json").json["ok"] is True
    office.crm.book.statuses.remove("qualified")
    text = office.settings.replace('"hs_score"', '"hs_scores"')
    office.leadq.home.settings.write_text(text, "utf-8")
    done = office.run("map", "check", "crm", "--json")
    assert done.status == 78
    assert [(one["kind"], one["key"], one["near"]) for one in done.json["problems"]] == [
        ("field", "score", "hs_score"),
        ("state", "qualified", "disqualified"),
    ]
    told = office.run("map", "check", "crm", LEADQ_LANG="fr")
    assert (told.status, len(told.out.splitlines())) == (78, 2)


@pytest.mark.parametrize(
    ("words", "status", "code", "sentence"),
    [
        (["connect", "rset"], 78, "unusable", "rset"),
        (["connect", "rest", "--name", "My CRM"], 2, "bad_name", "My CRM"),
        (["connect", "rest", "--option", "url"], 2, "bad_option", "NAME=VALUE"),
        (["connect", "rest", "--option", f"url={URL}", "--option", f"token={TOKEN}"], 2, "bad_option", "secret"),
        (["connect", "rest", "--option", "ulr=x"], 2, "bad_option", "ulr"),
        (["connect", "rest", "--state", "won=x"], 2, "bad_option", "won"),
        (["connect", "rest"], 2, "bad_option", "url"),
        (["connect", "rest", "--option", f"url={URL}"], 77, "auth", "token"),
        (["connect", "rest", "--option", f"url={URL}", "--token-stdin"], 2, "bad_secret", "0"),
        (["connect", "rest", "--token-command", "'"], 2, "bad_option", "command"),
        (["map", "check", "crm"], 78, "unknown_connection", "crm"),
    ],
)
def test_what_cannot_be_understood_is_one_sentence_and_nothing_is_written(
    office: Office, words: list[str], status: int, code: str, sentence: str
) -> None:
    done = office.run(*words, "--json")
    assert (done.status, done.code) == (status, code)
    assert sentence in done.json["error"]["message"]
    assert TOKEN not in done.out
    assert office.untouched


def test_names_whose_variables_could_not_be_told_apart_are_refused(office: Office) -> None:
    office.connect()
    for name in ("crm-eu", "c", "crm_"):
        done = office.connect("--name", name, "--json")
        assert (done.status, done.code) in {(78, "name_taken"), (78, "unusable")}, name
    done = office.run("connect", "csv", "--name", "crm", "--json")
    assert (done.status, done.code) == (78, "name_taken")


def test_a_lead_belongs_to_one_connection(office: Office) -> None:
    """The same account a second time is refused by `connect`, and by a sync where somebody wrote it by hand."""
    office.connect()
    done = office.connect("--name", "second", "--json")
    assert (done.status, done.code) == (78, "unusable")
    assert "“crm” is the same account" in done.json["error"]["message"]
    with office.leadq.home.settings.open("a", encoding="utf-8") as file:
        file.write(f'\n[connection.second]\nadapter = "rest"\nurl = "{URL}"\n')
    done = office.run("sync", "--json", LEADQ_SECOND_TOKEN=TOKEN)
    assert done.status == 78
    (first, second) = [one for one in done.json["connections"] if one["name"] != "csv"]
    assert first["error"] is None
    assert "“crm” is the same account" in second["error"]
    assert (second["pulled"], len(office.leadq.ids())) == (0, 7)
    assert office.run("accept", "crm:L0").status == 0


def test_two_lists_of_outcomes_may_go_to_one_file(office: Office) -> None:
    assert office.run("connect", "csv", "--name", "fair", "--json").status == 0
    assert office.run("sync", "--json").status == 0
    assert office.run("auth", "test", "fair").status == office.run("auth", "test", "csv").status == 0


def test_another_address_is_another_account_whatever_its_number(office: Office) -> None:
    office.connect()
    done = office.connect("--name", "second", "--option", "url=https://other.test", "--json")
    assert (done.status, done.json["verified"]) == (0, True)


def test_a_token_of_another_account_is_said_and_the_old_one_stays(office: Office) -> None:
    office.connect()
    office.twist = lambda request, reply: (
        Reply(200, {}, [b'{"id": "rep-2", "name": "Portal 2"}']) if request.path == "/me" else reply
    )
    done = office.connect("--json", token=OTHER)
    assert (done.status, done.code) == (77, "auth")
    assert "another account" in done.json["error"]["message"]
    assert list(office.keyring.kept.values()) == [TOKEN]


def test_a_plugin_for_an_old_interface_is_one_sentence(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    announce(tmp_path, "oldtimer", adapter("oldtimer").replace("api_version = 1", "api_version = 0"))
    done = office.run("connect", "oldtimer", "--json")
    assert (done.status, done.code) == (78, "unusable")
    assert "api_version is 0" in done.json["error"]["message"]


def test_without_a_keyring_the_leads_come_and_what_to_do_is_said(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, failing(error("KeyringLocked"))())
    done = office.connect("--json")
    assert done.status == 3
    assert "locked" in done.json["unkept"]
    assert "LEADQ_CRM_TOKEN" in done.json["unkept"]
    assert done.json["sync"]["connections"][0]["pulled"] == 7
    assert [one.what for one in no_secret_is_told(office.files(), [TOKEN])] == []


def test_a_token_that_the_environment_has_is_not_asked_for_nor_kept(office: Office) -> None:
    done = office.run("connect", "rest", "--name", "crm", "--option", f"url={URL}", "--json", LEADQ_CRM_TOKEN=TOKEN)
    assert (done.status, done.json["verified"], office.keyring.kept) == (0, True, {})


def test_a_command_for_the_token_is_written_and_used(office: Office) -> None:
    words = ["connect", "rest", "--name", "crm", "--option", f"url={URL}", "--token-command", f"echo {TOKEN}"]
    done = office.run(*words, "--json")
    assert done.status == 0, done.out
    assert tomllib.loads(office.settings)["connection"]["crm"]["token_command"] == ["echo", TOKEN]


KEYRING = """
import json, pathlib
from keyring.backend import KeyringBackend
FILE = pathlib.Path({path!r})
class Keyring(KeyringBackend):
    priority = 5
    def _kept(self):
        return json.loads(FILE.read_text()) if FILE.exists() else {{}}
    def get_password(self, service, user):
        return self._kept().get(service + user)
    def set_password(self, service, user, text):
        FILE.write_text(json.dumps(self._kept() | {{service + user: text}}))
"""
LIKE_REST = """
from leadq.plugins.sdk import *
from leadq.testing.rest import Rest

class Likely(Rest):
    name = "likely"

@hookimpl
def leadq_adapter():
    return Likely
"""


@pytest.mark.deep
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows what a process was given")
def test_no_process_of_the_real_command_is_given_the_token_where_others_see_it(tmp_path: Path) -> None:
    """The whole of it: adapters and keyring in processes of their own, a service behind a socket."""
    plugins, home = tmp_path / "plugins", tmp_path / "home"
    plugins.mkdir()
    announce(plugins, "likely", LIKE_REST)
    (plugins / "leadq_test_keyring.py").write_text(KEYRING.format(path=str(tmp_path / "keyring")), "utf-8")
    crm = FakeCRM(ORDERED, SystemTicks())
    crm.book.create("L1", name="Jeanne")
    given: dict[str, bytes] = {}
    running: list[subprocess.Popen[bytes]] = []

    def watching(request: Request) -> Reply:
        for process in children(running[0].pid) if running else []:
            for name in ("cmdline", "environ"):
                given[f"{process.name} {name}"] = (process / name).read_bytes()
        return crm(request)

    environ = {
        **os.environ, "LEADQ_HOME": str(home), "PYTHON_KEYRING_BACKEND": "leadq_test_keyring.Keyring",
        "PYTHONPATH": os.pathsep.join((str(plugins), *sys.path)),
    }  # fmt: skip
    said: dict[str, str | bytes] = {}

    def leadq(*words: str, stdin: str = "") -> int:
        command = [sys.executable, "-m", "leadq", *words]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(command, env=environ, **pipes)  # type: ignore[call-overload]
        running[:] = [process]
        said[f"out {len(said)}"], said[f"err {len(said)}"] = process.communicate(stdin.encode(), timeout=60)
        return int(process.returncode)

    with serve(watching) as url:
        words = ("connect", "likely", "--name", "crm", "--option", f"url={url}", "--token-stdin", "--json")
        assert leadq(*words, stdin=f"{TOKEN}\n") == 0, said
        assert leadq("auth", "status") == leadq("auth", "test", "crm") == leadq("sync", "crm") == 0, said
    assert any(b"leadq.sync.child" in text for text in given.values())
    files = {str(path): path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert any(name.endswith("keyring.json") for name in files)
    assert [one.what for one in no_secret_is_told({**files, **said, **given}, [TOKEN])] == []
