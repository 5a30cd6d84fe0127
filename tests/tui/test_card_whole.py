"""The card opened whole: what came with the lead, its points, both verdicts, what it taught, what goes out."""

from __future__ import annotations

import pytest

from leadq import i18n, read
from leadq.clock import Clock
from leadq.domain import verbs
from leadq.domain.events import TOUCHED, Draft
from leadq.ledger import ADAPTER
from leadq.paths import Home
from leadq.queue import Queue
from leadq.rulebook import template_text
from leadq.sqlite import Store
from leadq.tui.card import Shelf
from leadq.tui.widgets.blocks import beside
from leadq.tui.widgets.card_text import card_text
from tests.leads import NOW_MS, hand_over
from tests.tui.conftest import ME, Sit

MINUTE = 60_000
DAY = 24 * 60 * MINUTE


def said(store: Store, width: int = 78, lead_id: int = 1, *, whole: bool = True) -> list[str]:
    with store.read() as db:
        card = Shelf().card(db, read.moment(db, NOW_MS), lead_id)
    assert card
    return card_text(card, NOW_MS, width, whole=whole).plain.splitlines()


def part(lines: list[str], title: str) -> list[str]:
    """The lines under a title."""
    start = lines.index(title) + 1
    return lines[start : lines.index("", start) if "" in lines[start:] else None]


def mailed(queue: Queue, subject: str, at_ms: int, **data: object) -> None:
    """What a campaign sent by itself, as an adapter tells it."""
    with queue.desk() as desk:
        (uid,) = desk.db.execute("SELECT uid FROM lead WHERE id = 1").fetchone()
        told = {"channel": "email", "outcome": "no_answer", "human": False, **data}
        desk.ledger.append(uid, [Draft(TOUCHED, at_ms, told, {"note": subject})], f"batch {subject}", ADAPTER)


def test_what_it_came_with_is_the_package_and_each_criterion_in_words(queue: Queue, store: Store) -> None:
    hand_over(queue, {"company_size": "5", "score": "30"})
    lines = part(said(store), "What it came with")
    assert lines[0] == "came          today 14:55 · csv"
    assert lines[1:5] == [
        "policy        hot, contract 2026-1",
        "sector        industry",
        "employees     5",
        "role          decision",
    ]
    assert "! flagged: below the agreed score" in lines
    assert "x size: 20 to 500 employees" in lines
    assert "+ role: Decision maker or prescriber" in lines


def test_the_score_is_told_point_by_point_and_says_when_another_one_came(queue: Queue, store: Store) -> None:
    hand_over(queue, {"score": "82"})
    assert part(said(store), "Score") == [
        "  +20 fit right-size: company_size >= 50",
        "  +40 engagement asked-a-demo: trigger == 'demo'",
        "It was handed off with a score of 82: that one counts.",
    ]


def test_a_score_that_the_contract_gave_is_not_contradicted(queue: Queue, store: Store) -> None:
    hand_over(queue, {"trigger": "contact"})
    assert part(said(store), "Score") == [
        "  +20 fit right-size: company_size >= 50",
        "    - engagement asked-a-demo: trigger == 'demo'",
    ]


def test_both_verdicts_stand_side_by_side_once_sales_has_one(queue: Queue, store: Store) -> None:
    hand_over(queue, {"score": "82"})
    assert "Both verdicts" not in said(store)
    queue.perform(["1"], verbs.Reject("rej.off_icp", 2, criterion="size", note="four people"))
    lines = part(said(store), "Both verdicts")
    sides = [[side.strip() for side in line.split("|")] for line in lines]
    assert [one for one, _other in sides if one] == [
        "Marketing",
        "score: 82  fit 20, engagement 40",
        "tier: hot",
        "meets 3 of 3 criteria",
    ]
    assert [other for _one, other in sides] == [
        "Sales", "rejected", "quality 2 (Off target)", "Outside ICP (sector/size/role/geo)", "criterion: size",
        "four people",
    ]  # fmt: skip


def test_a_qualification_says_what_it_found_out(queue: Queue, store: Store) -> None:
    hand_over(queue)
    queue.perform(["1"], verbs.Touch("call", "meeting_set"))
    queue.perform(["1"], verbs.Qualify(5, "yes", "no", "unknown"))
    told = "\n".join(part(said(store), "Both verdicts"))
    for answer in ("need: yes", "budget: no", "intent to buy: unknown"):
        assert answer in told


def test_marketings_last_touches_are_five_and_apart_from_the_reps(queue: Queue, store: Store) -> None:
    hand_over(queue)
    for day in range(6):
        mailed(queue, f"mail {day}", NOW_MS - (10 - day) * DAY)
    queue.perform(["1"], verbs.Touch("call", "no_answer"))
    for whole in (False, True):
        lines = part(said(store, whole=whole), "Marketing’s last touches")
        assert [line[-1] for line in lines] == ["5", "4", "3", "2", "1"]
    assert [line.split("  ")[-2].strip() for line in part(said(store, whole=False), "Last touches")] == [
        "Call: No answer"
    ]


def test_what_touches_taught_is_there_until_it_is_taken_back(queue: Queue, store: Store) -> None:
    hand_over(queue)
    queue.perform(["1"], verbs.Touch("call", "connected", insights=("objection:too dear", "competitor:Acme")))
    assert part(said(store), "Insights") == ["objection: too dear", "competitor: Acme"]
    queue.undo()
    assert "Insights" not in said(store)


def test_a_clock_that_has_stopped_says_when_it_was_due(queue: Queue, store: Store) -> None:
    hand_over(queue)
    queue.perform(["1"], verbs.Touch("call", "no_answer"))
    met = next(line for line in part(said(store), "Clocks") if line.startswith("first touch"))
    assert "+ met" in met
    assert met.endswith("due today 15:25")


def test_changes_for_the_crm_are_told_one_by_one_with_the_sides_of_a_conflict(queue: Queue, store: Store) -> None:
    hand_over(queue)
    queue.perform(["1"], verbs.Reject("rej.spam", 1))
    with store.transaction() as db:
        db.execute(
            "UPDATE outbox SET state = 'conflict', base = 'new', theirs = 'qualified', last_error = 'Changed [/]'"
        )
    lines = part(said(store), "To the CRM")
    assert lines[0].startswith("reject (csv): in conflict")
    assert lines[1:] == ["    we knew: new · mine: Rejected · the CRM’s: Qualified", "    Changed [/]"]


def test_what_marketing_wrote_with_it_is_among_the_reasons(queue: Queue, store: Store) -> None:
    hand_over(queue, {"note": "rang twice"})
    assert "note          rang twice" in part(said(store, whole=False), "Why now")


def test_the_history_says_what_each_event_says_of_itself(queue: Queue, store: Store) -> None:
    hand_over(queue)
    queue.perform(["1"], verbs.Touch("call", "callback_set", next_ms=NOW_MS + DAY, note="after lunch"))
    queue.perform(["1"], verbs.Assign("karim", ""))
    lines = part(said(store), "History")
    assert any("Call: Callback set · next tomorrow 15:00" in line for line in lines)
    assert any("assigned · to karim" in line for line in lines)
    assert "    note: after lunch" in lines


@pytest.mark.parametrize("width", [40, 61, 80])
def test_two_columns_stay_within_their_width(width: int) -> None:
    lines = beside(["Marketing", "a sentence that is longer than its column is wide"], ["Sales", "東京" * 9], width)
    assert all(line.cell_length <= max(width, 35) for line in lines)
    assert sum(line.plain.count("東") for line in lines) == 9


def test_every_label_of_the_whole_card_is_french_in_french(queue: Queue, store: Store) -> None:
    hand_over(queue, {"score": "82"})
    mailed(queue, "mail", NOW_MS - DAY)
    queue.perform(["1"], verbs.Reject("rej.spam", 1))
    i18n.use("fr")
    lines = said(store)
    for title in ("Les deux verdicts", "Derniers contacts du marketing", "Ce qui l’accompagne", "Score", "Vers le CRM"):
        assert title in lines


async def test_the_card_follows_what_others_write_and_the_time(home: Home, zoes: Queue, sit: Sit) -> None:
    hand_over(zoes, {"owner": ME})
    async with sit(120, 60) as seat:
        await seat.press("enter")
        assert "written elsewhere" not in await seat.painted()
        Queue(Store(home), Clock(NOW_MS)).perform(["1"], verbs.Note("written elsewhere"))
        seat.queue.tick()
        await seat.settle()
        await seat.settle()
        assert "written elsewhere" in await seat.painted()
        await seat.press("g", "G", "escape")
        assert len(seat.app.screen_stack) == 1


async def test_a_call_shows_what_the_contract_says_to_such_leads(home: Home, zoes: Queue, sit: Sit) -> None:
    talk = (
        '\n[segment.all]\nwhen = "true"\ntalk_track = { en = "Ask about [/] downtime.", fr = "Parler des arrêts." }\n'
    )
    home.contract.write_text(template_text("pme-fr") + talk, "utf-8")
    hand_over(zoes, {"owner": ME})
    async with sit(80, 24) as seat:
        await seat.press("c")
        assert "Ask about [/] downtime." in await seat.painted()
