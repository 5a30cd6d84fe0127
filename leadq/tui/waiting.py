"""Waiting for keys without looking up.

The library's own input thread wakes ten times a second to see whether it is to end and whether a lone Escape has waited
long enough: 0.14 % of a processor for nothing, which was two thirds of what an unfocused screen cost.
"""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING

from textual import constants
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.message import Message

_AT_ONCE = 4096


class PatientDriver(LinuxDriver):
    """The library's own, but its input thread sleeps until there is a key, or a pipe says that it is over."""

    _pipe: tuple[int, int] | None = None

    def start_application_mode(self) -> None:
        """Take over the terminal."""
        self._close_pipe()
        self._pipe = os.pipe()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def disable_input(self) -> None:
        """End the input thread, and wait for it."""
        if self._pipe:
            os.write(self._pipe[1], b"\n")
        super().disable_input()
        self._close_pipe()

    def run_input_thread(self) -> None:
        """Post what is typed. Bytes that are no UTF-8 are shown as such; the library's own thread dies of them.

        Raises OSError or EOFError when the terminal has gone.
        """
        assert self._pipe
        parser, over = XTermParser(self._debug), self._pipe[0]
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            for descriptor in (self.fileno, over):
                selector.register(descriptor, selectors.EVENT_READ)
            while True:
                pending = parser._timeout_time is not None  # an Escape that may be the beginning of something
                ready = {key.fd for key, _events in selector.select(constants.ESCAPE_DELAY if pending else None)}
                if over in ready:
                    return
                if self.fileno in ready and (text := decode(self._typed())):  # part of a letter is none yet
                    self._post(parser.feed(text))
                self._post(parser.tick())

    def _typed(self) -> bytes:
        typed = os.read(self.fileno, _AT_ONCE)
        if not typed:
            raise EOFError
        return typed

    def _post(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)

    def _close_pipe(self) -> None:
        pipe, self._pipe = self._pipe, None
        for descriptor in pipe or ():
            os.close(descriptor)
