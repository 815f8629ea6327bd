from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from amends.channels.base import (
    Act,
    Author,
    Can,
    File,
    LogInAgain,
    Outgoing,
    Rejected,
    RetryLater,
    Unclear,
    Visibility,
)
from amends.channels.discourse.site import context
from amends.channels.discourse.tests.server import DONE_UNHEARD, KEY, LIMITED, USER_KEY, refusal

SORRY = "We are sorry about your bag."


@pytest.fixture
async def theirs(account, forum, heard, now):
    """A post of theirs, as it was heard."""
    forum.write("My bag is lost")
    told, _ = await heard(account(), "", now)
    return told.posts[0]


@pytest.fixture
def reply(theirs, now):
    def made(text=SORRY, **changes):
        given = {
            "key": "1", "text": text, "created": now, "to": theirs.id, "root": theirs.thread,
            "to_author": theirs.author, "to_context": theirs.context, "visibility": theirs.visibility,
        }  # fmt: skip
        return Outgoing(**given | changes)

    return made


def ours(forum, text=SORRY):
    return [post for post in forum.posts.values() if post["raw"] == text]


async def test_a_reply_stands_under_its_post(account, forum, reply, theirs):
    sent = await account().send(reply())
    [post] = ours(forum)
    assert (post["username"], post["reply_to_post_number"]) == ("alice", 1)
    assert sent.id == f"{theirs.id[:-1]}2" and sent.url.endswith(f"/t/a-topic/{post['topic_id']}/2")
    assert context(sent.context).post == post["id"]


async def test_a_reply_to_a_post_that_is_known_by_its_address_alone(account, forum, reply):
    await account().send(reply(to_context=""))
    assert ours(forum)[0]["reply_to_post_number"] == 1
    with pytest.raises(Rejected, match="no post of this forum"):
        await account().send(reply("Something else.", to_context="", to="https://other.example/t/1/1"))


async def test_a_reply_that_broke_off_is_found_and_not_sent_again(account, forum, reply):
    channel, outgoing = account(), reply()
    assert await channel.find(outgoing) is None
    forum.faults["POST /posts"] = [DONE_UNHEARD]
    with pytest.raises(Unclear):
        await channel.send(outgoing)
    found = await channel.find(outgoing)
    assert found and (await channel.send(outgoing)).id == found.id
    assert len(ours(forum)) == 1


async def test_the_same_words_long_ago_are_another_reply(account, forum, reply, now):
    await account().send(reply())
    later = msgspec.structs.replace(reply(), created=now + timedelta(minutes=6))
    assert await account().find(later) is None
    assert await account().find(reply("Other words.")) is None


async def test_a_forum_that_wants_other_words_is_asked_later(account, forum, reply):
    forum.write(SORRY, by="alice")
    with pytest.raises(RetryLater, match="too similar") as error:
        await account(api_key="", user_key=USER_KEY).send(reply())
    assert error.value.after == timedelta(minutes=5)


async def test_a_reply_that_a_moderator_must_approve_is_not_sent_again(account, forum, reply):
    forum.holds = True
    for _ in range(2):
        with pytest.raises(Unclear, match="until a moderator"):
            await account().send(reply())
    with pytest.raises(Unclear, match="until a moderator"):
        await account().find(reply())
    assert len(forum.held) == 1


async def test_a_message_is_answered_in_the_message(account, forum, heard, now, reply):
    forum.write("My reference", private=True)
    told, _ = await heard(account(), "", now)
    theirs = next(post for post in told.posts if post.text == "My reference")
    sent = await account().send(
        reply(to=theirs.id, to_context=theirs.context, to_author=theirs.author, visibility=Visibility.PUBLIC)
    )
    assert sent.id == f"{theirs.id[:-1]}2" and context(sent.context).private


async def test_a_private_answer_to_a_public_post_is_a_message_to_its_writer(account, forum, reply):
    outgoing = reply(visibility=Visibility.PRIVATE, subject="Your bag")
    sent = await account().send(outgoing)
    [post] = ours(forum)
    topic = forum.topics[post["topic_id"]]
    assert (topic["archetype"], topic["title"], topic["to"]) == ("private_message", "Your bag", "charlie")
    assert (await account().find(outgoing)).id == sent.id
    with pytest.raises(Rejected, match="whom to write to"):
        await account().send(reply("Other words.", visibility=Visibility.PRIVATE, to_author=Author(id="")))


async def test_a_like_stands_once(account, forum, reply, theirs):
    like = reply("", act=Act.LIKE)
    assert await account().find(like) is None
    assert (await account().send(like)).id == theirs.id
    assert (await account().find(like)).id == theirs.id
    forum.asked.clear()
    await account().send(like)
    assert "POST /post_actions" not in forum.asked


async def test_a_reply_of_ours_is_changed(account, forum, reply):
    sent = await account().send(reply())
    edit = reply("We found your bag.", act=Act.EDIT, to=sent.id, to_context=sent.context)
    assert await account().find(edit) is None
    assert (await account().send(edit)).id == sent.id
    assert [post["raw"] for post in forum.posts.values() if post["username"] == "alice"] == ["We found your bag."]
    assert (await account().find(edit)).id == sent.id


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"act": Act.QUOTE}, "not offered"),
        ({"files": (File("a.png", "image/png", b"x"),)}, "without attachments"),
        ({"visibility": Visibility.LIMITED}, "public or a message"),
        ({"text": "x" * 2001}, "at most 2000"),
        ({"text": "Hm."}, "at least 5"),
        ({"parts": ("a", "b")}, "at most"),
    ],
)
async def test_what_is_not_offered_does_not_leave(account, forum, reply, changes, words):
    learned = (await account().check()).learned
    channel = account(**learned)
    forum.asked.clear()
    with pytest.raises(Rejected, match=words):
        await channel.send(reply(**changes))
    assert not forum.asked


async def test_the_forums_reason_is_told(account, forum, reply):
    forum.faults["POST /posts"] = [refusal(403, "invalid_access", "That topic is closed.")]
    with pytest.raises(Rejected, match="That topic is closed"):
        await account().send(reply())


async def test_a_listener_can_not_answer(listener, reply):
    assert not listener.can & {Can.REPLY, Can.DIRECT, Can.LIKE, Can.FIND, Can.NOTIFICATIONS}
    for call in (listener.send, listener.find):
        with pytest.raises(LogInAgain, match="only listens"):
            await call(reply())


async def test_who_we_are_and_what_the_forum_allows_is_asked_once(account, forum):
    checked = await account().check()
    assert checked.account.id == f"7@{forum.url.partition('://')[2]}"
    assert checked.learned == {"account": "alice", "longest": "2000", "shortest": "5"}
    assert account(**checked.learned).limits.text == 2000
    assert account(username="", api_key="", user_key=USER_KEY, **checked.learned)._client.us == "alice"


async def test_a_key_without_a_name_is_told(account):
    with pytest.raises(LogInAgain, match="user name"):
        await account(username="").check()


async def test_a_key_that_was_withdrawn_is_told_with_what_to_do(account, heard, now):
    wrong = "0" * 64
    for channel in (account(api_key=wrong), account(api_key="", user_key=wrong)):
        with pytest.raises(LogInAgain, match="does not accept the key of alice") as error:
            await heard(channel, "", now)
        assert wrong not in str(error.value) and wrong not in repr(channel)


async def test_the_forum_says_in_the_body_how_long_to_wait(account, forum, heard, now):
    forum.faults["GET /notifications"] = [LIMITED]
    with pytest.raises(RetryLater) as error:
        await heard(account(), "", now)
    assert error.value.after == timedelta(seconds=11)
    assert KEY not in str(error.value)
