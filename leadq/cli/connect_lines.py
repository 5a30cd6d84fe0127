"""What `leadq connect` says: lines for people, and its JSON document (docs/cli.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadq.cli.tables import Column, table
from leadq.connecting_told import SHOWN, connected, crm_line, owners, rows, sentence, steps
from leadq.i18n import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadq.cli.connect import Done
    from leadq.config import Connection
    from leadq.sync.mapping import Known


def preview(done: Done) -> Iterator[str]:
    """The first leads as they would come in."""
    if not done.preview:
        yield _("No lead to show yet.")
        return
    columns = (
        Column(_("Name"), 12, share=2),
        Column(_("Company"), 10, share=2),
        Column(_("E-mail"), 16, share=2),
        Column(_("State"), 12),
        Column(_("Owner"), 12, share=1),
    )
    yield from table(columns, ([row[name] for name in SHOWN] for row in rows(done.preview, done.owners)))


def shape(connection: Connection, done: Done) -> dict[str, Any]:
    """The whole as JSON."""
    seen = done.seen
    account = seen.account if seen else None
    return {
        "ok": True,
        "connection": connection.name,
        "adapter": connection.adapter,
        "verified": seen is not None,
        "why_not": done.why_not or None,
        "account": {"id": account.id, "label": account.label} if account else None,
        "unkept": done.unkept or None,
        "steps": [sentence(step) for step in done.steps],
        "created": done.created,
        "owners": [_owner(one, connection.name) for one in done.owners],
        "preview": [
            {"external_id": lead.external_id, **row}
            for lead, row in zip(done.preview, rows(done.preview, done.owners), strict=True)
        ],
        "sync": done.report.as_json() if done.report else None,
    }


def _owner(one: Known, connection: str) -> dict[str, Any]:
    return {
        "id": one.owner.id,
        "name": one.owner.name,
        "email": one.owner.email,
        "member": one.member or None,
        "by": one.by or None,
        "write": None if one.by == "id" else crm_line(one, connection),
    }


def told(connection: Connection, done: Done) -> Iterator[str]:
    """What came of it."""
    if done.seen:
        yield from () if done.asked else [connected(done.seen)]
    else:
        yield _("“{name}” is kept, not verified: {why}").format(name=connection.name, why=done.why_not)
        yield _("`leadq auth test {name}` tries again; `leadq sync` fetches the leads then.").format(
            name=connection.name
        )
    if not done.asked:
        yield from owners(done.owners, connection.name)
        yield from preview(done) if done.preview else ()
    if done.created:
        count = len(done.steps)
        created = ngettext("{count} thing was created in the CRM.", "{count} things were created in the CRM.", count)
        yield created.format(count=count)
    elif done.steps:
        yield from () if done.asked else steps(done.steps)
        yield _("Nothing of it was created: do it with `leadq connect {adapter} --name {name} --yes`.").format(
            adapter=connection.adapter, name=connection.name
        )
    if done.unkept:
        yield _("The secret is not kept: {why}").format(why=done.unkept)
    if done.report:
        from leadq.cli.sync import told as told_of_sync

        yield from told_of_sync(done.report)
