"""Who I am and which CRMs I am connected to: `leadq.toml`, small enough to edit by hand."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeGuard

from leadq.domain.states import STATES
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.paths import Home

if TYPE_CHECKING:
    from pathlib import Path

_OURS: Final = frozenset({"adapter", "rate_share", "token_command", "fields", "states", "link"})
"""Keys of a connection that are not the adapter's."""

PIN: Final = re.compile("sha256:[0-9A-Fa-f]{64}")
"""How a pinned contract is named."""

COMPACT: Final = "compact"
ROOMY: Final = "comfortable"
DENSITIES: Final = (COMPACT, ROOMY)

NOBODY: Final = "me"
"""The member that a home belongs to before `leadq init --me` names one of the contract's."""


class Connection(NamedTuple):
    """One configured adapter.

    `rate_share` is this laptop's part of what the account may ask for, in ]0, 1]; `token_command` prints the token.
    `fields` and `states` are the mapping: what a field and a state of leadq's are called at the other end. `link` is
    the address of a record's page, with `{id}` in it.
    """

    name: str
    adapter: str
    options: Mapping[str, Any]
    rate_share: float = 1.0
    token_command: tuple[str, ...] = ()
    fields: Mapping[str, str] = MappingProxyType({})
    states: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    link: str = ""


class ContractSource(NamedTuple):
    """Where the team's contract is fetched from: a path, an https address, or `hub`; "" is what the contract in force
    says itself. `pin`: the hash of the only one that may be followed, or ""."""

    source: str = ""
    pin: str = ""


class Config(NamedTuple):
    """The settings of one home.

    `views`: the tables of saved views as they stand there (`saved_views` reads them: a slip in one stops nothing else).
    `publish`: the `[[publish]]` tables as they stand; `reports/schedule.py` reads them when it is time to.
    `bell`: whether the screen may ring; `desktop`: whether it shows alerts on the desktop as well; `roomy`: whether it
    gives each lead two lines; `theme`: its colours, by name; `ascii`: whether it and line mode draw in ASCII.
    `retention_months`: how long a prospect may be kept after their last word. 36 is the CNIL's for prospects: three
    years from the collection, or from the last contact that came from them (référentiel «gestion des activités
    commerciales», délibération 2021-131 du 23 septembre 2021).
    """

    me: str
    connections: Mapping[str, Connection]
    retention_months: int = 36
    bell: bool = True
    roomy: bool = False
    theme: str = "default"
    ascii: bool = False
    desktop: bool = False
    views: Mapping[str, Any] = MappingProxyType({})
    publish: tuple[Mapping[str, Any], ...] = ()
    contract: ContractSource = ContractSource()

    @property
    def primary(self) -> str:
        """The connection that leads without a CRM of their own belong to."""
        return next(iter(self.connections), "")


def load(home: Home) -> Config:
    """The settings of `home`, or what a new home would have. Raises LeadqError `config` (78) on a broken file."""
    try:
        return _meant(home, home.settings.read_text("utf-8"))
    except FileNotFoundError:
        return _meant(home, "")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise broken(home, str(error)) from error


@lru_cache(maxsize=4)
def _meant(home: Home, text: str) -> Config:
    """What a file says that is read at each gesture, and understood again only when it says something else."""
    raw = tomllib.loads(text)
    me = raw.get("me", {})
    tables = raw.get("connection", {"csv": {}})
    screen, views = raw.get("screen", {}), raw.get("view", {})
    if not all(isinstance(table, dict) for table in (me, tables, screen, views)):
        raise broken(home, _("[me], [connection], [screen] and [view] are tables"))
    connections = {name: connection_of(home, name, table) for name, table in tables.items()}
    retention, publish = _retention(home, raw.get("privacy", {})), _publish(home, raw.get("publish", []))
    contract = _contract(home, raw.get("contract", {}))
    return Config(
        str(me.get("member", NOBODY)), connections, retention, *_screen(home, screen), views, publish, contract
    )


def _screen(home: Home, table: Mapping[str, object]) -> tuple[bool, bool, str, bool, bool]:
    """Whether it may ring, whether it is roomy, its theme, whether it draws in ASCII, and whether on the desktop."""
    bell, in_ascii, desktop = table.get("bell", True), table.get("ascii", False), table.get("desktop", False)
    for key, value in (("bell", bell), ("ascii", in_ascii), ("desktop", desktop)):
        if not isinstance(value, bool):
            raise broken(home, _("{key} under [screen] is true or false").format(key=key))
    density, theme = table.get("density", COMPACT), table.get("theme", "default")
    if density not in DENSITIES:
        raise broken(home, _("density under [screen] is one of: {known}").format(known=", ".join(DENSITIES)))
    if not isinstance(theme, str):
        raise broken(home, _("theme under [screen] is the name of one"))
    return bool(bell), density == ROOMY, theme, bool(in_ascii), bool(desktop)


def _publish(home: Home, tables: object) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise broken(home, _("[[publish]] is a list of tables"))
    return tuple(tables)


def _contract(home: Home, table: object) -> ContractSource:
    given = table if isinstance(table, dict) else {"source": table}
    source, pin = given.get("source", ""), given.get("pin", "")
    if not isinstance(source, str) or not isinstance(pin, str):
        raise broken(home, _("source and pin under [contract] are texts"))
    if pin and not PIN.fullmatch(pin):
        raise broken(
            home, _("pin under [contract] is sha256:HASH, with the hash that `leadq contract show --json` prints")
        )
    return ContractSource(source.strip(), pin.removeprefix("sha256:").lower())


def _retention(home: Home, table: object) -> int:
    months = table.get("retention_months", 36) if isinstance(table, dict) else None
    if not isinstance(months, int) or isinstance(months, bool) or not 1 <= months <= 1200:
        raise broken(home, _("retention_months in [privacy] is a whole number of months from 1 on"))
    return months


def connection_of(home: Home, name: str, table: object) -> Connection:
    """The connection that a table of the settings says. Raises LeadqError `config` (78)."""
    if not isinstance(table, dict):
        raise broken(home, _("[connection.{name}] is a table").format(name=name))
    options = {key: value for key, value in table.items() if key not in _OURS}
    adapter = str(table.get("adapter", name))
    share = table.get("rate_share", 1.0)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise broken(home, _("rate_share in [connection.{name}] is a number above 0, at most 1").format(name=name))
    command = table.get("token_command", [])
    if not isinstance(command, list) or not all(isinstance(word, str) for word in command):
        raise broken(home, _("token_command in [connection.{name}] is a list of words").format(name=name))
    if adapter == "csv":
        options.setdefault("outcomes", str(home.data / "outcomes.csv"))
    fields, states = _fields(home, name, table.get("fields", {})), _states(home, name, table.get("states", {}))
    return Connection(name, adapter, options, float(share), tuple(command), fields, states, _link(home, name, table))


def _link(home: Home, name: str, table: Mapping[str, Any]) -> str:
    if "link" not in table:
        return ""
    from leadq.links import template_fault  # hardly any connection has one

    if template_fault(table["link"]):
        sentence = _("link in [connection.{name}] is a web address with {{id}} in it, behind its host")
        raise broken(home, sentence.format(name=name))
    return str(table["link"])


def _fields(home: Home, name: str, table: object) -> Mapping[str, str]:
    if isinstance(table, dict) and all(isinstance(path, str) and path for path in table.values()):
        return table
    sentence = _("[connection.{name}.fields] gives the name of one of the CRM’s fields for each of leadq’s")
    raise broken(home, sentence.format(name=name))


def _states(home: Home, name: str, table: object) -> Mapping[str, tuple[str, ...]]:
    """One word or several for each state; the first is written, all are understood."""
    given = table.items() if isinstance(table, dict) else [("", table)]
    words = {state: [said] if isinstance(said, str) else said for state, said in given}
    understood = {state: tuple(said) for state, said in words.items() if state in STATES and _are_words(said)}
    if len(understood) == len(words):
        return understood
    sentence = _("[connection.{name}.states] gives the CRM’s word, or a list of them, for states of leadq’s: {known}")
    raise broken(home, sentence.format(name=name, known=", ".join(STATES)))


def _are_words(said: object) -> TypeGuard[list[str]]:
    return isinstance(said, list) and bool(said) and all(isinstance(word, str) for word in said)


def broken(home: Home, why: str) -> LeadqError:
    """The error of a settings file that cannot be used."""
    return LeadqError(
        "config",
        _("{file} cannot be read: {why}.").format(file=home.settings, why=why.rstrip(".")),
        hint=_("Correct the file, or move it away to start from the defaults."),
        exit_status=Exit.CONFIG,
    )


def write(home: Home, me: str) -> None:
    """Write the settings of a new home, for people to edit."""
    save(home.settings, first(me))


def first(me: str) -> str:
    """The settings of a new home."""
    return f'[me]\nmember = {_text(me)}\n\n[connection.csv]\nadapter = "csv"\n'


def name_me(home: Home, me: str) -> None:
    """Say who this home belongs to, and leave every other line of its settings as it is.

    Raises LeadqError `config` (78) when the file says it in a way that only a person can change.
    """
    if not home.settings.exists():
        write(home, me)
        return
    text = home.settings.read_text("utf-8")
    member = f"member = {_text(me)}"
    quoted = r"""(?:"[^"\n]*"|'[^'\n]*')"""
    changed, found = re.subn(
        rf"(?m)^(\[me\][^\[]*?^[ \t]*)member[ \t]*=[ \t]*{quoted}", rf"\g<1>{member}", text, count=1
    )
    if not found:
        changed, found = re.subn(r"(?m)^\[me\][^\n]*", rf"\g<0>\n{member}", text, count=1)
    changed = changed if found else f"{text.rstrip()}\n\n[me]\n{member}\n".lstrip()
    if _member(changed) != me:
        raise broken(home, _("the member in it cannot be changed by a program"))
    save(home.settings, changed)


def _text(value: str) -> str:
    """A text as TOML writes it: JSON's escapes are among its own."""
    return json.dumps(value, ensure_ascii=False)


def _member(text: str) -> object:
    try:
        return tomllib.loads(text).get("me", {}).get("member")
    except (tomllib.TOMLDecodeError, AttributeError):
        return None


def save(path: Path, text: str) -> None:
    """Write a file of the settings' folder, whole or not at all; nobody else may read it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text, "utf-8")
    draft.replace(path)
