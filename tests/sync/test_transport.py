"""The client: what it lets out, what it believes of an answer, and what it never says."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import traceback
import tracemalloc
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from leadq.plugins.sdk import AdapterError, AuthFailed, Conflict, Gone, Limit, RateLimited, Rejected, Transient
from leadq.sync.evidence import Busy, NoAnswer, evidence_of
from leadq.sync.http import DryRun, Http, Settings
from leadq.sync.origin import Elsewhere
from leadq.sync.wire import Lost, Reply, Request
from tests.sync.wired import NOW_HTTP, TOKEN, Still, http, reply

PASSWORD = "other-secret"
WRITES = ("POST", "PATCH", "PUT", "DELETE")


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_a_request_goes_below_the_address_with_the_login_and_comes_back_as_json() -> None:
    client, service, _ = http(reply({"id": "7"}))
    assert client.get("/leads", {"after": "a b&c"}).data == {"id": "7"}
    assert (service.asked[0].path, service.asked[0].query) == ("/v1/leads", {"after": "a b&c"})
    assert service.asked[0].headers["x-api-token"] == TOKEN
    assert client.requests == 1


def test_an_adapter_cannot_change_the_host_or_the_login_by_a_header() -> None:
    client, service, _ = http(reply({}))
    client.request("GET", "/leads", headers={"Host": "evil.example", "X-API-Token": "mine", "Prefer": "x"})
    assert service.asked[0].headers["host"] == "crm.example"
    assert service.asked[0].headers["x-api-token"] == TOKEN
    assert service.asked[0].headers["prefer"] == "x"


@pytest.mark.parametrize(
    ("status", "error", "evidence"),
    [
        (400, Rejected, "rejected"), (422, Rejected, "rejected"), (403, Rejected, "rejected"),
        (404, Gone, "gone"), (410, Gone, "gone"),
        (409, Conflict, "conflict"), (412, Conflict, "conflict"),
        (401, AuthFailed, "not_sent"), (429, RateLimited, "not_sent"), (423, Busy, "retry"),
        (500, NoAnswer, "no_answer"), (502, NoAnswer, "no_answer"), (503, NoAnswer, "no_answer"),
        (504, NoAnswer, "no_answer"), (418, NoAnswer, "no_answer"), (302, NoAnswer, "no_answer"),
        (599, NoAnswer, "no_answer"),
    ],
)  # fmt: skip
def test_the_status_of_a_write_is_the_evidence(status: int, error: type[AdapterError], evidence: str) -> None:
    client, _, _ = http(reply({"message": "no such stage"}, status))
    with pytest.raises(error) as caught:
        client.patch("/leads/7", {})
    assert type(caught.value) is error
    assert evidence_of(caught.value) == evidence


@pytest.mark.parametrize(
    ("how", "error", "evidence"),
    [("refused", Transient, "not_sent"), ("timeout", NoAnswer, "no_answer"), ("reset", NoAnswer, "no_answer")],
)
def test_a_write_without_an_answer_is_unknown_unless_nobody_listened(
    how: Any, error: type[AdapterError], evidence: str
) -> None:
    client, service, _ = http(Lost(how))
    with pytest.raises(error) as caught:
        client.post("/notes", {})
    assert evidence_of(caught.value) == evidence
    assert len(service.asked) == 1  # never tried again


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_refusal_that_is_a_web_page_is_not_the_services_own(status: int) -> None:
    client, _, _ = http(reply(b"<html>nginx</html>", status))
    with pytest.raises(NoAnswer, match="a web page"):
        client.patch("/leads/7", {})


def test_a_guard_at_the_door_that_answers_with_a_page_wants_us_slower() -> None:
    client, _, _ = http(reply(b"<!DOCTYPE html>Cloudflare", 403))
    with pytest.raises(RateLimited):
        client.patch("/leads/7", {})


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html><title>Sign in</title></html>", "a web page"),
        (b'{"items": [{"id": "1"', "not JSON"),
        (b"", "empty"),
        (b"\xff\xfe\xfa", "not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not JSON"),
        (nested(65), "nested too deeply"),
        (nested(100_000), "not JSON"),
    ],
    ids=["page", "truncated", "empty", "bytes", "nan", "digits", "deep", "abyss"],
)
def test_two_hundred_with_rubbish_proves_nothing(body: bytes, why: str) -> None:
    client, _, _ = http(reply(body))
    with pytest.raises(NoAnswer, match=why):
        client.post("/notes", {})
    with pytest.raises(Transient, match=why):
        client.get("/leads")


@pytest.mark.parametrize(
    ("status", "body"), [(204, b""), (200, b"\xef\xbb\xbf{}"), (201, nested(64))], ids=["empty", "bom", "deep"]
)
def test_what_can_be_read_was_done(status: int, body: bytes) -> None:
    client, _, _ = http(reply(body, status))
    assert client.post("/notes", {}).status == status


def test_a_gzip_bomb_is_stopped_at_the_cap() -> None:
    bomb = gzip.compress(b"0" * (40 << 20))
    assert len(bomb) < 100_000
    client, _, _ = http(reply(bomb, content_encoding="gzip"), max_bytes=1 << 20)
    tracemalloc.start()
    with pytest.raises(NoAnswer, match="too large"):
        client.post("/notes", {})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


@pytest.mark.parametrize(
    ("body", "encoding", "why"),
    [
        (gzip.compress(b"{}" * 99, mtime=0)[:-9], "gzip", "cut short"),
        (b"no gzip", "gzip", "damaged"),
        (b"{}", "br", "unknown compression"),
        (b" " * 2000 + b"{}", "", "too large"),
    ],
    ids=["cut", "damaged", "unknown", "large"],
)
def test_a_body_that_cannot_be_unpacked_is_unreadable(body: bytes, encoding: str, why: str) -> None:
    client, _, _ = http(reply(body, content_encoding=encoding), max_bytes=1000)
    with pytest.raises(Transient, match=why):
        client.get("/leads")


def test_gzip_is_read() -> None:
    client, _, _ = http(reply(gzip.compress(b'{"a": 1}'), content_encoding="gzip"))
    assert client.get("/leads").data == {"a": 1}


def test_a_slow_drip_ends_at_the_deadline_of_the_request() -> None:
    def drip(request: Request) -> Reply:
        def chunks() -> Iterator[bytes]:
            while True:
                ticks.sleep(10)
                yield b" "

        return Reply(200, {}, chunks())

    client, _, ticks = http(drip, request_s=60)
    with pytest.raises(NoAnswer, match="deadline"):
        client.post("/notes", {})
    assert ticks.seconds == 60


@pytest.mark.parametrize(("how", "evidence"), [("refused", "not_sent"), ("reset", "no_answer")])
def test_a_deadline_does_not_make_a_doubt_of_what_was_never_sent(how: Any, evidence: str) -> None:
    def slow(request: Request) -> Reply:
        ticks.sleep(61)
        raise Lost(how)

    client, _, ticks = http(slow, request_s=60)
    with pytest.raises(AdapterError) as caught:
        client.post("/notes", {})
    assert evidence_of(caught.value) == evidence


def test_a_run_has_an_end_and_nothing_leaves_after_it() -> None:
    client, service, _ = http(Lost("timeout"), run_s=30)
    for _ in range(2):
        with pytest.raises(NoAnswer):
            client.post("/notes", {})
    with pytest.raises(Transient, match="time of this run"):
        client.post("/notes", {})
    assert len(service.asked) == 2


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v1/leads", "//evil.example/v1", "http://crm.example/v1/leads", "https://crm.example:8443/",
        "https://crm.example@evil.example/", "https://user:pw@crm.example/", "https://crm.example.evil.example/",
        "https://crm.example\\@evil.example/", "https:/\\evil.example", "\thttps://evil.example", "ftp://crm.example/",
        "javascript:alert(1)", "/\n/evil.example", "https://[::1]/", "file:///etc/passwd",
        "https://[oops", "https://crm.example:99999/", "https://crm.example:x/", "https://evil\u202e.example/",
    ],
)  # fmt: skip
def test_no_url_that_a_service_gives_us_leads_anywhere_else(url: str) -> None:
    client, service, _ = http(reply({}))
    with pytest.raises(Elsewhere) as caught:
        client.follow(url)
    assert str(caught.value).isprintable()
    assert service.asked == []
    moved, there, _ = http(reply(None, 307, location=url))
    if url.isprintable():
        with pytest.raises(Transient):  # Elsewhere, or the library's own refusal of what is no URL at all
            moved.get("/leads")
        assert len(there.asked) == 1


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://crm.example/v1/leads?after=2", "/v1/leads?after=2"),
        ("https://CRM.example:443/v1/leads", "/v1/leads"),
        ("/v2/leads", "/v2/leads"),
        ("leads?after=2", "/v1/leads?after=2"),
    ],
)
def test_a_url_of_its_own_is_followed(url: str, target: str) -> None:
    client, service, _ = http(reply({}))
    client.follow(url)
    assert service.asked[0].target == target


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/../admin", Rejected), ("leads/..", Rejected), ("/leads/%2E%2e/me", Rejected), ("/leads/./x", Rejected),
        ("https://evil.example/", Elsewhere), ("//evil.example", Elsewhere), ("/leads\r\nhost: evil", Elsewhere),
    ],
)  # fmt: skip
def test_no_id_climbs_out_of_the_address(path: str, error: type[AdapterError]) -> None:
    client, service, _ = http(reply({}))
    with pytest.raises(error):
        client.get(path)
    assert service.asked == []


def test_a_redirect_inside_is_followed_for_reads_only_and_not_for_ever() -> None:
    client, service, _ = http(reply(None, 301, location="/v1/new"), reply({"id": 1}))
    assert client.get("/old").data == {"id": 1}
    assert service.asked[1].path == "/v1/new"
    writing, there, _ = http(reply(None, 307, location="/v1/new"))
    with pytest.raises(NoAnswer):
        writing.post("/old", {})
    assert len(there.asked) == 1
    circle, _, _ = http(reply(None, 302, location="/v1/old"))
    with pytest.raises(Elsewhere, match="without end"):
        circle.get("/old")


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example", "https://u:pw@crm.example", "https://:7/", "crm.example", "https://169.254.169.254/latest",
        "https://[fd00:ec2::254]/", "https://2852039166/", "https://0xa9fea9fe/", "https://0.0.0.0", "ftp://crm.example",
        "https://[::ffff:169.254.169.254]/", "https://crm.example/?token=x", "https://crm.éxample/", "https://a:99999/",
        "http://169.254.169.254", "https://[oops", "https://127.1/",
    ],
)  # fmt: skip
def test_an_address_that_must_not_be_used_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(Rejected) as caught:
        Http(Settings(url))
    assert url not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://u:pw@crm.example", "user or a password"),
        ("http://crm.example", "https://"),
        ("https://169.254.169.254", "never talked to"),
        ("https://2852039166", "never talked to"),
        ("https://crm.example/?token=x", "not a URL"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(url: str, why: str) -> None:
    with pytest.raises(Rejected, match=why):
        Http(Settings(url))


@pytest.mark.parametrize("url", ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:9", "https://10.0.0.5/crm"])
def test_our_own_machine_may_speak_plainly(url: str) -> None:
    Http(Settings(url)).close()


@pytest.mark.parametrize("method", WRITES)
def test_a_dry_run_lets_no_write_out_and_keeps_what_it_would_have_been(method: str) -> None:
    client, service, _ = http(reply({}), dry_run=True)
    with pytest.raises(DryRun) as caught:
        client.request(method.lower(), "/leads/7", document={"status": "accepted"})
    assert (service.asked, client.requests) == ([], 0)
    assert evidence_of(caught.value) == "not_sent"
    assert [(each.method, each.path, each.body) for each in client.recorder.refused] == [
        (method, "/v1/leads/7", {"status": "accepted"})
    ]
    client.get("/leads")
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("retry_after", "date", "pause"),
    [
        ("17", "", 17), ("0", "", 1), ("999999999", "", 86_400), ("1.5", "", 1.5),
        ("Wed, 13 May 2026 15:02:00 GMT", NOW_HTTP, 120),
        ("Thu, 14 May 2026 15:02:00 GMT", "Thu, 14 May 2026 15:00:00 GMT", 120),  # its clock is a day ahead
        ("Tue, 12 May 2026 15:02:00 GMT", "Tue, 12 May 2026 15:00:00 GMT", 120),  # or a day behind
        ("Wed, 13 May 2026 14:00:00 GMT", NOW_HTTP, 1),
        ("Wed, 13 May 2036 14:00:00 GMT", NOW_HTTP, 86_400),
        ("Wed, 13 May 2026 15:02:00 GMT", "", None),
        ("soon", NOW_HTTP, None), ("-5", NOW_HTTP, None), ("", NOW_HTTP, None), ("9" * 400, NOW_HTTP, None),
        ("Wed, 99 May 2026 15:02:00 GMT", NOW_HTTP, None), ("nan", "", None),
        ("Wed, 13 May 99999 1:1:1 GMT", NOW_HTTP, None),
    ],
)  # fmt: skip
def test_a_pause_is_what_the_service_means_by_it(retry_after: str, date: str, pause: float | None) -> None:
    client, _, _ = http(reply({}, 429, retry_after=retry_after, date=date))
    with pytest.raises(RateLimited) as caught:
        client.post("/notes", {})
    assert caught.value.retry_after == pause


@pytest.mark.parametrize(("day", "skew_ms"), [(12, -86_400_000), (13, 0), (14, 86_400_000)])
def test_the_servers_clock_is_known_however_wrong_one_of_them_is(day: int, skew_ms: int) -> None:
    client, _, _ = http(reply({}, date=NOW_HTTP.replace("13", str(day))))
    assert client.skew_ms is None
    client.get("/leads")
    assert client.skew_ms is not None
    assert abs(client.skew_ms - skew_ms) <= 500


def both(client: Http) -> None:
    with client.change():
        client.patch("/leads/7", {})
        client.post("/notes", {})


@pytest.mark.parametrize(
    "second",
    [Lost("refused"), reply({}, 401), reply({}, 429), reply({}, 423)],
    ids=["refused", "auth", "limited", "busy"],
)
def test_what_was_half_done_is_never_called_not_sent(second: Reply | Lost) -> None:
    client, _, _ = http(reply({}), second)
    with pytest.raises(NoAnswer):
        both(client)
    with pytest.raises(AdapterError) as caught:  # and nothing is remembered of the change before
        both(client)
    assert evidence_of(caught.value) in ("not_sent", "retry")


def test_a_read_before_it_does_not_make_a_change_half_done() -> None:
    client, _, _ = http(reply({}), reply({}, 429))
    client.get("/leads/7")
    with pytest.raises(RateLimited):
        both(client)


def test_a_change_that_is_refused_after_its_first_half_stays_refused() -> None:
    client, _, _ = http(reply({}), reply({"message": "too long"}, 400))
    with pytest.raises(Rejected, match="too long"):
        both(client)


@pytest.mark.parametrize(
    "said",
    [reply({"message": "no"}, 502), reply(b"<html>"), Lost("reset"), Lost("timeout")],
    ids=["gateway", "page", "reset", "silence"],
)
def test_a_post_that_only_asks_leaves_nothing_in_doubt_and_may_go_out_in_a_dry_run(said: Reply | Lost) -> None:
    client, service, _ = http(said, reply({"results": []}), dry_run=True)
    with pytest.raises(Transient):
        client.post("/search", {"filter": "mine"}, read=True)
    assert client.post("/search", {"filter": "mine"}, read=True).data == {"results": []}
    assert [each.method for each in service.asked] == ["POST", "POST"]
    assert client.recorder.refused == ()


def test_a_post_that_only_asks_does_not_follow_and_takes_nothing_that_is_kept_for_outcomes() -> None:
    limit = Limit(10, per_s=86_400)
    client, service, _ = http(
        *(reply({}) for _ in range(8)), reply(None, 302, location="/v1/other"), limits=(limit,), longest_wait_s=0
    )
    for _ in range(8):
        client.post("/search", {}, read=True)
    with pytest.raises(Transient, match="kept for outcomes"):
        client.post("/search", {}, read=True)
    with pytest.raises(NoAnswer):
        client.post("/notes", {})
    assert [each.path for each in service.asked].count("/v1/other") == 0


@pytest.mark.parametrize("write", [True, False])
def test_a_pause_that_is_asked_for_with_an_unclear_answer_is_passed_on(write: bool) -> None:
    client, _, _ = http(reply(b"<html>", 503, retry_after="30"))
    with pytest.raises(NoAnswer if write else RateLimited) as caught:
        client.request("POST" if write else "GET", "/notes")
    assert caught.value.retry_after == 30  # type: ignore[attr-defined]


def test_a_short_wait_for_room_is_waited_and_a_long_one_is_told() -> None:
    client, service, ticks = http(reply({}), limits=(Limit(2, per_s=1), Limit(4, per_s=600)))
    for _ in range(4):
        client.get("/leads")
    assert 1 <= ticks.seconds < 1.1
    with pytest.raises(RateLimited, match="used up") as caught:
        client.get("/leads")
    assert caught.value.retry_after is not None
    assert 590 < caught.value.retry_after < 610
    assert len(service.asked) == 4


def echo(request: Request) -> Reply:
    """A service that gives back everything that it was given, as a debug page does."""
    told = {"message": f"bad {TOKEN} {request.target} {request.headers} {request.body!r}", "token": TOKEN}
    return Reply(400, {"x-echo": TOKEN, "date": TOKEN}, [json.dumps(told).encode()])


@pytest.mark.parametrize(
    "answer", [echo, Lost("reset"), Lost("refused"), reply(TOKEN.encode(), 500), reply(b"<a>", 200)]
)
@pytest.mark.parametrize("header", ["authorization", "x-api-token", "X-Anything"])
def test_no_secret_is_in_anything_that_is_said_afterwards(
    answer: Any, header: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    basic = "Basic " + base64.b64encode(f"user:{TOKEN}".encode()).decode()
    client, service, _ = http(answer, auth={header: basic}, secrets=(TOKEN,))
    with pytest.raises(AdapterError) as caught:
        client.post("/leads?api_key=" + quote(TOKEN), {"note": f"my {TOKEN}", "password": PASSWORD})
    assert service.asked[0].headers[header.lower()] == basic
    error: BaseException | None = caught.value
    assert error is not None
    assert (error.__cause__, error.__context__) == (None, None)
    told = "".join(traceback.format_exception(error)) + repr(vars(error)) + caplog.text
    told += (
        repr(client.recorder.exchanges) + repr(client) + repr(Settings("https://a.example", {header: TOKEN}, (TOKEN,)))
    )
    for form in (
        TOKEN,
        quote(TOKEN),
        quote(TOKEN, safe=""),
        base64.b64encode(TOKEN.encode()).decode(),
        basic[12:-4],
        PASSWORD,
    ):
        assert form not in told
    for offset in range(3):
        assert base64.b64encode(b"x" * offset + TOKEN.encode()).decode()[4:-4] not in told


def test_what_the_service_says_is_one_clean_line() -> None:
    client, _, _ = http(reply({"errors": [{"message": "bad\x1b]52;c;x\x07\nstage [/]" + "x" * 999}]}, 422))
    with pytest.raises(Rejected) as caught:
        client.post("/notes", {})
    said = str(caught.value)
    assert len(said) < 260
    assert said.isprintable()


def test_a_service_cannot_put_a_cookie_into_later_requests() -> None:
    client, service, _ = http(reply({}, set_cookie="a=b; Path=/"))
    client.get("/leads")
    client.get("/leads")
    assert "cookie" not in service.asked[1].headers


def test_virtual_time_is_the_only_time(monkeypatch: pytest.MonkeyPatch) -> None:
    client, _, ticks = http(Lost("timeout"))
    with pytest.raises(Transient, match="read timeout"):
        client.get("/leads")
    assert isinstance(ticks, Still)
    assert ticks.seconds == 20
