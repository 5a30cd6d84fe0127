"""What is said while a connection is made: the login, the CRM's people, what must be created, the first leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.i18n import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadq.plugins.sdk import RemoteLead, Step
    from leadq.sync.mapping import Known
    from leadq.sync.visit import Seen

SHOWN: Final = ("name", "company", "email", "status", "owner")
"""What is shown of a lead before it is here."""


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


def rows(leads: Sequence[RemoteLead], owners: Sequence[Known]) -> Iterator[dict[str, str]]:
    """Leads as they are shown: a name may come in two parts, and an owner as the CRM's id or the e-mail of a member."""
    members = {said: one.member for one in owners if one.member for said in (one.owner.id, one.owner.email)}
    for lead in leads:
        found = {name: str(lead.fields.get(name) or "") for name in SHOWN}
        parts = (str(lead.fields.get(part) or "") for part in ("first_name", "last_name"))
        name = found["name"] or " ".join(filter(None, parts))
        yield {**found, "name": name, "owner": members.get(found["owner"], found["owner"])}
