"""`leadq.toml` looked at as a file: what is wrong in it and where, what holds and why, and its JSON Schema.

The user's keys and theme are files of their own beside it, and are looked at with it.

`config.load` takes what it needs and is content with the rest, so that a slip stops nobody's work; here every key is
looked at. An adapter's own options are its own business: only those of the one that comes with leadq are known here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from leadq import config, keymap, saved_views, themes
from leadq.domain.bands import BANDS
from leadq.domain.contract_file import Problem, located, read_toml
from leadq.domain.contract_messages import Hint, M
from leadq.domain.contract_read import Remarks, Section
from leadq.domain.states import STATES
from leadq.domain.toml_positions import Path, Positions
from leadq.errors import LeadqError
from leadq.i18n import LANGUAGES
from leadq.paths import Home
from leadq.plugins.manager import installed
from leadq.reports.names import AUDIENCES, FORMATS, REPORTS

HIDDEN: Final = "********"
_SECRET: Final = re.compile(
    r"(?:.*[_-])?(?:token|secret|password|passwd|pwd|(?:api|access|private)[_-]?key|credentials?|authorization|cookie)",
    re.IGNORECASE,
)
"""A key that ends like this holds a secret; `token_command` says how to get one, which is fine."""

_USER_IN_URL: Final = re.compile(r"://[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class Setting:
    """One value that holds. `origin` is `option`, `environment`, `file` or `default`; `where` names it closer."""

    key: str
    value: Any
    origin: str
    where: str = ""

    def as_shape(self) -> dict[str, Any]:
        """The setting as `config show --json` prints it."""
        return asdict(self)


def check(home: Home) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Errors and warnings of the settings of `home`, of its keys and of its theme; a file that is not there has none.

    Raises OSError.
    """
    errors, warnings = _check_settings(home)
    return (*errors, *keymap.problems(home.keys), *_theme_problems(home)), warnings


def _theme_problems(home: Home) -> tuple[Problem, ...]:
    """What is wrong with the theme; nobody knows which one it is while the settings cannot be read."""
    try:
        return themes.problems(home, config.load(home).theme)
    except LeadqError:
        return ()


def _check_settings(home: Home) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    try:
        raw = home.settings.read_bytes()
    except FileNotFoundError:
        return (), ()
    found = read_toml(raw, str(home.settings))
    if isinstance(found, Problem):
        return (found,), ()
    data, text = found
    remarks = Remarks()
    root = Section(data, (), remarks)
    root.section("me").text("member", required=True)
    screen = root.section("screen")
    screen.flag("bell", True)
    screen.flag("ascii", False)
    screen.text("theme", themes.DEFAULT)
    screen.flag("desktop", False)
    screen.choice("density", config.DENSITIES, config.COMPACT)
    for name, section in root.named("view").items():
        _check_view(name, section)
    root.section("privacy").whole("retention_months", least=1)
    contract = root.section("contract")
    contract.text("source")
    if (pin := contract.text("pin")) and not config.PIN.fullmatch(pin):
        remarks.error(contract.at("pin"), M.PIN)
    for table in root.sections("publish"):
        _check_publish(table)
    adapters = [one.name for one in installed()]
    for name, section in root.named("connection").items():
        _check_connection(name, section, adapters)
    remarks.close()
    return located(remarks, text, str(home.settings))


def _check_connection(name: str, section: Section, adapters: Sequence[str]) -> None:
    adapter = section.text("adapter", name)
    if section.present and adapter not in adapters:
        place = section.at("adapter") if section.has("adapter") else section.path
        section.remarks.unknown(place, M.NOT_ONE_OF, adapter, adapters, value=adapter)
    if adapter == "csv":
        section.text("outcomes")
        section.text("link")
        return
    for key in section.names():
        if is_secret(key):
            section.remarks.error(section.at(key), M.NOT_HERE, Hint.TAKE_OUT, at="key", name=key)


def _check_publish(section: Section) -> None:
    """The keys of a `[[publish]]`, and those of their values that are one of a few words."""
    section.choice("report", REPORTS, required=True)
    section.text("to", required=True)
    section.text("at")
    section.choice("lang", LANGUAGES)
    section.choice("audience", AUDIENCES)
    section.choice("format", FORMATS)
    section.texts("token_command")


def _check_view(name: str, section: Section) -> None:
    if saved_views.why_not(name):
        section.remarks.error(section.path, M.VIEW_NAME, at="key", name=name)
    section.choice("view", saved_views.BUILT_IN)
    section.choices("states", M.NO_STATE, STATES)
    section.choice("band", BANDS)
    for key in saved_views.TEXTS:
        section.text(key)


def is_secret(key: str) -> bool:
    """Whether a key looks like one whose value nobody should see."""
    return _SECRET.fullmatch(key) is not None


def effective(home: Home) -> list[Setting]:
    """Every setting as it holds, with its place in the file; secrets are hidden.

    Raises LeadqError `config` (78) when the file cannot be read.
    """
    known = config.load(home)
    places = _Places(home)
    settings = [
        places.setting(("me", "member"), known.me),
        places.setting(("screen", "bell"), known.bell),
        places.setting(("screen", "theme"), known.theme),
        places.setting(("screen", "ascii"), known.ascii),
        places.setting(("screen", "desktop"), known.desktop),
        places.setting(("screen", "density"), config.ROOMY if known.roomy else config.COMPACT),
        places.setting(("privacy", "retention_months"), known.retention_months),
        places.setting(("contract", "source"), _without_query(known.contract.source)),
        places.setting(("contract", "pin"), f"sha256:{known.contract.pin}" if known.contract.pin else ""),
        *places.settings(("view",), known.views),
    ]
    for number, table in enumerate(known.publish):
        settings += places.settings(("publish", number), table)
    for connection in known.connections.values():
        path: Path = ("connection", connection.name)
        settings.append(places.setting((*path, "adapter"), connection.adapter))
        if connection.link:
            settings.append(places.setting((*path, "link"), connection.link))
        if connection.rate_share != 1:
            settings.append(places.setting((*path, "rate_share"), connection.rate_share))
        if connection.token_command:
            settings.append(places.setting((*path, "token_command"), list(connection.token_command)))
        settings += places.settings((*path, "fields"), connection.fields)
        settings += places.settings(
            (*path, "states"), {state: list(words) for state, words in connection.states.items()}
        )
        settings += places.settings(path, connection.options)
    return settings


class _Places:
    """Where in the settings file each key stands."""

    def __init__(self, home: Home) -> None:
        self._file = home.settings
        text = home.settings.read_bytes().decode("utf-8-sig") if home.settings.exists() else ""
        self._positions = Positions(text)
        self._given = self._positions.under(())

    def settings(self, path: Path, values: Mapping[str, Any]) -> Iterator[Setting]:
        for key, value in values.items():
            if isinstance(value, Mapping):
                yield from self.settings((*path, key), value)
            else:
                yield self.setting((*path, key), value)

    def setting(self, path: Path, value: Any) -> Setting:
        key = ".".join(map(str, path))
        shown = HIDDEN if any(is_secret(str(part)) for part in path[2:]) else _without_user(value)
        if path not in self._given:
            return Setting(key, shown, "default")
        line, _column = self._positions.line_column(self._given[path].key)
        return Setting(key, shown, "file", f"{self._file}:{line}")


def _without_user(value: Any) -> Any:
    """A value as JSON can say it; an address loses the user and password that some write into it."""
    if isinstance(value, str):
        return _USER_IN_URL.sub(f"://{HIDDEN}@", value)
    if isinstance(value, list):
        return [_without_user(one) for one in value]
    return json.loads(json.dumps(value, default=str))


def _without_query(source: str) -> str:
    """An address as it may be shown: what is asked of it may be a key."""
    return f"{source.partition('?')[0]}?{HIDDEN}" if "://" in source and "?" in source else source


def _publish_schema() -> dict[str, Any]:
    """One `[[publish]]`."""
    return {
        "type": "object",
        "properties": {
            "report": {"enum": list(REPORTS)},
            "at": {"type": "string", "default": "8:00", "description": "When, such as 08:00, mon 08:00 or 2 08:00."},
            "to": {"type": "string", "description": "A folder, or an https:// address."},
            "lang": {"enum": list(LANGUAGES), "default": "en"},
            "audience": {"enum": list(AUDIENCES), "default": "team"},
            "format": {"enum": list(FORMATS), "description": "html for a folder, json for an address."},
            "token_command": {
                "type": "array",
                "items": {"type": "string"},
                "description": "A command that prints the secret which signs what goes to an address.",
            },
        },
        "required": ["report", "to"],
        "additionalProperties": False,
    }


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `leadq.toml`, for editors."""
    connection = {
        "type": "object",
        "properties": {
            "adapter": {"type": "string", "description": "Name of an installed adapter; else the connection's own."},
            "link": {"type": "string", "description": "Address of a record's page, with {id} in it."},
            "rate_share": {
                "type": "number",
                "exclusiveMinimum": 0,
                "maximum": 1,
                "default": 1,
                "description": "This laptop's part of what the account may ask for.",
            },
            "token_command": {
                "type": "array",
                "items": {"type": "string"},
                "description": "A command that prints the token, word by word; nothing else may hold it.",
            },
            "fields": {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": "For a field of leadq's, the name of the CRM's.",
            },
            "states": {
                "type": "object",
                "propertyNames": {"enum": list(STATES)},
                "additionalProperties": {
                    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
                },
                "description": "For a state of leadq's, the CRM's word; of several the first is written.",
            },
        },
        "if": {"properties": {"adapter": {"const": "csv"}}, "required": ["adapter"]},
        "then": {
            "properties": {
                "adapter": {"const": "csv"},
                "outcomes": {"type": "string", "description": "The CSV file that outcomes are written to."},
                "link": {"type": "string"},
            },
            "additionalProperties": False,
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "leadq.toml",
        "type": "object",
        "properties": {
            "me": {
                "type": "object",
                "properties": {
                    "member": {"type": "string", "description": "Your id in the contract's [member] tables."}
                },
                "required": ["member"],
                "additionalProperties": False,
            },
            "screen": {
                "type": "object",
                "properties": {
                    "bell": {"type": "boolean", "default": True, "description": "Whether the screen rings."},
                    "desktop": {
                        "type": "boolean",
                        "default": False,
                        "description": "Whether alerts are also shown by the desktop.",
                    },
                    "density": {
                        "enum": list(config.DENSITIES),
                        "default": config.COMPACT,
                        "description": "One line for each lead, or two.",
                    },
                    "theme": {
                        "type": "string",
                        "default": themes.DEFAULT,
                        "description": f"{', '.join(themes.BUILT_IN)}, or the name of a file in themes/.",
                    },
                    "ascii": {
                        "type": "boolean",
                        "default": False,
                        "description": "Whether the screen and `leadq work` draw in ASCII.",
                    },
                },
                "additionalProperties": False,
            },
            "view": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "properties": {
                        "view": {"enum": list(saved_views.BUILT_IN), "default": "all"},
                        "states": {"type": "array", "items": {"enum": list(STATES)}},
                        "band": {"enum": list(BANDS)},
                        **{name: {"type": "string"} for name in saved_views.TEXTS},
                    },
                    "additionalProperties": False,
                },
                "description": "Saved views of the queue by name; the keys are the options of `leadq list`.",
            },
            "privacy": {
                "type": "object",
                "properties": {
                    "retention_months": {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 1200,
                        "default": 36,
                        "description": "How long a prospect may be kept after their last word.",
                    },
                },
                "additionalProperties": False,
            },
            "contract": {
                "type": "object",
                "properties": {
                    "source": {
                        "type": "string",
                        "description": "Where the team's contract comes from: a path, an https address, hub or the name"
                        " of a hub connection; empty: what the contract in force says.",
                    },
                    "pin": {
                        "type": "string",
                        "pattern": "^(sha256:[0-9A-Fa-f]{64})?$",
                        "description": "The only contract that may be followed, by its hash.",
                    },
                },
                "additionalProperties": False,
            },
            "publish": {"type": "array", "items": _publish_schema()},
            "connection": {"type": "object", "additionalProperties": connection},
        },
        "additionalProperties": False,
    }
