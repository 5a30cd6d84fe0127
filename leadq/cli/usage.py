"""What click refuses, said in the user's language: every one of its usage errors as an error of ours."""

from __future__ import annotations

import click

from leadq.cli.base import see_help
from leadq.errors import Exit, LeadqError
from leadq.i18n import _


def usage_error(error: click.UsageError) -> LeadqError:
    """The same refusal as LeadqError `usage` (exit 2), with what to do."""
    return LeadqError("usage", _sentence(error), hint=_hint(error), exit_status=Exit.USAGE)


def _sentence(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        return _("There is no option {option}.").format(option=error.option_name)
    if isinstance(error, click.MissingParameter):
        return _("{name} is missing.").format(name=_name(error.param))
    if isinstance(error, click.BadOptionUsage):
        return _("{option} is not used that way: it takes one value, or none if it is a switch.").format(
            option=error.option_name
        )
    if isinstance(error, click.BadParameter):
        return f"{_name(error.param)}: {error.message}"
    return error.message


def _name(param: click.Parameter | None) -> str:
    """The parameter as it is typed: `--quality`, `LEAD`."""
    if param is None:
        return _("A parameter")
    return param.opts[0] if isinstance(param, click.Option) else param.human_readable_name


def _hint(error: click.UsageError) -> str:
    near = error.possibilities if isinstance(error, click.NoSuchOption) else None
    if near:
        return _("Did you mean {nearest}?").format(nearest=", ".join(near))
    return see_help(error.ctx) if error.ctx else ""
