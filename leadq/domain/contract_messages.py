"""Every sentence that reading a contract can say: English templates, translated where they are shown."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class M(StrEnum):
    """What is wrong."""

    # The file as a whole
    ENCODING = "This file is not UTF-8: the byte {byte} cannot be read."
    UNREADABLE = "The system does not let it be read: {reason}."
    SYNTAX = "This is not valid TOML: {reason}."
    BAD_VALUE = "This value is not valid TOML."
    NO_SUCH_DATE = "This date or time does not exist."
    TWICE = "{name} is declared a second time here."
    KEY_TWICE = "This key is given a second time in the same table."
    UNCLOSED = "A quote, bracket or brace that was opened before this place is not closed."
    NUMBER_TOO_LONG = "A number in this file has thousands of digits."
    TOO_DEEP = "Lists or tables are nested too deeply."
    SCHEMA = "Schema {value} is not one that this version of leadq reads."

    # Shape
    UNKNOWN_KEY = '"{name}" is not a key of this table.'
    MISSING_KEY = '"{name}" is missing here.'
    EMPTY = "This cannot be empty."
    NOT_TEXT = "This must be a text in quotes."
    NOT_WHOLE = "This must be a whole number."
    NOT_NUMBER = "This must be a number."
    NOT_FLAG = "This must be true or false."
    NOT_DATE = "This must be a date."
    NOT_LIST = "This must be a list."
    NOT_TABLE = "This must be a table."
    NOT_ONE_OF = '"{value}" is not known here.'
    TOO_SMALL = "{value} is too small: the least is {least}."
    TOO_LARGE = "{value} is too large: the most is {most}."
    OUT_OF_RANGE = "{value} is not between 0 and 1."
    DUPLICATE = '"{name}" is used a second time here.'
    VIEW_NAME = '"{name}" cannot name a view: 1 to 30 letters, digits, spaces or hyphens, not one always there.'
    PIN = "A pin is sha256: and the 64 characters of a hash."
    NO_STATE = '"{name}" is not a state of a lead.'
    NOT_HERE = '"{name}" looks like a secret, and anybody who sees this file could use it.'
    DATES_REVERSED = "{last} is before {first}."

    # Time
    NOT_DURATION = '"{value}" is not a length of time.'
    NOT_POSITIVE = '"{value}" is not more than zero.'
    TOO_LONG = '"{value}" is longer than a year.'
    NEEDS_UNIT = '"{value}" needs a unit: 24h on the calendar and 24h on the wall clock differ.'
    BD_ON_WALL = '"{value}" is in business days, which a wall clock does not know.'
    ONLY_BD = '"{value}" must be in business days.'
    STRETCH_BD = "A stretch is in minutes or hours."
    STRETCH_TOO_LONG = "The stretch is not shorter than the target."
    TARGET_OR_CADENCE = "A clock has either a target or a cadence."
    CADENCE_ELSEWHERE = "Only the clock next_touch has a cadence."
    UNKNOWN_CLOCK = '"{name}" is not a clock.'

    # Calendars
    UNKNOWN_ZONE = '"{value}" is not a time zone.'
    UNKNOWN_COUNTRY = 'No public holidays are known for the country "{value}".'
    UNKNOWN_SUBDIVISION = '"{value}" is not a subdivision of {country} with holidays of its own.'
    NO_COUNTRY = "A subdivision needs a country."
    NOT_A_WINDOW = '"{value}" is not a window of opening hours.'
    WINDOWS_OVERLAP = 'Two windows of "{value}" overlap.'
    NIGHT_OVERLAPS = "The window that runs past midnight overlaps the first window of {day}."
    NEVER_OPEN = 'The calendar "{name}" is never open.'
    UNKNOWN_CALENDAR = 'No calendar "{name}" is in this file.'

    # Rules
    MATCH = "This condition cannot be used: {reason}."
    NO_POLICY = "There is no policy."
    NO_CATCH_ALL = "The last policy must match every lead."
    NEVER_REACHED = '"{name}" is never reached: "{catch_all}" before it matches every lead.'
    UNKNOWN_FIELD = '"{name}" is not something that a lead can come with.'
    NOT_A_STATE = '"{name}" is not a state of a lead, and only states have a label.'
    NOT_FEEDBACK = '"{name}" is not a part of the feedback.'
    UNKNOWN_REASON = '"{name}" is not a standard reason.'
    REASON_NOT_USED = '"{name}" is not a reason of this contract.'
    REASON_CLASS = 'A reason of the class "{klass}" cannot have the code "{code}".'
    REASON_SHADOWS = '"{code}" is a standard reason: a company cannot give it another meaning.'
    UNKNOWN_MEMBER = 'No member "{name}" is in this file.'
    SELF_COVER = '"{name}" cannot cover their own leave.'
    ESCALATION_MOMENT = '"{value}" is not a moment of a clock.'
    STEP_WITHOUT_EFFECT = "This step tells nobody and does nothing."
    LABEL_OUTSIDE_CUSTOM = 'The label of "{name}" is not used: only the dictionary "custom" takes labels from here.'

    # Keys and colours of the screen
    UNKNOWN_ACTION = '"{name}" is not an action, so it has no keys.'
    NOT_KEYS = "This must be a key in quotes, or a list of keys."
    NOT_A_KEY = '"{value}" is not a key.'
    KEY_SAME = 'A terminal cannot tell "{value}" from "{same}".'
    KEY_SHIFTED = 'A terminal does not send "{value}" but the sign that it types.'
    KEY_UNSENT = 'Most terminals do not send "{value}".'
    KEY_BEGINS = '"," only begins a chord of two keys.'
    KEY_CHORD_ASKED = '"{name}" is done in a dialog, where a chord does not work.'
    KEY_KEPT = '"{value}" keeps its own meaning there.'
    KEY_TAKEN = '"{value}" is also a key of "{name}" in the same place.'
    NOT_A_COLOUR = '"{value}" is not a colour.'
    NO_THEME = 'There is no theme "{name}".'
    KEY_NEEDED = '"{name}" must keep a key.'

    # Warnings only
    NO_CRITERION = "There is no criterion: a rejection has nothing to cite."
    NO_MONTHLY = "Marketing promises no number of handoffs a month."
    NO_FIRST_TOUCH = "Sales promises no delay of first touch."
    NO_CADENCE = "There is no minimum cadence: a lead can be called unreachable at once."
    NO_CLOCK = 'The policy "{name}" has no clock: its leads are never due.'
    OTHER_TIER = 'The tier "{value}" is none of hot, warm and standard: only hot leads have a band of their own.'
    ROUTING_GAP = "The last routing rule does not match every lead: the others stay without an owner."
    RARELY_OPEN = 'The calendar "{name}" does not open for {days} days in a row from {first} on, days off not counted.'
    SAME_MATCH = '"{name}" is never reached: "{earlier}" before it has the same condition.'
    IMPLIED_MATCH = '"{name}" is never reached: "{earlier}" before it takes all of its leads.'
    WALL_RUNS_OUT = "A wall clock of {target} can run out while nobody is there: {calendar} stays closed for {closed}h."
    REVIEW_PAST = "This was to be reviewed by {day}."
    NO_CALENDAR = 'The member "{name}" has no calendar: nobody knows when they are there.'
    SIGNED_OTHER = "{by} signed another text than this one."


class Hint(StrEnum):
    """What to do about it."""

    NONE = ""
    DID_YOU_MEAN = 'Did you mean "{nearest}"?'
    ONE_OF = "Use one of: {options}."
    ENCODING = "Save the file as UTF-8; it looks like {guess}."
    QUOTES = "A text stands between quotes; true, false, numbers and dates stand without."
    CLOSE = "Look for it in the lines above."
    JOIN = "Keep one of the two, or give one another name."
    SCHEMA = "Write schema = 1, or install a newer leadq."
    DATE = "Write it without quotes, as 2026-04-01."
    NUMBER = "Write it without quotes, with a point for decimals."
    FLAG = "Write it without quotes."
    LIST = "Write it between square brackets."
    TABLE = "Write it between braces, or under a heading between brackets."
    DURATION = 'Write minutes, hours or business days, as "15m", "4h" or "2bd".'
    UNIT = 'Add unit = "business" or unit = "wall".'
    WALL_DAYS = 'Write hours, as "48h", or take the unit away.'
    BD = 'Write business days, as "5bd".'
    CLOCK = 'Write target = "4h", or a cadence in next_touch.'
    ZONE = "Use a name of the IANA list, as Europe/Paris."
    COUNTRY = "Use a code of two letters, as FR; without public holidays, leave it empty."
    WINDOW = "Write opening and closing, as 09:00-12:30; times go from 00:00 to 24:00."
    NO_OVERLAP = "Join the windows or move one."
    OPEN = 'Give at least one day a window, as mon = "09:00-18:00".'
    CATCH_ALL = 'Add a policy with match = "true" at the end.'
    MOVE_UP = "Move it up, or take one of them away."
    ROUTING = 'Add a rule with when = "true" at the end.'
    CODE = 'Begin the code with "{prefix}".'
    OWN_CODE = "Give your reason a code of its own, as dq.no_fit.integration."
    MOMENT = 'Write "at_risk", "breach", or "breach+1bd".'
    STEP = 'Add to = "owner" or do = "reassign".'
    ON_CALENDAR = 'Count on the calendar, with unit = "business", or take a longer target.'
    REVIEW = "Review it together, and set the next date."
    MEMBER_CALENDAR = "Add calendar, with the name of one of this file."
    HOURS = "Check the opening hours and the dates."
    CHECK = "Sign again, or take the signature away."
    TAKE_OUT = "Take it out of this file."
    KEY_LIST = 'Write "x", or ["x", "f2"], or "" for no key.'
    KEY_SIGN = 'Write a sign as "x", a name as "f2" or "pagedown", or "ctrl+x".'
    KEY_CHORD = 'Write the second key behind it, as ",r".'
    KEY_WRITE = 'Write "{same}", or take another key.'
    KEY_OTHER = "Take another key."
    COLOUR = 'Write red, green and blue as "#d17e92".'
    KEY_FREE = 'Give one of the two another key, or "" for none.'
    ADVICE = "{advice}"


MESSAGES: Final[tuple[str, ...]] = tuple(text.value for text in (*M, *Hint) if text)
"""Every template, for the translators' catalogue."""
