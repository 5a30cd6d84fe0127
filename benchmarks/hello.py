"""The least that a screen can be with the same library: one widget. What leadq's figures are held against."""

from textual.app import App, ComposeResult
from textual.widgets import Static

NEEDLE = "Hello, world!"


class Hello(App[None]):
    """One Static."""

    def compose(self) -> ComposeResult:
        """Only the text."""
        yield Static(NEEDLE)


if __name__ == "__main__":
    Hello().run()
