"""The Mastodon channel against mastodon-mock, a stateful stand-in for a server that others made."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from amends.channels.base import Act, Batch, Can, File, Outgoing, Post, Query, Rejected, Visibility
from amends.channels.http import Http
from amends.channels.mastodon import LOGIN, connect
from amends.channels.testing.chaos import Fault
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Network
from tests.peers.mastodon import MastodonNetwork, Person, mastodon_network

__all__ = ["mastodon_network"]

pytestmark = [pytest.mark.peer, pytest.mark.xdist_group("mastodon")]

numbers = itertools.count(1)
QUERIES = (Query(1, "bag", ("bag",)),)


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    door = Http(allow_private=True)
    yield door
    await door.close()


@pytest.fixture
def alice(mastodon_network: MastodonNetwork) -> Person:
    return mastodon_network.person(f"alice{next(numbers)}")


@pytest.fixture
def charlie(mastodon_network: MastodonNetwork) -> Person:
    return mastodon_network.person(f"charlie{next(numbers)}")


class TestMastodonMock(ChannelContract):
    name = "mastodon"
    recorded = False
    faults = (Fault.RESET, Fault.UNHEARD, Fault.FAILING, Fault.CUT_JSON)  # all of them in the sealed tests

    @pytest.fixture(autouse=True)
    def _server(self, mastodon_network: MastodonNetwork) -> None:
        self.server = mastodon_network

    @asynccontextmanager
    async def network(self):
        yield People(self.server)

    def settings(self, network):
        return {"server": network.address, "token": network.alice.token, "timeline": "all"}


class People(Network):
    """Somebody who writes, and the account."""

    def __init__(self, server: MastodonNetwork) -> None:
        self.server, self.address = server, server.url
        number = next(numbers)
        self.alice, self.charlie = server.person(f"alice{number}"), server.person(f"charlie{number}")
        self.posts: dict[str, dict[str, object]] = {}

    async def write(self, text: str) -> str:
        post = self.server.post(self.charlie, text)
        self.posts[post["uri"]] = post
        return str(post["uri"])

    async def change(self, post: str, text: str) -> None:
        self.server.edit(self.charlie, self.posts[post], text)

    async def remove(self, post: str) -> None:
        self.server.delete(self.charlie, self.posts[post])

    async def replies(self, text: str) -> int:
        me = self.server.call("GET", "/api/v1/accounts/verify_credentials", self.alice)["id"]
        mine = self.server.call("GET", f"/api/v1/accounts/{me}/statuses", self.alice, limit=40)
        return sum(text in post["content"] and f"{text[:-1]}<" not in post["content"] for post in mine)


async def introduced(settings: dict[str, str], http: Http):
    """The channel as it is after a person has connected it."""
    return connect({**settings, **(await connect(settings, http).check()).learned}, http)


async def posts_of(batches: AsyncIterator[Batch]) -> list[Post]:
    return [post async for batch in batches for post in batch.posts]


def now() -> datetime:
    return datetime.now(UTC)


def reply_to(post: Post, text: str, **more: object) -> Outgoing:
    given = {"key": f"key-{next(numbers)}", "text": text, "created": now(), "to": post.id, "root": post.thread}
    given |= {"to_author": post.author, "to_context": post.context, "visibility": post.visibility}
    return Outgoing(**given | more)


async def test_who_we_are_and_what_the_server_can(mastodon_network, http, alice):
    checked = await connect(mastodon_network.settings(alice), http).check()
    assert checked.account and checked.account.name.startswith(f"{alice.name}@")
    assert checked.learned["learned_live"] == "websocket-query"
    assert checked.learned["learned_batch"] == "yes"
    channel = await introduced(mastodon_network.settings(alice), http)
    assert {Can.STREAM, Can.QUOTE, Can.SEARCH} < channel.can
    assert channel.limits.text == 468


async def test_a_mention_a_direct_message_and_a_thread_are_heard(mastodon_network, http, alice, charlie):
    channel = await introduced(mastodon_network.settings(alice), http)
    lost = mastodon_network.post(charlie, f"@{alice.name} my bag 🧳 is lost https://example.org/bag", language="en")
    secret = mastodon_network.post(charlie, f"@{alice.name} my booking is X4T7", visibility="direct")
    answer = mastodon_network.post(alice, f"@{charlie.name} we look", in_reply_to_id=lost["id"])
    thanks = mastodon_network.post(charlie, f"@{alice.name} thanks", in_reply_to_id=answer["id"])
    posts = {post.id: post for post in await posts_of(channel.poll("", (), now()))}
    first = posts[lost["uri"]]
    assert first.text == f"@{alice.name} my bag 🧳 is lost https://example.org/bag"
    assert (first.addressed, first.lang, first.visibility) == (True, "en", Visibility.PUBLIC)
    assert posts[secret["uri"]].visibility is Visibility.PRIVATE
    last = posts[thanks["uri"]]
    assert (last.parent, last.root) == (answer["uri"], lost["uri"])
    assert last.parent_author == (await channel.check()).account.id
    assert answer["uri"] in posts  # ours, as others wrote it for us elsewhere


@pytest.mark.parametrize("way", ["websocket-query", "sse"])
async def test_a_stream_tells_of_a_post_an_edit_and_a_deletion(mastodon_network, http, alice, charlie, way):
    mastodon_network.call("POST", f"/api/v1/accounts/{account_id(mastodon_network, charlie)}/follow", alice)
    settings = mastodon_network.settings(alice)
    learned = (await connect(settings, http).check()).learned
    channel = connect({**settings, **learned, "learned_live": way}, http)
    async with asyncio.timeout(20), aclosing(channel.stream("", ())) as batches:
        await anext(batches)
        said = mastodon_network.post(charlie, f"@{alice.name} my bga")
        await until(batches, lambda batch: any(post.addressed for post in batch.posts))
        mastodon_network.edit(charlie, said, f"@{alice.name} my bag")
        await until(batches, lambda batch: any(post.edited for post in batch.posts))
        mastodon_network.delete(charlie, said)
        await until(batches, lambda batch: [one.id for one in batch.deletions] == [said["uri"]])


async def until(batches, so) -> None:
    while not so(await anext(batches)):
        continue


async def test_answers_of_every_kind(mastodon_network, http, alice, charlie):
    channel = await introduced(mastodon_network.settings(alice), http)
    said = mastodon_network.post(charlie, f"@{alice.name} my bag is lost")
    [post] = await posts_of(channel.poll("", (), now()))
    plain = reply_to(post, "We are sorry.", files=(File("bag.png", "image/png", b"\x89PNG made up", "A red bag"),))
    sent = await channel.send(plain)
    assert await channel.send(plain) == sent == await channel.find(plain)
    private = await channel.send(reply_to(post, "Your booking?", visibility=Visibility.PRIVATE))
    quote = await channel.send(reply_to(post, "Look at this.", act=Act.QUOTE))
    parts = await channel.send(reply_to(post, "one two", parts=("one", "two")))
    await channel.send(reply_to(post, "", act=Act.LIKE))
    await channel.send(reply_to(post, "We are very sorry.", act=Act.EDIT, to=sent.id, to_context=sent.context))
    standing = {one["uri"]: one for one in statuses(mastodon_network, alice)}
    assert standing[sent.id]["in_reply_to_id"] == said["id"]
    assert standing[sent.id]["content"] == f"<p>@{charlie.name} We are very sorry.</p>"
    assert standing[sent.id]["media_attachments"][0]["description"] == "A red bag"
    assert (standing[private.id]["visibility"], standing[quote.id]["quote"]["quoted_status"]["id"]) == (
        "direct", said["id"],
    )  # fmt: skip
    assert standing[parts.more[0].id]["in_reply_to_id"] == standing[parts.id]["id"]
    assert mastodon_network.call("GET", f"/api/v1/statuses/{said['id']}")["favourites_count"] == 1


async def test_what_the_server_refuses_leaves_nothing(mastodon_network, http, alice, charlie):
    channel = await introduced(mastodon_network.settings(alice), http)
    mastodon_network.post(charlie, f"@{alice.name} my bag is lost")
    [post] = await posts_of(channel.poll("", (), now()))
    long = "https://example.org/" + "x" * 600  # which counts 23 characters, and is too long for the stand-in
    with pytest.raises(Rejected, match="Validation failed"):
        await channel.send(reply_to(post, "one", parts=("one", long)))
    assert statuses(mastodon_network, alice) == []


async def test_new_counts_are_told(mastodon_network, http, alice, charlie):
    channel = await introduced(mastodon_network.settings(alice), http)
    said = mastodon_network.post(charlie, f"@{alice.name} going viral")
    cursor, at, readings = "", now(), []
    for look in range(2):
        async for batch in channel.poll(cursor, (), at + look * timedelta(seconds=31)):
            cursor = batch.cursor or cursor
            readings += batch.readings
        mastodon_network.call("POST", f"/api/v1/statuses/{said['id']}/favourite", alice)
    assert [(one.id, one.engagement.likes) for one in readings] == [(said["uri"], 1)]


async def test_nobody_hears_a_hashtag(mastodon_network, http, charlie):
    word = f"zeppelin{next(numbers)}"
    said = mastodon_network.post(charlie, f"the #{word} is late")
    channel = await introduced({"server": mastodon_network.url, "timeline": "none"}, http)
    assert Can.REPLY not in channel.can
    posts = await posts_of(channel.poll("", (Query(1, word, (f"#{word}",)),), now()))
    assert {post.id for post in posts} == {said["uri"]}


async def test_a_person_signs_in(mastodon_network, http, alice):
    settings, back = {"server": mastodon_network.url}, "http://127.0.0.1:9/back"
    grant = await LOGIN.begin(settings, http, back, "the state")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(grant.url).query).items()}
    page = httpx2.get(grant.url)
    assert page.status_code == 200
    form = {"username": alice.name, **{name: asked[name] for name in ("redirect_uri", "client_id", "scope", "state")}}
    there = httpx2.post(grant.url.partition("?")[0], data=form).headers["location"]
    came = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
    assert came["state"] == "the state"
    connected = await LOGIN.finish(settings, http, back, grant.kept, came["code"])
    assert (await connect(connected, http).check()).account.name.startswith(f"{alice.name}@")


def account_id(network: MastodonNetwork, person: Person) -> str:
    return str(network.call("GET", "/api/v1/accounts/verify_credentials", person)["id"])


def statuses(network: MastodonNetwork, person: Person) -> list[dict]:
    return list(network.call("GET", f"/api/v1/accounts/{account_id(network, person)}/statuses", person, limit=40))
