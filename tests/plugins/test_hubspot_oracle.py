"""HubSpot's own client works with our fake, and what we send is what its typed parameters take.

`hubspot-sdk` is generated from the description that HubSpot does not let others publish (reference/crm-apis.md 0). It
differs from the service in two things, both put right here: a property without a value is null where it says text, and
a sort is an object where it says text.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Required, Union, get_args, get_origin, get_type_hints

import httpx
import pytest

from leadq.plugins.hubspot.setup import PROPERTIES
from leadq.plugins.sdk import Ref
from leadq.sync.wire import Request
from leadq.testing.hubspot import PORTAL, TOKEN, HubSpotFake
from leadq.testing.hubspot_facts import STAGES
from leadq.testing.time import VirtualTime
from tests.plugins.hub import adapter, change, contact, prepared

if TYPE_CHECKING:
    from hubspot_sdk import HubSpot

pydantic = pytest.importorskip("pydantic")
sdk = pytest.importorskip("hubspot_sdk")


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def fake(time: VirtualTime) -> HubSpotFake:
    return prepared(HubSpotFake(time))


@pytest.fixture
def client(fake: HubSpotFake) -> HubSpot:
    """The vendor's client, strict about each answer."""

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        told = fake(Request(request.method, request.url.raw_path.decode(), headers, request.read()))
        body = b"".join(told.chunks)
        return httpx.Response(told.status, headers=dict(told.headers), content=_without_nulls(body))

    http = httpx.Client(transport=httpx.MockTransport(answer))
    return sdk.HubSpot(access_token=TOKEN, http_client=http, max_retries=0, _strict_response_validation=True)


def _without_nulls(body: bytes) -> bytes:
    """Properties that have no value are left out."""

    def shown(found: dict[str, Any]) -> dict[str, Any]:
        inner = found.get("properties")
        if isinstance(inner, dict):
            found["properties"] = {name: value for name, value in inner.items() if value is not None}
        return found

    return json.dumps(json.loads(body, object_hook=shown)).encode() if body else body


def test_the_vendors_client_knows_the_account_its_owners_and_its_pipelines(client: HubSpot) -> None:
    assert client.account.get().portal_id == PORTAL
    assert [owner.email for owner in client.crm.owners.list()] == ["zoe@acme.example", "hugo@acme.example"]
    (pipeline,) = client.crm.pipelines.list("leads").results
    assert [stage.id for stage in pipeline.stages] == STAGES["leads"]


@pytest.mark.parametrize("kind", ["contacts", "leads"])
def test_the_vendors_client_makes_changes_reads_and_finds(
    client: HubSpot, fake: HubSpotFake, time: VirtualTime, kind: str
) -> None:
    objects = getattr(client.crm.objects, kind)
    name = "firstname" if kind == "contacts" else "hs_lead_name"
    made = objects.create(associations=[], properties={name: "Jeanne"})
    changed = objects.batch.update(inputs=[{"id": made.id, "properties": {name: "Paul"}}])
    assert changed.results[0].properties[name] == "Paul"
    read = objects.batch.get(
        inputs=[{"id": made.id}], properties=[name, "hubspot_owner_id"], properties_with_history=[]
    )
    assert read.results[0].properties[name] == "Paul"
    wanted = [{"filters": [{"property_name": name, "operator": "EQ", "value": "Paul"}]}]
    search = {"after": "0", "filter_groups": wanted, "limit": 10, "properties": [name], "sorts": [name]}
    assert objects.search(**search).total == 0  # the index is behind
    time.sleep(60)
    assert [row.id for row in objects.search(**search).results] == [made.id]
    assert objects.get(made.id, properties=[name]).properties[name] == "Paul"
    objects.delete(made.id)
    with pytest.raises(sdk.NotFoundError):
        objects.get(made.id)


def test_the_vendors_client_merges_and_the_old_id_leads_on(client: HubSpot, fake: HubSpotFake) -> None:
    kept, lost = contact(fake), contact(fake, "Paul")
    client.crm.objects.contacts.merge(object_id_to_merge=lost, primary_object_id=kept)
    assert client.crm.objects.contacts.get(lost).id == kept


def test_the_vendors_client_writes_notes_and_finds_them_by_their_contact(client: HubSpot, fake: HubSpotFake) -> None:
    name = contact(fake)
    tie = {"to": {"id": name}, "types": [{"association_category": "HUBSPOT_DEFINED", "association_type_id": 202}]}
    written = {"hs_timestamp": "2026-05-13T15:00:00Z", "hs_note_body": "Rang."}
    inputs = [{"properties": written, "associations": [tie], "object_write_trace_id": f"op-{n}"} for n in range(2)]
    made = client.crm.objects.notes.batch.create(inputs=inputs)  # type: ignore[arg-type]
    assert [row.object_write_trace_id for row in made.results] == ["op-0", "op-1"]
    about: dict[str, Any] = {"from_object_type": "contacts", "to_object_type": "notes", "inputs": [{"id": name}]}
    (tied,) = client.crm.associations.batch.get(**about).results  # type: ignore[union-attr]
    assert [each.to_object_id for each in tied.to] == [row.id for row in made.results]


def test_the_vendors_client_is_refused_as_we_are(client: HubSpot, fake: HubSpotFake, time: VirtualTime) -> None:
    fake.scopes -= {"crm.objects.deals.read"}
    with pytest.raises(sdk.PermissionDeniedError):
        client.crm.objects.deals.get("1")
    with pytest.raises(sdk.BadRequestError):
        client.crm.objects.contacts.batch.update(inputs=[{"id": str(n), "properties": {}} for n in range(101)])
    with pytest.raises(sdk.RateLimitError):
        [client.account.get() for _ in range(101)]


# What we send

Params = Any
_CRM = "hubspot_sdk.types.crm"


def _wanted(request: Request) -> Params | None:
    """The vendor's type for the body of a request."""
    from hubspot_sdk.types import crm
    from hubspot_sdk.types.crm import associations, objects

    steps = request.steps
    match (request.method, *steps[1:]):
        case "POST", "objects", _, (
            "notes" | "calls" | "emails" | "meetings" | "deals" | "leads" | "contacts"
        ) as kind, *rest:
            single = kind.removesuffix("s")
            if rest == ["search"]:
                return getattr(objects, f"{single}_search_params").__dict__[f"{single.title()}SearchParams"]
            how = {"read": "get"}.get(rest[1], rest[1])
            module = getattr(getattr(objects, kind), f"batch_{how}_params")
            return module.__dict__[f"Batch{how.title()}Params"]
        case "POST", "associations", *_rest:
            return associations.batch_get_params.BatchGetParams
        case "POST", "properties", _, _, "groups":
            return crm.properties.group_create_params.GroupCreateParams
        case "POST", "properties", *_rest:
            return crm.property_create_params.PropertyCreateParams
    return None


def _named(document: Any, typed: Any) -> Any:
    """The document with the vendor's Python names; a key that its type has not raises KeyError."""
    while get_origin(typed) in (Annotated, Required):
        typed = get_args(typed)[0]
    if hasattr(typed, "__total__"):  # a TypedDict, of whichever library
        hints = get_type_hints(typed, include_extras=True)
        aliases = {_alias(hint) or name: name for name, hint in hints.items()}
        return {aliases[key]: _named(value, hints[aliases[key]]) for key, value in document.items()}
    inner = next(iter(get_args(typed)), None)
    if isinstance(document, list) and inner is not None and get_origin(typed) is not Union:
        return [_named(each, inner) for each in document]
    return document


def _alias(hint: Any) -> str | None:
    for each in getattr(hint, "__metadata__", ()):
        if getattr(each, "alias", None):
            return str(each.alias)
    return next((found for each in get_args(hint) if (found := _alias(each))), None)


def _gone_through(value: Any) -> None:
    """An Iterable is looked at only as somebody goes through it."""
    for each in value.values() if isinstance(value, dict) else value if not isinstance(value, str | int) else ():
        _gone_through(each)


def _checked(request: Request) -> str:
    """What the request's body was held against; "" for one without a body."""
    typed = _wanted(request)
    if typed is None:
        assert request.method in ("GET", "DELETE")
        return ""
    document = json.loads(request.body)
    if "sorts" in document:
        document["sorts"] = [each["propertyName"] for each in document["sorts"]]
    if request.steps[1] == "associations":
        document["fromObjectType"] = request.steps[3]
    _gone_through(pydantic.TypeAdapter(typed).validate_python(_named(document, typed)))
    return str(typed.__name__)


@pytest.mark.parametrize("profile", ["contact", "lead"])
def test_all_that_the_adapter_sends_is_what_the_vendors_types_take(
    fake: HubSpotFake, time: VirtualTime, profile: str
) -> None:
    kind = f"{profile}s"
    for name in PROPERTIES:
        fake.book.properties[kind].pop(name)
    person = contact(fake)
    lead = {"hs_pipeline": "leads-pipeline-8", "hs_pipeline_stage": STAGES["leads"][0], "hs_primary_contact_id": person}
    name = person if profile == "contact" else fake.book.create("leads", lead).id
    call = fake.book.create("calls", {"hs_timestamp": "2026-05-13T15:00:00Z"})
    deal = fake.book.create("deals", {"dealstage": STAGES["deals"][1]})
    for each in (call, deal):
        fake.book.tie(each.kind, each.id, kind, name)
    time.sleep(60)
    hub = adapter(fake, time, profile=profile, owners="zoe@acme.example" if profile == "contact" else None)
    hub.check()
    hub.prepare(hub.plan())
    hub.describe()
    (last,) = [page for page in hub.pull(None, {}) if not page.more]
    list(hub.pull(last.cursor, {}))
    told = [change(name, verb="touch", note="Rang.", reason="no_answer"), change(name, "op-2", quality=2, seq=2)]
    assert [each.status for each in hub.push(told)] == ["applied"] * 2
    list(hub.lookup([Ref(name, markers=True), Ref("1")]))
    (note,) = fake.book.tied(kind, name, "notes")
    body = fake.book.records["notes"][note].properties
    fake.book.tie("notes", fake.book.create("notes", body).id, kind, name)
    hub.tidy(name, "op-1")
    assert fake.refused == 1  # the read of one that is not there
    held = {_checked(request) for request in fake.asked} - {""}
    singular = profile.title()
    assert held >= {f"{singular}SearchParams", "CallSearchParams", "DealSearchParams", "BatchGetParams",
                    "BatchUpdateParams", "BatchCreateParams", "GroupCreateParams", "PropertyCreateParams"}  # fmt: skip


def test_a_key_that_the_vendors_type_has_not_is_told(fake: HubSpotFake) -> None:
    body = json.dumps({"inputs": [{"id": "1", "properties": {}, "traceId": "x"}]}).encode()
    with pytest.raises(KeyError):
        _checked(Request("POST", "/crm/objects/2026-03/contacts/batch/update", {}, body))
    body = json.dumps({"inputs": [{"id": 1, "properties": {}}]}).encode()
    with pytest.raises(pydantic.ValidationError):
        _checked(Request("POST", "/crm/objects/2026-03/contacts/batch/update", {}, body))
