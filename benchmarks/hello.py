"""The least that a screen can be with the same library: one widget. What leadq's figures are held against."""

from textual.app import App, ComposeResult
from textual.events import Key
from textual.widgets import Static

NEEDLE = "Hello, world!"


class Hello(App[None]):
    """One Static, which counts keys."""

    keys = 0

    def compose(self) -> ComposeResult:
        """Only the text."""
        yield Static(NEEDLE)

    def on_key(self, _event: Key) -> None:
        """Show that there was one."""
        self.keys += 1
        self.query_one(Static).update(f"{NEEDLE} {self.keys}")


if __name__ == "__main__":
    Hello().run()
