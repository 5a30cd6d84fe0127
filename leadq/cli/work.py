"""`leadq work`: the day line by line, on the actions of the screen: for screen readers, dumb terminals and pipes."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from leadq import config, day, keymap, read, refs, views
from leadq.actions import ACTIONS, LINE_ONLY, Action, keys_of, use_keys
from leadq.agenda import told_day, told_radar
from leadq.cli.base import Session, command
from leadq.cli.card import event_line
from leadq.cli.gestures import When, calendar_of, show_done, show_taken_back
from leadq.cli.line_lead import before_a_call, left, read_out
from leadq.cli.questions import BLANK, QUESTIONS, Answers, Form, ask_all, verb_of, verdicts
from leadq.cli.tables import page_width
from leadq.cli.talk import Back, Ended, Talk
from leadq.domain import verbs
from leadq.domain.bands import PROMISE_LEAD_MS
from leadq.domain.contract import HOUR_MS
from leadq.domain.situation import Refused
from leadq.drawing import use_ascii
from leadq.errors import Exit, LeadqError
from leadq.explain import stored_contract
from leadq.i18n import N_, _
from leadq.order import IS_OPEN, Filter
from leadq.refusals import ABOUT, refusal
from leadq.saying import say_when
from leadq.text import fold
from leadq.words import labelled

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from leadq.domain.verbs import Verb

SKIPPED: Final = "skipped"
"""Why a lead that was passed over is snoozed."""

_MOVES_ON: Final = frozenset({"call", "touch", "reject", "disqualify", "recycle", "qualify", "snooze", "pause"})
"""After these the next lead comes by itself; a rep who accepts a lead, or hears from one, goes on with it."""

_HINTS: Final = {"someone_elses": N_("Type “take” to take it over.")}
"""What is said in line mode where the command line names an option."""


@command(
    "work",
    help=N_(
        "Work the queue line by line: one field a line, words instead of colours.\n\n"
        "For screen readers, dumb terminals and pipes. A key or a word is typed, then answers, one a line."
    ),
)
def work(session: Session) -> None:
    """Talk until the user quits or the input ends."""
    if session.as_json:
        message = _("A conversation cannot be a JSON document.")
        raise LeadqError("usage", message, hint=_("Use `leadq list --json`."), exit_status=Exit.USAGE)
    if config.load(session.home).ascii:
        use_ascii(True)
    use_keys(keymap.load(session.home.keys).keys)
    Work(session).run()


class Work:
    """One sitting: the lead at hand, those passed over, the promises that have rung."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._me = config.load(session.home).me
        self._wanted = Filter(view="all" if self._me == config.NOBODY else "mine", me=self._me)
        self._queue = session.queue()
        self._talk = Talk(self._rung)
        self._lead: int | None = None
        self._passed: dict[int, int] = {}
        self._told: set[tuple[int, int]] = set()

    def run(self) -> None:
        """Until `q`, or until there is nobody to answer."""
        self._greet()
        try:
            self._move_on()
            while self._step():
                pass
        except Ended:
            pass

    def _greet(self) -> None:
        with self._look() as (db, at):
            counts = read.counts(db, at, self._wanted)
        figures = (
            labelled(_("Open"), str(counts.open)),
            labelled(_("At risk"), str(counts.at_risk)),
            labelled(_("Late"), str(counts.breached)),
            labelled(_("On the radar"), str(counts.radar)),
        )
        self._talk.say(*figures, _("“?” lists the words; “.” goes back from a question."))

    @contextmanager
    def _look(self) -> Iterator[tuple[sqlite3.Connection, read.Moment]]:
        with self._session.store.read() as db:
            yield db, read.moment(db, self._session.clock.now_ms())

    def _step(self) -> bool:
        """One word and what follows from it; False when the user leaves. What goes wrong is one sentence."""
        self._rung()
        title = _("What now") if self._lead is None else _("Lead {id}, what now").format(id=self._lead)
        try:
            return self._obey(self._talk.hear(_("{question}?").format(question=title)))
        except LeadqError as error:
            self._talk.say(_sentence(error))
            return True

    def _obey(self, typed: str) -> bool:
        word, _space, rest = typed.partition(" ")
        action = find(word)
        if not typed:
            self._read_out()
        elif action is None and self._names_a_lead(typed):
            self._turn_to(self._found(typed))
        elif action is None:
            self._talk.say(_unknown(word))
        elif action.id == "quit":
            return False
        else:
            if rest.strip() and action.id not in _ABOUT_A_LEAD:
                self._talk.say(_("“{word}” is one word too many.").format(word=rest.strip()))
                return True
            if rest.strip():
                self._lead = self._found(rest)
            _HANDLERS[action.id](self)
        return True

    def _names_a_lead(self, typed: str) -> bool:
        short = len(typed) < 400
        return short and (typed.isdigit() or "@" in typed or ":" in typed or typed.count("-") == 4)

    def _found(self, reference: str) -> int:
        with self._look() as (db, _at):
            return refs.find(db, reference)

    def _rung(self) -> bool:
        """Whether a promise has become due since somebody last looked: it is said, and comes next.

        Next, not now: whoever types ahead of what is said must not log a call on another lead.
        """
        with self._look() as (db, at):
            where, params = self._wanted.where()
            due = db.execute(
                f"SELECT l.id, l.promise_ms FROM lead l WHERE {where} AND {IS_OPEN} AND l.promise_ms <= :soon"
                " ORDER BY l.promise_ms",
                {**params, "soon": at.now_ms + PROMISE_LEAD_MS},
            ).fetchall()
            fresh = [pair for pair in map(tuple, due) if pair not in self._told]
            lines = read.lines(db, at, [lead_id for lead_id, _ms in fresh])
        for lead_id, promise_ms in fresh:
            self._talk.ring()
            self._talk.say(_("Promise, lead {id}: {who}, {when}, {left}").format(
                id=lead_id, who=lines[lead_id].name or lines[lead_id].company,
                when=say_when(promise_ms, at.zone, at.now_ms), left=left(promise_ms, at),
            ))  # fmt: skip
            self._told.add((lead_id, promise_ms))
            self._passed.pop(lead_id, None)
        return bool(fresh)

    def _move_on(self) -> None:
        """To the first lead of the queue that was not passed over in this sitting."""
        self._rung()
        with self._look() as (db, at):
            passed = {lead_id for lead_id, until_ms in self._passed.items() if until_ms > at.now_ms}
            ids = read.queue_ids(db, at, self._wanted, limit=len(passed) + 1)
        first = next((lead_id for lead_id in ids if lead_id not in passed), None)
        if first is None and ids:
            self._talk.say(_("That was all of them; from the top again."))
            self._passed.clear()
            first = ids[0]
        if first is None:
            self._lead = None
            self._talk.say(_("Nothing waits for you."))
        else:
            self._turn_to(first)

    def _turn_to(self, lead_id: int) -> None:
        self._lead = lead_id
        self._read_out()

    def _read_out(self) -> None:
        if self._lead is None:
            self._move_on()
            return
        with self._look() as (db, at):
            self._talk.tell(read_out(db, at, self._lead))

    def _at_hand(self) -> int:
        if self._lead is None:
            raise LeadqError("no_such_lead", _("Nothing waits for you."), exit_status=Exit.NOT_FOUND)
        return self._lead

    def _do(self, name: str, verb: Verb) -> None:
        done = self._queue.perform([str(self._at_hand())], verb)
        show_done(self._session, done)
        self._lead = done.lead_ids[0]
        if name in _MOVES_ON:
            self._move_on()

    def _ask(self, name: str) -> None:
        """The questions of a gesture until the rules take it, or until the user goes back from the first."""
        self._allowed(name)
        form, known = self._form(), Answers()
        while ask_all(form, name, known):
            try:
                self._do(name, verb_of(name, known, form.when.at.now_ms))
            except LeadqError as error:
                about = ABOUT.get(error.code, "")
                if about not in known:
                    raise
                self._talk.say(_sentence(error))
                del known[about]
            else:
                return
        self._talk.say(_("Nothing was written."))

    def _call(self) -> None:
        """The number and what to say; then how it ended. Whoever does not want to be called is not."""
        with self._look() as (db, at):
            if views.leads(db, at, [self._at_hand()])[0]["opposed_at"]:
                raise refusal(Refused("opposed"))
            self._talk.tell(before_a_call(db, at, self._at_hand()))
        self._ask("call")

    def _allowed(self, name: str) -> None:
        """Raises the rules' refusal when they would take no answer at all."""
        try:
            if name in BLANK:
                self._queue.perform([str(self._at_hand())], BLANK[name])
        except LeadqError as error:
            if not error.code.startswith("needs_"):
                raise

    def _form(self) -> Form:
        lead_id = self._at_hand()
        with self._look() as (db, at):
            (digest,) = db.execute(
                "SELECT k.hash FROM lead l JOIN contract k ON k.id = l.contract_id WHERE l.id = ?", (lead_id,)
            ).fetchone()
            return Form(self._talk, When(at, calendar_of(db, lead_id)), stored_contract(db, digest)[1])

    def _verdict(self) -> None:
        """One of the verdicts that the rules would take."""
        offered, refused = [], None
        for choice in verdicts():
            try:
                self._allowed(choice.value)
            except LeadqError as error:
                refused = refused or error
            else:
                offered.append(choice)
        if not offered and refused:
            raise refused
        try:
            chosen = self._talk.choose(_("verdict"), offered)
        except Back:
            self._talk.say(_("Nothing was written."))
        else:
            self._ask(chosen)

    def _next(self) -> None:
        """Aside for an hour, and said so: what is passed over is passed over by somebody (field.md 1c)."""
        if self._lead is not None:
            until_ms = self._session.clock.now_ms() + HOUR_MS
            try:
                self._do("next", verbs.Snooze(until_ms, SKIPPED))
            except LeadqError as error:
                if error.exit_status is not Exit.REFUSED:
                    raise  # a closed lead has nothing to put aside
            self._passed[self._lead] = until_ms
        self._move_on()

    def _take_back(self, *, again: bool) -> None:
        if not self._session.home.exists:
            raise refusal(Refused("nothing_to_redo" if again else "nothing_to_undo"))
        done = self._queue.redo() if again else self._queue.undo()
        sentence = "{id}  {who}: done again, {state}" if again else "{id}  {who}: taken back, {state} again"
        show_taken_back(self._session, done, sentence)
        for lead_id in done.lead_ids[:1]:
            self._passed.pop(lead_id, None)
            self._turn_to(lead_id)

    def _sync(self) -> None:
        from leadq.cli.sync import told
        from leadq.sync.engine import run_sync  # the ORM: not before it is needed

        self._talk.tell(told(run_sync(self._session.home, now_ms=self._session.clock.now_ms())))

    def _show(self) -> None:
        self._read_out()
        with self._look() as (db, at):
            rows = views.timeline(db, views.leads(db, at, [self._at_hand()])[0]["uid"])
            contract = stored_contract(db, rows[0].data["contract"])[1]
            self._talk.tell(event_line(row, at, contract).strip() for row in reversed(rows))

    def _radar(self) -> None:
        with self._look() as (db, at):
            self._talk.tell(told_radar(db, at, read.radar(db, at), page_width()))

    def _day(self) -> None:
        with self._look() as (db, at):
            self._talk.tell(told_day(db, day.look(db, at, self._me), page_width()))

    def _help(self) -> None:
        for action in sorted(_KNOWN, key=lambda action: action.scope == "line"):
            words = [key for key in keys_of(action) if len(key) == 1 or action.scope == "line"]
            said = ", ".join(dict.fromkeys((*words, action.id)))
            self._talk.say(labelled(said, f"{_(action.title)}. {_(action.help)}"))
        self._talk.say(_("A number or an e-mail address turns to that lead; Enter reads the one at hand again."))


_HANDLERS: Final[dict[str, Callable[[Work], object]]] = {
    "accept": lambda sitting: sitting._do("accept", verbs.Accept()),
    "take": lambda sitting: sitting._do("take", verbs.Accept(take=True)),
    "resume": lambda sitting: sitting._do("resume", verbs.Resume()),
    **{name: partial(Work._ask, name=name) for name in QUESTIONS},
    "call": Work._call,
    "verdict": Work._verdict,
    "next": Work._next,
    "undo": partial(Work._take_back, again=False),
    "redo": partial(Work._take_back, again=True),
    "sync": Work._sync,
    "show": Work._show,
    "radar": Work._radar,
    "day": Work._day,
    "help": Work._help,
}
"""Action -> what line mode does for it."""

_ABOUT_A_LEAD: Final = frozenset({*QUESTIONS, "accept", "take", "resume", "verdict", "show", "next"})
"""Words behind which a lead may be named."""

_KNOWN: Final = tuple(action for action in (*LINE_ONLY, *ACTIONS) if action.id in _HANDLERS or action.id == "quit")


def find(word: str) -> Action | None:
    """The action of a key, or of its name in English or in the user's language."""
    exact = next((action for action in _KNOWN if word and word in (action.id, *keys_of(action))), None)
    wanted = fold(word)
    return exact or next((action for action in _KNOWN if wanted and wanted in (action.id, fold(_(action.title)))), None)


def _unknown(word: str) -> str:
    names = [name for action in _KNOWN for name in (action.id, fold(_(action.title)))]
    near = difflib.get_close_matches(fold(word), names, n=1, cutoff=0.5)
    none = _("There is no word “{word}” here.").format(word=word)
    return f"{none} {_('Did you mean {nearest}?').format(nearest=near[0]) if near else _('“?” lists them.')}"


def _sentence(error: LeadqError) -> str:
    """What went wrong and the way out, unless that is an option of the command line."""
    hint = _(_HINTS.get(error.code, "")) or ("" if "--" in error.hint else error.hint)
    return f"{error.message} {hint}".rstrip()
