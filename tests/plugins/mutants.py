"""Adapters that are wrong in one place: an edit of `right`, and the rule that must catch it."""

# ruff: noqa: E501 - an edit is one line, as it is in the adapter

from __future__ import annotations

from typing import NamedTuple


class Mutant(NamedTuple):
    """What is wrong with it, the edits, and the case that fails."""

    wrong: str
    rule: str
    edits: tuple[tuple[str, str], ...]


def _one(wrong: str, rule: str, *edits: tuple[str, str]) -> Mutant:
    return Mutant(wrong, rule, edits)


LIST = "leads = tuple(self.lead(row) for row in rows)"
PATCH = "self.http.patch(self.path(change.external_id), self.record(change))"
POST = 'self.http.post(self.path(change.external_id) + "/notes", {"body": self.text(change)})'
APPLIED = 'yield Result(change.op_id, "applied", change.external_id)'
LAST_PAGE = 'yield Page(leads, json.dumps([self.before(began), None, ""]), False)'
ME = 'me = self.http.get("/me").data'
ROW = "row = self.http.get(self.path(ref.external_id)).data"
LISTED = "answer, place = self.listed(since, place)"


def _swallowing(call: str, indent: int, instead: str, error: str = "AdapterError") -> tuple[str, str]:
    pad = " " * indent
    return call, f"try:\n{pad}    {call}\n{pad}except {error}:\n{pad}    {instead}"


MUTANTS = (
    # What it says of itself
    _one("a name in capitals", "the_name_is_one_small_word", ('name = "right"', 'name = "Right CRM"')),
    _one("an old api_version", "the_api_version_is_one_that_leadq_speaks", ("api_version = 1", "api_version = 0")),
    _one("capabilities in a list", "capabilities_are_words_and_each_has_its_method",
         ('frozenset({"push", "pull", "lookup", "tidy"})', '["push", "pull", "lookup", "tidy"]')),
    _one("a capability without its method", "capabilities_are_words_and_each_has_its_method",
         ('"lookup", "tidy"}', '"lookup", "tidy", "describe"}')),
    _one("neither lookup nor idempotent", "what_a_lookup_proves_is_declared_where_writing_twice_writes_twice",
         ('"push", "pull", "lookup", "tidy"', '"push", "pull"')),
    _one("a token that is no secret", "what_looks_like_a_secret_is_declared_as_one",
         ("required=True, secret=True", "required=True")),
    _one("an option without a help", "options_are_options_and_each_has_a_help", ('"Address"', '""')),
    _one("asks while it is made", "making_one_asks_nothing",
         ("self.http = context.http", 'self.http = context.http; self.http.get("/me")')),
    # Who it is
    _one("check asks nothing", "check_proves_the_login", (ME, 'me = {"id": "me-1"}')),
    _one("check swallows", "check_proves_the_login", _swallowing(ME, 8, 'me = {"id": "-"}')),
    _one("check believes anything", "check_takes_no_empty_answer_for_an_account",
         ('if not isinstance(me, dict) or not me.get("id"):', 'me = me if isinstance(me, dict) else {}; me.setdefault("id", "-")\n        if 0:')),
    _one("check trips over an odd answer", "check_takes_no_empty_answer_for_an_account",
         ('if not isinstance(me, dict) or not me.get("id"):', 'if not me["id"]:')),
    _one("another account each time", "check_names_the_account_and_always_the_same",
         ('Account(str(me["id"])', 'Account(str(id(object())) + str(time.perf_counter())')),
    # What comes in
    _one("ids as they come", "ids_are_text_even_when_the_service_has_numbers",
         ('external_id=str(row["id"])', 'external_id=row["id"]')),
    _one("ids as numbers", "ids_keep_their_zeros_and_letters",
         ('external_id=str(row["id"])', 'external_id=str(row["id"]).lstrip("0")')),
    _one("one page only", "every_lead_comes_when_the_last_page_is_short",
         ("if not following:", "if True:")),
    _one("stops at a short page", "no_lead_is_lost_over_many_pages",
         ("if not following:", "if not following or len(rows) < 100:")),
    _one("stops at an empty page", "an_empty_page_is_not_the_end", ("if not following:", "if not following or not rows:")),
    _one("a page says that it is the last", "only_the_last_page_says_that_it_is_the_last",
         ("json.dumps([since or EVER, place, began]), True)", "json.dumps([since or EVER, place, began]), False)")),
    _one("no cursor at the end", "every_page_has_a_cursor_that_is_text", (LAST_PAGE, "yield Page(leads, None, False)")),
    _one("loses the place in the middle", "every_page_has_a_cursor_that_is_text",
         ("Page(leads, json.dumps([since or EVER, place, began]), True)", "Page(leads, None, True)")),
    _one("our own clock in the cursor", "the_services_own_clock_decides_what_is_news",
         ('return parsedate_to_datetime(answer.headers["date"]).astimezone(UTC).isoformat()',
          "return datetime.now(UTC).isoformat()")),
    _one("no overlap", "what_the_list_shows_late_is_not_missed",
         ("OVERLAP = timedelta(minutes=10)", "OVERLAP = timedelta(0)")),
    _one("a cursor as young as the last page", "a_change_on_a_page_that_was_read_comes_the_next_time",
         ("began = began or self.now(answer)", "began = self.now(answer)")),
    _one("a cursor that never moves", "the_same_page_for_ever_comes_to_an_end",
         ("if following == place and following:", "if 0:"),
         ("json.dumps([since or EVER, place, began]), True)", "json.dumps([since or EVER, place, began, time.perf_counter()]), True)")),
    _one("trips over a cursor", "a_cursor_that_is_none_of_ours_begins_anew",
         ("except (ValueError, TypeError):\n            return", "except KeyError:\n            return")),
    _one("a place that is gone ends it", "a_place_that_the_service_has_forgotten_is_no_dead_end",
         ("except (Gone, Rejected):\n            if not place:", "except Gone:\n            if place:")),
    _one("trips over an odd row", "records_that_make_no_sense_keep_no_other_out",
         ('if not isinstance(row, dict) or not isinstance(row.get("id"), (str, int)):', "if not row:")),
    _one("trips over an odd value", "values_of_a_wrong_type_keep_no_other_out",
         ('row.get("contact") if isinstance(row.get("contact"), dict) else {}', 'row["contact"]')),
    _one("takes anything for an empty list", "an_answer_without_a_list_is_not_an_empty_one",
         ('if not isinstance(rows, list):\n                raise Transient(LACKS, what="data")', "if not isinstance(rows, list):\n                rows = []"),
         ('answer.data["meta"].get("next")', '(answer.data.get("meta") or {}).get("next") if isinstance(answer.data, dict) else None')),
    _one("reads all before it gives one", "pages_come_as_they_are_read",
         ("def pull(self, cursor, scope):", "def pull(self, cursor, scope):\n        yield from list(self.pull_(cursor))\n\n    def pull_(self, cursor):")),
    _one("skips the first of each page", "every_lead_comes_when_the_last_page_is_full",
         (LIST, "leads = tuple(self.lead(row) for row in rows[1:] or rows)")),
    _one("forgets raw", "the_record_is_kept_as_it_came", ("raw=row,", "")),
    _one("a time without its zone", "times_are_the_services_in_utc",
         ('str(row.get("modified") or "")', 'str(row.get("modified") or "")[:19]')),
    _one("its own words for states", "a_status_is_one_of_leadqs_states", ('stage.removeprefix("crm-") if', "stage if")),
    _one("asks again after a 5xx", "a_5xx_in_a_pull_loses_nothing",
         _swallowing(LISTED, 12, LISTED, "Transient")),
    _one("takes a failure for the end", "a_timeout_in_a_pull_loses_nothing",
         _swallowing(LISTED, 12, "return", "Transient")),
    _one("a failure of its own", "a_login_that_expires_in_a_pull_is_told",
         _swallowing(LISTED, 12, "raise Transient('No.')")),
    _one("a pause without its seconds", "a_429_in_a_pull_is_told_with_its_seconds",
         _swallowing(LISTED, 12, "raise RateLimited()", "RateLimited")),
    # What goes out
    _one("a note without a marker", "the_marker_is_the_last_line_of_a_note",
         ("{change.note}\\n{change.marker}", "{change.note}")),
    _one("a marker that is not last", "the_marker_is_the_last_line_of_a_note",
         ("{change.note}\\n{change.marker}", "{change.marker}\\n{change.note}")),
    _one("no entry for a touch without words", "a_touch_without_words_leaves_its_marker_too",
         ("if change.adds:", "if change.note and change.scope != 'record':")),
    _one("an entry for everything", "what_only_sets_the_record_adds_no_note", ("if change.adds:", "if True:")),
    _one("a note that was there", "the_scope_record_adds_no_note",
         ("if change.adds:", "if change.note or change.verb == 'touch':")),
    _one("a record that is not ours", "the_scope_timeline_leaves_the_record_alone", ("if change.sets:", "if True:")),
    _one("an empty status is written", "a_change_without_a_status_leaves_it_as_it_is",
         ("if change.status:\n", "if True:\n")),
    _one("never sets the status", "a_verdict_sets_the_status", ('said["stage"] =', 'said["stages"] =')),
    _one("a result of another change", "every_change_gets_one_result_in_its_order",
         ("for change in changes:\n            with", "for change in reversed(changes):\n            with")),
    _one("a result too few", "every_change_gets_one_result_in_its_order",
         ("for change in changes:\n            with", "for change in changes[:10]:\n            with")),
    _one("the wrong op id", "every_change_gets_one_result_in_its_order",
         (APPLIED, 'yield Result(changes[0].op_id, "applied", change.external_id)')),
    _one("says so before it writes", "a_refusal_is_told_of_that_change_alone",
         ("            with self.http.change():\n", f"            {APPLIED}\n            with self.http.change():\n"),
         ("        for change in changes:\n", "        for change in changes:\n")),
    _one("swallows a refusal", "a_refusal_is_told_of_that_change_alone", _swallowing(PATCH, 20, "pass", "Rejected")),
    _one("one refusal for all", "a_lead_that_is_not_there_stops_no_other",
         _swallowing(PATCH, 20, "raise Transient('No.')", "Gone")),
    _one("done when nobody knows", "after_a_lost_answer_the_change_is_unknown", _swallowing(PATCH, 20, "pass", "Exception")),
    _one("undone when nobody knows", "after_a_timeout_the_change_is_unknown",
         _swallowing(PATCH, 20, "raise Transient('No.') from None", "AdapterError")),
    _one("writes again by itself", "after_a_503_the_change_is_unknown", _swallowing(PATCH, 20, PATCH)),
    _one("sleeps, then tries again", "nobody_waits",
         _swallowing(PATCH, 20, f"time.sleep(5); {PATCH}", "RateLimited")),
    _one("no change() around it", "a_record_that_was_written_and_a_note_that_was_not_are_not_called_undone",
         ("with self.http.change():", "if True:")),
    _one("cuts the note", "a_note_is_on_the_timeline_once_and_whole", ("{change.note}\\n", "{change.note.splitlines()[0] if change.note else ''}\\n")),
    _one("the note twice", "a_note_is_on_the_timeline_once_and_whole", (POST, f"{POST}; {POST}")),
    _one("ids are not quoted", "no_id_leads_to_another_lead",
         ("quote(lead, safe='')", "lead.strip('/ ').partition('?')[0].partition('#')[0]")),
    _one("a change for nobody", "a_change_without_an_id_goes_nowhere", ("if not lead:", "if False:")),
    _one("writes all before the first result", "results_come_as_they_are_known",
         ("def push(self, changes):", "def push(self, changes):\n        yield from list(self.push_(changes))[::-1]\n\n    def push_(self, changes):")),
    _one("trips over an answer without words", "an_answer_that_says_nothing_is_no_failure",
         (PATCH, f"{PATCH}.data['id']")),
    # What is proven
    _one("the op id is not on the record", "what_was_lost_and_sent_again_is_there_exactly_once",
         ("markers=self.markers(ref.external_id)", "markers=()")),
    _one("neither op id nor marker", "the_record_names_our_last_change",
         (', "leadq_op": change.op_id', ""), ("{change.note}\\n{change.marker}", "{change.note}")),
    _one("a stamp of its own", "the_stamp_comes_back_as_it_was_written",
         ('["leadq_stamp"] = change.stamp', '["leadq_stamp"] = change.stamp.upper()')),
    _one("stamps what sets no status", "the_stamp_is_that_of_the_last_status",
         ('"leadq_op": change.op_id}', '"leadq_op": change.op_id, "leadq_stamp": change.stamp}')),
    _one("gone when nobody knows", "a_5xx_at_a_look_is_no_answer", ("except Gone:", "except (Gone, Transient):")),
    _one("gone when the login is", "a_login_that_expires_at_a_look_is_told", ("except Gone:", "except AdapterError:")),
    _one("forbidden is gone", "a_lead_that_we_may_not_see_is_forbidden", ('"forbidden")', '"deleted")')),
    _one("one that is gone ends the look", "every_lead_that_is_asked_for_is_answered_once",
         ('yield Found(ref.external_id, "deleted")', 'yield Found(ref.external_id, "deleted"); return')),
    _one("looks at the list", "a_look_is_never_at_a_list",
         (ROW, 'row = next((row for row in self.http.get("/leads").data["data"] if str(row["id"]) == ref.external_id), None)\n                if row is None: raise Gone("no")')),
    _one("the newest marker first", "markers_are_read_when_they_are_asked_for", ("in self.notes(lead) if (", "in self.notes(lead)[::-1] if (")),
    _one("any marker anywhere", "what_others_write_is_no_marker",
         ('(marker := marker_in(note["body"]))', '(marker := note["body"].partition("leadq:")[2].split("\\n")[0])')),
    _one("a marker once", "a_marker_that_is_there_twice_is_read_twice",
         ("return tuple(marker for", "return tuple(dict.fromkeys(marker for"), ('(marker := marker_in(note["body"])))', '(marker := marker_in(note["body"]))))')),
    _one("an odd record is a lead", "an_empty_answer_at_a_look_is_no_lead",
         ("if not lead.external_id:\n            return None", "row = row if isinstance(row, dict) else {}")),
    _one("tidies the oldest away", "of_two_entries_the_oldest_stays", ("same[1:]", "same[:-1]")),
    _one("tidies too much", "tidying_leaves_everything_else_alone", ('if marker_in(note["body"]) == op_id]', 'if marker_in(note["body"])]')),
    # What must never happen
    _one("the token in an error", "no_sentence_holds_a_secret",
         _swallowing(ME, 8, 'raise Transient(f"{self.token} does not work.")', "Transient")),
    _one("the token in the address", "the_token_goes_into_headers_only", ('get("/me")', 'get("/me", {"key": self.token})')),
    _one("the token in a body", "the_token_goes_into_headers_only", ('said = {"lost_reason"', 'said = {"key": self.token, "lost_reason"')),
    _one("the token in its repr", "no_repr_shows_a_secret", ('return "Right()"', 'return f"Right({self.token})"')),
    _one("the token in raw", "nothing_that_comes_out_holds_a_secret", ("raw=row,", 'raw={"key": row and TOKENS[0]},'),
         ("self.token =", "TOKENS[:] = [context.secrets['token']]; self.token ="), ("OVERLAP =", "TOKENS = []\nOVERLAP =")),
    _one("prints", "nothing_is_printed", (ME, f'{ME}; print("checked")')),
    _one("a line of its own", "check_names_the_account_and_always_the_same",
         (ME, f"import socket\n        with socket.socket() as line:\n            line.connect(('127.0.0.1', 9))\n        {ME}")),
    _one("a thread of its own", "check_names_the_account_and_always_the_same",
         (ME, f'import threading; done = threading.Event(); threading.Thread(target=done.wait, args=(0.2,), daemon=True).start(); {ME}')),
    _one("a cut name ends the pull", "a_name_that_turns_the_direction_comes_in",
         ("fields = {", "(contact.get('name') or '').encode('latin-1')\n        fields = {")),
)  # fmt: skip
