"""What a state means: by the company's word for it, by its contract, and by leadq whatever it is called."""

from __future__ import annotations

from leadq import i18n
from leadq.demo_talk import SEGMENTS
from leadq.domain.contract_file import read_contract
from leadq.domain.states import STATES
from leadq.glossary import meaning
from leadq.rulebook import stored, template_text

PME = template_text("pme-fr")


def test_a_state_is_defined_by_the_term_that_the_company_calls_it_by() -> None:
    found = meaning(stored(PME), "accepted")
    assert (found.word, found.definition[:22]) == ("SQL", "Examined and validated")
    assert found.rule.startswith("A rep has taken it on")


def test_a_state_that_the_contract_names_itself_is_defined_by_that_name() -> None:
    own = (
        PME.replace('"seed-fr"', '"custom"')
        + '\n[definitions.working]\nlabel = "Chase"\nen = "We ring"\nfr = "On rappelle"\n'
    )
    found = meaning(stored(own), "working")
    assert (found.word, found.definition) == ("Chase", "We ring")


def test_every_state_has_a_meaning_in_both_languages() -> None:
    agreed = stored(PME)
    english = [meaning(agreed, state).rule for state in STATES]
    i18n.use("fr")
    french = [meaning(agreed, state).rule for state in STATES]
    assert all(english)
    assert not set(english) & set(french)


def test_the_demo_has_something_to_say_to_every_lead() -> None:
    agreed = read_contract((PME + SEGMENTS).encode(), "demo").contract
    assert agreed is not None
    assert agreed.segments[-1].when.holds({})
    assert all(segment.talk_track and segment.talk_track.en and segment.talk_track.fr for segment in agreed.segments)
