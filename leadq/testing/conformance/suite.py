"""The suite as a class of tests: inherit it, name the adapter and the service, and every case is a test.

pytest is needed by whoever runs it as such, and imported nowhere here; `verdicts` does without.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from unittest import SkipTest

from leadq.testing.conformance.bench import Bench
from leadq.testing.conformance.cases import CASES, Broken, Case

if TYPE_CHECKING:
    from leadq.testing.time import VirtualTime

_PLUGIN = "leadq-conformance"


class AdapterConformance:
    """See `leadq.testing.conformance`. `leaves_out` names cases that do not hold, each with the reason."""

    adapter: ClassVar[type[Any]]
    service: ClassVar[Callable[[VirtualTime], Any] | None] = None
    options: ClassVar[Mapping[str, Any]] = {}
    leaves_out: ClassVar[Mapping[str, str]] = {}

    def bench(self) -> Bench:
        """What one case is tried out on; override it for what is set up in another way."""
        return Bench(self.adapter, type(self).service, self.options)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one case: `why` is the sentence of a failure, or what a case lacks that was not tried."""

    name: str
    result: str
    why: str = ""


def verdicts(suite: type[AdapterConformance], *, only: str = "") -> Iterator[Verdict]:
    """Try every case of a suite, without pytest; `only` those of one module, such as `pulling`."""
    for case in CASES:
        if not only or case.run.__module__.endswith(f".{only}"):
            yield verdict_of(suite(), case)


def verdict_of(suite: AdapterConformance, case: Case) -> Verdict:
    lacking = _left_out(suite, case)
    if lacking:
        return Verdict(case.name, "skipped", lacking)
    bench = suite.bench()
    try:
        lacking = bench.lacks(case.needs)
        if lacking:
            return Verdict(case.name, "skipped", lacking)
        case.run(bench)
    except Broken as broken:
        return Verdict(case.name, "failed", str(broken))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - an adapter may raise anything; it is reported
        return Verdict(case.name, "failed", f"it fails with {type(error).__name__}: {error}")
    finally:
        bench.close()
    return Verdict(case.name, "passed")


def _left_out(suite: AdapterConformance, case: Case) -> str:
    return suite.leaves_out.get(case.name, "")


def said_of(skipped: Counter[str]) -> str:
    """What was not tried and why, in one line."""
    parts = (f"{what.replace('service.', 'the service has no ')} ({count})" for what, count in skipped.most_common())
    return ", ".join(parts)


class Summary:
    """One line at the end of a run of pytest for each suite."""

    def __init__(self) -> None:
        self.tried: Counter[str] = Counter()
        self.skipped: dict[str, Counter[str]] = {}

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for name, count in self.tried.items():
            skipped = self.skipped.get(name, Counter())
            rest = f"; not tried, for want of: {said_of(skipped)}" if skipped else ""
            terminalreporter.write_line(f"leadq: {name} was tried by {count} rules{rest}")


def _summary(config: Any) -> Summary:
    found = config.pluginmanager.get_plugin(_PLUGIN)
    if found is None:
        found = Summary()
        config.pluginmanager.register(found, _PLUGIN)
    assert isinstance(found, Summary)
    return found


def _as_test(case: Case) -> Callable[[AdapterConformance, Any], None]:
    def test(self: AdapterConformance, request: Any) -> None:
        summary, name = _summary(request.config), type(self).__name__
        verdict = verdict_of(self, case)
        if verdict.result == "skipped":
            summary.skipped.setdefault(name, Counter())[verdict.why] += 1
            raise SkipTest(f"{name}: {verdict.why}")
        summary.tried[name] += 1
        if verdict.result == "failed":
            raise Broken(verdict.why)

    test.__name__ = f"test_{case.name}"
    test.__qualname__ = f"AdapterConformance.test_{case.name}"
    return test


def complete(kind: type[AdapterConformance]) -> None:
    """Give the class a test for each case."""
    for case in CASES:
        setattr(kind, f"test_{case.name}", _as_test(case))
