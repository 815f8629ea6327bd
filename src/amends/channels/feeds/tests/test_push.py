from __future__ import annotations

from datetime import timedelta

import pytest

from amends.channels.base import Can, Received, Rejected
from amends.channels.feeds import connect
from amends.channels.testing.loopback import Reply

HOOK = "https://desk.example/hooks/abc"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def pushed(site, channel):
    """A channel that can be reached, and whose feed has a hub."""
    site.extra = f'<atom:link rel="hub" href="{site.url}/hub"/><atom:link rel="self" href="{site.url}/feed.xml"/>'
    return channel(hook=HOOK, secret="made up")


def subscriptions(site):
    return [path for path, _ in site.asked].count("/hub")


async def test_a_feed_with_a_hub_is_subscribed_to(site, pushed, hear):
    await hear(pushed)
    asked = site.subscribed
    assert (asked["hub.mode"], asked["hub.topic"]) == ("subscribe", f"{site.url}/feed.xml")
    assert asked["hub.callback"].startswith(f"{HOOK}?feed=")
    assert len(asked["hub.secret"]) == 64 and asked["hub.secret"] != "made up"
    assert Can.RECEIVE in pushed.can


async def test_a_hub_may_be_named_in_the_headers(site, channel, hear):
    links = (
        f'<https://other.example/>; rel="alternate", <{site.url}/hub>; rel="hub", <https://a.example/feed>; rel=self'
    )
    site.headers["link"] = links
    await hear(channel(hook=HOOK, secret="made up"))
    assert site.subscribed["hub.topic"] == "https://a.example/feed"


async def test_the_hub_is_told_that_it_is_meant(site, pushed, hear, now):
    await hear(pushed)
    assert pushed.greet(site.hub_asks(), now) == b"say this"
    assert pushed.greet(site.hub_asks(**{"hub.mode": "denied", "hub.reason": "full"}), now) == b""


@pytest.mark.parametrize(
    "wrong",
    [
        {"hub.topic": "https://other.example/feed"},
        {"topic": "0" * 32},
        {"topic": "ü"},
        {"feed": "other"},
        {"hub.mode": "unsubscribe"},
        {"hub.mode": "publish"},
    ],
)
async def test_what_nobody_asked_for_is_refused(site, pushed, hear, now, wrong):
    await hear(pushed)
    with pytest.raises(Rejected):
        pushed.greet(site.hub_asks(**wrong), now)


async def test_a_feed_that_was_taken_off_the_list_is_let_go(site, pushed, hear, channel, now):
    await hear(pushed)
    other = channel("/other.xml", hook=HOOK, secret="made up")
    assert other.greet(site.hub_asks(**{"hub.mode": "unsubscribe"}), now) == b"say this"
    with pytest.raises(Rejected):
        other.greet(site.hub_asks(), now)
    with pytest.raises(Rejected, match="no longer on the list"):
        other.receive(site.hub_pushes(site.document()), now)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
async def test_what_is_pushed_and_what_is_polled_is_the_same_post(site, pushed, hear, now, method):
    await hear(pushed)
    site.write("my bag")
    [post] = pushed.receive(site.hub_pushes(site.document(), method), now).posts
    polled = await hear(pushed, at=now)
    assert [post] == polled.posts


@pytest.mark.parametrize("signature", ["", "sha256", "sha256=", "sha256=00", "md5=00", "sha256=ü", "x=y=z"])
async def test_what_is_not_signed_rightly_is_refused(site, pushed, hear, now, signature):
    await hear(pushed)
    site.write("my bag")
    with pytest.raises(Rejected):
        pushed.receive(site.hub_pushes(site.document(), x_hub_signature=signature), now)


async def test_a_body_that_was_changed_on_the_way_is_refused(site, pushed, hear, now):
    await hear(pushed)
    call = site.hub_pushes(b"<rss/>")
    with pytest.raises(Rejected, match="wrong"):
        pushed.receive(Received(call.headers, b"<rss />", call.query), now)


async def test_what_one_hub_was_told_does_not_sign_for_another_feed(site, pushed, hear, now):
    await hear(pushed)
    call = site.hub_pushes(site.document())
    with pytest.raises(Rejected):
        pushed.receive(Received(call.headers, call.body, call.query | {"feed": "other"}), now)


async def test_old_items_of_a_pushed_feed_are_no_news(site, pushed, hear, now):
    await hear(pushed)
    site.write("old", pubDate="Mon, 06 Jul 2020 08:00:00 GMT")
    assert pushed.receive(site.hub_pushes(site.document()), now).posts == ()


async def test_a_pushed_feed_is_asked_seldom_and_its_lease_renewed(site, pushed, hear, now):
    first = await hear(pushed)
    second = await hear(pushed, first.cursor, now + timedelta(minutes=5))
    third = await hear(pushed, second.cursor, now + timedelta(minutes=10))
    assert [path for path, _ in site.asked] == ["/feed.xml", "/hub", "/feed.xml"]
    fourth = await hear(pushed, third.cursor, now + HOUR)
    assert subscriptions(site) == 1
    fifth = await hear(pushed, fourth.cursor, now + DAY)
    assert subscriptions(site) == 2
    assert fifth.error is None


async def test_a_hub_that_refuses_is_no_trouble_and_the_feed_is_asked_as_before(site, pushed, hear, now):
    site.others["/hub"] = Reply(b"no", 400)
    cursor = ""
    for minutes in (0, 5, 10):
        heard = await hear(pushed, cursor, now + timedelta(minutes=minutes))
        assert heard.error is None
        cursor = heard.cursor
    assert [path for path, _ in site.asked].count("/feed.xml") == 3
    assert subscriptions(site) == 1
    await hear(pushed, cursor, now + 7 * HOUR)
    assert subscriptions(site) == 2


async def test_a_hub_may_not_be_where_channels_may_not_call(site, pushed, hear):
    site.extra = '<atom:link rel="hub" href="http://169.254.169.254/"/>'
    assert (await hear(pushed)).error is None


async def test_without_an_address_of_its_own_nothing_is_pushed(site, channel, hear, http, now):
    site.extra = f'<atom:link rel="hub" href="{site.url}/hub"/>'
    unreachable = channel()
    await hear(unreachable)
    assert subscriptions(site) == 0
    assert Can.RECEIVE not in unreachable.can
    assert Can.RECEIVE not in connect({"feeds": site.url, "hook": HOOK}, http).can, "it was never checked"
    for call in (unreachable.receive, unreachable.greet):
        with pytest.raises(Rejected):
            call(Received({}, b"", {}), now)


async def test_the_secrets_are_nowhere_to_be_read(site, pushed, hear, now):
    heard = await hear(pushed)
    secret = site.subscribed["hub.secret"]
    assert not any(word in f"{pushed!r} {pushed._push!r} {heard.cursor}" for word in (secret, "made up", HOOK))
