"""Whether an adapter keeps the contract: about a hundred rules, most of them about what goes wrong.

    from leadq.testing.conformance import AdapterConformance, RestFake

    class AcmeFake(RestFake):
        adapter = Acme

    class TestAcme(AdapterConformance):
        adapter = Acme
        service = AcmeFake

Each rule is a test whose name says it, and fails with one sentence. What an adapter does not declare is not tried,
and a line at the end says so.

A service is called with a clock (`wall_ms()`), and is then a function from `wire.Request` to `wire.Reply`. `RestFake`
makes one for a `RestAdapter`. One of your own has `add(lead, **fields)` (a lead is there, or has these fields now, by
leadq's names; `status` is one of leadq's states), and as much as it can of:

- `page`, the most leads that it puts on a page
- `status(lead)`, in leadq's words, and `notes(lead)`, the texts on its timeline, oldest first
- `write_note(lead, text)` and `remove(lead)`, as somebody else does them
- `account`, `options` and `mapping` (`fields`, `states`, `members`), as the settings would have them
- `is_read(request)`, where a POST only asks
- `can_lag` with `lag_s` (the list is so far behind), `can_hole` with `hole` (an empty page comes in between),
  `text_ids` (ids may be any text), `forgets` (a token of its paging may be refused later), `can_by_id` with
  `by_id` (the list is in the order of the ids, not of the changes)

An adapter for files has a service that is not called: its `options` name the file, and `close` removes it.
"""

from leadq.testing.conformance import declared, failing, guarding, interrupted, proving, pulling, pushing
from leadq.testing.conformance.bench import TOKEN, URL, Bench
from leadq.testing.conformance.cases import CASES, Broken, Case
from leadq.testing.conformance.fake import RestFake
from leadq.testing.conformance.suite import AdapterConformance, Verdict, complete, said_of, verdicts

__all__ = [
    "CASES",
    "TOKEN",
    "URL",
    "AdapterConformance",
    "Bench",
    "Broken",
    "Case",
    "RestFake",
    "Verdict",
    "said_of",
    "verdicts",
]

assert all((declared, pulling, interrupted, pushing, failing, proving, guarding))
complete(AdapterConformance)
