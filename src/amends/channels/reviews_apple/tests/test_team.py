from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from amends.channels.base import Act, File, LogInAgain, Outgoing, Rejected, Visibility
from amends.channels.reviews_apple.tests.conftest import poll
from amends.channels.reviews_apple.tests.team_server import pem, refusal

NOW = datetime.now(UTC) + timedelta(hours=1)


def answer(to, text="Sorry!", **more):
    return Outgoing(key="1", text=text, created=NOW, to=to, **more)


async def test_a_poll_without_news_is_one_call(team, answering):
    for number in range(450):
        team.write(f"bag {number}")
    async with answering() as channel:
        posts, cursor, (period,) = await poll(channel, now=NOW)
        assert len({post.id for post in posts}) == 450 and len(team.asked) == 3
        assert (period.feed, period.start, period.end) == ("reviews", NOW - timedelta(days=7), NOW)
        team.asked.clear()
        assert (await poll(channel, cursor, NOW))[0] == [] and len(team.asked) == 1
        team.write("one more")
        assert [post.text for post in (await poll(channel, cursor, NOW))[0]] == ["one more"]


async def test_a_review_that_changes_while_its_time_does_not_is_an_edit(team, answering):
    team.write("It works.", stars=5)
    async with answering() as channel:
        (first,), cursor, _ = await poll(channel, now=NOW)
        team.reviews[0]["attributes"]["body"] = "It broke."
        (second,), cursor, _ = await poll(channel, cursor, NOW)
        assert second.id == first.id and second.stamp > first.stamp and second.edited == NOW
        assert second.text == "It broke." and (await poll(channel, cursor, NOW))[0] == []


async def test_a_response_given_on_apples_page_is_heard(team, answering):
    name = team.write("It broke.")
    async with answering() as channel:
        (review,), cursor, _ = await poll(channel, now=NOW)
        team.say(name, "We are sorry.")
        posts, cursor, _ = await poll(channel, cursor, NOW)
        assert [post.text for post in posts] == ["It broke.", "We are sorry."]
        assert posts[0].stamp == review.stamp and posts[0].edited is None
        team.say(name, "We are very sorry.")
        (_, changed), _, _ = await poll(channel, cursor, NOW)
        assert changed.id == posts[1].id and changed.stamp > posts[1].stamp


async def test_what_the_feed_brought_before_there_was_a_key_does_not_come_once_more(store, listening, team, answering):
    store.write("in the feed")
    team.write("in the feed")
    async with listening() as channel:
        _, cursor, _ = await poll(channel, now=NOW)
    later = datetime.now(UTC) + timedelta(days=3)
    async with listening() as channel:
        store.made = later
        _, cursor, _ = await poll(channel, cursor, later)
    async with answering() as channel:
        assert (await poll(channel, cursor, later))[0] == []
        assert len((await poll(channel, "", later))[0]) == 1


async def test_the_answer_is_the_very_post_that_is_heard(team, answering):
    name = team.write("It broke.")
    async with answering() as channel:
        _, cursor, _ = await poll(channel, now=NOW)
        sent = await channel.send(answer(name))
        (_, heard), _, _ = await poll(channel, cursor, NOW)
    assert (heard.id, heard.created, heard.url) == (sent.id, sent.at, sent.url)


async def test_a_second_answer_takes_the_place_of_the_first(team, answering):
    name = team.write("It broke.")
    async with answering() as channel:
        first = await channel.send(answer(name))
        second = await channel.send(answer(first.id, "We are sorry!", act=Act.EDIT))
        assert second.id == first.id and await channel.find(answer(name)) is None
        assert (await channel.find(answer(name, "We are  sorry!"))).id == first.id
    assert [one["attributes"]["responseBody"] for one in team.responses.values()] == ["We are sorry!"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"visibility": Visibility.PRIVATE}, "public"),
        ({"act": Act.LIKE}, "only be answered"),
        ({"files": (File("a.png", "image/png", b""),)}, "attachments"),
        ({"text": "x" * 5971}, "5970"),
        ({"parts": ("a", "b")}, "5970"),
        ({"text": "\n"}, "needs words"),
        ({"to": "13420011901"}, "public feed"),
        ({"to": ""}, "public feed"),
    ],
)
async def test_what_is_not_offered_does_not_leave(team, answering, change, told):
    async with answering() as channel:
        with pytest.raises(Rejected, match=told):
            await channel.send(msgspec.structs.replace(answer(team.write("It broke.")), **change))
    assert team.asked == []


async def test_a_review_that_is_gone(answering):
    async with answering() as channel:
        with pytest.raises(Rejected, match="gone"):
            await channel.send(answer("00000075-none"))
        assert await channel.find(answer("00000075-none")) is None


async def test_what_apple_says_of_an_answer_that_it_refuses_is_told(team, answering):
    team.faults = [refusal(422, "ENTITY_UNPROCESSABLE", "It holds words that are not allowed.")]
    async with answering() as channel:
        with pytest.raises(Rejected, match="not allowed"):
            await channel.send(answer(team.write("It broke.")))


async def test_it_tells_who_it_is_and_what_is_left(team, answering):
    async with answering() as channel:
        checked = await channel.check()
        assert channel.budget.limit == 3500 and channel.budget.left == 3500 - len(team.asked)
        assert channel.budget.resets > datetime.now(UTC) + timedelta(minutes=59)
    assert (checked.account.id, checked.account.display) == ("123456789", "Acme Air")
    assert checked.learned == {"app_name": "Acme Air"}


async def test_one_token_serves_many_calls(team, answering):
    async with answering() as channel:
        for _ in range(3):
            await channel.check()
    assert len(set(team.tokens)) == 1


@pytest.mark.parametrize("missing", ["issuer", "key_id", "private_key"])
async def test_half_a_key_says_what_is_missing(answering, missing):
    async with answering(**{missing: ""}) as channel:
        with pytest.raises(LogInAgain, match="without all three"):
            await channel.check()


@pytest.mark.parametrize("file", ["x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "\ud800"])
async def test_a_private_key_that_is_none(answering, file):
    async with answering(private_key=file) as channel:
        with pytest.raises(LogInAgain, match="can't be read"):
            await channel.check()


async def test_a_key_with_lines_of_another_system_is_read(answering):
    async with answering(private_key=pem().replace("\n", "\r\n")) as channel:
        assert (await channel.check()).account


async def test_a_key_that_was_revoked(answering):
    async with answering(key_id="AAAAAAAAAA") as channel:
        with pytest.raises(LogInAgain, match="refused the key AAAAAAAAAA"):
            await channel.check()


async def test_a_key_of_a_role_that_may_not_answer(team, answering):
    team.faults = [refusal(403, "FORBIDDEN_ERROR", "The API key in use does not allow this request")]
    async with answering() as channel:
        with pytest.raises(LogInAgain, match="role Admin"):
            await channel.send(answer(team.write("It broke.")))


async def test_an_app_that_the_key_does_not_see(answering):
    async with answering(app="4") as channel:
        with pytest.raises(Rejected, match="sees no app 4"):
            await channel.check()
