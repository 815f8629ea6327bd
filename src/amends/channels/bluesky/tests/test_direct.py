"""Direct messages, heard and answered, over a stand-in for the chat service."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from amends.channels.base import Author, Can, File, LogInAgain, Outgoing, Rejected, RetryLater, Unclear, Visibility
from amends.channels.bluesky import connect
from amends.channels.bluesky.tests.chat import refusal
from amends.channels.bluesky.tests.server import DONE_UNHEARD, PASSWORD
from amends.channels.testing.loopback import NOTHING, Reply

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def channel(server, http):
    """The channel of an account whose server has told that direct messages are allowed."""
    settings = {"service": server.url, "appview": server.url, "handle": server.handle, "password": PASSWORD}
    return connect(settings | {"direct": "yes"}, http)


@pytest.fixture
def charlie(server):
    server.notifications = []
    return server.profiles[1]["did"]


@pytest.fixture
def talk(server, charlie):
    return server.chat.begin(charlie)


@pytest.fixture
def now(server):
    return server.chat.moment + SECOND


async def heard(channel, cursor, now):
    """([texts], [batches], the cursor afterwards)"""
    batches = [batch async for batch in channel.poll(cursor, (), now)]
    for batch in batches:
        cursor = cursor if batch.cursor is None else batch.cursor
    return [post.text for batch in batches for post in batch.posts], batches, cursor


def answer(channel, post, now, text="Sorry!", salt=1, **changes):
    return Outgoing(
        key=channel.new_key(now, salt), text=text, created=now, to=post.id, root=post.thread, to_author=post.author,
        to_context=post.context, visibility=post.visibility, **changes,
    )  # fmt: skip


async def the_post(channel, now):
    return [post for batch in [b async for b in channel.poll("", (), now)] for post in batch.posts][-1]


async def test_whether_they_are_allowed_is_asked_and_told(server, http, account):
    checked = await account().check()
    assert checked.learned == {"direct": "yes"}
    assert Can.DIRECT in account(direct="yes").can
    server.chat.allowed = False
    checked = await account().check()
    assert checked.learned == {"direct": "no"}
    assert "Allow access to your direct messages" in checked.note
    assert Can.DIRECT not in account(direct="no").can
    assert Can.DIRECT not in account().can
    assert server.asked.count("createSession") == 1


async def test_a_chat_service_that_does_not_answer_leaves_it_open(server, account):
    server.faults["getLog"] = [Reply(status=502)] * 3
    checked = await account().check()
    assert (checked.account.name, checked.learned) == ("alice.test", {})
    assert "could not be told" in checked.note


async def test_a_day_is_looked_back_at_first_and_then_only_at_what_is_new(channel, server, charlie, talk, now):
    server.chat.moment -= 3 * DAY
    server.chat.say(talk, charlie, "long ago")
    server.chat.moment += 3 * DAY
    for number in range(12):
        server.chat.say(talk, charlie, f"bag {number}")
    texts, batches, cursor = await heard(channel, "", now + SECOND)
    assert sorted(texts) == sorted(f"bag {number}" for number in range(12))
    assert [period.feed for batch in batches for period in batch.covered] == ["notifications", "direct"]
    server.asked.clear()
    texts, _, cursor = await heard(channel, cursor, now + 7 * SECOND)
    assert (texts, server.asked) == ([], ["listNotifications", "getLog"])
    for number in range(7):
        server.chat.say(talk, charlie, f"late {number}")
    texts, _, cursor = await heard(channel, cursor, now + 14 * SECOND)
    assert texts == [f"late {number}" for number in range(7)]
    texts, _, _ = await heard(channel, cursor, now + 21 * SECOND)
    assert texts == []


async def test_they_are_not_asked_for_at_every_poll(channel, server, talk, now):
    _, _, cursor = await heard(channel, "", now)
    server.asked.clear()
    _, _, cursor = await heard(channel, cursor, now + SECOND)
    assert server.asked == ["listNotifications"]


@pytest.mark.parametrize("spoil", ["forgotten", "long"])
async def test_a_log_that_is_not_whole_is_replaced_by_what_stands(channel, server, charlie, talk, now, spoil):
    _, _, cursor = await heard(channel, "", now)
    server.chat.moment = now + SECOND
    server.chat.say(talk, charlie, "meanwhile")
    if spoil == "forgotten":
        cursor = cursor.replace('"log":"', '"log":"x')
    else:
        server.chat.log.clear()
        now += 2 * DAY
    texts, batches, _ = await heard(channel, cursor, now + 10 * SECOND)
    assert texts == ["meanwhile"]
    assert any(period.feed == "direct" for batch in batches for period in batch.covered)


async def test_groups_are_left_out(channel, server, charlie, now):
    server.chat.say(server.chat.begin(charlie, "did:plc:eve"), charlie, "all of you")
    texts, _, cursor = await heard(channel, "", now)
    server.chat.say(server.chat.begin(charlie, "did:plc:eve"), charlie, "again")
    server.chat.say(server.chat.begin(charlie), charlie, "only you")
    again, _, _ = await heard(channel, cursor, now + 10 * SECOND)
    assert (texts, again) == ([], ["only you"])


async def test_a_message_that_the_account_deleted_is_gone_here_too(channel, server, charlie, talk, now):
    said = server.chat.say(talk, charlie, "my password is 1234")
    _, _, cursor = await heard(channel, "", now)
    server.chat.forget(talk, said)
    _, batches, _ = await heard(channel, cursor, now + 10 * SECOND)
    [gone] = [deletion for batch in batches for deletion in batch.deletions]
    assert gone.id == f"chat:{talk['id']}/{said['id']}"


@pytest.mark.parametrize("fault", [Reply(status=502), refusal(400, "InvalidToken", "Bad token method")])
async def test_when_they_fail_all_else_is_heard_and_they_rest(channel, server, charlie, talk, now, fault):
    _, _, cursor = await heard(channel, "", now)
    server.chat.say(talk, charlie, "hello?")
    server.faults["getLog"] = [fault] * 3
    covered = []
    with pytest.raises(RetryLater, match="Direct messages") as caught:
        async for batch in channel.poll(cursor, (), now + 10 * SECOND):
            covered += [period.feed for period in batch.covered]
            cursor = batch.cursor or cursor
    assert caught.value.after is None
    assert covered == ["notifications"]
    server.faults.clear()
    server.asked.clear()
    await heard(channel, cursor, now + 30 * SECOND)
    assert "getLog" not in server.asked
    texts, _, _ = await heard(channel, cursor, now + 80 * SECOND)
    assert texts == ["hello?"]


async def test_a_message_is_answered_in_its_conversation_once(channel, server, charlie, talk, now):
    server.chat.say(talk, charlie, "my bag")
    post = await the_post(channel, now)
    outgoing = answer(channel, post, now, text="It is at https://example.org/bag")
    assert await channel.find(outgoing) is None
    sent = await channel.send(outgoing)
    assert await channel.send(outgoing) == sent == await channel.find(outgoing)
    [ours] = [one for one in talk["messages"] if one["sender"]["did"] == server.did]
    assert sent.id == f"chat:{talk['id']}/{ours['id']}"
    assert sent.url == f"https://bsky.app/messages/{talk['id']}"
    assert ours["facets"][0]["features"][0]["uri"] == "https://example.org/bag"


async def test_the_same_words_to_a_later_message_are_another_answer(channel, server, charlie, talk, now):
    server.chat.say(talk, charlie, "my bag")
    post = await the_post(channel, now)
    first = await channel.send(answer(channel, post, now, "Thank you!"))
    server.chat.say(talk, charlie, "it is red")
    later = await the_post(channel, now + SECOND)
    second = await channel.send(answer(channel, later, now + SECOND, "Thank you!", 2))
    assert first.id != second.id
    assert await channel.find(answer(channel, later, now + SECOND, "Thank you!", 2)) == second


async def test_a_post_is_answered_in_private_and_an_old_word_is_not_taken_for_it(channel, server, charlie, talk, now):
    server.chat.moment -= DAY
    server.chat.say(talk, server.did, "Sorry!")
    server.chat.moment += DAY
    public = Outgoing(
        key=channel.new_key(now, 1), text="Sorry!", created=now, to="at://did:plc:x/app.bsky.feed.post/1",
        to_author=Author(id=charlie), visibility=Visibility.PRIVATE,
    )  # fmt: skip
    assert await channel.find(public) is None
    sent = await channel.send(public)
    assert await channel.find(public) == sent
    assert len(talk["messages"]) == 2


async def test_a_longer_answer_is_one_message_and_a_very_long_one_several(channel, server, charlie, talk, now):
    server.chat.say(talk, charlie, "my bag")
    post = await the_post(channel, now)
    parts = ("a" * 300, "b" * 300)
    await channel.send(answer(channel, post, now, text="".join(parts), parts=parts))
    assert talk["messages"][0]["text"] == "".join(parts)
    parts = tuple(letter * 300 for letter in "cdef")
    outgoing = answer(channel, post, now, text="".join(parts), salt=2, parts=parts)
    server.faults["sendMessage"] = [DONE_UNHEARD, NOTHING]
    with pytest.raises(RetryLater, match="sent again"):  # the first arrived, the second did not
        await channel.send(outgoing)
    assert await channel.find(outgoing) is None
    sent = await channel.send(outgoing)
    assert [one["text"][0] for one in talk["messages"][:4]] == ["f", "e", "d", "c"]
    assert len(sent.more) == 3
    assert await channel.find(outgoing) == sent


@pytest.mark.parametrize("fault", [DONE_UNHEARD, NOTHING, Reply(status=502), Reply(b"<html>"), Reply([7])])
async def test_a_cut_message_is_looked_up(channel, server, charlie, talk, now, fault):
    server.chat.say(talk, charlie, "my bag")
    outgoing = answer(channel, await the_post(channel, now), now)
    server.faults["sendMessage"] = [fault]
    if fault is DONE_UNHEARD:
        assert (await channel.send(outgoing)).id
    else:
        with pytest.raises(RetryLater, match="sent again"):
            await channel.send(outgoing)
        assert (await channel.send(outgoing)).id
    assert sum(one["text"] == "Sorry!" for one in talk["messages"]) == 1


async def test_a_cut_message_that_can_not_be_looked_up_is_unclear(channel, server, charlie, talk, now):
    server.chat.say(talk, charlie, "my bag")
    outgoing = answer(channel, await the_post(channel, now), now)
    server.faults["sendMessage"] = [DONE_UNHEARD]
    server.faults["getMessages"] = [Reply(server.chat.getMessages(_asking(talk))), *[Reply(status=503)] * 3]
    with pytest.raises(Unclear):
        await channel.send(outgoing)
    assert (await channel.find(outgoing)).id


async def test_who_takes_no_messages_is_told_in_words(channel, server, charlie, now):
    public = Outgoing(
        key=channel.new_key(now, 1), text="Sorry!", created=now, to="at://did:plc:x/app.bsky.feed.post/1",
        to_author=Author(id=charlie), visibility=Visibility.PRIVATE,
    )  # fmt: skip
    for code, words in (("NotFollowedBySender", "that they follow"), ("MessagesDisabled", "take no"), ("Odd", "Odd")):
        server.chat.closed[charlie] = code
        with pytest.raises(Rejected, match=words):
            await channel.send(public)
    with pytest.raises(Rejected, match="in public"):
        await channel.send(msgspec.structs.replace(public, to_author=None))


@pytest.mark.parametrize(
    ("change", "words"),
    [({"text": "x" * 1001}, "1000"), ({"files": (File("b.png", "image/png", b""),)}, "no pictures")],
)
async def test_what_a_message_can_not_hold_is_refused(channel, server, charlie, talk, now, change, words):
    server.chat.say(talk, charlie, "my bag")
    outgoing = answer(channel, await the_post(channel, now), now)
    with pytest.raises(Rejected, match=words):
        await channel.send(msgspec.structs.replace(outgoing, **change))
    assert len(talk["messages"]) == 1


async def test_without_leave_nothing_is_sent_in_private_nor_made_public(account, server, charlie, talk, channel, now):
    server.chat.say(talk, charlie, "my bag")
    outgoing = answer(channel, await the_post(channel, now), now)
    with pytest.raises(Rejected, match="Allow access"):
        await account().send(outgoing)
    with pytest.raises(Rejected, match="in private"):
        await channel.send(msgspec.structs.replace(outgoing, visibility=Visibility.PUBLIC))
    assert not server.records


async def test_credentials_that_are_refused_need_a_person(channel, server, talk, now):
    _, _, cursor = await heard(channel, "", now)
    server.faults["getLog"] = [refusal(401, "AuthMissing", "no")] * 2
    with pytest.raises(LogInAgain):
        await heard(channel, cursor, now + 10 * SECOND)


def _asking(talk):
    from amends.channels.testing.loopback import Request

    return Request("GET", "", {"convoId": [talk["id"]], "limit": ["100"]}, {}, b"")
