"""A report in a real browser: nothing is asked for, nothing is complained of, and it prints on A4."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Final

import pytest

from leadq.reports import html
from tests.hostile import HOSTILE
from tests.reports.test_report import one_cell

BROWSER: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
_FLAGS: Final = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
_A4: Final = (595, 842)

pytestmark = [
    pytest.mark.deep,
    pytest.mark.skipif(not BROWSER, reason="NO BROWSER HERE: the pages of reports were not opened in one"),
]


def run(folder: Path, *words: str) -> str:
    """What Chromium says on standard error while it does that, all of it logged."""
    profile = f"--user-data-dir={folder / 'profile'}"
    done = subprocess.run([BROWSER, *_FLAGS, profile, *words], capture_output=True, timeout=120, check=True)
    return done.stderr.decode("utf-8", "replace") + done.stdout.decode("utf-8", "replace")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page full of somebody else's text."""
    said = " ".join(one[:100] for one in HOSTILE)
    path = tmp_path / "report.html"
    path.write_text(html.as_html(one_cell(said)), "utf-8", errors="replace")
    return path


@pytest.fixture
def served(page: Path) -> Iterator[tuple[str, list[str]]]:
    """The page over HTTP, and every path that was asked for."""
    asked: list[str] = []

    class Serve(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.read_bytes())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Serve)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/report", asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_page_asks_for_nothing_but_itself_and_the_console_is_silent(
    served: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, asked = served
    log = tmp_path / "net.json"
    said = run(tmp_path, "--enable-logging=stderr", "--v=0", f"--log-net-log={log}", "--dump-dom", url)
    assert asked == ["/report"]
    assert "CONSOLE" not in said
    assert "<h1>" in said
    events = json.loads(log.read_text("utf-8"))["events"]
    urls = {event["params"]["url"] for event in events if "url" in event.get("params", {})}
    assert url in urls
    assert not [one for one in urls if "evil" in one or "pwned" in one]


def test_the_page_prints_on_a4(page: Path, tmp_path: Path) -> None:
    made = tmp_path / "report.pdf"
    run(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={made}", page.as_uri())
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", made.read_bytes())
    assert boxes
    assert {(round(float(wide)), round(float(high))) for wide, high in boxes} == {_A4}
