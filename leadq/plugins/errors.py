"""What an adapter can say went wrong: six typed errors, each a sentence to translate. Import them from `sdk`."""

from __future__ import annotations


def N_(message: str) -> str:  # noqa: N802 - the name that extraction tools and readers know
    """Mark a sentence for translation: leadq translates it, then fills in its {names}, where it is shown."""
    return message


class AdapterError(Exception):
    """What an adapter can say went wrong: a sentence, with {names} that `params` fills in.

    The sentence is kept apart from its values so that leadq can say it in the user's language.
    """

    def __init__(self, message: str, /, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.params = {name: str(value) for name, value in params.items()}

    def __str__(self) -> str:
        return self.message.format_map(self.params) if self.params else self.message


class AuthFailed(AdapterError):
    """Who we are is not accepted: the connection waits until a person logs in again."""


class RateLimited(AdapterError):
    """Too much, too fast; nothing was applied. `retry_after`: seconds, None when the service does not say."""

    def __init__(
        self,
        retry_after: float | None = None,
        message: str = N_("The service asks for a pause."),
        **params: object,
    ) -> None:
        super().__init__(message, **params)
        self.retry_after = retry_after


class Transient(AdapterError):
    """Not now: no network, a locked file, a full disk. Raise it only when nothing was applied."""


class Conflict(AdapterError):
    """The record changed at the other end in a way that this change must not overwrite."""


class Rejected(AdapterError):
    """Refused for good. `field` is the option or the field of the change to blame, `reason` the sentence."""

    def __init__(self, field: str, reason: str, /, **params: object) -> None:
        super().__init__(reason, **params)
        self.field = field


class Gone(AdapterError):
    """The record is not there any more."""
