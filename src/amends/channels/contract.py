"""What every channel must keep. A channel's own tests subclass `ChannelContract` and give it something to work on:

    class TestBluesky(ChannelContract):
        name = "bluesky"
        def payloads(self): ...     recorded from the real network
        def parse(self, name, payload): ...
        def connected(self): ...    a channel talking to something on loopback

Nothing here imports pytest; `hypothesis` is imported by the one test that needs it. That every channel in this package
has such a class, in its `tests/test_contract.py`, is itself tested.
"""

# ruff: noqa: S101  # a suite is made of assertions

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

from amends.channels import registry
from amends.channels.base import (
    Batch,
    Can,
    Channel,
    ChannelError,
    Deletion,
    LogInAgain,
    Malformed,
    Manifest,
    Outgoing,
    Post,
    Query,
    Reading,
    Received,
    Rejected,
)
from amends.channels.damage import damaged
from amends.channels.http import Http

HEARING = frozenset({Can.POLL, Can.STREAM, Can.RECEIVE})
ANSWERING = frozenset({Can.REPLY, Can.DIRECT})


class ChannelContract:
    """The suite. Methods without a body of use raise `NotImplementedError`: a channel's tests give theirs, those about
    answering only where it answers."""

    name = ""
    networks: frozenset[str] = frozenset()  # what posts may say they are from, where it is not the channel's name
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    queries: tuple[Query, ...] = ()
    examples = 300  # damaged payloads to try

    def payloads(self) -> Mapping[str, bytes]:
        """Recorded payloads by name, as the network sent them."""
        raise NotImplementedError

    def parse(self, name: str, payload: bytes) -> Batch:
        """Parse one payload of that name, purely. May raise `BadData` when nothing of it can be read."""
        raise NotImplementedError

    def connected(self) -> AbstractAsyncContextManager[Channel]:
        """A channel connected to a network on loopback that has something to hear."""
        raise NotImplementedError

    def refused(self, secret: str) -> AbstractAsyncContextManager[Channel]:
        """A channel whose network refuses its credentials, `secret` among them, and echoes them. Where it has some."""
        raise NotImplementedError

    def outgoing(self, channel: Channel) -> Outgoing:
        """A reply to something that stands on the loopback network. Where it answers."""
        raise NotImplementedError

    async def standing(self, channel: Channel, outgoing: Outgoing) -> int:
        """How many such replies stand on the loopback network. Where it answers."""
        raise NotImplementedError

    @property
    def manifest(self) -> Manifest:
        return registry.get(self.name).manifest

    def test_the_manifest_tells_all_that_a_form_needs(self) -> None:
        refuse_an_incomplete(self.manifest)

    def test_recorded_payloads_become_whole_posts(self) -> None:
        heard = [batch for name, payload in self.payloads().items() for batch in [self.parse(name, payload)]]
        assert any(batch.posts for batch in heard), "no payload has a post"
        for batch in heard:
            assert not batch.malformed, batch.malformed[0].reason
            self.check_batch(batch)

    def test_parsing_the_same_twice_gives_the_same(self) -> None:
        for name, payload in self.payloads().items():
            assert self.parse(name, payload) == self.parse(name, payload)

    def test_a_damaged_payload_is_accepted_or_set_aside(self) -> None:
        """Dropped keys, wrong types, nulls, cut ends: every item is read or `Malformed`, and nothing else is raised
        than a `ChannelError`."""
        from hypothesis import HealthCheck, given, settings
        from hypothesis import strategies as st

        payloads = self.payloads()

        @settings(max_examples=self.examples, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.sampled_from(sorted(payloads)), st.randoms(use_true_random=False))
        def check(name: str, chance: Any) -> None:
            try:
                batch = self.parse(name, damaged(payloads[name], chance))
            except ChannelError:
                return
            self.check_batch(batch)

        check()

    async def test_polling_goes_on_from_any_cursor(self) -> None:
        async with self.connected() as channel:
            if Can.POLL not in channel.can:
                assert await _refused(lambda: channel.poll("", self.queries, self.now))
                return
            whole: set[str] = set()
            places: list[tuple[str, set[str]]] = []
            async for batch in channel.poll("", self.queries, self.now):
                self.check_batch(batch)
                whole |= {post.id for post in batch.posts}
                if batch.cursor is not None:
                    places.append((batch.cursor, set(whole)))
            assert whole, "nothing was heard"
            assert places, "no cursor was given"
            for minutes, (cursor, before) in enumerate(places, 1):
                later = channel.poll(cursor, self.queries, self.now + timedelta(minutes=minutes))
                after = {post.id async for batch in later for post in batch.posts}
                assert before | after == whole, "what comes after a saved cursor was lost"

    async def test_a_reply_sent_twice_stands_once(self) -> None:
        async with self.connected() as channel:
            if not ANSWERING & channel.can:
                return await self._refuses_to_answer(channel)
            outgoing = self.outgoing(channel)
            if Can.FIND in channel.can:
                assert await channel.find(outgoing) is None
            sent = await channel.send(outgoing)
            assert sent.id
            assert await channel.send(outgoing) == sent
            assert await self.standing(channel, outgoing) == 1
            if Can.FIND in channel.can:
                assert await channel.find(outgoing) == sent
        return None

    async def test_keys_are_unique(self) -> None:
        async with self.connected() as channel:
            moments = [self.now + timedelta(milliseconds=step) for step in (0, 1, 2, 60_000)]
            keys = [channel.new_key(moment, salt) for moment in moments for salt in (*range(50), 1024, 999_999)]
            assert len(set(keys)) == len(keys)
            assert keys == [channel.new_key(moment, salt) for moment in moments for salt in (*range(50), 1024, 999_999)]

    async def test_secrets_are_never_told(self) -> None:
        secrets = {one.name: f"very-secret-{one.name}" for one in self.manifest.settings if one.secret}
        values = {one.name: secrets.get(one.name, one.default or "example") for one in self.manifest.settings}
        http = Http()
        told = repr(registry.get(self.name).connect(values, http))
        await http.close()
        assert not any(secret in told for secret in secrets.values())
        for secret in secrets.values():
            async with self.refused(secret) as channel:
                try:
                    await channel.check()
                except LogInAgain as error:
                    assert secret not in f"{error} {error!r} {channel!r}"
                else:
                    raise AssertionError("refused credentials were not told of")

    async def test_what_is_not_declared_is_refused(self) -> None:
        async with self.connected() as channel:
            assert channel.can <= self.manifest.can
            if Can.STREAM not in channel.can:
                assert await _refused(lambda: channel.stream("", self.queries))
            if Can.RECEIVE not in channel.can:
                try:
                    channel.receive(Received({}, b"{}", {}), self.now)
                except Rejected:
                    return
                raise AssertionError("a webhook was taken that is not declared")

    def check_batch(self, batch: Batch) -> None:
        """Whatever the batch holds is whole: ids, networks, and instants that are aware and in UTC."""
        networks = self.networks or {self.name}
        items: list[Post | Deletion | Reading] = [*batch.posts, *batch.deletions, *batch.readings]
        for item in items:
            assert item.id and "\x00" not in item.id
            assert item.network in networks, f"{item.network!r} is none of {sorted(networks)}"
            for moment in _moments(item):
                assert moment.utcoffset() == timedelta(0), f"{moment} is not in UTC"
        for post in batch.posts:
            assert post.author.id or post.author.name
            assert "\x00" not in post.text + post.author.display + post.author.bio
            assert post.raw, "the payload is not kept"
        for malformed in batch.malformed:
            assert isinstance(malformed, Malformed) and malformed.reason
        for period in batch.covered:
            assert period.start <= period.end

    async def _refuses_to_answer(self, channel: Channel) -> None:
        try:
            await channel.send(Outgoing(key="1", text="Sorry.", created=self.now))
        except (Rejected, LogInAgain):
            return
        raise AssertionError("a reply was taken though none is declared")


def refuse_an_incomplete(manifest: Manifest) -> None:
    """Every label, help and limit that a form or a reply box shows. Raises `AssertionError` naming what is missing."""
    assert re.fullmatch(r"[a-z][a-z0-9]*", manifest.name), "a name is of small letters"
    for text in (manifest.label, manifest.about, manifest.access):
        assert text.strip(), f"{manifest.name} lacks a label, what it is about, or what access costs"
    assert HEARING & manifest.can, f"{manifest.name} can't hear"
    assert manifest.poll_every > timedelta(0)
    assert manifest.pace[0] > 0 and manifest.pace[1] > timedelta(0)
    assert manifest.limits.counts in {"graphemes", "codepoints", "bytes", "utf16"}
    if ANSWERING & manifest.can:
        assert manifest.limits.text > 0 or Can.DIRECT in manifest.can, "a public reply has a length"
    names = [setting.name for setting in manifest.settings]
    assert len(set(names)) == len(names), "two settings have one name"
    for setting in manifest.settings:
        assert setting.label and setting.help, f"the setting {setting.name} is not explained"
        assert not (setting.secret and setting.default), f"the secret {setting.name} has a default"
        if setting.default and setting.pattern:
            assert re.fullmatch(setting.pattern, setting.default), f"the default of {setting.name} is refused"
    if Can.ANONYMOUS in manifest.can:
        assert not any(setting.secret and setting.required for setting in manifest.settings)


def _moments(item: Post | Deletion | Reading) -> list[datetime]:
    match item:
        case Post():
            found = (item.created, item.edited, item.author.created, item.engagement and item.engagement.seen)
        case Deletion():
            found = (item.at, None, None, None)
        case Reading():
            found = (item.engagement.seen, None, None, None)
    return [moment for moment in found if moment]


async def _refused(opening: Any) -> bool:
    """Whether a feed that is not declared is refused, when it is opened or when it is read."""
    try:
        feed: AsyncIterator[Batch] = opening()
        async for _ in feed:
            return False
    except Rejected:
        return True
    return False
