from __future__ import annotations

import msgspec
import pytest

from amends.channels.base import BadData, Can, Received, Rejected
from amends.channels.discourse.tests.server import SECRET, fixture, signed


@pytest.fixture
def channel(account):
    return account(address="https://forum.example.org", hook_secret=SECRET)


def test_a_new_post_is_heard_as_a_poll_would_hear_it(channel, now):
    [post] = channel.receive(signed("post_created", fixture("hook_created.json")), now).posts
    assert post.id == "https://forum.example.org/t/77/2"
    assert post.addressed and post.engagement is None
    assert post.text.startswith("Same here, @alice.")


def test_a_deletion_is_heard_and_a_recovery_too(channel, now):
    batch = channel.receive(signed("post_destroyed", fixture("hook_destroyed.json")), now)
    assert [one.id for one in batch.deletions] == ["https://forum.example.org/t/77/2"]
    assert channel.receive(signed("post_recovered", fixture("hook_created.json")), now).posts


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "sha1=ab", "sha256=\xe9"])
def test_what_is_not_signed_with_our_secret_is_refused(channel, now, signature):
    call = signed("post_created", fixture("hook_created.json"))
    call = msgspec.structs.replace(call, headers={**call.headers, "x-discourse-event-signature": signature})
    with pytest.raises(Rejected, match="not signed with our secret"):
        channel.receive(call, now)
    with pytest.raises(Rejected):
        channel.receive(signed("post_created", fixture("hook_created.json"), "another secret"), now)
    with pytest.raises(Rejected):
        channel.receive(Received({}, b"", {}), now)


@pytest.mark.parametrize("event", ["ping", "topic_created", "user_created", ""])
def test_a_ping_and_other_events_are_taken_and_say_nothing(channel, now, event):
    batch = channel.receive(signed(event, b'{"ping": "OK"}'), now)
    assert not (batch.posts or batch.deletions or batch.malformed)


def test_messages_between_others_stay_theirs(channel, forum, now):
    call = forum.call("post_created", forum.write("secret", private=True))
    assert not channel.receive(call, now).posts


def test_a_call_that_is_no_json_says_what_to_set(channel, now):
    with pytest.raises(BadData, match="let it send JSON"):
        channel.receive(signed("post_created", b"post=%7B%7D"), now)


def test_without_a_secret_no_call_is_taken(account, now):
    channel = account()
    assert Can.RECEIVE not in channel.can
    with pytest.raises(Rejected, match="No secret"):
        channel.receive(signed("post_created", fixture("hook_created.json")), now)
