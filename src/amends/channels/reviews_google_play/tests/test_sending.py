from __future__ import annotations

import msgspec
import pytest

from amends.channels.base import Act, File, LogInAgain, Outgoing, Rejected, Visibility
from amends.channels.reviews_google_play.tests.server import APP, refusal
from amends.channels.reviews_google_play.tests.test_polling import NOW, poll


def answer(to, text="Sorry!", **more):
    return Outgoing(key="1", text=text, created=NOW, to=to, **more)


async def test_the_answer_is_the_very_post_that_is_heard(google, connected):
    google.write("It broke.")
    async with connected() as channel:
        (review,), last = await poll(channel)
        sent = await channel.send(answer(review.id))
        posts, _ = await poll(channel, last.cursor)
    assert posts[1].id == sent.id and posts[1].created == sent.at and posts[1].url == sent.url


async def test_a_second_answer_takes_the_place_of_the_first(google, connected):
    name = f"{APP}/{google.write('It broke.')}"
    async with connected() as channel:
        first = await channel.send(answer(name))
        assert await channel.find(answer(name)) is not None
        second = await channel.send(answer(first.id, "We are sorry!", act=Act.EDIT))
        assert second.id == first.id
        assert await channel.find(answer(name)) is None
        assert (await channel.find(answer(name, "We are  sorry! "))).id == first.id
    assert [one["developerComment"]["text"] for one in google.reviews[0]["comments"][1:]] == ["We are sorry!"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"visibility": Visibility.PRIVATE}, "public"),
        ({"act": Act.LIKE}, "only be answered"),
        ({"act": Act.QUOTE}, "only be answered"),
        ({"files": (File("a.png", "image/png", b""),)}, "attachments"),
        ({"text": "x" * 351}, "350"),
        ({"parts": ("a", "b")}, "350"),
        ({"text": "Please <b>update</b>."}, "without <b>"),
        ({"text": " "}, "needs words"),
        ({"to": "com.other.app/gp:1"}, "no review of"),
        ({"to": ""}, "no review of"),
    ],
)
async def test_what_is_not_offered_does_not_leave(google, connected, change, told):
    outgoing = msgspec.structs.replace(answer(f"{APP}/{google.write('It broke.')}"), **change)
    async with connected() as channel:
        with pytest.raises(Rejected, match=told):
            await channel.send(outgoing)
    assert google.asked == []


async def test_signs_that_are_no_markup_leave_as_they_are(google, connected):
    name = f"{APP}/{google.write('It broke.')}"
    async with connected() as channel:
        await channel.send(answer(name, "Is it < 5 MB, and > 1? <3"))
        assert await channel.find(answer(name, "Is it < 5 MB, and > 1? <3"))


async def test_a_review_that_is_gone(google, connected):
    async with connected() as channel:
        with pytest.raises(Rejected, match="gone"):
            await channel.send(answer(f"{APP}/gp:none"))
        assert await channel.find(answer(f"{APP}/gp:none")) is None


async def test_an_account_that_may_not_answer_says_where_to_allow_it(google, connected):
    google.faults = [refusal(403, "The caller does not have permission", "PERMISSION_DENIED")]
    async with connected() as channel:
        with pytest.raises(LogInAgain, match="Users and permissions"):
            await channel.send(answer(f"{APP}/gp:none"))
