"""The client on a real socket: what only a line shows."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest

from leadq.plugins.sdk import AdapterError, Transient
from leadq.sync import transport
from leadq.sync.evidence import NoAnswer, evidence_of
from leadq.sync.http import Http, Settings
from leadq.sync.origin import Elsewhere, may_connect, parse_origin
from leadq.sync.wire import Lost, Reply, Request
from leadq.testing.server import serve
from tests.sync.wired import TOKEN, Service, reply

AUTH = {"x-api-token": TOKEN}


@contextmanager
def dripping(what: bytes, pause_s: float = 0.02) -> Iterator[str]:
    """A server that answers with `what`, byte by byte, and begins again."""
    over = Event()

    def drip(listener: socket.socket) -> None:
        line, _ = listener.accept()
        with line:
            line.recv(65_536)
            try:
                while not over.is_set():
                    for index in range(len(what)):
                        line.sendall(what[index : index + 1])
                        if over.wait(pause_s):
                            return
            except OSError:
                return  # the client has hung up

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=drip, args=(listener,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        over.set()
        thread.join(5)


def failing(settings: Settings, write: bool = True) -> AdapterError:
    with Http(settings) as client, pytest.raises(AdapterError) as caught:
        client.request("POST" if write else "GET", "/notes", document={} if write else None)
    return caught.value


def test_requests_arrive_and_answers_come_back() -> None:
    service = Service([reply({"id": "7"})])
    with serve(service) as url, Http(Settings(f"{url}/v1", AUTH)) as client:
        assert client.post("/leads", {"nom": "Éléonore"}).data == {"id": "7"}
        assert client.get("/leads", {"q": "é"}).data == {"id": "7"}
    assert [each.path for each in service.asked] == ["/v1/leads", "/v1/leads"]
    assert service.asked[1].query == {"q": "é"}
    assert service.asked[0].headers["x-api-token"] == TOKEN


@pytest.mark.parametrize(
    "what", [b"HTTP/1.1 200 OK\r\nx-slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", b"X-"]
)
def test_headers_that_drip_in_for_ever_end_at_the_deadline(what: bytes) -> None:
    """Each byte comes in time; httpx alone would wait until the 100 KB that a head may have are full."""
    started = monotonic()
    with dripping(what) as url:
        error = failing(Settings(url, AUTH, request_s=0.3))
    assert evidence_of(error) == "no_answer"
    assert monotonic() - started < 5


def test_a_body_that_drips_in_for_ever_ends_at_the_deadline() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n"
    with dripping(head, 0.001) as url:
        error = failing(Settings(url, AUTH, request_s=0.5))
    assert isinstance(error, NoAnswer)
    assert "deadline" in str(error)


def test_nobody_there_is_not_sent_and_a_cut_line_is_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert evidence_of(failing(Settings(f"http://127.0.0.1:{port}", AUTH))) == "not_sent"
    for how in ("reset", "timeout"):
        with serve(Service([Lost(how)])) as url:
            assert evidence_of(failing(Settings(url, AUTH, request_s=0.2))) == "no_answer"


def test_an_answer_that_ends_too_early_is_unknown() -> None:
    def short(request: Request) -> Reply:
        return Reply(200, {"content-encoding": "gzip"}, [b"\x1f\x8b\x08"])

    with serve(short) as url:
        assert "cut short" in str(failing(Settings(url, AUTH)))


def test_not_one_byte_reaches_another_port() -> None:
    elsewhere = Service([reply({})])
    with serve(elsewhere) as other:
        service = Service([reply(None, 302, location=f"{other}/steal")])
        with serve(service) as url, Http(Settings(url, AUTH)) as client:
            with pytest.raises(Elsewhere):
                client.get("/leads")
            with pytest.raises(Elsewhere):
                client.follow(f"{other}/leads?after=2")
            with pytest.raises(NoAnswer):
                client.post("/notes", {})
    assert elsewhere.asked == []


def test_a_name_that_leads_to_a_forbidden_address_gets_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "may_connect", lambda origin, peer: False)
    service = Service([reply({})])
    with serve(service) as url:
        error = failing(Settings(url, AUTH))
    assert isinstance(error, Transient)
    assert service.asked == []


@contextmanager
def self_signed() -> Iterator[tuple[str, list[bytes]]]:
    """A server with a certificate that nobody vouches for, and all that it was sent inside."""
    context, heard = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), list[bytes]()
    context.load_cert_chain(Path(__file__).with_name("self_signed.pem"))  # made for this test; of use nowhere else

    def listen(listener: socket.socket) -> None:
        line, _ = listener.accept()
        with line, suppress(OSError), context.wrap_socket(line, server_side=True) as inside:
            heard.append(inside.recv(65_536))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=listen, args=(listener,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", heard
        thread.join(5)


@pytest.mark.parametrize("write", [True, False])
def test_a_certificate_that_nobody_vouches_for_is_refused_before_the_login_is_told(
    monkeypatch: pytest.MonkeyPatch, write: bool
) -> None:
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    with self_signed() as (url, heard):
        error = failing(Settings(url, AUTH), write)
    assert str(error) == "The certificate of the service is not trusted, so nothing was sent to it."
    assert (evidence_of(error), [each for each in heard if each]) == ("not_sent", [])


@pytest.mark.parametrize(
    ("url", "peer", "allowed"),
    [
        ("https://crm.example", "93.184.216.34", True), ("https://crm.example", "10.0.0.7", True),
        ("https://crm.example", "169.254.169.254", False), ("https://crm.example", "fe80::1%eth0", False),
        ("https://crm.example", "fd00:ec2::254", False), ("https://crm.example", "::ffff:169.254.169.254", False),
        ("http://localhost", "127.0.0.1", True), ("http://localhost", "93.184.216.34", False),
        ("https://crm.example", "a socket", False),
    ],
)  # fmt: skip
def test_the_address_counts_and_not_the_name(url: str, peer: str, allowed: bool) -> None:
    assert may_connect(parse_origin(url), peer) is allowed
