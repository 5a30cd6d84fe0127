"""A new adapter's project, from the template in this package and what a sample shows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, ClassVar, Final

from leadq.plugins.guess import Guess
from leadq.plugins.rest import RestAdapter
from leadq.plugins.shapes import Context, RemoteLead

NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")
"""What an adapter may be called: it is a part of a package's name, and of LEAD."""

_FILES: Final = (
    ("pyproject.toml", "pyproject.toml.txt"),
    ("src/{module}/__init__.py", "adapter.py.txt"),
    ("tests/test_conformance.py", "test_conformance.py.txt"),
    ("README.md", "README.md.txt"),
)
_KEPT: Final = 5
_LISTS: Final = frozenset({"leads", "contacts", "people", "prospects", "persons", "deals", "opportunities"})
_MADE_UP: Final[Mapping[str, str]] = {
    "name": "Jeanne Martin", "first_name": "Jeanne", "last_name": "Martin", "company": "Forges d’Ardèche",
    "title": "Directrice", "website": "forges.example", "note": "Note", "linkedin": "https://www.linkedin.com/in/x",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Project:
    """What is to be written: texts by their places below the folder."""

    name: str
    texts: Mapping[str, str]


def default_sample() -> Any:
    """The sample of whoever has none."""
    return json.loads((files("leadq.plugins") / "template" / "leads.json").read_text("utf-8"))


def project(name: str, sample: Any, found: Guess) -> Project:
    """The project of an adapter called `name`, whose list answers like `sample`."""
    module = f"leadq_{name.replace('-', '_')}"
    words = {
        "name": name,
        "module": module,
        "class_name": "".join(part.capitalize() for part in name.split("-")),
        "leads": _path(found.items),
        "items": found.items,
        "paging": found.paging,
        "paging_kind": found.paging_kind,
        "id": found.id,
        "updated_at": found.updated_at,
        "status": found.fields["status"],
        "fields": _lines(found.fields),
        "states": _lines(found.states),
        "sample_items": "".join(f"[{json.dumps(part)}]" for part in found.items.split(".") if part),
    }
    template = files("leadq.plugins") / "template"
    texts = {
        place.format(module=module): Template((template / source).read_text("utf-8")).safe_substitute(words)
        for place, source in _FILES
    }
    texts["tests/leads.json"] = json.dumps(_harmless(sample, found), ensure_ascii=False, indent=2) + "\n"
    return Project(name, texts)


def write(made: Project, folder: Path) -> None:
    """Write the project below `folder`, which is made. Raises OSError."""
    for place, text in made.texts.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def preview(found: Guess) -> list[RemoteLead]:
    """The first leads of the sample, as the adapter will read them."""

    class Preview(RestAdapter):
        name: ClassVar[str] = "preview"
        id: ClassVar[str] = found.id
        updated_at: ClassVar[str] = found.updated_at
        fields: ClassVar[Mapping[str, str]] = found.fields
        states: ClassVar[Mapping[str, str]] = found.states

    adapter = Preview(Context({}))
    return [adapter._lead_or_nobody(record) for record in found.records[:_KEPT]]


def _lines(pairs: Mapping[str, str]) -> str:
    said = (f"        {_quoted(name)}: {_quoted(value)}," for name, value in pairs.items())
    return "\n".join(said)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _path(items: str) -> str:
    last = items.rpartition(".")[2].casefold()
    return f"/{last}" if last in _LISTS else "/leads"


def _harmless(sample: Any, found: Guess) -> Any:
    """The sample with a few records, whose people are made up: it lies in a project that others will see."""
    records = [_anonymous(dict(record), found, number) for number, record in enumerate(found.records[:_KEPT], start=1)]
    if not found.items:
        return records
    outer: Any = json.loads(json.dumps(sample))
    *above, last = found.items.split(".")
    inner = outer
    for key in above:
        inner = inner[key]
    inner[last] = records
    return outer


def _anonymous(record: Any, found: Guess, number: int, place: str = "") -> Any:
    """A record without the person it is about: what is no id, status or time of its own is made up."""
    if isinstance(record, Mapping):
        return {key: _anonymous(value, found, number, f"{place}.{key}".lstrip(".")) for key, value in record.items()}
    if isinstance(record, list):
        return [_anonymous(value, found, number, f"{place}.{index}") for index, value in enumerate(record)]
    if not isinstance(record, str) or place in (found.id, found.updated_at, found.fields["status"]):
        return record
    return _made_up(record, next((name for name, at in found.fields.items() if at == place), ""), number)


def _made_up(text: str, name: str, number: int) -> str:
    if name == "email":
        return f"person{number}@forges.example"
    if name == "phone":
        return f"+3319900{number:04d}"
    if name in _MADE_UP or not (name or _is_time(text)):
        return _MADE_UP.get(name, "text")
    return text


def _is_time(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d\d-\d\d([T ][\d:.,]+(Z|[+-]\d\d:?\d\d)?)?", text) is not None
