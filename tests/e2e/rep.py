"""A rep's laptop: a home of its own, and leadq as a process, as its user runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from leadq.clock import Clock
from leadq.domain.verbs import Verb
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.e2e.tryton import ENVIRON, Crm

ROOT: Final = Path(__file__).parents[2]
SETTLED_S: Final = 91
AUDITED_S: Final = 15 * 60 + 1
_SETTINGS: Final = """
[me]
member = "rita"

[connection.crm]
adapter = "tryton"
url = "{url}"
database = "{database}"
login = "rita"

[connection.crm.fields]
title = "description"
"""
_OPS: Final = """
    SELECT o.verb, o.state FROM outbox o JOIN lead l ON l.uid = o.lead_uid WHERE l.external_id = ? ORDER BY o.rowid"""
_LATER: Final = """
    UPDATE outbox SET last_sent_ms = last_sent_ms - :ms, next_attempt_ms = next_attempt_ms - :ms,
        audit_ms = audit_ms - :ms"""


class Rep:
    """Rita. What she does and what she syncs are processes of leadq's own command line."""

    def __init__(self, folder: Path, crm: Crm, url: str, like: Path | None = None) -> None:
        """`like`: the home of hers that this one goes on from."""
        self.home = folder
        path = os.pathsep.join((str(ROOT), str(crm.root / "plugins")))
        secret = {"LEADQ_CRM_PASSWORD": crm.rita.password}
        self._environ = {**ENVIRON, **secret, "PYTHONPATH": path, "LEADQ_HOME": str(folder), "LEADQ_LANG": "en"}
        config = folder / "config"
        if like:
            shutil.copytree(like, folder)
        else:
            config.mkdir(parents=True)
            (config / "contract.toml").write_text(_contract(crm), "utf-8")
        (config / "leadq.toml").write_text(_SETTINGS.format(url=url, database=crm.name), "utf-8")
        if not like:
            self.says("init")

    def starts(self, *words: str) -> subprocess.Popen[bytes]:
        """A command of leadq's."""
        command = [sys.executable, "-m", "leadq", *words, "--json"]
        return subprocess.Popen(command, env=self._environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def says(self, *words: str) -> Any:
        """What a command answers; an error of leadq's is no answer."""
        process = self.starts(*words)
        said, troubles = process.communicate()
        assert said, troubles.decode()
        answer = json.loads(said)
        assert process.returncode in (0, 3, 4, 75), answer
        return answer

    def syncs(self, *words: str) -> dict[str, Any]:
        """One run of `leadq sync`: the report of its connection."""
        report: dict[str, Any] = self.says("sync", *words)["connections"][0]
        return report

    def waits(self, seconds: int) -> None:
        """As if so long had passed since what was sent last."""
        with self._store.transaction() as db:
            db.execute(_LATER, {"ms": seconds * 1000})

    def rests(self) -> None:
        """Wait and sync until nothing is left to be done, the last look included."""
        for _ in range(6):
            self.waits(AUDITED_S)
            report = self.syncs()
            if not report["pending"] and not report["unknown"]:
                break
        self.waits(AUDITED_S)
        self.syncs()

    def ops(self, lead: int) -> list[tuple[str, str]]:
        """Her changes of a lead as they were made, and what became of each."""
        return [(verb, state) for verb, state in self.rows(_OPS, str(lead))]

    def departed(self) -> dict[int, str]:
        """What she knows to have become of leads that left her."""
        found = self.rows("SELECT external_id, departed FROM remote_snapshot WHERE departed <> ''")
        return {int(lead): why for lead, why in found}

    def titles(self) -> dict[int, str]:
        """Her open leads, and the description that Tryton has of each."""
        found = self.rows("SELECT l.external_id, p.title FROM lead l JOIN person p ON p.id = l.person_id")
        return {int(lead): title for lead, title in found}

    def rows(self, query: str, *values: str) -> list[Any]:
        """Of her database."""
        with self._store.read() as db:
            return db.execute(query, values).fetchall()

    def does(self, leads: Sequence[int], verb: Verb) -> None:
        """A gesture on several leads."""
        Queue(self._store, Clock()).perform([f"crm:{lead}" for lead in leads], verb)

    @property
    def _store(self) -> Store:
        return Store(Home(self.home / "config", self.home / "data", self.home / "state"))


def _contract(crm: Crm) -> str:
    """A template's, with Rita and Otto in the place of its two examples."""
    text = (ROOT / "leadq" / "templates" / "saas-en.toml").read_text("utf-8")
    named = text.replace("alex", "rita").replace("priya", "otto")
    for login, employee in crm.employees.items():
        named = named.replace(f"[member.{login}]", f'[member.{login}]\ncrm = {{ crm = "{employee}" }}')
    return named
