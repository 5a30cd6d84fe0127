"""`plugin new`: a project for a new adapter, whose mapping is guessed from an answer of the CRM."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from leadq.cli.base import Session, argument, command, option
from leadq.cli.files import opened
from leadq.cli.output import emit
from leadq.cli.tables import Column, table
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadq.plugins.guess import Guess
    from leadq.plugins.sdk import RemoteLead


_LARGEST: Final = 32 << 20
_BEGIN: Final = N_(
    "Begin an adapter: a project in ./leadq-NAME that passes its own tests.\n\nNAME is one word in small letters."
)


@command("new", help=_BEGIN)
@argument("NAME")
@option(
    "--sample",
    metavar="FILE",
    help=N_("An answer of the CRM’s list of leads, as JSON: the mapping is guessed from it."),
)
def new(session: Session, name: str, sample: str | None) -> None:
    """Write the project and show how the sample is understood."""
    from leadq.plugins import scaffold
    from leadq.plugins.guess import guess

    _check_name(name)
    answer = _sample(sample) if sample else scaffold.default_sample()
    found = guess(answer)
    if found is None:
        raise LeadqError(
            "bad_sample",
            _("There is no list of records in {file}.").format(file=sample),
            hint=_("Save what the CRM answers when it lists leads, whole and as JSON."),
            exit_status=Exit.USAGE,
        )
    folder = Path(f"leadq-{name}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LeadqError("not_empty", _("{folder} is there already.").format(folder=folder), exit_status=Exit.USAGE)
    made = scaffold.project(name, answer, found)
    scaffold.write(made, folder)
    leads = scaffold.preview(found)
    following = [f"cd {folder}", "leadq plugin check", "leadq plugin install ."]
    value = {
        "ok": True, "folder": str(folder), "files": list(made.texts), "fields": dict(found.fields),
        "states": dict(found.states), "sure": sorted(found.sure), "next": following,
        "preview": [{"id": lead.external_id, **lead.fields} for lead in leads],
    }  # fmt: skip
    emit(value, _told(folder, found, leads, following), as_json=session.as_json)


def _check_name(name: str) -> None:
    from leadq.plugins import manager
    from leadq.plugins.scaffold import NAME

    if not NAME.fullmatch(name):
        message = _(
            "“{name}” cannot be the name of an adapter: small letters, digits and -, at least two, a letter first."
        )
        raise LeadqError("usage", message.format(name=name), exit_status=Exit.USAGE)
    if name in [each.name for each in manager.installed()]:
        message = _("There is an adapter called “{name}” already: take another name.").format(name=name)
        raise LeadqError("usage", message, exit_status=Exit.USAGE)


def _sample(file: str) -> Any:
    try:
        with opened(file, _("Give it the answer of the CRM, saved as JSON.")) as stream:
            return json.loads(stream.read(_LARGEST))
    except (ValueError, RecursionError) as error:
        why = str(error).partition(":")[0]
        raise LeadqError(
            "bad_sample",
            _("{file} is not JSON: {why}.").format(file=file, why=why),
            hint=_("Save what the CRM answers when it lists leads, whole and as JSON."),
            exit_status=Exit.USAGE,
        ) from None


def _told(folder: Path, found: Guess, leads: Sequence[RemoteLead], following: Sequence[str]) -> Iterator[str]:
    yield _("{folder} is ready. This is how the sample is understood:").format(folder=folder)
    yield ""
    yield from _table(leads)
    yield ""
    for name, place in found.fields.items():
        yield (
            f"  {name:<16} {place}"
            if name in found.sure
            else f"  {name:<16} {_('{place} (assumed)').format(place=place)}"
        )
    yield ""
    yield from (f"  {line}" for line in following)


def _table(leads: Sequence[RemoteLead]) -> Iterator[str]:
    texts = (Column(title, 18, share=1) for title in (_("Name"), _("Company"), _("E-mail")))
    columns = (Column("id", 10), *texts, Column(_("Phone"), 14), Column(_("State"), 13))
    yield from table(columns, (_cells(lead) for lead in leads))


def _cells(lead: RemoteLead) -> tuple[object, ...]:
    said = lead.fields
    name = said.get("name") or f"{said.get('first_name', '')} {said.get('last_name', '')}".strip()
    return lead.external_id, name, *(said.get(field) for field in ("company", "email", "phone", "status"))
