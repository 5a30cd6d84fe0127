"""What a lead's name, company or note can hold when somebody means harm or a keyboard slips.

Every screen and command is shown these; none may crash, obey, hide or lose one. `RAW_SIGNATURES` are bytes
that a terminal would obey, marked as the corpus's own so that what the screen library writes does not match.
"""

from __future__ import annotations

ESC = "\x1b"

HOSTILE: tuple[str, ...] = (
    # Markup: kills, empties, recolours or arms a widget that is handed a plain str.
    "[/] ACME",
    "Acme [/foo] Ltd",
    "[@click=app.quit]x",
    "[@click=app.pwned()]Bob[/]",
    "[red]Bob[/red]",
    "[$primary]z",
    "[true, false]",
    "[b",
    "ACME [FR] SARL",
    "[link=https://evil.example]Bob[/link]",
    "trailing backslash \\",
    "\\[b] $name ${name} {name} {0} %s %(name)s",
    # Terminal control.
    f"Jane {ESC}]52;c;cHduZWQ=\x07 Doe",
    f"Jane {ESC}]52;c;cHduZWQ={ESC}\\ Doe",
    f"{ESC}]0;pwned-title\x07ACME",
    f"{ESC}]8;;https://evil.example/pwned{ESC}\\click{ESC}]8;;{ESC}\\",
    f"{ESC}[31;5mpwned{ESC}[0m",
    f"{ESC}[2J{ESC}[1;1Hpwned",
    f"{ESC}[?1049lpwned",
    f"{ESC}Ppwned{ESC}\\",
    f"{ESC}_pwned{ESC}\\ {ESC}^pwned{ESC}\\",
    f"{ESC}cpwned",
    "\x9b31mpwned \x9d52;c;cHduZWQ=\x9c \x90pwned\x9c",
    "nul\x00in the middle",
    "bell\x07 backspace\x08\x08\x08 vertical\x0b form\x0c del\x7f shift\x0e\x0f",
    "first\r\nsecond\tthird\rfourth\nfifth\x85sixth",
    # Invisible or reordering.
    "invoice\u202efdp.exe",
    "\u2066isolate\u2069 \u200fmarks\u200e \u061cletter",
    "zero\u200bwidth\u2060word\ufeffjoin\u00adhyphen",
    "tags \U000e0041\U000e0042\U000e0043\U000e007f",
    "lines\u2028and\u2029paragraphs",
    "\u3164\u115f\u1160\uffa0\u180e",
    "lone \ud83d surrogate \udc9b",
    "non\ufffecharacter\uffff \ufdd0 \U0010ffff",
    "Z" + "\u0301\u0316\u0334\u0489" * 40 + "algo",
    "joined marks " + "a" + "\u0301\u200d" * 40,
    # Cells of a spreadsheet.
    '=HYPERLINK("https://evil.example";"pwned")',
    "+33 6 12 34 56 78",
    "-1+1",
    "@SUM(A1:A9)",
    "＝cmd|' /C calc'!A0",
    "a;b,\"c\"\t'd'",
    # Honest, and wide, joined, right-to-left, empty or long.
    "Zoë Œuvrard-D’Août\u00a0: 12\u202f345 €",
    "שלום עולם",
    "می‌خواهم شرکت",
    "東京株式会社 山田太郎",
    "👩‍👩‍👧‍👦 👨🏽‍💻 🇫🇷 ❤️ 1️⃣",
    "नमस्ते ประเทศไทย",
    "<script>alert(1)</script> &amp; %00 ../../etc/passwd",
    "",
    "   ",
    "x" * 2_000_000,
    "é" * 2_000_000,
)

RAW_SIGNATURES: tuple[bytes, ...] = (
    b"\x1b]52;c;cHduZWQ=",
    b"\x1b]0;pwned-title",
    b"\x1b]8;;https://evil.example",
    b"\x1b[31;5mpwned",
    b"\x1b[1;1Hpwned",
    b"\x1b[?1049lpwned",
    b"\x1bPpwned",
    b"\x1b_pwned",
    b"\x1b^pwned",
    b"\x1bcpwned",
    b"\x00",
    b"\x7f",
    b"\xc2\x90",  # C1 as UTF-8: DCS, CSI, OSC, ST, NEL
    b"\xc2\x9b",
    b"\xc2\x9d",
    b"\xc2\x9c",
    b"\xc2\x85",
    b"\xe2\x80\xae",  # right-to-left override
    b"\xe2\x81\xa6",  # isolate
    b"\xe2\x80\x8b",  # zero-width space
    b"\xe2\x80\xa8",  # line separator
    b"\xf3\xa0\x81\x81",  # tag A
    b"\xed\xa0\xbd",  # a lone surrogate, as a careless encoder writes it
)
