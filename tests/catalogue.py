"""Keep `leadq/locale/fr.po` in step with the code, and compile it: `make locale`.

The sentences are those that the source marks, and those that tables hold (what is wrong with a contract). They are
found in the syntax tree: Babel's own extractor reads tokens, and does not see into f-strings before Python 3.12.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from leadq.domain import contract_messages, match_messages

ROOT: Final = Path(__file__).parent.parent / "leadq"
PO: Final = ROOT / "locale" / "fr.po"
MO: Final = ROOT / "locale" / "fr.mo"


def wanted() -> Catalog:
    """Every sentence that the code can show."""
    catalog = Catalog(project="leadq", charset="utf-8")
    for file in sorted(ROOT.rglob("*.py")):
        for message in marked(file.read_text("utf-8")):
            catalog.add(message)
    for sentence in (*contract_messages.MESSAGES, *match_messages.MESSAGES):
        catalog.add(sentence)
    return catalog


def marked(source: str) -> Iterator[str | tuple[str, str]]:
    """The literal sentences given to `_`, `N_` and `ngettext`; what is computed must be marked elsewhere."""
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        texts = [str(given.value) for given in call.args if isinstance(given, ast.Constant)]
        if name in ("_", "N_") and texts:
            yield texts[0]
        elif name == "ngettext" and len(texts) > 1:
            yield texts[0], texts[1]


def stored() -> Catalog:
    """The French catalogue as it stands."""
    with PO.open("rb") as file:
        return read_po(file, locale="fr")


def compiled(catalog: Catalog) -> bytes:
    """The catalogue as gettext loads it."""
    buffer = BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def main() -> None:
    """Add new sentences, drop those that nobody says any more, compile, and say what is left to translate."""
    catalog = stored() if PO.exists() else Catalog(locale="fr", project="leadq", charset="utf-8")
    catalog.update(wanted(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    for message in catalog:
        message.flags.discard("python-format")  # a percent sign here is only that: braces hold the values
    with PO.open("wb") as file:
        write_po(file, catalog, width=110, no_location=True, sort_output=True, omit_header=False)
    MO.write_bytes(compiled(catalog))
    missing = [message.id for message in catalog if message.id and not message.string]
    for sentence in missing:
        print("untranslated:", sentence, file=sys.stderr)
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
