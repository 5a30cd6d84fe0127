"""Everything that a web form, a CRM or an export has been seen to hold, by family: more than 300 texts.

`tests.hostile.HOSTILE` is the hand of them that goes one by one through every door; these go through in bulk. Whatever
a terminal obeys is followed by `pwned`, so that its bytes on a wire are told from what the screen library writes.
"""

from __future__ import annotations

from itertools import chain
from typing import Final

from tests.hostile import ESC, HOSTILE

_ST: Final = f"{ESC}\\"
_CSI: Final = (
    "31;5m", "0m", "7m", "38;2;1;2;3m", "4:3m", "2J", "3J", "K", "2K", "1;1H", "999;999H", "10A", "10B", "10C", "10D",
    "5E", "5F", "7G", "5d", "20L", "20M", "20P", "20@", "20X", "10S", "10T", "3;5r", "r", "s", "u", "6n", "5n", "?6n",
    "c", ">c", "=c", ">q", "0x", "?1049l", "?1049h", "?25l", "?25h", "?1000h", "?1003h", "?1006h", "?2004h", "?2026h",
    "?1004h", "?7l", "?5h", "?12h", "20h", "4h", "!p", "?47h", "3g", "0 q", "4 q", "?2026$p", '1"q', '61"p', "1$}",
    "8;1;1t", "14t", "18t", "20t", "21t", "22;0t", "3;0;0t", "2t", "4i", "5i", "?4i", ">1u", "<u", "=31;1u", ">4;2m",
    "1;1;24;80$z", "1;1;9;9;0;1$r", "99b", "?996n", "#P", "#8", "@",
)  # fmt: skip
_OSC: Final = (
    "0;pwned-title", "1;icon", "2;title", "4;1;rgb:ff/00/00", "4;1;?", "5;0;?", "7;file://evil/", "8;;https://evil.example",
    "9;notification", "9;4;1;50", "10;?", "11;#ff0000", "12;red", "13;?", "17;?", "19;?", "22;pointer", "50;font",
    "52;c;cHduZWQ=", "52;p;cHduZWQ=", "52;c;?", "99;i=1;kitty", "104", "110", "133;A", "133;C", "176;app",
    "440;file=/etc/passwd", "555;x", "633;E;cmd", "666;x", "697;x", "777;notify;pwned;pwned", "1337;File=inline=1:cHdu",
    "1337;SetUserVar=x=cHdu", "1337;ClearScrollback", "1337;StealFocus", "5522;type=read", "l-label", "L-icon",
)  # fmt: skip
_STRINGS: Final = (
    "P", "P+q544e", "P$qm", 'Pq"1;1;1;1#0;2;0;0;0#0~~-', "P1000p", "Ptmux;", "P=1s", "P>|term(1)", "P1;2|17/ab",
    "_Gf=24,s=1,v=1,a=T;AAAA", "_Ga=q;AAAA", "_X", "^privacy", "Xsos", "k-title",
)  # fmt: skip
_ESCAPES: Final = (
    "c", "7", "8", "D", "E", "H", "M", "N", "O", "Z", "=", ">", "#3", "#8", "(0", ")0", "*0", "+0", "(B", "%G", "%@",
    " F", " G", "n", "o", "|", "}", "~", "l", "m", "6", "9", "V", "W",
)  # fmt: skip
SEQUENCES: Final = (
    *(f"{ESC}[{end}" for end in _CSI),
    *(f"{ESC}]{body}\x07" for body in _OSC),
    *(f"{ESC}]{body}{_ST}" for body in _OSC[::4]),
    *(f"\x9d{body}\x9c" for body in _OSC[::8]),
    *(f"{ESC}{body}{_ST}" for body in _STRINGS),
    *(f"{ESC}{body}" for body in _ESCAPES),
    "\x9b31m", "\x9b2J", "\x90q~\x9c", "\x9fG\x9c", f"{ESC}{ESC}[2J", f"{ESC}[", f"{ESC}", f"{ESC}]0;unended",
)  # fmt: skip

_CONTROLS: Final = (*(chr(code) for code in (*range(0x20), 0x7F, *range(0x80, 0xA0))),)
_BIDI: Final = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_INVISIBLE: Final = (
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180b\u180e\u200b\u200c\u200d\u2028\u2029\u2060\u2061\u2062\u2063\u2064\u206a"
    "\u206f\u2800\u3164\ufe00\ufe0f\ufeff\uffa0\ufff9\ufffa\ufffb\ufffc\U0001d173\U000e0100"
)
_UNUSED: Final = (
    "\ue000\uf8ff\U000f0000\U0010fffd\ufdd0\ufdef\ufffe\uffff\U0001fffe\U0010ffff\u0378\U000e0001\U000e0020\U000e007f"
)

FAMILIES: Final[dict[str, tuple[str, ...]]] = {
    "control sequences": tuple(f"Ann {sequence}pwned" for sequence in SEQUENCES),
    "control characters": tuple(f"con{char}trol" for char in _CONTROLS),
    "bidi": tuple(f"invoice{char}fdp.exe" for char in _BIDI),
    "invisible": tuple(f"hid{char}den" for char in _INVISIBLE),
    "private, unused, no characters, tags": tuple(f"no{char}thing" for char in _UNUSED),
    "surrogates": ("\ud83d", "\udc9b half", "swapped \udc9b\ud83d", "\ud800\ud800", "end \udbff"),
    "markup": (
        "[bold]b[/bold]", "[b]", "[/b]", "[/]", "[/", "[", "]", "[[", "]]", "[]", "[ ]", "[b][i]",
        "[not bold]x", "[on red]x", "[#ff0000]x[/]", "[rgb(1,2,3)]x", "[link='https://evil.example']x[/link]",
        "[link https://evil.example]x[/]", "[@click=app.quit]quit[/]", "[@click=app.quit()]quit[/@click]",
        "[@click=screen.dismiss]x", "[@click='app.bell']x[/]", "[@click=app.run_action('quit')]x[/]",
        "[@click=app.copy_to_clipboard('x')]x", "[@mouse.down=app.quit]x[/]", "[b @click=app.quit]x[/]",
        "[$error on $panel]x[/]", "[$primary 50%]x[/]", "[auto]x[/]", "[red]", "[/red]",
        "[bold red]x[/bold red]", "\\[b]", "\\\\[b]", "\\", "[b\\]", ":smile:", ":warning: x", "[blink]x",
        "[reverse]x[/]", "[conceal]x[/]", "[spoiler]x[/]", "[url=x]y[/url]", "[1]", "[1, 2]", "[None]",
        "[x=1]", '[x="', "[!@#]", "[🙂]x[/🙂]", "$name", "${name}", "{name}", "{0}", "{}", "%s", "%(name)s",
        "%n", "<b>x</b>", "**x**", "`x`", "~~x~~", "<script>x</script>",
    ),
    "formulas": (
        "=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|'/C calc'!A0", '=HYPERLINK("https://evil.example","x")',
        "\t=1", "\r=1", " =1", "＝1+1", "＋1", "－1", "＠x", "=IMPORTXML(A1)", "=WEBSERVICE(A1)", ";=1", "'=1",
        '"=1', "DDE(\"cmd\")", "|x",
    ),
    "paths and code": (
        "../../etc/passwd", "/etc/shadow", "C:\\Windows\\System32", "\\\\server\\share", "~/.ssh/id_rsa",
        "file:///etc/passwd", "/dev/tty", "CON", "nul.txt", "$(id)", "`id`", "; rm -rf ~", "| cat", "&& id",
        "%00", "a\\0b", "${jndi:ldap://x}", "' OR 1=1 --", '"; DROP TABLE lead; --', "{{7*7}}", "<%= 7*7 %>",
        "#{7*7}", "{__import__('os')}", "\\x1b[2J", "\\u001b[2J", "^[[2J", "--help", "-v", "--json", "@file",
        "*", "?", "!!", "javascript:alert(1)", "tel:+33;ext=1", "mailto:x?bcc=y",
    ),
    "lines": (
        "a\nb", "a\r\nb", "a\rb", "a\tb", "\n", "\t", "a\n\n\nb", "a\u2028b", "a\u0085b", "a\x0bb", "a\x0cb",
        " a ", "a  b",
    ),
    "stacked marks": (
        "Z\u0301\u0316\u0334algo", "a" + "\u0300" * 50, "\u0489" * 30, "x\u20dd\u20e3\u20e0",
        "e" + "\u0363" * 20,
    ),
    "wide and joined": (
        "東京株式会社", "ｆｕｌｌ", "한국어", "\u1112\u1161\u11ab", "👩‍👩‍👧‍👦", "👨🏽‍💻", "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "🇫🇷🇬🇧", "🇫", "1️⃣", "❤️", "🏳️‍🌈", "🧑🏿‍🤝‍🧑🏻", "🫨", "🙂‍↔️", "👍🏽" * 20,
        "\u200d\u200d", "🙂\u200d", "🙂\ufe0f\ufe0f", "﷽", "𒐫", "ဪ", "꧅", "🏽", "\u0301start",
    ),
    "other directions and scripts": (
        "שלום עולם", "مرحبا بالعالم", "ABC שלום 123", "می‌خواهم", "ܫܠܡܐ", "ߒߞߏ", "हिन्दी", "ประเทศไทย",
        "தமிழ்", "မြန်မာ", "བོད་ཡིག", "ខ្មែរ", "ქართული", "Հայերեն", "አማርኛ", "Ελληνικά", "Кириллица", "раураl",
        "Ꭰꮃ", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "ℌ", "ﬁ", "ǅ", "İı", "ẞß",
    ),
}  # fmt: skip

CORPUS: Final = tuple(dict.fromkeys(chain((text for text in HOSTILE if len(text) < 10_000), *FAMILIES.values())))
"""All of them, each once; long ones are apart."""

LONG: Final = (
    "x" * 1_000_000, "東" * 400_000, f"{ESC}[31;5mpwned" * 100_000, "[@click=app.quit]" * 60_000, "a\u0301" * 300_000,
    "👩‍👩‍👧‍👦" * 40_000, "\n" * 1_000_000, "\u202e" * 300_000,
)  # fmt: skip
"""A megabyte of each."""

SIGNATURES: Final = tuple(
    f"{sequence}pwned".encode() for sequence in SEQUENCES if not sequence.endswith(("[", "\x1b", "0;unended"))
)
"""The bytes that would be on the wire if a sequence got through."""
