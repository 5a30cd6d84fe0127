"""What `leadq connect` says: lines for people, and its JSON document (docs/cli.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadq.cli.tables import Column, table
from leadq.i18n import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadq.cli.connect import Done
    from leadq.config import Connection
    from leadq.plugins.sdk import Step
    from leadq.sync.mapping import Known
    from leadq.sync.visit import Seen

_PREVIEWED: Final = ("name", "company", "email", "status", "owner")


def connected(seen: Seen) -> str:
    """Who the login turned out to be."""
    assert seen.account is not None, "a visit checks"
    return _("The login works: {account}.").format(account=seen.account.label or seen.account.id)


def owners(known: Sequence[Known], connection: str) -> Iterator[str]:
    """Who owns leads there and who that is here; for whom the contract does not say so, what to write in it."""
    sure = [one for one in known if one.by == "id"]
    if sure:
        yield ngettext("{count} owner is known by the contract.", "{count} owners are known by the contract.",
                       len(sure)).format(count=len(sure))  # fmt: skip
    for one in known:
        if one.by not in ("id", ""):
            yield _("{owner} is {member}; say so in the contract, under [member.{member}]: {line}").format(
                owner=_who(one), member=one.member, line=crm_line(one, connection)
            )
    unknown = [one for one in known if not one.by]
    if unknown:
        yield _("Nobody of the contract: {owners}.").format(owners=", ".join(map(_who, unknown)))
        yield _("Whoever of them is a member: write {line} under their [member.…] in the contract.").format(
            line=crm_line(unknown[0], connection)
        )


def crm_line(one: Known, connection: str) -> str:
    """What says in a contract who that is in the CRM."""
    from leadq.config_edit import literal

    return f"crm = {{ {connection} = {literal(one.owner.id)} }}"


def _who(one: Known) -> str:
    return f"{one.owner.name or one.owner.email or '-'} ({one.owner.id})"


def steps(planned: Sequence[Step]) -> Iterator[str]:
    """What would be created in the CRM."""
    yield _("To be created in the CRM:")
    for step in planned:
        yield f"  {sentence(step)}"


def sentence(step: Step) -> str:
    """One step in the user's language; braces that mean nothing stay."""
    from leadq.sync.protocol import Failed
    from leadq.sync.run import worded

    return worded(Failed("load", step.message, step.params))


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
    yield from table(columns, ([row[name] for name in _PREVIEWED] for row in _rows(done)))


def _rows(done: Done) -> Iterator[dict[str, str]]:
    """A name may come in two parts, and an owner as the CRM's id or the e-mail of a member."""
    members = {said: one.member for one in done.owners if one.member for said in (one.owner.id, one.owner.email)}
    for lead in done.preview:
        found = {name: str(lead.fields.get(name) or "") for name in _PREVIEWED}
        parts = (str(lead.fields.get(part) or "") for part in ("first_name", "last_name"))
        name = found["name"] or " ".join(filter(None, parts))
        yield {**found, "name": name, "owner": members.get(found["owner"], found["owner"])}


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
            {"external_id": lead.external_id, **row} for lead, row in zip(done.preview, _rows(done), strict=True)
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
