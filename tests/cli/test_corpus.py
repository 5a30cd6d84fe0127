"""More than 300 hostile texts through every table and page of the command line, as text and as JSON."""

from __future__ import annotations

import json

import pytest

from leadq import config
from leadq.clock import Clock
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.text import clean
from tests.cli.runner import Leadq
from tests.corpus import CORPUS
from tests.leads import NOW_MS
from tests.spoilt import LEADS, spoil, texts_of
from tests.tui.wire import is_text

TABLES = (
    ("list", "--view", "all", "--limit", "200"),
    ("list", "--view", "radar"),
    ("next",),
    ("day",),
    ("radar",),
    ("outbox", "list"),
    ("conflicts", "list"),
    ("feedback", "list"),
    ("insight", "list"),
    ("status",),
    ("prompt",),
    ("glossary",),
    ("contract", "show"),
    ("keys",),
    ("roles",),
)
OF_A_LEAD = (("show",), ("brief",), ("explain",))
EACH = 9
"""A table shows all leads; of the pages of one lead every ninth is read here, and all of them in the deep suite."""


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Leadq:
    """Zoé's home, every text of it hostile; it is only read."""
    leadq = Leadq(tmp_path_factory.mktemp("spoilt") / "home")
    config.write(leadq.home, "zoe")
    spoil(Queue(Store(leadq.home), Clock(NOW_MS)), leadq.home, owner="zoe")
    return leadq


def read(leadq: Leadq, *words: str) -> str:
    """What it says, which is text; its JSON is a document, and text as well."""
    said = leadq(*words)
    as_json = leadq(*words, "--json")
    for whole in (said.out, said.err, as_json.out, as_json.err):
        assert [hex(ord(char)) for char in set(whole) if not is_text(char) and char != "\n"] == [], words
    json.loads(as_json.out)
    return said.out


@pytest.mark.parametrize("words", TABLES, ids=" ".join)
def test_a_table_is_text(spoilt: Leadq, words: tuple[str, ...]) -> None:
    read(spoilt, *words)


def test_every_lead_is_in_the_list_as_text_and_as_it_is_in_json(spoilt: Leadq) -> None:
    words = ("list", "--view", "all", "--limit", "200")
    listed, shown = spoilt(*words, "--json").json, spoilt(*words).out
    assert len(listed) == LEADS - 3  # some are closed
    for lead in listed:
        name = texts_of(lead["id"])[0]
        assert lead["name"] == name
        assert "".join(clean(name).split())[:6] in "".join(shown.split())


def test_the_pages_of_a_lead_are_text(spoilt: Leadq) -> None:
    for lead in range(1, LEADS + 1, EACH):
        for words in OF_A_LEAD:
            read(spoilt, *words, str(lead))


def test_what_is_asked_for_is_told_as_text(spoilt: Leadq) -> None:
    for text in CORPUS[:: 3 * EACH]:
        read(spoilt, "list", f"--search={text.replace(chr(0), '')}")


@pytest.mark.deep
def test_every_page_of_every_lead_is_text(spoilt: Leadq) -> None:
    for lead in range(1, LEADS + 1):
        for words in OF_A_LEAD:
            read(spoilt, *words, str(lead))
    for text in CORPUS:
        read(spoilt, "list", f"--search={text.replace(chr(0), '')}")
