"""A rep's Monday, twice: on a train at 9:02 with 37 leads of a fair, by commands and by `leadq work` on a plain pipe.

No gesture of a normal day is refused, the promised call comes up by itself, and each outcome leaves once.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest

from tests.cli.runner import Leadq, Result, csv_of
from tests.cli.test_process import environment

LEADS = 37


def at(leadq: Leadq, time: str) -> Leadq:
    """The same home at that time of Monday 18 May 2026 in Paris."""
    hour, minute = map(int, time.split(":"))
    return replace(leadq, now=f"2026-05-18T{hour - 2:02}:{minute:02}:00Z")


def done(result: Result) -> Result:
    assert (result.status, result.err) == (0, "")
    return result


@pytest.fixture
def monday(empty: Leadq) -> Leadq:
    """Zoé's home at 9:02, with the leads of the fair, all hers."""
    leadq = at(empty, "9:02")
    rows = [
        {"id": f"F{n:02}", "name": f"Visiteur {n:02}", "company": f"Société {n:02}", "email": f"v{n:02}@salon.example",
         "phone": f"01 99 00 12 {n:02}", "trigger": "event", "source": "event", "campaign": "salon-2026",
         "consent_basis": "legitimate_interest", "owner": "zoe", "handed_off_at": "2026-05-18T09:00:00+02:00"}
        for n in range(1, LEADS + 1)
    ]  # fmt: skip
    done(leadq("init", "--me", "zoe"))
    report = done(leadq("import", "--json", leadq.file("salon.csv", csv_of(*rows)))).json
    assert (report["created"], report["rejected"]) == (LEADS, [])
    return leadq


def outcomes(leadq: Leadq) -> list[dict[str, str]]:
    with (leadq.home.data / "outcomes.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check_the_evening(leadq: Leadq) -> None:
    """What stands at the end of that Monday, whichever way it was worked."""
    state = {lead["id"]: lead["state"] for lead in leadq("list", "--json").json}
    closed = {lead["id"]: lead["state"] for lead in leadq("list", "--json", "--state", "qualified").json}
    closed |= {lead["id"]: lead["state"] for lead in leadq("list", "--json", "--state", "recycled").json}
    assert closed == {3: "qualified", 4: "recycled"}
    assert (state[1], state[2], state[5], len(state)) == ("working", "connected", "handed_off", LEADS - 2)
    assert leadq("show", "3", "--json").json["invalid"] == ["phone"]
    rows = outcomes(leadq)
    assert len({row["op_id"] for row in rows}) == len(rows)
    assert Counter((row["external_id"], row["verb"]) for row in rows) == {
        ("F01", "accept"): 1, ("F01", "touch"): 1,
        ("F02", "accept"): 1, ("F02", "touch"): 2,
        ("F03", "accept"): 1, ("F03", "touch"): 4, ("F03", "qualify"): 1,
        ("F04", "accept"): 1, ("F04", "touch"): 1, ("F04", "recycle"): 1,
    }  # fmt: skip
    assert leadq("status", "--json").json["waiting"] == 0
    assert leadq("radar", "--json").json["groups"]["missed_promise"] == []
    doctor = leadq("doctor", "--json")
    assert (doctor.status, [check["id"] for check in doctor.json["checks"] if not check["ok"]]) == (0, [])


def test_by_commands(monday: Leadq) -> None:
    plan = done(monday("day", "--json")).json["plan"]
    assert (plan["of"], plan["fit"] + plan["breach"]) == (LEADS, LEADS)
    assert done(monday("next", "--json")).json["id"] == 1
    done(monday("accept", "1"))
    done(monday("touch", "1", "--channel", "call", "--outcome", "no_answer"))
    done(monday("touch", "2", "--channel", "call", "--outcome", "callback_set", "--next", "14h30"))
    tried = done(monday("touch", "3", "--channel", "call", "--outcome", "wrong_number"))
    assert "Still to try: E-mail" in tried.out
    done(monday("touch", "3", "--channel", "email", "--outcome", "no_answer", "--note", "sent the brochure"))

    later = at(monday, "10:15")
    done(later("touch", "3", "--channel", "email", "--outcome", "replied", "--inbound"))
    assert done(later("next", "--json")).json["id"] == 3
    done(later("touch", "3", "--channel", "call", "--outcome", "meeting_set", "--next", "demain 10h"))
    facts = ("--need", "yes", "--budget", "unknown", "--intent", "yes")
    done(later("qualify", "3", "--quality", "5", *facts, "--to", "karim", "--meeting", "demain 10h"))
    done(later("accept", "4"))
    done(later("touch", "4", "--channel", "call", "--outcome", "connected"))
    done(later("recycle", "4", "--reason", "rec.timing", "--quality", "3", "--wake", "+30d"))
    done(later("reject", "5", "--reason", "rej.spam", "--quality", "1"))
    assert done(later("undo", "--json")).json["leads"][0]["state"] == "handed_off"

    assert done(at(monday, "14:19")("next", "--json")).json["id"] != 2
    calling = at(monday, "14:20")
    first = done(calling("next", "--json")).json
    assert (first["id"], first["band"]) == (2, "B0")
    assert [one["lead"] for one in done(calling("day", "--json")).json["promises"]] == [2]
    done(at(monday, "14:31")("touch", "2", "--channel", "call", "--outcome", "connected"))

    evening = at(monday, "17:35")
    said = done(evening("day", "--json")).json["evening"]
    assert (said["touches"], said["verdicts"]["qualify"], said["verdicts"]["recycle"]) == (7, 1, 1)
    assert (said["verdicts"]["reject"], said["unsynced"]) == (0, 14)
    for _time in range(2):
        done(evening("sync"))
    check_the_evening(evening)


def work(leadq: Leadq, *typed: str) -> str:
    """A sitting in a process of its own, on a plain pipe."""
    finished = subprocess.run(
        [sys.executable, "-m", "leadq", "work"],
        input="".join(f"{line}\n" for line in typed),
        env=environment(leadq.folder, LEADQ_NOW=leadq.now),
        capture_output=True, text=True, encoding="utf-8", check=False, timeout=60,
    )  # fmt: skip
    assert (finished.returncode, finished.stderr) == (0, "")
    for refusal in ("cannot", "is none of them", "There is no word", "Nothing was written"):
        assert refusal not in finished.stdout, finished.stdout
    return finished.stdout


def test_by_line_mode_on_a_plain_pipe(monday: Leadq) -> None:
    said = work(
        monday,
        "day",
        "accept", "touch", "call", "no answer", "", "",
        "t", "c", "callback set", "", "14h30",
        "t", "c", "4", "", "",
        "3", "t", "email", "1", "sent the brochure", "",
        "q",
    )  # fmt: skip
    assert f"of {LEADS} fit" in said
    assert "Still to try: E-mail" in said
    assert "next step: today 14:30" in said

    said = work(
        at(monday, "10:15"),
        "3", "inbound", "email", "replied", "",
        "t", "c", "meeting set", "", "demain 10h",
        "3", "Q", "5", "yes", "unknown", "yes", "karim", "a demo", "demain 10h", "",
        "accept 4", "t", "c", "connected", "", "",
        "4", "recycle", "later", "3", "+30d", "",
        "5", "r", "spam", "1", "",
        "u",
        "q",
    )  # fmt: skip
    assert "taken back" in said

    assert "Promise, lead 2" not in work(at(monday, "14:19"), "q")
    said = work(at(monday, "14:20"), "q")
    assert "Promise, lead 2: Visiteur 02, today 14:30, 10m left" in said
    assert next(line for line in said.splitlines() if line.startswith("Lead ")) == "Lead 2: Visiteur 02"
    work(at(monday, "14:31"), "t", "c", "connected", "", "")

    said = work(at(monday, "17:35"), "day", "s", "sync", "radar", "quit")
    assert "Done today: 7 touches · Recycle 1 · Qualify 1" in said
    assert "csv: 14 sent" in said
    assert "csv: nothing to do" in said
    check_the_evening(at(monday, "17:35"))
