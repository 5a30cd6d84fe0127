"""`contract export`: the whole contract on one page of Markdown, or as JSON."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadq.cli.base import Session, command, option
from leadq.cli.contract_page import markdown
from leadq.cli.output import emit, safe_line
from leadq.cli.versions import in_force
from leadq.explain import contract_shape
from leadq.i18n import N_, _

if TYPE_CHECKING:
    from leadq.domain.contract import Contract


@command("export", help=N_("Write the whole contract as one page of Markdown (or, with --json, as JSON)."))
@option("--md", "as_markdown", is_flag=True, help=N_("Markdown, which is the default."))
@option("-o", "--output", "file", metavar="FILE", help=N_("Into this file (else standard output)."))
def export(session: Session, as_markdown: bool, file: str | None) -> None:
    """Print the contract in force, or write it to a file."""
    agreed = in_force(session)
    if file is None and not (session.as_json and not as_markdown):
        lines = list(markdown(agreed))
        emit({"markdown": "\n".join(lines)}, lines, as_json=session.as_json)
    elif file is None:
        emit(whole(agreed), (), as_json=True)
    else:
        as_data = session.as_json and not as_markdown
        text = (
            json.dumps(whole(agreed), ensure_ascii=False, indent=2)
            if as_data
            else "\n".join(map(safe_line, markdown(agreed)))
        )
        Path(file).write_text(f"{text}\n", "utf-8")
        emit({"ok": True, "file": file}, [_("Written to {file}.").format(file=file)], as_json=session.as_json)


def whole(agreed: Contract) -> dict[str, Any]:
    """Everything that the file says, with its dates as text, and who signed it."""
    content = json.loads(json.dumps(tomllib.loads(agreed.text), default=str))
    return {**contract_shape(agreed), "name": agreed.name, "content": content}
