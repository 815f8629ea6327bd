"""What the rules are tested on: a channel connected to a network on loopback, whole or broken, and what it hears."""

# ruff: noqa: S101  # a suite is made of assertions

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import stamina

from amends.channels import registry
from amends.channels.base import (
    BadData,
    Batch,
    Can,
    Channel,
    ChannelError,
    Manifest,
    Outgoing,
    Post,
    Query,
    RetryLater,
    Rule,
    Unclear,
)
from amends.channels.http import Http
from amends.channels.testing.chaos import Between, Fault, between
from amends.channels.testing.network import Heard
from amends.channels.testing.whole import refuse_a_broken

PATIENCE = 20.0  # seconds until what was written must have been heard


def _never(_: Heard) -> bool:
    return False


class Ground:
    """Methods without a body of use raise `NotImplementedError`: a channel's tests give theirs."""

    name = ""
    networks: frozenset[str] = frozenset()  # what posts may say they are from, where it is not the channel's name
    word = "bag"  # every text that is written holds it, and the queries look for it
    examples = 2000  # damaged payloads to try
    recorded = True  # False: this class is about another server, and another one tests the payloads
    silent: frozenset[Rule] = frozenset()  # rules that this very server can't show, though the channel keeps them
    faults: Iterable[Fault] = tuple(Fault)
    skew = timedelta(0)  # by how much our clock is wrong
    beginning = ""  # the place where a stream begins that would else begin now, and miss what was written before

    def payloads(self) -> Mapping[str, bytes]:
        """Recorded payloads by name, as the network sent them."""
        raise NotImplementedError("The test class needs `payloads`: {name: what the network sent}.")

    def parse(self, name: str, payload: bytes) -> Batch:
        """Parse one payload of that name, purely. May raise `BadData` when nothing of it can be read."""
        raise NotImplementedError("The test class needs `parse`: a Batch of one payload.")

    def network(self) -> AbstractAsyncContextManager[Any]:
        """A `Network` on loopback."""
        raise NotImplementedError("The test class needs `network`: an async context that yields a Network.")

    def settings(self, network: Any) -> Mapping[str, str]:
        """What connects the channel to it, without the address in it being anywhere but `network.address`."""
        raise NotImplementedError("The test class needs `settings`: what connects the channel to `network.address`.")

    @property
    def now(self) -> datetime:
        """The network's time."""
        return datetime.now(UTC)

    @property
    def entry(self) -> registry.Entry:
        try:
            return registry.get(self.name)
        except registry.UnknownChannel as error:
            told = [f"{module} can't be loaded: {why}" for module, why in registry.broken().items()]
            raise AssertionError("\n".join([str(error), *told])) from None

    @property
    def manifest(self) -> Manifest:
        return self.entry.manifest

    @property
    def queries(self) -> tuple[Query, ...]:
        return (Query(1, self.word, (self.word,)),)

    def claims(self, rule: Rule, *, recorded: bool = False) -> None:
        """Go on only where the channel claims to keep the rule and this class can show it."""
        import pytest

        if not self.manifest.applies(rule):
            pytest.skip(f"{self.name}: does not apply")
        if rule in self.manifest.lacks:
            pytest.skip(f"{self.name} does not claim it: {self.manifest.lacks[rule]}")
        if rule in self.silent or (recorded and not self.recorded):
            pytest.skip("shown elsewhere")

    def check(self, batch: Batch) -> None:
        refuse_a_broken(batch, self.networks or {self.name})

    @asynccontextmanager
    async def connected(
        self, network: Any, settings: Mapping[str, str] | None = None, http: Http | None = None
    ) -> AsyncIterator[Channel]:
        """The channel with what its server told of itself, as it is after a person has connected it."""
        door = http or Http(allow_private=True, timeout=2, patience=4)
        given = dict(settings if settings is not None else self.settings(network))
        channel = self.entry.connect(given, door)
        try:
            with suppress(ChannelError):
                if learned := (await channel.check()).learned:
                    await channel.close()
                    channel = self.entry.connect({**given, **learned}, door)
            yield channel
        finally:
            await channel.close()
            await door.close()

    @asynccontextmanager
    async def broken(self) -> AsyncIterator[tuple[Any, Between, Channel]]:
        """(the network, what stands between, a channel that goes through it). An impatient one, or faults take long."""
        impatient = Http(allow_private=True, timeout=0.4, patience=0.6)
        async with self.network() as network, between(network.address) as line:
            network.address = line.address
            settings = self.settings(network)
            with stamina.set_testing(True, attempts=1):
                async with self.connected(network, settings, impatient) as channel:
                    yield network, line, channel

    async def hear(self, channel: Channel, network: Any, heard: Heard, until: Callable[[Heard], bool]) -> Heard:
        """Listen until it is so, at most `PATIENCE`: networks show things a little later than they are written. Raises
        `AssertionError` when it never was."""
        said = ""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not until(heard):
                    for call in network.calls():
                        self.take(heard, channel.receive(call, self.now))
                    try:
                        await self.once(channel, heard, until)
                    except RetryLater as error:  # a stream that ended
                        said = f" It last said: {error}"
                    if not until(heard):
                        await asyncio.sleep(0.05)
        ids = " Each needs the very id that `Network.write` answered with." if heard.posts else ""
        assert until(heard), (
            f"not within {PATIENCE} s: heard {sorted(heard.posts)}, gone {sorted(heard.gone)}, cursor "
            f"{heard.cursor[:300]!r}.{ids}{said}"
        )
        return heard

    async def once(self, channel: Channel, heard: Heard, until: Callable[[Heard], bool] = _never) -> None:
        """Take in one poll whole, or a stream until it is so."""
        if Can.STREAM in channel.can:
            feed = channel.stream(heard.cursor or self.beginning, self.queries)
        elif Can.POLL in channel.can:
            feed = channel.poll(heard.cursor, self.queries, self.now + self.skew)
        else:
            return
        async with aclosing(feed):  # type: ignore[type-var]  # async generators, all of them
            async for batch in feed:
                self.take(heard, batch)
                if Can.STREAM in channel.can and until(heard):
                    return

    def take(self, heard: Heard, batch: Batch) -> None:
        self.check(batch)
        heard.take(batch)

    async def ask(self, channel: Channel) -> None:
        if channel.can & {Can.STREAM, Can.POLL}:
            await self.once(channel, Heard())
        else:
            await channel.check()

    def reply(self, channel: Channel, to: Post, text: str, salt: int) -> Outgoing:
        return Outgoing(
            key=channel.new_key(self.now, salt), text=text, created=self.now, to=to.id, root=to.thread,
            to_author=to.author, to_context=to.context, visibility=to.visibility, subject=to.subject,
        )  # fmt: skip

    async def attempt(self, channel: Channel, outgoing: Outgoing) -> bool | None:
        """Whether it arrived, or None where nobody can know."""
        try:
            await asyncio.wait_for(channel.send(outgoing), 3)
        except RetryLater:
            return False
        except (Unclear, BadData, TimeoutError):
            return None
        return True
