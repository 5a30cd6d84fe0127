"""The vendor's own description of its API, for tests: beside the repository, never in it (no licence is given).

`LEADQ_SPECS` names the folder; else it is the first `shared/specs` beside the repository or above it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from leadq.sync.wire import Reply, Request

_FILES: Final = {"v1": "pipedrive-v1.trim.json", "v2": "pipedrive-v2.trim.json"}
_USED: Final = {
    "v1": ("/leads", "/leads/{id}", "/leadLabels", "/notes", "/notes/{id}", "/users", "/users/me"),
    "v2": ("/persons", "/organizations", "/activities", "/deals", "/dealFields", "/stages"),
}
"""What the adapter asks for: loading the rest takes three times as long."""

_LINKS: Final = frozenset({"org_id", "person_id", "deal_id", "lead_id", "project_id"})

_COMPARED: set[str] = set()
_VALUES: Final = frozenset({"ids", "start", "cursor", "updated_since", "lead_id", "deal_id"})
_FORM: Final = re.compile(r"\d{4}-\d\d-\d\d|[0-9a-f]{8}-|[a-zA-Z]{1,12}$")
"""Texts whose form may be described: dates, ids, and words of a list."""

_ERRORS: Final = frozenset({400, 401, 403, 404, 429, 502})
"""Statuses that the description leaves out where they happen all the same: there is nothing to compare a body with."""


def folder() -> Path:
    """Where the descriptions are. Skips the test, and says why, where they are not."""
    root = Path(__file__).resolve().parents[2]
    given = os.environ.get("LEADQ_SPECS")
    places = [Path(given)] if given else [up / "shared" / "specs" for up in root.parents]
    found = next((place / "pipedrive" for place in places if (place / "pipedrive").is_dir()), None)
    if found is None:
        pytest.skip("NOT CHECKED against Pipedrive’s description: there is no ../shared/specs/pipedrive")
    return found


@cache
def described(version: str) -> dict[str, Any]:
    """One description, cut down to what is used."""
    whole: dict[str, Any] = json.loads((folder() / _FILES[version]).read_text("utf-8"))
    whole["paths"] = {path: whole["paths"][path] for path in _USED[version]}
    whole["servers"] = [{"url": f"https://acme.pipedrive.com/api/{version}"}]  # it names another host, and base path
    sort = next(each for each in parameters(whole, "/leads") if each["name"] == "sort") if version == "v1" else {}
    if sort:  # its own sentence wants `field_name_1 ASC`, its list of values has only the names
        sort["schema"]["enum"] += [f"{name} {way}" for name in sort["schema"]["enum"] for way in ("ASC", "DESC")]
    _let_be_null(whole["paths"])
    return whole


def _let_be_null(described: Any) -> None:
    """What the description gives as a plain number or text, and real answers as null: `next_cursor` by its own words
    (“will be `null` if you have reached the end”), and ids of records that are linked to nothing, as the persons of the
    Apache-licensed samples of dlt have them."""
    if isinstance(described, list):
        for each in described:
            _let_be_null(each)
    elif isinstance(described, dict):
        for name, each in described.get("properties", {}).items():
            if isinstance(each, dict) and (name == "next_cursor" or name in _LINKS):
                each["nullable"] = True
        for each in described.values():
            _let_be_null(each)


def parameters(whole: dict[str, Any], path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = whole["paths"][path]["get"]["parameters"]
    return found


@cache
def _api(version: str) -> Any:
    from openapi_core import OpenAPI

    return OpenAPI.from_dict(described(version))


def validate(exchanges: Iterable[tuple[Request, Reply]]) -> None:
    """Raises for a request or an answer that the vendor's description does not allow.

    Of those that look alike one is compared: it takes 20 ms. Exceptions, each with its reason: an HTML page is the
    edge's and not the service's; a body of an error that is not described has nothing to be compared with.
    openapi-core does not look at the token (crm-apis.md 2): the fake does.
    """
    for request, reply in exchanges:
        shape = _shape(request, reply)
        if shape not in _COMPARED:
            _compare(request, reply)
            _COMPARED.add(shape)


def _compare(request: Request, reply: Reply) -> None:
    from openapi_core.testing import MockRequest, MockResponse

    version = request.steps[1]
    asked = MockRequest(
        "https://acme.pipedrive.com", request.method, request.path, args=request.query, headers=dict(request.headers),
        data=request.body or None,
    )  # fmt: skip
    _api(version).validate_request(asked)
    html = reply.headers["content-type"].startswith("text/html")
    operation = _operation(version, request)
    if html or (reply.status in _ERRORS and str(reply.status) not in operation["responses"]):
        return
    answered = MockResponse(b"".join(reply.chunks), reply.status, content_type=reply.headers["content-type"])
    _api(version).validate_response(asked, answered)


def _shape(request: Request, reply: Reply) -> str:
    """What two exchanges have in common for which the description says the same."""
    query = [name if name in _VALUES else f"{name}={value}" for name, value in sorted(request.query.items())]
    path = [_alike(step) for step in request.steps]
    said = [_alike(json.loads(body)) for body in (request.body, b"".join(reply.chunks)) if body[:1] == b"{"]
    return json.dumps([request.method, path, query, reply.status, said])


def _alike(value: Any) -> Any:
    """A document with each value as its type, a text with each figure as 0, a list with one of each kind."""
    if isinstance(value, dict):
        return {name: _alike(each) for name, each in sorted(value.items())}
    if isinstance(value, list):
        return sorted({json.dumps(_alike(each)) for each in value})
    return re.sub(r"[0-9a-f]", "0", value) if isinstance(value, str) and _FORM.match(value) else type(value).__name__


def _operation(version: str, request: Request) -> dict[str, Any]:
    steps, paths = request.steps[2:], described(version)["paths"]
    exact = "/" + "/".join(steps)
    path = exact if exact in paths else f"/{steps[0]}/{{id}}"
    found: dict[str, Any] = paths[path][request.method.lower()]
    return found


def examples() -> dict[str, Any]:
    """The vendor's example of each good answer, by `v1 GET /leads`."""
    found = {}
    for version in _FILES:
        for path, operations in described(version)["paths"].items():
            for method, operation in operations.items():
                answer = operation.get("responses", {}).get("200", {}) if isinstance(operation, dict) else {}
                found[f"{version} {method.upper()} {path}"] = (
                    answer.get("content", {}).get("application/json", {}).get("example")
                )
    return found
