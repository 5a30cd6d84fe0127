"""What is typed to connect a CRM, understood or refused: settings, mapping, secrets."""

from __future__ import annotations

import difflib
import shlex
import sys
from typing import TYPE_CHECKING, Any, Final

from leadq import secrets
from leadq.connecting import of_words, usable
from leadq.domain.states import STATES
from leadq.errors import Exit, LeadqError
from leadq.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadq.plugins.sdk import Option
    from leadq.sync.asking import Introduction

_TRUTHS: Final = {"true": True, "false": False}


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


def _bad(message: str, hint: str) -> LeadqError:
    return LeadqError("bad_option", message, hint=hint, exit_status=Exit.USAGE)
