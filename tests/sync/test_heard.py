"""What a child says waits for us, and the child waits when that is a lot."""

from __future__ import annotations

from threading import Thread

from leadq.sync.heard import Heard


def test_lines_come_out_in_their_order() -> None:
    heard = Heard(most=100)
    for line in (b"one\n", b"two\n", b""):
        heard.put(line)
    assert [heard.get(1.0), heard.get(1.0), heard.get(1.0)] == [b"one\n", b"two\n", b""]
    assert heard.is_empty()


def test_nothing_in_time_is_none() -> None:
    assert Heard().get(0.0) is None


def test_who_reads_waits_while_there_is_too_much_and_goes_on_when_it_was_heard() -> None:
    heard = Heard(most=10)
    said: list[int] = []
    thread = Thread(target=lambda: [(heard.put(b"x" * 10), said.append(n)) for n in range(3)], daemon=True)
    thread.start()
    assert heard.get(5.0)
    assert len(said) <= 1  # the second is in, and waits for us
    assert (heard.get(5.0), heard.get(5.0)) == (b"x" * 10, b"x" * 10)
    thread.join(5.0)
    assert said == [0, 1, 2]


def test_who_reads_gets_to_the_end_when_nobody_listens_any_more() -> None:
    heard = Heard(most=1)
    thread = Thread(target=lambda: [heard.put(b"line\n") for _ in range(3)], daemon=True)
    thread.start()
    heard.no_more()
    thread.join(5.0)
    assert not thread.is_alive()
