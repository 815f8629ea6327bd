from __future__ import annotations

from datetime import timedelta

from amends.channels.base import Kind, Visibility
from amends.channels.testing.loopback import Reply

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


def ago(now, gap):
    return (now - gap).isoformat().replace("+00:00", "Z")


async def test_a_message_is_for_us_and_so_is_all_that_follows_in_it(account, forum, heard, now):
    first = forum.write("My reference", private=True, title="About my bag")
    told, cursor = await heard(account(), "", now)
    [post] = told.posts
    assert (post.kind, post.visibility, post.addressed) == (Kind.DIRECT, Visibility.PRIVATE, True)
    assert (post.subject, post.id) == ("About my bag", f"{forum.url}/t/{first['topic_id']}/1")
    for number in range(45):
        forum.write(f"more {number}", topic=first["topic_id"], private=True)
    forum.write("our own answer", by="alice", topic=first["topic_id"], private=True)
    told, cursor = await heard(account(), cursor, now + SECOND)
    assert told.texts == [*(f"more {number}" for number in range(45)), "our own answer"]
    assert [post.addressed for post in told.posts] == [True] * 45 + [False]
    told, _ = await heard(account(), cursor, now + 2 * SECOND)
    assert not told.posts


async def test_an_old_message_is_not_told_anew(account, forum, heard, now):
    old = forum.write("long ago", private=True, at=ago(now, 9 * DAY))
    forum.topics[old["topic_id"]]["created_at"] = ago(now, 9 * DAY)
    told, cursor = await heard(account(), "", now)
    assert not told.posts
    forum.write("again", topic=old["topic_id"], private=True)
    told, _ = await heard(account(), cursor, now + SECOND)
    assert told.texts == ["again"]


async def test_messages_between_others_are_never_asked_for(account, forum, heard, now):
    forum.write("secret", private=True)
    forum.get_topics = lambda *_: Reply({"topic_list": {"topics": []}})  # the account takes part in none
    told, _ = await heard(account(), "", now)
    assert not told.posts
    assert not [path for path in forum.asked if "private-posts" in path]


async def test_what_became_of_messages_is_looked_for_every_five_minutes(account, forum, heard, now):
    edited = forum.write("lots", private=True)
    gone = forum.write("gone", topic=edited["topic_id"], private=True)
    _, cursor = await heard(account(), "", now)
    forum.edit(edited["id"], "lost")
    forum.remove(gone["id"])
    told, cursor = await heard(account(), cursor, now + MINUTE)
    assert not told.posts and not told.gone
    told, cursor = await heard(account(), cursor, now + 6 * MINUTE)
    assert told.texts == ["lost"]
    assert told.gone == [f"{forum.url}/t/{edited['topic_id']}/2"]
    told, _ = await heard(account(), cursor, now + 12 * MINUTE)
    assert not told.posts and not told.gone


async def test_a_message_that_is_gone_whole_takes_its_posts_with_it(account, forum, heard, now):
    post = forum.write("lots", private=True)
    _, cursor = await heard(account(), "", now)
    forum.remove(post["id"])
    told, _ = await heard(account(), cursor, now + 6 * MINUTE)
    assert told.gone == [f"{forum.url}/t/{post['topic_id']}/1"]


async def test_what_we_are_notified_of_is_for_us(account, forum, heard, now):
    _, cursor = await heard(account(), "", now)
    post = forum.write("our group is mentioned")
    forum.notify(15, post)
    forum.notify(5, forum.write("liked is no post of theirs"))
    told, cursor = await heard(account(), cursor, now + SECOND)
    assert {post.text for post in told.posts if post.addressed} == {"our group is mentioned"}
    assert "liked is no post of theirs" in told.texts
    forum.asked.clear()
    await heard(account(), cursor, now + 2 * SECOND)
    assert len(forum.asked) == 3


async def test_folded_notifications_are_unfolded(account, forum, heard, now):
    ours = forum.write("a topic of ours", by="alice")
    _, cursor = await heard(account(), "", now)
    topic = ours["topic_id"]
    replies = [forum.write(f"reply {number}", topic=topic, to=1) for number in range(3)]
    forum.write("among themselves", topic=topic, to=3)
    forum.notify(2, replies[0])  # "3 replies", with the number of the first one that was not read
    told, _ = await heard(account(), cursor, now + SECOND)
    for_us = {post.text for post in told.posts if post.addressed}
    assert for_us == {"reply 0", "reply 1", "reply 2"}
    assert "among themselves" in told.texts


async def test_a_notification_of_what_is_gone_stops_nothing(account, forum, heard, now):
    post = forum.write("gone")
    forum.notify(1, post)
    forum.notify(2, post)
    forum.remove(post["id"])
    forum.write("here")
    told, _ = await heard(account(), "", now)
    assert told.texts == ["here"]
