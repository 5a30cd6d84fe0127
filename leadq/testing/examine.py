"""The process that looks at one plugin: `python -m leadq.testing.examine`, started by `leadq plugin` only.

It reads one JSON object on standard input: `{"load": NAME}`, `{"try": NAME}` or `{"try_in": FOLDER}`, and answers with
one. What the plugin prints goes elsewhere; how it dies, the parent sees.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadq.plugins import manager
from leadq.plugins.manager import PluginFailure
from leadq.sync.child import limit_resources, private_line

if TYPE_CHECKING:
    from leadq.plugins.sdk import Adapter
    from leadq.testing.conformance import AdapterConformance


def main() -> int:
    """Answer one question."""
    line = private_line()
    limit_resources()
    order = json.loads(line.read())
    try:
        answer = _answered(order)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything; it is reported
        answer = {"why": f"{type(error).__name__}: {error}".rstrip(": ")}
    line.say(json.dumps(answer).encode("ascii"))
    return 0


def _answered(order: dict[str, str]) -> dict[str, Any]:
    if "load" in order:
        return _loaded(order["load"])
    if "try" in order:
        return tried_installed(order["try"])
    return tried_in(Path(order["try_in"]))


def _loaded(name: str) -> dict[str, Any]:
    found = manager.load(name)
    if not isinstance(found, PluginFailure):
        return {"state": "ok", "api_version": found.api_version, "capabilities": sorted(found.capabilities)}
    hears = manager.hearing(name) if found.phase == "validate" else None
    if hears and not isinstance(hears, PluginFailure):
        return {"state": "ok", "api_version": None, "capabilities": ["leadq_sla_event"]}
    old = found.params.get("problem", "").startswith("its api_version")
    return {"state": "incompatible" if old else "broken", "message": found.message, "params": found.params}


def tried_installed(name: str) -> dict[str, Any]:
    found = manager.load(name)
    if isinstance(found, PluginFailure):
        return {"message": found.message, "params": found.params}
    return _result(_suite_of(found))


def tried_in(folder: Path) -> dict[str, Any]:
    sys.path[:0] = [str(folder / "src"), str(folder)]
    suites = _suites(folder / "tests" / "test_conformance.py")
    return _result(suites[-1] if suites else _suite_of(_announced(folder)))


def _suites(file: Path) -> list[type[AdapterConformance]]:
    """The suites in the project's own tests."""
    if not file.exists():
        return []
    spec = importlib.util.spec_from_file_location("leadq_conformance_tests", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    from leadq.testing.conformance import AdapterConformance

    found = (value for value in vars(module).values() if isinstance(value, type))
    return [each for each in found if issubclass(each, AdapterConformance) and each is not AdapterConformance]


def _announced(folder: Path) -> type[Adapter]:
    """The adapter that the project will announce once it is installed."""
    pyproject = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    points = pyproject["project"]["entry-points"]["leadq"]
    module = importlib.import_module(next(iter(points.values())))
    found: type[Adapter] = module.leadq_adapter()
    return found


def _suite_of(kind: type[Adapter]) -> type[AdapterConformance]:
    """A suite for an adapter that brings none: with a service where one can be made of what it declares."""
    from leadq.plugins.rest import RestAdapter
    from leadq.testing.conformance import AdapterConformance, RestFake

    fake = type("Fake", (RestFake,), {"adapter": kind}) if issubclass(kind, RestAdapter) else None
    return type("Suite", (AdapterConformance,), {"adapter": kind, "service": fake})


def _result(suite: type[AdapterConformance]) -> dict[str, Any]:
    from leadq.testing.conformance import verdicts  # a plugin that is only loaded does without

    found = list(verdicts(suite))
    return {
        "adapter": suite.adapter.name,
        "capabilities": sorted(suite.adapter.capabilities),
        "passed": sum(each.result == "passed" for each in found),
        "failures": [{"rule": each.name, "why": each.why} for each in found if each.result == "failed"],
        "not_tried": dict(Counter(each.why for each in found if each.result == "skipped").most_common()),
    }


if __name__ == "__main__":
    sys.exit(main())
