"""Calls of Tryton's JSON-RPC, and what its answers mean."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from leadq.plugins.sdk import N_, Http, Rejected, Transient

_REFUSED: Final = N_("Tryton refuses it: {why}")
_FAILED: Final = N_("Tryton could not do it: {why}")
_NO_SENSE: Final = N_("The service answered without {what}.")


class Doubt(Exception):
    """It may have been done, or not: the change that it was about gets no result, and leadq finds out."""


class Moved(Doubt):
    """The record was written by somebody else since it was read, so nothing was done to it."""


class Missing(Rejected):
    """A record is not there, or not for this user: `forbidden` says which."""

    def __init__(self, why: str, *, forbidden: bool) -> None:
        super().__init__("", _REFUSED, why=why)
        self.forbidden = forbidden


class Rpc:
    """One user's calls. Every error of Tryton's own comes with the status 200, so it is told apart here."""

    def __init__(self, http: Http) -> None:
        self._http = http

    @cached_property
    def preferences(self) -> Mapping[str, Any]:
        """The user's company, employee and so on; Tryton wants them back as the context of each call."""
        found = self._call("model.res.user.get_preferences", [True, {}], read=True)
        if not isinstance(found, dict):
            raise Transient(_NO_SENSE, what="preferences")
        return {**found, "language": "en"}  # so that `_error` knows the sentences that it looks at

    def ask(self, method: str, *params: Any) -> Any:
        """A call that changes nothing, such as `sale.opportunity.read`."""
        return self._call(f"model.{method}", [*params, self.preferences], read=True)

    def rows(self, method: str, *params: Any) -> list[dict[str, Any]]:
        """The records of such a call; with the fields of other records below them, see `flat`."""
        found = self.ask(method, *params)
        if not isinstance(found, list) or not all(isinstance(row, dict) and row.get("id") for row in found):
            raise Transient(_NO_SENSE, what="records")
        return [flat(row) for row in found]

    def change(self, method: str, *params: Any, stamps: Mapping[str, str] | None = None) -> Any:
        """A call that writes. `stamps`: the `_timestamp` that each record had when it was read; raises Moved when one
        has another by now. That, and not our looking first, is what no second writer can get past."""
        context = {**self.preferences, "_timestamp": dict(stamps)} if stamps else self.preferences
        return self._call(f"model.{method}", [*params, context], read=False)

    def _call(self, method: str, params: list[Any], *, read: bool) -> Any:
        body = {"id": 1, "method": method, "params": params}
        data = self._http.post("/rpc/", body, read=read).data
        if not isinstance(data, dict) or not ({"result", "error"} & data.keys()):
            raise Transient(_NO_SENSE, what="a result") if read else Doubt(method)
        if "error" in data:
            raise _error(data["error"], read=read)
        return data.get("result")


def _error(error: Any, *, read: bool) -> Exception:
    """`[kind, ...]`: a sentence of Tryton's, or the text of a Python exception, which proves nothing of a write."""
    kind = error[0] if isinstance(error, list) and error else ""
    if kind == "ConcurrencyException":
        return Moved()
    if kind in ("UserError", "UserWarning"):
        why = _sentence(error)
        if "don't exist" in why or "not allowed to read" in why:
            return Missing(why, forbidden="don't exist" not in why)
        return Rejected("", _REFUSED, why=why)
    return Transient(_FAILED, why=_sentence(["", error])) if read else Doubt(kind)


def _sentence(error: list[Any]) -> str:
    """`[message, description, domain]`; a warning has its name before them."""
    parts = error[1] if len(error) > 1 and isinstance(error[1], list) else error[1:]
    texts = [str(part).strip() for part in parts if isinstance(part, str) and part.strip()]
    return " ".join(texts[1:] if error[0] == "UserWarning" else texts[:1])


def flat(value: Any) -> Any:
    """Tryton's `{"party": 4, "party.": {...}}` as `{"party": {...}}`, and its dates and decimals as text."""
    if isinstance(value, list):
        return [flat(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "__class__" in value:
        return _text(value)
    whole = {name: flat(each) for name, each in value.items() if not name.endswith(".")}
    return whole | {name[:-1]: flat(each) for name, each in value.items() if name.endswith(".")}


def _text(value: Mapping[str, Any]) -> Any:
    """A date, a time (UTC, to the microsecond) or a decimal; what is none of them stays as it is."""
    if value["__class__"] == "Decimal":
        return str(value["decimal"])
    if value["__class__"] not in ("date", "datetime"):
        return value
    day = f"{value['year']:04}-{value['month']:02}-{value['day']:02}"
    if value["__class__"] == "date":
        return day
    return f"{day}T{value['hour']:02}:{value['minute']:02}:{value['second']:02}.{value['microsecond']:06}Z"


def moment(text: str) -> dict[str, Any]:
    """The other way round, for a search."""
    day, _, time = text.rstrip("Z").partition("T")
    seconds, _, fraction = time.partition(".")
    numbers = [int(part) for part in (*day.split("-"), *seconds.split(":"), fraction.ljust(6, "0"))]
    names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return {"__class__": "datetime", **dict(zip(names, numbers, strict=True))}
