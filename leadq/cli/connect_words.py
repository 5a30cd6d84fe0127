"""What is typed to connect a CRM, understood or refused: names, settings, mapping, secrets."""

from __future__ import annotations

import difflib
import re
import shlex
import sys
from typing import TYPE_CHECKING, Any, Final

from leadq import config, secrets
from leadq.cli.auth import usable
from leadq.domain.contract_file import read_contract
from leadq.domain.states import STATES
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.rulebook import DEFAULT_TEMPLATE, broken, template_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadq.config import Connection
    from leadq.domain.contract import Contract
    from leadq.paths import Home
    from leadq.plugins.sdk import Option
    from leadq.sync.asking import Introduction
    from leadq.sync.mapping import Problem
    from leadq.sync.visit import Visitor

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_TRUTHS: Final = {"true": True, "false": False}


def new_name(name: str, adapter: str, known: Mapping[str, Connection]) -> str:
    """The name, when a connection may be called that. Raises LeadqError `bad_name` (2) or `name_taken` (78)."""
    if not _NAME.fullmatch(name):
        sentence = _("“{name}” is no name for a connection.").format(name=name)
        hint = _("Small letters, digits, - and _; a letter first, at most 40: `--name crm`.")
        raise LeadqError("bad_name", sentence, hint=hint, exit_status=Exit.USAGE)
    other = known.get(name)
    if other and other.adapter != adapter:
        sentence = _("There is a connection “{name}” already, and its adapter is {adapter}.")
        hint = _("Give this one another name with --name.")
        raise LeadqError(
            "name_taken", sentence.format(name=name, adapter=other.adapter), hint=hint, exit_status=Exit.CONFIG
        )
    _keep_apart(name, known)
    return name


def _keep_apart(name: str, known: Mapping[str, Connection]) -> None:
    """LEADQ_CRM_EU_TOKEN would be the token of `crm-eu`, and the eu_token of `crm`: such names do not go together."""
    ours = secrets.prefix_of(name)
    for other in known:
        theirs = secrets.prefix_of(other)
        if other != name and (ours.startswith(theirs) or theirs.startswith(ours)):
            sentence = _("“{name}” is too near to “{other}”: their variables ({variable}) could not be told apart.")
            variable = max(ours, theirs, key=len) + "TOKEN"
            raise LeadqError(
                "name_taken",
                sentence.format(name=name, other=other, variable=variable),
                hint=_("Give this one another name with --name."),
                exit_status=Exit.CONFIG,
            )


def introduced(visitor: Visitor, adapter: str) -> Introduction:
    """What the adapter wants to be given. Raises LeadqError `unusable` (78) for one that is not there, or broken."""
    from leadq.sync.run import Stopped
    from leadq.sync.visit import error_of

    try:
        return visitor.introduced(adapter)
    except Stopped as stopped:
        raise error_of(stopped.failure) from None


def options(given: Sequence[str], wanted: Introduction, adapter: str) -> dict[str, Any]:
    """`NAME=VALUE`, one by one. Raises LeadqError `bad_option` (2)."""
    return dict(_option(each, wanted, adapter) for each in given)


def _option(given: str, wanted: Introduction, adapter: str) -> tuple[str, Any]:
    name, value = _pair(given, "--option NAME=VALUE")
    plain = {one.name: one for one in wanted.options if not one.secret}
    if name in plain:
        return name, _TRUTHS.get(value.lower(), value)
    if any(one.name == name for one in wanted.options):
        hint = _("Take it out of the shell’s history; type it when asked, or use --token-stdin.")
        raise _bad(_("“{name}” is a secret: everybody on this machine can read an argument.").format(name=name), hint)
    near = difflib.get_close_matches(name, plain, 1)
    hint = _("Did you mean {nearest}?").format(nearest=near[0]) if near else _("It has: {known}.").format(
        known=", ".join(plain) or "-"
    )  # fmt: skip
    raise _bad(_("Adapter “{adapter}” has no option “{name}”.").format(adapter=adapter, name=name), hint)


def command(given: str | None) -> dict[str, Any]:
    """`--token-command` as the settings have it. Raises LeadqError `bad_option` (2)."""
    if given is None:
        return {}
    try:
        words = shlex.split(given)
    except ValueError:
        words = []
    if not words:
        raise _bad(_("--token-command is no command."), _("For example: --token-command `pass show crm`."))
    return {"token_command": words}


def mapping(fields: Sequence[str], states: Sequence[str]) -> dict[str, Any]:
    """`--field` and `--state` as the settings have them. Raises LeadqError `bad_option` (2)."""
    found: dict[str, Any] = {}
    if fields:
        found["fields"] = dict(_pair(each, "--field FIELD=THEIRS") for each in fields)
    if states:
        found["states"] = dict(_state(each) for each in states)
    return found


def _state(given: str) -> tuple[str, Any]:
    state, said = _pair(given, "--state STATE=THEIRS")
    if state not in STATES:
        hint = _("It has: {known}.").format(known=", ".join(STATES))
        raise _bad(_("leadq has no state “{state}”.").format(state=state), hint)
    return state, of_words(said)


def of_words(said: str) -> str | list[str]:
    """One word, or several between commas."""
    words = [word.strip() for word in said.split(",") if word.strip()]
    return words[0] if len(words) == 1 else words


def _pair(given: str, shape: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not (name.strip() and equals and value.strip()):
        raise _bad(_("“{given}” is not {shape}.").format(given=given, shape=shape), "")
    return name.strip(), value.strip()


def from_stdin(wanted: Sequence[Option]) -> dict[str, str]:
    """A line of standard input for each secret. Raises LeadqError `bad_secret` (2)."""
    names = [one.name for one in wanted]
    given = [line for line in sys.stdin.read(1 << 20).lstrip("\ufeff").splitlines() if line.strip()]
    if len(given) != len(names):
        sentence = _("Standard input has {count} lines with something on them, not {wanted} ({names}).")
        raise LeadqError(
            "bad_secret",
            sentence.format(count=len(given), wanted=len(names), names=", ".join(names)),
            hint=_("One line for each secret, in this order."),
            exit_status=Exit.USAGE,
        )
    return {name: usable(line) for name, line in zip(names, given, strict=True)}


def as_connection(home: Home, known: Connection | None, name: str, table: Mapping[str, Any]) -> Connection:
    """The connection that `table` makes of what is there."""
    said = config.connection_of(home, name, table)
    if known is None:
        return said
    return known._replace(
        options={**known.options, **{key: value for key, value in said.options.items() if key in table}},
        token_command=said.token_command or known.token_command,
        fields={**known.fields, **said.fields},
        states={**known.states, **said.states},
    )


def contract_of(home: Home) -> Contract:
    """The contract that is in force, or will be. Raises LeadqError `contract` (78)."""
    raw = home.contract.read_bytes() if home.contract.exists() else template_text(DEFAULT_TEMPLATE).encode("utf-8")
    reading = read_contract(raw, str(home.contract))
    if reading.contract is None:
        raise broken(reading)
    return reading.contract


def needs_option(adapter: str, missing: Sequence[Option]) -> LeadqError:
    """Settings without which the adapter cannot work."""
    sentence = _("Adapter “{adapter}” needs {names}.").format(
        adapter=adapter, names=", ".join(one.name for one in missing)
    )
    hint = " ".join(f"--option {one.name}=… ({_(one.help)})" for one in missing)
    return LeadqError("bad_option", sentence, hint=hint, exit_status=Exit.USAGE)


def needs_secret(name: str, adapter: str, missing: Sequence[Option]) -> LeadqError:
    """Secrets that are nowhere, where nobody can be asked."""
    sentence = _("Adapter “{adapter}” needs the secret {names}, and there is none.").format(
        adapter=adapter, names=", ".join(one.name for one in missing)
    )
    hint = _("Send it with --token-stdin, set {variable}, or give --token-command.")
    variable = secrets.variable(name, missing[0].name)
    return LeadqError("auth", sentence, hint=hint.format(variable=variable), exit_status=Exit.AUTH)


def bad_mapping(wrong: Sequence[Problem]) -> LeadqError:
    """What the mapping names and is not there."""
    return LeadqError(
        "bad_mapping",
        " ".join(map(str, wrong)),
        hint=_("Correct --field and --state, or the mapping in leadq.toml; nothing was written."),
        exit_status=Exit.CONFIG,
    )


def _bad(message: str, hint: str) -> LeadqError:
    return LeadqError("bad_option", message, hint=hint, exit_status=Exit.USAGE)
