"""Every action of the screen, once: what it is called, what it does, on which keys.

Bindings, the palette, the help, docs/keybindings.md and `leadq keys` are made from this list, so none of them can
say something else than the others. Keys are written as people say them: `j`, `ctrl+d`, `?`, `G`, and `,t` for two keys
one after the other. The user's own (`leadq.keymap`) stand in their place; only the page in docs/ shows these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadq.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOVE: Final = N_("Move")
WORK: Final = N_("Work a lead")
FIND: Final = N_("Find")
VIEWS: Final = N_("Views")
PROGRAM: Final = N_("leadq")
VERDICT: Final = N_("In the verdict")
CALL: Final = N_("During a call")
CARE: Final = N_("Put off, pass on")
LOOP: Final = N_("With marketing")
FORM: Final = N_("In a dialog")
OUTBOX: Final = N_("In the outbox, and in what needs you")
LOG: Final = N_("In the log")
GROUPS: Final = (MOVE, WORK, CALL, VERDICT, CARE, LOOP, FORM, FIND, VIEWS, OUTBOX, LOG, PROGRAM)
CHORD: Final = ","
"""What two keys that mean one thing begin with; it is no key of its own."""

LINE: Final = N_("Only line by line: leadq work")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a user can do. `scope`: where its keys work ("queue", "call", "verdict", "dialog", "outbox",
    "log", "everywhere", "line"); `by_key`: each of its keys does something else, and is handed on to it."""

    id: str
    title: str
    help: str
    group: str
    keys: tuple[str, ...]
    scope: str = "queue"
    show_in_footer: bool = False
    by_key: bool = False


ACTIONS: Final = (
    Action("down", N_("Next lead"), N_("Select the lead below."), MOVE, ("j", "down")),
    Action("up", N_("Previous lead"), N_("Select the lead above."), MOVE, ("k", "up")),
    Action("first", N_("First lead"), N_("Go to the top of the queue."), MOVE, ("g", "home")),
    Action("last", N_("Last lead"), N_("Go to the end of the queue."), MOVE, ("G", "end")),
    Action("half_page_down", N_("Half a page down"), N_("Go down half a page."), MOVE, ("ctrl+d",)),
    Action("half_page_up", N_("Half a page up"), N_("Go up half a page."), MOVE, ("ctrl+u",)),
    Action("page_down", N_("A page down"), N_("Go down a page."), MOVE, ("pagedown", "ctrl+f")),
    Action("page_up", N_("A page up"), N_("Go up a page."), MOVE, ("pageup", "ctrl+b")),
    Action("open", N_("Open the card"), N_("Show everything known of the lead."), MOVE, ("enter",)),
    Action(
        "accept", N_("Accept"), N_("Take the lead on: it is yours from then on."), WORK, ("a",), show_in_footer=True
    ),
    Action("take", N_("Take over"), N_("Accept a lead that belongs to somebody else."), WORK, ("A",)),
    Action(
        "call",
        N_("Call"),
        N_("Begin a call: its number, what to say, and how it ended by one digit."),
        WORK,
        ("c",),
        show_in_footer=True,
    ),
    Action("touch", N_("Touch"), N_("Log a call, an e-mail or another contact."), WORK, ("t",)),
    Action(
        "verdict",
        N_("Verdict"),
        N_("Reject, disqualify, recycle or qualify, with the reason that marketing needs."),
        WORK,
        ("v",),
        show_in_footer=True,
    ),
    Action("note", N_("Note"), N_("Write something down about the lead."), WORK, ("m",)),
    Action("correct", N_("Correct"), N_("Take back one thing of its history that did not happen."), WORK, ("e",)),
    Action("undo", N_("Undo"), N_("Take back your last verb."), WORK, ("u",), show_in_footer=True),
    Action("redo", N_("Redo"), N_("Do again what you have just taken back."), WORK, ("ctrl+r",)),
    Action("copy", N_("Copy"), N_("Copy name, company, phone and e-mail to the clipboard."), WORK, ("y",)),
    Action("copy_one", N_("Copy one thing"), N_("Choose what to copy: e-mail, phone, name, card."), WORK, ("Y",)),
    Action(
        "links", N_("Links"), N_("Open the lead in the CRM, write to it, or open one of its addresses."), WORK, ("L",)
    ),
    Action("dial", N_("Dial"), N_("Hand the number to this machine’s telephone program."), CALL, ("o",), "call"),
    Action("copy_number", N_("Copy the number"), N_("Copy the number to the clipboard."), CALL, ("y",), "call"),
    Action("qr", N_("QR code"), N_("Show the number as a QR code, for a telephone’s camera."), CALL, ("r",), "call"),
    Action("reject", N_("Reject"), N_("Refuse the handoff, before any contact."), VERDICT, ("r",), "verdict"),
    Action("disqualify", N_("Disqualify"), N_("Close the lead, after a contact."), VERDICT, ("d",), "verdict"),
    Action("recycle", N_("Recycle"), N_("Give the lead back to marketing for a while."), VERDICT, ("w",), "verdict"),
    Action("qualify", N_("Qualify"), N_("Pass the lead on as an opportunity."), VERDICT, ("Q",), "verdict"),
    Action("pause", N_("Pause"), N_("Let the lead wait, for a reason that the contract accepts."), CARE, ("p",)),
    Action("resume", N_("Resume"), N_("Take a paused lead up again before its time."), CARE, ("P",)),
    Action("snooze", N_("Snooze"), N_("Put the lead out of sight for a while; its clocks run on."), CARE, ("z",)),
    Action("assign", N_("Assign"), N_("Give the lead to a member."), CARE, ("o",)),
    Action("merge", N_("Merge"), N_("Say that the lead is the same as another one, which goes on."), CARE, ("M",)),
    Action("reopen", N_("Reopen"), N_("Begin a new cycle of a closed lead."), CARE, ("r",)),
    Action("dispute", N_("Dispute"), N_("Say that you do not agree with a verdict."), LOOP, ("d",)),
    Action(
        "answer", N_("Answer"), N_("Answer a verdict for marketing: taken note of, changed, declined."), LOOP, ("B",)
    ),
    Action("reroute", N_("Reroute"), N_("Send a rejected lead to whom it should have gone."), LOOP, ("w",)),
    Action("resubmit", N_("Resubmit"), N_("Hand a refused lead over again, once it is mended."), LOOP, ("b",)),
    Action(
        "empty_draft", N_("Empty"), N_("Forget the draft that a dialog has brought back."), FORM, ("ctrl+l",), "dialog"
    ),
    Action("mark", N_("Select"), N_("Add the lead to those that verbs act on, or not, and go on."), FIND, ("space",)),
    Action(
        "mark_all", N_("Select all"), N_("Add all leads of the view to those that verbs act on, or none."), FIND, ("*",)
    ),
    Action("search", N_("Search"), N_("Show only leads with these words."), FIND, ("/",), show_in_footer=True),
    Action("next_match", N_("Next match"), N_("Go to the next lead found, round the end."), FIND, ("n",)),
    Action("previous_match", N_("Previous match"), N_("Go to the lead found before."), FIND, ("N",)),
    Action(
        "leave",
        N_("Leave"),
        N_("Close a dialog, select none, or show all leads again after a search."),
        FIND,
        ("escape",),
    ),
    Action(
        "next_view",
        N_("Next view"),
        N_("Mine, all, radar, needs you, then the saved ones: go to the next."),
        VIEWS,
        ("tab",),
        show_in_footer=True,
    ),
    Action("previous_view", N_("Previous view"), N_("Go to the view before."), VIEWS, ("shift+tab",)),
    Action("view", N_("View by number"), N_("Go to the view of that number."), VIEWS, tuple("123456789"), by_key=True),
    Action("save_view", N_("Save the view"), N_("Keep this view and its search under a name."), VIEWS, ("ctrl+s",)),
    Action(
        "density", N_("Density"), N_("Give each lead one line, or a second one for what has no column."), VIEWS, ("-",)
    ),
    Action("focus_mode", N_("Focus"), N_("Show one lead at a time instead of the list, and back."), VIEWS, ("f",)),
    Action("needs_you", N_("Needs you"), N_("Conflicts, refused changes and answers, to decide."), VIEWS, ("!",)),
    Action("outbox", N_("Outbox"), N_("Show what waits to go to the CRMs."), VIEWS, ("O",)),
    Action("day", N_("Day"), N_("Say what fits into the day, and what waits."), VIEWS, ("D",)),
    Action("radar", N_("Radar"), N_("Show what would otherwise be forgotten, and back."), VIEWS, ("R",)),
    Action("contract", N_("Contract"), N_("Read what both teams agreed: words, promises, delays."), VIEWS, ("C",)),
    Action("figures", N_("Figures"), N_("The figures of the week, and the leads behind each."), VIEWS, ("F",)),
    Action("log", N_("Log"), N_("What happened, how syncs went, and what failed."), VIEWS, ("l",)),
    Action("take_mine", N_("Take mine"), N_("Send your status over the CRM’s own."), OUTBOX, ("1",), "outbox"),
    Action("take_theirs", N_("Take theirs"), N_("Let the CRM’s status stand."), OUTBOX, ("2",), "outbox"),
    Action("retry", N_("Try again"), N_("Let the change go out after all."), OUTBOX, ("r",), "outbox"),
    Action("resolve", N_("By hand"), N_("Say that a person has seen to it: it is not sent."), OUTBOX, ("h",), "outbox"),
    Action("discard", N_("Discard"), N_("Keep the change from ever being sent."), OUTBOX, ("x",), "outbox"),
    Action(
        "similar",
        N_("Similar"),
        N_("Decide the same for all similar changes, or again for one."),
        OUTBOX,
        ("=",),
        "outbox",
    ),
    Action(
        "take_back",
        N_("Take back"),
        N_("Undo your last decision here, as long as no sync has gone on from it."),
        OUTBOX,
        ("u",),
        "outbox",
    ),
    Action("copy_line", N_("Copy"), N_("Copy the line with all there is to it."), LOG, ("y",), "log"),
    Action("sync", N_("Sync"), N_("Send outcomes and fetch news, in the background."), PROGRAM, ("s",)),
    Action(
        "suspend",
        N_("Suspend"),
        N_("Give the terminal back to the shell for a while; `fg` comes back."),
        PROGRAM,
        ("ctrl+z",),
        "everywhere",
    ),
    Action("help", N_("Help"), N_("Show the keys and the signs."), PROGRAM, ("?", "f1"), "everywhere", True),
    Action("palette", N_("Commands"), N_("Find an action by its name."), PROGRAM, ("ctrl+p",), "everywhere"),
    Action("theme", N_("Theme"), N_("Choose the colours of the screen."), PROGRAM, (",t",)),
    Action("quit", N_("Quit"), N_("Leave leadq; everything is saved."), PROGRAM, ("q", "ctrl+q"), "queue", True),
)

LINE_ONLY: Final = (
    Action("next", N_("Next"), N_("Put the lead aside for an hour, and go on."), LINE, ("next", "n", "skip"), "line"),
    Action("inbound", N_("Inbound"), N_("Log that the prospect called or wrote."), LINE, ("inbound", "i"), "line"),
    Action("show", N_("Show"), N_("Read the lead out with its history."), LINE, ("show",), "line"),
)
"""What line mode can do beside the screen's actions; its keys are words to type."""

EVERY: Final = (*ACTIONS, *LINE_ONLY)

BY_ID: Final = {action.id: action for action in ACTIONS}


_own: dict[str, tuple[str, ...]] = {}


def use_keys(own: Mapping[str, tuple[str, ...]]) -> None:
    """Show and take these keys from now on, in this process, for the actions named; the others keep their own."""
    _own.clear()
    _own.update(own)


def keys_of(action: Action) -> tuple[str, ...]:
    """The keys of an action as the user has them; () when it has none."""
    return _own.get(action.id, action.keys)


def key_of(action: Action) -> str:
    """The key to show where there is room for one; "" when it has none."""
    return next(iter(keys_of(action)), "")


def say_key(action_id: str) -> str:
    """The key of an action in a sentence; for one without keys, how the palette finds it."""
    action = BY_ID[action_id]
    if key := key_of(action):
        return {"escape": _("Esc"), "tab": "Tab"}.get(key, key)
    return f"{key_of(BY_ID['palette']) or '?'} {_(action.title)}"


def written_keys(keys: Iterable[str]) -> Iterator[str]:
    """These keys, and for a capital letter also `shift+g`: terminals differ in which of the two they send."""
    for key in keys:
        yield key
        if len(key) == 1 and key.isalpha() and key.isupper():
            yield f"shift+{key.lower()}"


def terminal_keys(action: Action) -> Iterator[str]:
    """The user's keys of an action, as a terminal may send them."""
    return written_keys(keys_of(action))


def as_json() -> list[dict[str, Any]]:
    """The list as `leadq keys --json` prints it, in the user's language."""
    return [
        {
            "id": action.id,
            "title": _(action.title),
            "help": _(action.help),
            "group": _(action.group),
            "keys": list(terminal_keys(action)),
            "scope": action.scope,
        }
        for action in EVERY
    ]


def as_markdown() -> str:
    """The page docs/keybindings.md, in the user's language."""
    own = _("These are the keys that leadq comes with; [yours](keys-and-themes.md) may be others.")
    lines = [f"# {_('Keys')}", "", f"{_('This page is generated from leadq/actions.py.')} {own}"]
    for group in (*GROUPS, LINE):
        lines += ["", f"## {_(group)}", "", f"| {_('key')} | {_('action')} | {_('what it does')} |", "|---|---|---|"]
        for action in EVERY:
            if action.group == group:
                keys = " ".join(f"`{key}`" for key in action.keys)
                lines.append(f"| {keys} | {_(action.title)} | {_(action.help)} |")
    return "\n".join(lines) + "\n"
