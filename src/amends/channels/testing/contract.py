"""What every channel must keep, rule by rule. Its own tests derive from `ChannelContract` and give it a network:

    class TestBluesky(ChannelContract):
        name = "bluesky"
        def payloads(self): ...          recorded from the real network
        def parse(self, name, payload): ...
        def network(self): ...           a `Network` on loopback: a simulator, or the real server
        def settings(self, network): ... what a person would enter to connect to it

Each rule of `Rule` that the manifest claims has tests here; those that don't apply, or that the manifest says it lacks,
are skipped.
"""

# ruff: noqa: S101  # a suite is made of assertions

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random

from amends.channels import registry
from amends.channels.base import (
    ANSWERING,
    Batch,
    Can,
    ChannelError,
    LogInAgain,
    Outgoing,
    Received,
    Rejected,
    RetryLater,
    Rule,
    Unclear,
)
from amends.channels.testing.blocks import environment, logged, raises
from amends.channels.testing.chaos import ANSWERS, ASKED_TO_WAIT, Fault, between
from amends.channels.testing.damage import damaged
from amends.channels.testing.ground import Ground
from amends.channels.testing.network import Heard
from amends.channels.testing.whole import refuse_an_incomplete

PATIENCE = 20.0  # seconds until what was written must have been heard


class ChannelContract(Ground):
    """The suite: a test or more a rule."""

    # What is tested without a network.

    def test_the_manifest_tells_all_that_a_form_needs(self) -> None:
        refuse_an_incomplete(self.manifest)

    def test_recorded_payloads_become_whole_posts(self) -> None:
        self.claims(Rule.RECORDED, recorded=True)
        heard = {name: self.parse(name, payload) for name, payload in self.payloads().items()}
        assert any(batch.posts for batch in heard.values()), "none of `payloads` has a post"
        for name, batch in heard.items():
            assert not batch.malformed, f"{name} is whole, but an item of it was set aside: {batch.malformed[0].reason}"
            self.check(batch)
        for name, payload in self.payloads().items():
            assert self.parse(name, payload) == self.parse(name, payload), f"{name} is read differently each time"

    def test_where_the_payloads_come_from_is_told(self) -> None:
        self.claims(Rule.RECORDED, recorded=True)
        folder = Path(registry.folder(self.name), "fixtures")
        told = "write fixtures/README.md: where each payload was recorded or copied from, and when"
        assert (folder / "README.md").is_file(), told

    def test_a_damaged_payload_is_accepted_or_set_aside(self) -> None:
        """Dropped keys, wrong types, nulls, cut ends: every item is read or `Malformed`, and nothing else is raised
        than a `ChannelError`."""
        self.claims(Rule.DAMAGE, recorded=True)
        payloads = sorted(self.payloads().items())
        for seed in range(self.examples):
            chance = Random(seed)  # noqa: S311 - so that a failure can be had again
            name, payload = payloads[seed % len(payloads)]
            payload = damaged(payload, chance)
            try:
                self.check(self.parse(name, payload))
            except ChannelError:
                continue
            except Exception as error:
                raise AssertionError(
                    f"{name}, damaged with seed {seed}: {error!r}, where a Malformed item or BadData is due, or the "
                    f"field left out: {payload[:2000]!r}"
                ) from error

    async def test_keys_are_unique(self) -> None:
        async with self.network() as network, self.connected(network) as channel:
            moments = [self.now + timedelta(milliseconds=step) for step in (0, 1, 2, 60_000)]
            asked = [(moment, salt) for moment in moments for salt in (*range(50), 1024, 999_999)]
            keys = [channel.new_key(*one) for one in asked]
            assert len(set(keys)) == len(keys), "`new_key` gives two replies one key: it depends on `now` and `salt`"
            assert keys == [channel.new_key(*one) for one in asked], "`new_key` gives the same reply another key later"

    # Hearing.

    async def test_it_goes_on_from_any_cursor(self) -> None:
        self.claims(Rule.RESUMES)
        async with self.network() as network, self.connected(network) as channel:
            wanted = {await network.write(f"{self.word} {number}") for number in range(3)}
            heard = await self.hear(channel, network, Heard(), lambda heard: wanted <= heard.posts.keys())
            assert heard.cursors, "no Batch had a cursor"
            wanted.add(await network.write(f"{self.word} at last"))
            for cursor in [heard.cursor, *heard.cursors[:3]]:
                await self.hear(channel, network, Heard(cursor), lambda now: _known(now, heard) >= wanted)

    async def test_what_is_heard_again_has_the_same_id(self) -> None:
        self.claims(Rule.ONCE)
        async with self.network() as network, self.connected(network) as channel:
            wanted = {await network.write(f"{self.word} {number}") for number in range(2)}
            told = [
                await self.hear(channel, network, Heard(), lambda heard: wanted <= heard.posts.keys()) for _ in range(2)
            ]
            differ = told[0].posts.keys() ^ told[1].posts.keys()
            assert not differ, f"heard from the beginning twice, and only once: {sorted(differ)}"

    async def test_what_was_written_meanwhile_is_heard(self) -> None:
        self.claims(Rule.BACKFILLS)
        async with self.network() as network:
            first = await network.write(f"{self.word} before")
            async with self.connected(network) as channel:
                heard = await self.hear(channel, network, Heard(), lambda heard: first in heard.posts)
            missed = {await network.write(f"{self.word} meanwhile {number}") for number in range(3)}
            async with self.connected(network) as channel:
                await self.hear(channel, network, heard, lambda heard: missed <= heard.posts.keys())

    async def test_an_edit_is_heard(self) -> None:
        self.claims(Rule.EDITS)
        async with self.network() as network, self.connected(network) as channel:
            post = await network.write(f"My {self.word} is lots")
            heard = await self.hear(channel, network, Heard(), lambda heard: post in heard.posts)
            before = heard.posts[post]
            await network.change(post, f"My {self.word} is lost")
            await self.hear(channel, network, heard, lambda heard: heard.posts[post].stamp > before.stamp)
            assert heard.posts[post].text == f"My {self.word} is lost", f"it says {heard.posts[post].text!r}"

    async def test_a_deletion_is_heard(self) -> None:
        self.claims(Rule.DELETIONS)
        async with self.network() as network, self.connected(network) as channel:
            post = await network.write(f"My {self.word} is lost")
            heard = await self.hear(channel, network, Heard(), lambda heard: post in heard.posts)
            await network.remove(post)
            await self.hear(channel, network, heard, lambda heard: post in heard.gone)

    async def test_it_logs_in_again(self) -> None:
        self.claims(Rule.LOGS_IN)
        async with self.network() as network, self.connected(network) as channel:
            first = await network.write(f"{self.word} 1")
            heard = await self.hear(channel, network, Heard(), lambda heard: first in heard.posts)
            await network.end_sessions()
            second = await network.write(f"{self.word} 2")
            await self.hear(channel, network, heard, lambda heard: second in heard.posts)

    # When things break.

    async def test_it_waits_as_long_as_it_is_asked_to(self) -> None:
        self.claims(Rule.PACED)
        async with self.broken() as (network, line, channel):
            known = line.address.startswith(("http", "ws"))
            assert known, "only what speaks HTTP is asked to wait here: name Rule.PACED in the manifest's `lacks`"
            await network.write(f"{self.word} 1")
            line.suffer(Fault.LIMITED)
            await asyncio.sleep(0)  # until the connections that it ended are closed: a POST is not sent twice
            with raises(RetryLater) as error:
                await self.ask(channel)
            wait = error.what.after
            asked = f"RetryLater.after is {wait}, and the network asked for {ASKED_TO_WAIT} s"
            assert wait and abs(wait.total_seconds() - ASKED_TO_WAIT) < 2, asked

    async def test_nothing_is_lost_when_the_network_breaks(self) -> None:
        self.claims(Rule.CHAOS)
        async with self.broken() as (network, line, channel):
            heard, wanted = Heard(), {await network.write(f"{self.word} 0")}
            await self.hear(channel, network, heard, lambda heard: wanted <= heard.posts.keys())
            for number, fault in enumerate(self.faults, 1):
                if fault in ANSWERS and not line.address.startswith(("http", "ws")):
                    continue
                wanted.add(await network.write(f"{self.word} {number}"))
                line.suffer(fault)
                with suppress(ChannelError, TimeoutError):  # anything else fails the test
                    await asyncio.wait_for(self.once(channel, heard), 1)
                line.suffer(None)
                await self.hear(channel, network, heard, lambda heard: wanted <= heard.posts.keys())

    async def test_a_clock_that_was_wrong_loses_nothing(self) -> None:
        self.claims(Rule.CHAOS)
        async with self.network() as network, self.connected(network) as channel:
            heard, wanted = Heard(), set()
            for number, self.skew in enumerate((timedelta(hours=-2), timedelta(hours=2), timedelta(0))):
                wanted.add(await network.write(f"{self.word} {number}"))
                if self.skew and Can.STREAM not in channel.can:
                    await self.once(channel, heard)  # what is heard late is heard when the clock is right again
            await self.hear(channel, network, heard, lambda heard: wanted <= heard.posts.keys())

    async def test_a_reply_stands_at_most_once_whatever_breaks(self) -> None:
        self.claims(Rule.REPLIES_ONCE)
        async with self.broken() as (network, line, channel):
            await network.write(f"{self.word} 1")
            heard = await self.hear(channel, network, Heard(), lambda heard: bool(heard.posts))
            to = next(iter(heard.posts.values()))
            well = self.reply(channel, to, "We are sorry.", 0)
            assert (await channel.send(well)).id, "`send` does not tell the id of the reply"
            assert await network.replies("We are sorry.") == 1, "it was sent, and `Network.replies` does not count 1"
            for number, fault in enumerate(self.faults, 1):
                if fault in ANSWERS and not line.address.startswith(("http", "ws")):
                    continue
                outgoing = self.reply(channel, to, f"We are sorry {number} times.", number)
                line.lie_in_wait(fault)  # what is looked up before it goes through, or nothing would be written at all
                for _ in range(3):  # a busy machine may keep even the looking up from ending in time
                    sure = await self.attempt(channel, outgoing)
                    if line.ambush is None:
                        break
                assert line.ambush is None, f"when {fault}: `send` never came to write, so that nothing was shown"
                line.suffer(None)
                if sure is None and Can.FIND in channel.can:
                    sure = await channel.find(outgoing) is not None
                if sure is False:
                    sure = await self.attempt(channel, outgoing)
                standing = await network.replies(outgoing.text)
                told = f"when {fault}: {standing} stand, and the channel says {_fate(sure)}"
                assert standing == 1 if sure else standing <= 1, told

    async def test_the_same_reply_again_is_the_same(self) -> None:
        self.claims(Rule.REPLIES_ONCE)
        async with self.network() as network, self.connected(network) as channel:
            await network.write(f"{self.word} 1")
            heard = await self.hear(channel, network, Heard(), lambda heard: bool(heard.posts))
            outgoing = self.reply(channel, next(iter(heard.posts.values())), "We are sorry.", 7)
            if Can.FIND in channel.can:
                assert await channel.find(outgoing) is None, "`find` found it before it was sent"
            sent = await channel.send(outgoing)
            if Can.FIND in channel.can:
                found = await channel.find(outgoing)
                assert found is not None, "`find` does not find what was sent"
                assert found.id == sent.id, f"`send` told the id {sent.id!r}, and `find` {found.id!r}"
            with suppress(Unclear):
                again = await channel.send(outgoing)
                assert again.id == sent.id, f"sent again, it stands as {again.id!r} beside {sent.id!r}: look it up"
            standing = await network.replies("We are sorry.")
            assert standing == 1, f"sent again, it stands {standing} times: look it up first, or raise Unclear"

    async def test_a_reply_that_is_too_long_does_not_leave(self) -> None:
        self.claims(Rule.LIMITS)
        async with self.network() as network, self.connected(network) as channel:
            most = channel.limits.text
            if not most:
                return
            await network.write(f"{self.word} 1")
            heard = await self.hear(channel, network, Heard(), lambda heard: bool(heard.posts))
            text = "x" * (most + 1)
            with raises(Rejected):
                await channel.send(self.reply(channel, next(iter(heard.posts.values())), text, 1))
            assert await network.replies(text) == 0, "it was refused, and left all the same"

    async def test_what_is_wrong_is_told(self) -> None:
        self.claims(Rule.HEALTH)
        async with self.network() as network, self.connected(network) as channel:
            checked = await channel.check()
            said = "`check` tells neither who we are (`account`) nor what will be heard (`note`)"
            assert checked.account or checked.note, said
        if self.manifest.local:
            return
        async with self.broken() as (_, line, channel):
            line.suffer(Fault.REFUSED)
            with raises(RetryLater) as error:
                await channel.check()
            assert "127.0.0.1" in str(error.what), f"it must name the host that does not answer: {error.what}"

    async def test_refused_credentials_are_told_and_never_shown(self) -> None:
        self.claims(Rule.SECRETS)
        secrets = {one.name for one in self.manifest.settings if one.secret}
        async with self.network() as network:
            right = self.settings(network)
            for name in secrets & {name for name, value in right.items() if value}:
                wrong = "very-secret-" + name
                with logged() as told:
                    async with self.connected(network, {**right, name: wrong}) as channel:
                        with raises(LogInAgain) as error:
                            await channel.check()
                        said = f"{error.what} {error.what!r} {channel!r} {''.join(told)}"
                assert wrong not in said, f"{name} stands in the error, the log, or the channel's `repr`"
                assert len(str(error.what)) > 20, f"LogInAgain must say what to do, not just: {error.what}"

    async def test_it_works_behind_a_proxy(self) -> None:
        self.claims(Rule.PROXY)
        async with self.network() as network, between(network.address) as proxy:
            post = await network.write(f"{self.word} 1")
            with environment(HTTP_PROXY=proxy.as_proxy, NO_PROXY=""):
                async with self.connected(network) as channel:
                    await self.hear(channel, network, Heard(), lambda heard: post in heard.posts)
            assert proxy.proxied, "it did not use the proxy"

    async def test_what_is_not_declared_is_refused(self) -> None:
        async with self.network() as network, self.connected(network) as channel:
            more = ", ".join(sorted(channel.can - self.manifest.can))
            assert not more, f"the channel can more than its manifest declares: {more}"
            if Can.POLL not in channel.can:
                with raises(Rejected):
                    await _drain(channel.poll("", self.queries, self.now))
            if Can.STREAM not in channel.can:
                with raises(Rejected):
                    await _drain(channel.stream("", self.queries))
            if Can.RECEIVE not in channel.can:
                with raises(Rejected):
                    channel.receive(Received({}, b"{}", {}), self.now)
            if not ANSWERING & channel.can:
                with raises((Rejected, LogInAgain)):
                    await channel.send(Outgoing(key="1", text="Sorry.", created=self.now))


def _known(now: Heard, before: Heard) -> set[str]:
    return now.posts.keys() | before.posts.keys()


def _fate(sure: bool | None) -> str:
    if sure is None:
        return "that nobody can know"
    return "that it arrived" if sure else "that it did not arrive"


async def _drain(feed: AsyncIterator[Batch]) -> None:
    async for _ in feed:
        return
