from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.base import Act, Can, File, LogInAgain, Outgoing, Rejected, Unclear, Visibility
from amends.channels.lemmy.finding import SLUR, same
from amends.channels.lemmy.parse import context
from amends.channels.lemmy.tests.server import DONE_UNHEARD, refusal

SORRY = "We are sorry about your bag."


@pytest.fixture
async def theirs(account, server, heard, now):
    """A comment of theirs, as it was heard."""
    server.comment("My bag is lost")
    told, _ = await heard(account(), "", now)
    return next(post for post in told.posts if post.text == "My bag is lost")


@pytest.fixture
def reply(theirs, now):
    def made(text=SORRY, **changes):
        given = {
            "key": "1", "text": text, "created": now, "to": theirs.id, "root": theirs.thread,
            "to_author": theirs.author, "to_context": theirs.context, "visibility": theirs.visibility,
        }  # fmt: skip
        return Outgoing(**given | changes)

    return made


def ours(server):
    return [view for view in server.comments.values() if view["creator"]["name"] == "alice"]


async def test_a_reply_stands_under_its_comment(account, server, reply, theirs):
    sent = await account().send(reply())
    [view] = ours(server)
    assert view["comment"]["path"].split(".")[-2] == theirs.id.rsplit("/", 1)[1]
    assert (sent.id, sent.url) == (view["comment"]["ap_id"],) * 2
    assert context(sent.context).comment == view["comment"]["id"]


async def test_a_reply_to_a_post_is_a_comment_under_it(account, server, heard, now, reply):
    server.post("A post of theirs", "Lost")
    told, _ = await heard(account(), "", now)
    post = next(post for post in told.posts if post.text == "Lost")
    outgoing = reply(to=post.id, to_context=post.context)
    sent = await account().send(outgoing)
    assert len(ours(server)[0]["comment"]["path"].split(".")) == 2
    assert (await account().find(outgoing)).id == sent.id


async def test_a_reply_that_broke_off_is_found_and_not_sent_again(account, server, reply):
    channel, outgoing = account(), reply()
    assert await channel.find(outgoing) is None
    server.faults["POST comment"] = [DONE_UNHEARD]
    with pytest.raises(Unclear):
        await channel.send(outgoing)
    found = await channel.find(outgoing)
    assert found and (await channel.send(outgoing)).id == found.id
    assert len(ours(server)) == 1


async def test_the_same_words_long_ago_elsewhere_or_by_others_are_not_ours(account, server, reply, now, theirs):
    await account().send(reply())
    later = msgspec.structs.replace(reply(), created=now + timedelta(minutes=6))
    assert await account().find(later) is None
    assert await account().find(reply("Other words.")) is None
    server.comment("Said by them.", server.comments[int(theirs.id.rsplit("/", 1)[1])])
    assert await account().find(reply("Said by them.")) is None


async def test_a_private_answer_to_a_public_comment_is_a_message_to_its_writer(account, server, reply):
    outgoing = reply(visibility=Visibility.PRIVATE)
    sent = await account().send(outgoing)
    [view] = server.messages.values()
    assert (view["recipient"]["name"], view["private_message"]["content"]) == ("dana", SORRY)
    assert not ours(server)
    assert (await account().find(outgoing)).id == sent.id


async def test_a_message_is_answered_in_private_whatever_is_asked(account, server, heard, now, reply):
    server.message("My reference")
    told, _ = await heard(account(), "", now)
    message = next(post for post in told.posts if post.text == "My reference")
    for visibility in (Visibility.PRIVATE, Visibility.PUBLIC, Visibility.LIMITED):
        await account().send(reply(visibility, to=message.id, to_context=message.context, visibility=visibility))
    assert len(server.messages) == 4 and not ours(server)


async def test_a_like_stands_once(account, server, reply, theirs):
    like = reply("", act=Act.LIKE)
    assert await account().find(like) is None
    assert (await account().send(like)).id == theirs.id
    assert (await account().find(like)).id == theirs.id
    assert list(server.votes.values()) == [1]


async def test_a_post_is_liked_and_a_message_is_not(account, server, heard, now, reply):
    server.post("A post", "Praise")
    server.message("Hello")
    told, _ = await heard(account(), "", now)
    given = {post.text: {"act": Act.LIKE, "to": post.id, "to_context": post.context} for post in told.posts}
    await account().send(reply("", **given["Praise"]))
    assert next(iter(server.votes)).startswith("post ")
    with pytest.raises(Rejected, match="can't be liked"):
        await account().send(reply("", **given["Hello"]))


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.PRIVATE])
async def test_what_we_wrote_is_changed(account, server, reply, visibility):
    sent = await account().send(reply(visibility=visibility))
    edit = reply("We found your bag.", act=Act.EDIT, to=sent.id, to_context=sent.context, visibility=visibility)
    assert await account().find(edit) is None
    assert (await account().send(edit)).id == sent.id
    assert (await account().find(edit)).id == sent.id
    assert (await account().send(edit)).id == sent.id


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"act": Act.QUOTE}, "not offered"),
        ({"files": (File("a.png", "image/png", b"x"),)}, "without attachments"),
        ({"visibility": Visibility.LIMITED}, "is public"),
        ({"text": "😀" * 5001}, "at most 10000"),
        ({"parts": ("a", "b")}, "at most"),
        ({"to_context": ""}, "not known where"),
    ],
)
async def test_what_is_not_offered_does_not_leave(account, server, reply, changes, words):
    with pytest.raises(Rejected, match=words):
        await account().send(reply(**changes))
    assert not [call for call in server.asked if call.startswith("POST") and "login" not in call]


async def test_the_servers_reason_is_told(account, server, reply):
    next(iter(server.posts.values()))["post"]["locked"] = True
    with pytest.raises(Rejected, match="nobody may comment there any more"):
        await account().send(reply())
    server.faults["POST comment"] = [refusal("couldnt_create_comment")]
    with pytest.raises(Rejected, match="couldnt_create_comment"):
        await account().send(reply())


async def test_a_server_of_version_1_takes_comments_and_says_that_it_takes_no_messages(account, server, reply):
    server.version = "1.0.0"
    channel = account(version="1.0.0")
    assert await channel.send(reply())
    with pytest.raises(Rejected, match="on its own page"):
        await channel.send(reply(visibility=Visibility.PRIVATE))


async def test_a_listener_can_not_answer(listener, reply):
    assert not listener.can & {Can.REPLY, Can.DIRECT, Can.LIKE, Can.FIND, Can.NOTIFICATIONS}
    for call in (listener.send, listener.find):
        with pytest.raises(LogInAgain, match="only listens"):
            await call(reply())


@pytest.mark.parametrize(
    ("standing", "text", "is_ours"),
    [
        ("See https://a.example/?id=1 please", "See https://a.example/?id=1&utm_source=x please", True),
        ("![](https://lemmy.example/api/v3/image_proxy?url=x)", "![](https://a.example/b.png)", True),
        (f"you {SLUR} thing", "you darned thing", True),
        (f"{SLUR} and {SLUR}", "this and that", True),
        (f"you {SLUR} thing", "you darned person", False),
        ("We are sorry.\n", "We  are sorry.", True),
        ("We are sorry", "We are very sorry", False),
    ],
)
def test_a_text_is_known_again_though_the_server_changed_it(standing, text, is_ours):
    assert same(standing, text) is is_ours


@given(st.text(max_size=80), st.lists(st.integers(0, 80), max_size=4))
def test_whatever_its_filter_takes_out_it_is_known_again(text, cuts):
    standing = text
    for cut in cuts:
        standing = (
            standing[:cut] + SLUR + standing[cut + 1 :] if cut < len(standing) and SLUR not in standing else standing
        )
    assert same(text, text)
    assert same(standing, text) or "http" in text or "*" in text or standing.split() != text.split()
