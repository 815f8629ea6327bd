"""What goes wrong on a network, and so what to do next."""

from __future__ import annotations

from datetime import timedelta


class ChannelError(Exception):
    """What went wrong on a network, and so what to do next. The message is for a person.

    ChannelError
      RetryLater    the network is busy, down or limits us: come back after `after`
      LogInAgain    credentials were refused: a person must give new ones
      Rejected      the network refuses this for good: do not repeat it
      BadData       the network answered something that cannot be read
      Unclear       a send whose fate is not known: look it up, never simply repeat it
    """


class RetryLater(ChannelError):
    def __init__(self, message: str, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after


class LogInAgain(ChannelError):
    pass


class Rejected(ChannelError):
    pass


class BadData(ChannelError):
    def __init__(self, message: str, raw: bytes = b"") -> None:
        super().__init__(message)
        self.raw = raw


class Unclear(ChannelError):
    pass
