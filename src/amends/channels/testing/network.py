"""A network on loopback as its people use it, and what a channel has heard of it."""

from __future__ import annotations

from collections.abc import Sequence

from amends.channels.base import Batch, Post, Received


def _unwritten(method: str, rule: str = "") -> str:
    lacking = f" If the network has no such thing, name Rule.{rule} in the manifest's `lacks`." if rule else ""
    return f"The test's network needs a method `{method}`.{lacking}"


class Network:
    """A network on loopback, as its people use it. `address` is what the channel's settings lead to; it changes when
    the suite puts something in between. Derive from it, and write what the network has."""

    address = ""

    async def write(self, text: str) -> str:
        """Somebody else writes this to the account, or where it listens: {the post's id, as the channel tells it}."""
        raise NotImplementedError(_unwritten("write"))

    async def change(self, post: str, text: str) -> None:
        """Its writer changes it."""
        raise NotImplementedError(_unwritten("change", "EDITS"))

    async def remove(self, post: str) -> None:
        """Its writer deletes it."""
        raise NotImplementedError(_unwritten("remove", "DELETIONS"))

    async def replies(self, text: str) -> int:
        """How many posts with this text stand there that the account wrote."""
        raise NotImplementedError(_unwritten("replies"))

    async def end_sessions(self) -> None:
        """The network forgets every session, as it does with old ones."""
        raise NotImplementedError(_unwritten("end_sessions", "LOGS_IN"))

    def calls(self) -> Sequence[Received]:
        """The webhook calls that the network has made since the last time, signed. Where it pushes."""
        return ()


class Heard:
    """What a channel told so far, and where it stands."""

    def __init__(self, cursor: str = "") -> None:
        self.cursor = cursor
        self.cursors: list[str] = []
        self.posts: dict[str, Post] = {}
        self.gone: set[str] = set()

    def take(self, batch: Batch) -> None:
        for post in batch.posts:
            if post.id not in self.posts or post.stamp >= self.posts[post.id].stamp:
                self.posts[post.id] = post
        self.gone |= {deletion.id for deletion in batch.deletions}
        if batch.cursor is not None:
            self.cursor = batch.cursor
            self.cursors.append(batch.cursor)
