"""One HubSpot account as one service key sees it: its paths, and what is asked of it at most once a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from leadq.plugins.hubspot.refusals import explain, server_ms, until_midnight_s
from leadq.plugins.hubspot.words import Settings, States
from leadq.plugins.sdk import N_, AdapterError, Answer, AuthFailed, Http, Rejected, Transient

BATCH: Final = 100
_OWNERS: Final = 500
_OTHER_PORTAL: Final = N_("The service key is of HubSpot account {found}, and the settings say {wanted}.")
_NO_STAGE: Final = N_(
    "No stage of HubSpot’s pipeline “{pipeline}” is called “{word}”; there are: {known}."
    " Say under states what “{state}” is there."
)
_NO_PIPELINE: Final = N_("HubSpot has no lead pipeline “{pipeline}”; there are: {known}.")

Record = Mapping[str, Any]


class Portal:
    """What the parts of the adapter talk to."""

    def __init__(self, http: Http, settings: Settings) -> None:
        self.http = http
        self.settings = settings
        self.zone = ""
        self.currency = ""

    def object(self, kind: str, *steps: str) -> str:
        """The path of an object's endpoint."""
        return "/".join(("/crm/objects", self.settings.version, kind, *steps))

    def links(self, kind: str, to: str, *steps: str) -> str:
        """The path of an endpoint for the associations of two objects."""
        return "/".join(("/crm/associations", self.settings.version, kind, to, *steps))

    def account(self) -> tuple[str, int]:
        """The account's id, and the time by its own clock. Raises AuthFailed for another account than is wanted."""
        answer = self.http.get(f"/account-info/{self.settings.version}/details")
        said, now_ms = mapping(answer.data), server_ms(answer)
        found = str(said.get("portalId") or "")
        if not found or not now_ms:
            raise Transient(N_("The service answered without {what}."), what="Date" if found else "portalId")
        if self.settings.portal not in ("", found):
            raise AuthFailed(_OTHER_PORTAL, found=found, wanted=self.settings.portal)
        self.zone, self.currency = str(said.get("timeZone") or ""), str(said.get("companyCurrency") or "")
        return found, now_ms

    def explain(self, answer: Answer) -> AdapterError | None:
        """See `sdk.Adapter`."""
        return explain(answer, lambda refusal: until_midnight_s(refusal, self.zone))

    def read(self, kind: str, ids: Sequence[str], properties: Sequence[str], *, archived: bool = False) -> list[Record]:
        """The records that are there, by their ids: what is not is left out, and what was merged has another id.

        HubSpot's ids are numbers: any other one is nobody's, and would have the whole batch refused.
        """
        found: list[Record] = []
        path = self.object(kind, "batch", "read") + ("?archived=true" if archived else "")
        for part in parts([each for each in dict.fromkeys(ids) if is_id(each)]):
            inputs = [{"id": each} for each in part]
            wanted = {"inputs": inputs, "properties": list(properties), "propertiesWithHistory": []}
            found += listed(self.http.post(path, wanted, read=True).data)
        return found

    def linked(self, kind: str, to: str, ids: Sequence[str]) -> dict[str, list[str]]:
        """The ids of what is associated with each of `ids`."""
        found: dict[str, list[str]] = {}
        waiting: list[dict[str, str]] = [{"id": each} for each in dict.fromkeys(ids)]
        while waiting:
            data = self.http.post(self.links(kind, to, "batch", "read"), {"inputs": waiting[:BATCH]}, read=True).data
            waiting = waiting[BATCH:]
            for row in listed(data):
                here = str(mapping(row.get("from")).get("id"))
                found.setdefault(here, []).extend(str(each.get("toObjectId")) for each in rows(row, "to"))
                if after := next_of(row):
                    waiting.append({"id": here, "after": after})
        return found

    def property_rows(self) -> list[Record]:
        """The properties of the object that leads are."""
        return listed(self.http.get(f"/crm/properties/{self.settings.version}/{self.settings.object}").data)

    @cached_property
    def owners(self) -> Mapping[str, Record]:
        """Everybody who may own a record, by id."""
        return {str(row.get("id")): row for row in self._all_owners()}

    def _all_owners(self) -> Iterator[Record]:
        after = ""
        while True:
            page: dict[str, str | int] = {"limit": _OWNERS} | ({"after": after} if after else {})
            data = self.http.get(f"/crm/owners/{self.settings.version}", page).data
            yield from listed(data)
            before, after = after, next_of(data)
            if not after or after == before:
                return

    def owner(self, owner: str) -> str:
        """What leadq knows an owner by: the id, where a member has it, else the e-mail."""
        if not owner or owner in self.settings.members.values():
            return owner
        return str(mapping(self.owners.get(owner)).get("email") or owner)

    @cached_property
    def scope_owners(self) -> Sequence[str]:
        """The ids of the owners in the settings, which may give e-mails."""
        wanted = self.settings.owners
        if not any("@" in each for each in wanted):
            return wanted
        by_email = {str(row.get("email") or "").casefold(): owner for owner, row in self.owners.items()}
        ids = [by_email.get(each.casefold(), "") if "@" in each else each for each in wanted]
        if "" in ids:
            sentence = N_("HubSpot has no owner “{owner}”.")
            raise Rejected("owners", sentence, owner=wanted[ids.index("")])
        return ids

    @cached_property
    def pipeline(self) -> Record:
        """The pipeline of leads that the settings name by id or label, or the first one."""
        found = sorted(self.pipelines("leads"), key=lambda each: int(each.get("displayOrder") or 0))
        wanted = self.settings.pipeline.casefold()
        for each in found:
            if not wanted or wanted in (str(each.get("id")).casefold(), str(each.get("label")).casefold()):
                return each
        known = ", ".join(str(each.get("label")) for each in found) or "-"
        raise Rejected("pipeline", _NO_PIPELINE, pipeline=self.settings.pipeline or "-", known=known)

    def pipelines(self, kind: str) -> list[Record]:
        """The pipelines of an object, with their stages."""
        return listed(self.http.get(f"/crm/pipelines/{self.settings.version}/{kind}").data)

    @cached_property
    def states(self) -> States:
        """Leadq's states in the values of the property that holds them here."""
        words = self.settings.words
        if self.settings.object == "contacts":
            return States(words)
        return States({state: self._stages(state, said) for state, said in words.items() if said})

    def _stages(self, state: str, said: Sequence[str]) -> list[str]:
        """The ids of the stages that are called one of `said`: by id, by label or by what they are."""
        stages = rows(self.pipeline, "stages")
        found = [str(each.get("id")) for word in said for each in stages if word.casefold() in _names(each)]
        if not found:
            known = ", ".join(str(each.get("label")) for each in stages) or "-"
            about = {"pipeline": str(self.pipeline.get("label")), "word": said[0], "state": state}
            raise Rejected("states", _NO_STAGE, known=known, **about)
        return list(dict.fromkeys(found))


def _names(stage: Record) -> set[str]:
    """All that a stage may be called by; its category is somewhere in its metadata, or in a default stage's id."""
    name = str(stage.get("id"))
    told = [name, name.removesuffix("-stage-id"), stage.get("label"), *mapping(stage.get("metadata")).values()]
    return {str(each).casefold() for each in told}


def is_id(text: str) -> bool:
    """Whether HubSpot may have given this id."""
    return text.isascii() and text.isdecimal()


def parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many at a time as HubSpot takes."""
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def mapping(value: Any) -> Mapping[str, Any]:
    """The value as an object; one without anything for what is none."""
    return value if isinstance(value, dict) else {}


def rows(data: Any, name: str = "results") -> list[Record]:
    """The objects in a list of an answer."""
    found = mapping(data).get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def listed(data: Any) -> list[Record]:
    """The results of a read. Raises Transient for an answer without any list: it is not an empty one."""
    if not isinstance(mapping(data).get("results"), list):
        raise Transient(N_("The service answered without {what}."), what="results")
    return rows(data)


def next_of(data: Any) -> str:
    """Where the next page begins; "" when this was the last."""
    return str(mapping(mapping(mapping(data).get("paging")).get("next")).get("after") or "")
