"""The hub in plain Python: what `leadq/hub/schema` does, without PostgreSQL, for proofs that make many runs.

One word is one transaction, numbers are drawn in the order in which writers commit, and a login sees what the policies
let it see. The tests of `make e2e` tell the same stories to both and hold the ends together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from leadq.domain.events import TEAM
from leadq.hub.steps import SCHEMA
from leadq.plugins.hub import NO_MEMBER, NOT_YOURS
from leadq.plugins.sdk import AuthFailed, Rejected
from leadq.testing.teamhub import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ID: Final = "00000000-0000-4000-8000-000000000001"
_VOICE: Final = "hub" + ID.replace("-", "")[:12]
_ALL_SEEING: Final = frozenset({"manager", "ops"})


@dataclass(frozen=True, slots=True)
class _Member:
    role: str
    since: int
    removed: bool = False


@dataclass(frozen=True, slots=True)
class _Device:
    member: str
    place: str
    high: int = 0
    offered: int = 0
    contract: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class _Lead:
    owner: str
    refs: list[list[str]]
    hub_seq: int
    person: str | None = None
    erased: bool = False


@dataclass(frozen=True, slots=True)
class _Runner:
    epoch: int = 0
    device: str = ""
    since_ms: int | None = None


class FakeHub:
    """See `Hub`. What is kept is never changed in place, so that a copy may share it."""

    def __init__(self) -> None:
        self.id = ID
        self.members: dict[str, _Member] = {}
        self.devices: dict[str, _Device] = {}
        self.contracts: dict[str, dict[str, Any]] = {}
        self.events: dict[str, dict[str, Any]] = {}
        self.people: dict[str, dict[str, str]] = {}
        self.leads: dict[str, _Lead] = {}
        self.texts: dict[tuple[str, str], tuple[str, str]] = {}
        self.scope: dict[tuple[str, str], int] = {}
        self.left: dict[tuple[str, int], int] = {}
        self.runner = _Runner()
        self.acts: dict[str, tuple[str, str, int]] = {}
        self._seq = 0

    def copy(self) -> FakeHub:
        """Another one that goes on from here."""
        made = FakeHub()
        made.__dict__.update(
            {name: dict(value) if isinstance(value, dict) else value for name, value in self.__dict__.items()}
        )
        return made

    def add(self, name: str, role: str) -> None:
        """As `Hub.add` of the administrator."""
        known = self.members.get(name)
        same = known is not None and known.role == role and not known.removed
        self.members[name] = _Member(role, known.since if known and same else self._next())

    def remove(self, name: str) -> None:
        """As `Hub.remove` of the administrator."""
        self.members[name] = replace(self.members[name], removed=True)

    def moved(self, device: str) -> None:
        """As `Hub.moved` of the administrator."""
        self.devices[device] = replace(self.devices[device], place="")

    def say(self, login: str, word: str, what: Mapping[str, Any]) -> Mapping[str, Any]:
        """One word as one transaction. Raises AuthFailed and Rejected; then nothing was written."""
        if not self._is_member(login):
            raise AuthFailed(NO_MEMBER)
        if word == "meet":
            return self._meet(login, what)
        if word == "news":
            return self._news(login, what)
        if word == "agreed":
            return self._agreed(login, what)
        if word == "run":
            return self._run(login, what)
        before = {name: dict(value) for name, value in self.__dict__.items() if isinstance(value, dict)}
        try:
            return self._act(login, what) if word == "act" else self._give(login, what)
        except Exception:
            self.__dict__.update(before)
            raise

    def last(self) -> int:
        """The highest number that anything has."""
        rows = (*self.events.values(), *self.contracts.values())
        leads = (lead.hub_seq for lead in self.leads.values())
        return max([0, *map(_number, rows), *leads, *(each.since for each in self.members.values())])

    def hangs_up(self, login: str) -> None:
        """A login's connection ends, and with it what only lasts as long."""

    def owners(self) -> Mapping[str, str]:
        """Whose each lead is now."""
        return {uid: lead.owner for uid, lead in self.leads.items()}

    def truth(self) -> Truth:
        """See `Truth`."""
        told = sorted(self.events.values(), key=_number)
        return Truth(
            tuple((each["uid"], each["device"], each["member"], each["lead_uid"]) for each in told),
            self.owners(),
            {uid: lead.person for uid, lead in self.leads.items() if lead.person},
            frozenset(self.texts),
            {name: (each.role, each.removed) for name, each in self.members.items()},
        )

    # what a login may do

    def _is_member(self, login: str) -> bool:
        return login in self.members and not self.members[login].removed

    def _sees_all(self, login: str) -> bool:
        return self.members[login].role in _ALL_SEEING

    def _sees(self, login: str, lead: _Lead) -> bool:
        return self._sees_all(login) or lead.owner in ("", login)

    def _may_insert(self, login: str, event: Mapping[str, Any]) -> bool:
        device = self.devices.get(event["device"])
        impersonates = event["actor"] != login and event["actor"] in self.members
        return device is not None and device.member == login and not (event["actor_kind"] == "human" and impersonates)

    # the words

    def _meet(self, me: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
        if said["member"] != me:
            return {"refused": "other", "member": me}
        known = self.devices.get(said["device"])
        if known and known.member != me:
            return {"refused": "device", "member": known.member}
        if known and known.place not in ("", said["place"]):
            return {"refused": "twin"}
        high = known.high if known else 0
        self.devices[said["device"]] = replace(known or _Device(me, ""), place=said["place"])
        return {
            "schema": SCHEMA,
            "hub": self.id,
            "member": me,
            "role": self.members[me].role,
            "runner_idle_ms": 0 if self.runner.epoch else None,
            "since": self.members[me].since,
            "devices": sorted(name for name, device in self.devices.items() if device.member == me),
            "high": high,
            "last": self._offer(me, said["device"]),
            "contracts": max(map(_number, self.contracts.values()), default=0),
        }

    def _give(self, me: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
        for contract in said["contracts"]:
            self.contracts.setdefault(contract["hash"], {**contract, "hub_seq": self._next()})
        for lead in said["leads"]:
            self._put_lead(me, lead)
        new = [event for event in said["events"] if self._put_event(me, event)]
        self._comes_to_who_wrote(me, {event["lead_uid"] for event in new})
        lost = {}
        for one in said["owners"]:
            claims = one["owner"] == me and one["claim"]
            owner = self._claim(me, one["uid"]) if claims else self._assign(me, one["uid"], one["owner"])
            if owner not in (one["owner"], "", None):
                lost[one["uid"]] = owner
        for event in said["events"]:
            if event["type"] == "erased":
                self._erase(me, event["lead_uid"])
        return {
            "high": self._stamp(me, said["device"]),
            "added": len(new),
            "lost": dict(sorted(lost.items())),
        }  # as jsonb keeps them

    def _news(self, me: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is new of the leads that were in scope, then leads that have come since, then whom they are about."""
        self._keep(me, said["have"])
        upto = self._offer(me, said["device"]) if said["upto"] is None else said["upto"]
        there = [each for each in self._numbered() if each["hub_seq"] <= upto]
        others = [each for each in there if said["own"] or each["device"] != said["device"]]
        seen, come, people, room = said["cursor"], said["scope"], said["people"], said["room"]
        heard, arrived, known = self._heard(me, others, said)[:room], list[dict[str, Any]](), list[dict[str, Any]]()
        more = len(heard) >= room
        seen = heard[-1]["hub_seq"] if more else max(seen, upto)
        if not more:
            arrived, come, more = self._arrived(me, others, come, upto, room)
        if not more:
            known = [each for each in self._leads_after(me, people) if each["hub_seq"] <= upto][:room]
            more = len(known) >= room
            people = known[-1]["hub_seq"] if more else max(people, upto)
        owed = set(said["owed"]) & {lead for lead in said["owed"] if self._hears(me, lead)}
        return {
            "events": [self._told(me, event) for event in heard] + arrived,
            "cursor": seen,
            "scope": come,
            "upto": upto,
            "more": more,
            "leads": known,
            "people": people,
            "contracts": [
                {key: each[key] for key in ("hash", "text", "years", "hub_seq")}
                for each in sorted(self.contracts.values(), key=_number)
                if each["hub_seq"] > said["contracts"]
            ],
            "owed": [
                self._told(me, each)
                for each in (self._numbered() if owed else ())
                if each["lead_uid"] in owed and each["hub_seq"] <= said["cursor"]
            ],
        }

    def _heard(self, me: str, there: Sequence[dict[str, Any]], said: Mapping[str, Any]) -> list[dict[str, Any]]:
        new = [each for each in there if each["hub_seq"] > said["cursor"]]
        if self._sees_all(me):
            return new
        known = {lead for lead, since in self._came(me, -1).items() if since <= said["scope"]}
        return [each for each in new if each["lead_uid"] in known]

    def _arrived(
        self, me: str, there: Sequence[dict[str, Any]], come: int, upto: int, room: int
    ) -> tuple[list[dict[str, Any]], int, bool]:
        """Each lead whole; those that came at one number on one page."""
        if self._sees_all(me):
            return [], max(come, upto), False
        came = sorted((since, lead) for lead, since in self._came(me, come).items() if since <= upto)
        rows = [(since, each) for since, lead in came for each in there if each["lead_uid"] == lead]
        more = len(rows) >= room
        last = rows[room - 1][0] if more else max(come, upto)
        whole = [each for since, each in rows if since <= last]
        return (
            [self._told(me, each) if each["lead_uid"] not in self.leads else {**each, "texts": {}} for each in whole],
            last,
            more,
        )

    # who hears of a lead

    def _came(self, me: str, after: int) -> dict[str, int]:
        """The leads that a member hears of, and since which number, where that is after this one."""
        everybodys = {lead: since for (lead, who), since in self.scope.items() if not who}
        own = {lead: since for (lead, who), since in self.scope.items() if who == me}
        return {lead: since for lead, since in {**everybodys, **own}.items() if since > after}

    def _hears(self, me: str, lead: str) -> bool:
        return self._sees_all(me) or (lead, me) in self.scope or (lead, "") in self.scope

    def _comes_to_its_owner(self, uid: str) -> None:
        lead = self.leads[uid]
        self.scope.setdefault((uid, lead.owner), self.scope.get((uid, ""), lead.hub_seq))
        if lead.owner and (uid, "") in self.scope:
            self.left[uid, lead.hub_seq] = self.scope.pop((uid, ""))

    def _comes_to_who_wrote(self, me: str, leads: Iterable[str]) -> None:
        for uid in sorted(leads):
            begun, is_there = self.scope.get((uid, "")), uid in self.leads
            for who in ([me] if self.members[me].role == "rep" else []) + ([] if is_there else [""]):
                number = self._next()
                self.scope.setdefault((uid, who), number if begun is None else begun)

    def _keep(self, me: str, leads: Iterable[str]) -> None:
        for uid in () if self._sees_all(me) else leads:
            self.scope.setdefault((uid, me), self._next())

    def _offer(self, me: str, device: str) -> int:
        """The newest number; what was everybody's when this device asked last, and is no more, stays its member's."""
        known = self.devices[device]
        gone = [uid for (uid, until), since in self.left.items() if until > known.offered >= since]
        self._keep(me, gone)
        newest = self._newest(me)
        self.devices[device] = replace(known, offered=newest)
        return newest

    def _newest(self, me: str) -> int:
        came = (since for (_lead, who), since in self.scope.items() if who in ("", me))
        leads = (lead.hub_seq for lead in self.leads.values())
        return max([0, *map(_number, self.events.values()), *leads, *came])

    def _agreed(self, me: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """Who runs which contract; none is offered here, and nobody has a clock."""
        device = self.devices.get(said["device"])
        if device and device.member == me:
            self.devices[said["device"]] = replace(device, contract=said["contract"], version=said["version"])
        team = [
            [each.member, name, each.version, each.contract, ""]
            for name, each in sorted(self.devices.items(), key=lambda one: (one[1].member, one[0]))
            if self._is_member(each.member)
        ]
        return {"ops": self.members[me].role == "ops", "offered": [], "texts": [], "team": team}

    # the runner; nobody else is in the middle of an exchange here, so the lock is free

    def _run(self, me: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self._sees_all(me):
            return {"refused": "role"}
        since_ms = said["now_ms"] if self.runner.since_ms is None else self.runner.since_ms
        self.runner = _Runner(self.runner.epoch + 1, said["device"], since_ms)
        turns: dict[str, dict[str, int]] = {}
        for rule, owner, number in self.acts.values():
            last = turns.setdefault(rule, {})
            last[owner] = max(number, last.get(owner, 0))
        return {"epoch": self.runner.epoch, "since_ms": since_ms, "turns": turns}

    def _act(self, me: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self._sees_all(me):
            raise AuthFailed(NO_MEMBER)
        if (said["epoch"], said["device"]) != (self.runner.epoch, self.runner.device):
            return {"fenced": True, "done": []}
        self.devices.setdefault(_VOICE, _Device(me, "hub"))
        done = []
        for one in said["acts"]:
            lead = self.leads.get(one["lead"])
            if one["key"] in self.acts or lead is None or lead.owner != one["from"] or lead.erased:
                continue
            self.leads[one["lead"]] = replace(lead, owner=one["to"], hub_seq=self._next())
            self._comes_to_its_owner(one["lead"])
            self.acts[one["key"]] = (one["rule"], one["to"], self._says(me, said, one))
            done.append(one["key"])
        return {"fenced": False, "done": done}

    def _says(self, me: str, said: Mapping[str, Any], one: Mapping[str, Any]) -> int:
        """The hub's own event of an act; its number."""
        known = [each["recorded_ms"] for each in self.events.values() if each["lead_uid"] == one["lead"]]
        number = self._next()
        self.events[one["uid"]] = {
            "hub_seq": number, "member": me, "uid": one["uid"], "device": _VOICE, "lead_uid": one["lead"],
            "batch": said["batch"], "type": "assigned", "v": 1, "occurred_ms": said["now_ms"],
            "recorded_ms": max(said["now_ms"], *known), "actor": "system", "actor_kind": "system", "data": one["data"],
        }  # fmt: skip
        return number

    # what they are made of

    def _put_lead(self, me: str, said: Mapping[str, Any]) -> None:
        uid, who = said["uid"], said["person"]
        known = self.leads.get(uid)
        if known is None:
            known = self.leads[uid] = _Lead(said["owner"], said["refs"], self._next())
            self._comes_to_its_owner(uid)
        elif not self._sees(me, known):
            return
        if who and known.person is None and not known.erased:
            if said["person_uid"] in self.people and not self._knows(me, said["person_uid"]):
                return
            self.people.setdefault(said["person_uid"], {"uid": said["person_uid"], **who})
            known = self.leads[uid] = replace(known, person=said["person_uid"], hub_seq=self._next())
        if not known.refs and said["refs"]:
            self.leads[uid] = replace(known, refs=said["refs"], hub_seq=self._next())

    def _knows(self, me: str, person: str) -> bool:
        return any(lead.person == person and self._sees(me, lead) for lead in self.leads.values())

    def _put_event(self, me: str, event: Mapping[str, Any]) -> bool:
        if not self._may_insert(me, event):
            raise Rejected("member", NOT_YOURS, why="row-level security policy")
        uid, is_new = event["uid"], event["uid"] not in self.events
        if is_new:
            row = {name: value for name, value in event.items() if name != "texts"}
            self.events[uid] = {"hub_seq": self._next(), "member": me, **row}
        lead = self.leads.get(event["lead_uid"])
        if self.events[uid]["member"] == me and not (lead and lead.erased):
            for kind, text in event["texts"].items():
                self.texts.setdefault((uid, kind), (event["lead_uid"], text))
        return is_new

    def _claim(self, me: str, uid: str) -> str | None:
        lead = self.leads.get(uid)
        if lead and not lead.owner:
            lead = self.leads[uid] = replace(lead, owner=me, hub_seq=self._next())
            self._comes_to_its_owner(uid)
        return lead.owner if lead else None

    def _assign(self, me: str, uid: str, wanted: str) -> str | None:
        lead = self.leads.get(uid)
        if lead and lead.owner != wanted and self._sees(me, lead):
            lead = self.leads[uid] = replace(lead, owner=wanted, hub_seq=self._next())
            self._comes_to_its_owner(uid)
        return lead.owner if lead else None

    def _erase(self, me: str, uid: str) -> None:
        lead = self.leads.get(uid)
        if lead is None or not self._sees(me, lead):
            return
        gone = {each for each, other in self.leads.items() if each == uid or (lead.person == other.person is not None)}
        self.texts = {key: said for key, said in self.texts.items() if said[0] not in gone}
        self.people.pop(lead.person or "", None)
        for each in gone:
            self.leads[each] = replace(self.leads[each], person=None, refs=[], erased=True, hub_seq=self._next())

    def _stamp(self, me: str, device: str) -> int:
        high = max((event["hub_seq"] for event in self.events.values() if event["device"] == device), default=0)
        if self.devices[device].member == me:
            self.devices[device] = replace(self.devices[device], high=high)
        return high

    def _leads_after(self, me: str, number: int) -> list[dict[str, Any]]:
        new = [(uid, lead) for uid, lead in self.leads.items() if lead.hub_seq > number and self._sees(me, lead)]
        return [
            {
                "hub_seq": lead.hub_seq,
                "uid": uid,
                "owner": lead.owner,
                "refs": lead.refs,
                "person_uid": lead.person,
                "person": self.people.get(lead.person or ""),
                "texts": self._notes_of(uid) or None,
            }
            for uid, lead in sorted(new, key=lambda each: each[1].hub_seq)
        ]

    def _notes_of(self, lead_uid: str) -> list[Sequence[str]]:
        return [[uid, kind, text] for (uid, kind), (of, text) in self.texts.items() if of == lead_uid]

    def _told(self, me: str, event: Mapping[str, Any]) -> dict[str, Any]:
        lead = self.leads.get(event["lead_uid"])
        is_seen = event["lead_uid"] == TEAM or (lead is not None and self._sees(me, lead))
        texts = {
            kind: text for (uid, kind), (_lead, text) in self.texts.items() if uid == event["uid"]
        } if is_seen else {}  # fmt: skip
        return {**{name: value for name, value in event.items() if name != "member"}, "texts": texts}

    def _numbered(self) -> Iterable[dict[str, Any]]:
        return sorted(self.events.values(), key=_number)

    def _next(self) -> int:
        self._seq += 1
        return self._seq


def _number(row: Mapping[str, Any]) -> int:
    return int(row["hub_seq"])
