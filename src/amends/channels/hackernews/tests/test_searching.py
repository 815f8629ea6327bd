from __future__ import annotations

from datetime import timedelta

import pytest

from amends.channels.base import Query, RetryLater
from amends.channels.hackernews import meter
from amends.channels.hackernews.cursor import Cursor
from amends.channels.hackernews.parse import page
from amends.channels.hackernews.searching import as_query
from amends.channels.http import Http

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
BAG = (Query(1, "bag", ("bag",)),)


@pytest.mark.parametrize(
    ("term", "asked"),
    [("bag", "bag"), ('"lost bag"', '"lost bag"'), ("@meridian", "meridian"), ("#late", "#late"), ("-bag", "bag")],
)
def test_terms_are_asked_as_phrases(term, asked):
    assert as_query(term) == asked


async def test_every_term_is_searched_with_what_the_documentation_names(server, hear, now):
    await hear("", (Query(1, '"lost bag" OR meridian', ('"lost bag"', "meridian")),))
    first, second = server.searches
    assert (first["query"], second["query"]) == ('"lost bag"', "meridian")
    assert first["tags"] == "(story,comment,poll,job)"
    assert first["numericFilters"] == f"created_at_i>={int((now - timedelta(days=1)).timestamp())}"


async def test_a_poll_without_news_is_one_call_a_term(server, hear, now):
    server.write("my bag", now - HOUR)
    _, cursor = await hear("", BAG)
    server.asked.clear()
    heard, _ = await hear(cursor, BAG, now + MINUTE)
    assert heard["posts"] == []
    assert server.asked == ["/api/v1/search_by_date", "/v0/updates.json"]


async def test_nothing_to_listen_for_is_nothing_to_ask(server, hear):
    assert await hear("", ()) == ({name: [] for name in ("posts", "deletions", "readings", "malformed", "covered")}, "")
    assert server.asked == []


async def test_more_than_an_answer_holds_is_heard_whole_and_once(server, hear, now):
    numbers = [server.write(f"bag {number}", now - HOUR + number // 3 * SECOND) for number in range(700)]
    heard, cursor = await hear("", BAG)
    assert sorted(post.id for post in heard["posts"]) == sorted(page(number) for number in numbers)
    assert [period.start for period in heard["covered"]] == [now - timedelta(days=1)]
    assert (await hear(cursor, BAG, now + MINUTE))[0]["posts"] == []


async def test_what_the_search_learns_late_is_still_heard(server, hear, now):
    _, cursor = await hear("", BAG)
    late = server.write("my bag", now - MINUTE)
    heard, _ = await hear(cursor, BAG, now + MINUTE)
    assert [post.id for post in heard["posts"]] == [page(late)]
    assert [(period.start, period.end) for period in heard["covered"]] == [(now, now + MINUTE)]


async def test_a_flood_that_no_poll_reads_whole_is_told_as_a_gap(server, hear, now):
    for number in range(5300):
        server.write("bag", now - HOUR + number * timedelta(seconds=0.5))
    heard, _ = await hear("", BAG)
    assert len(server.searches) == 25
    [period] = heard["covered"]
    oldest = min(post.created for post in heard["posts"])
    assert period.start == oldest > now - HOUR


async def test_an_address_is_not_asked_more_than_it_may(server, hear, now):
    many = (Query(1, "", tuple(f"bag{number}" for number in range(40))),)
    _, cursor = await hear("", many)
    assert len(server.searches) == 40
    await hear(cursor, many, now + 29 * SECOND)
    assert len(server.searches) == 40
    await hear(cursor, many, now + 30 * SECOND)
    assert len(server.searches) == 80


async def test_all_sources_together_keep_within_the_hour(channel, server, hear, monkeypatch):
    monkeypatch.setattr(meter, "MOST", 10)
    many = (Query(1, "", tuple(f"bag{number}" for number in range(11))),)
    with pytest.raises(RetryLater) as error:
        await hear("", many)
    assert len(server.searches) == 10
    assert error.value.after > timedelta(minutes=55)
    with pytest.raises(RetryLater):
        await channel.check()


async def test_a_cursor_of_other_times_begins_anew(server, hear, now):
    number = server.write("my bag", now - HOUR)
    for cursor in ("", "{", "[]", '{"searches": 3}', "\ud800"):
        assert [post.id for post in (await hear(cursor, BAG))[0]["posts"]] == [page(number)]
    assert Cursor.parse(Cursor().text()) == Cursor()


async def test_a_door_that_is_shared_counts_for_all(server):
    from amends.channels.hackernews import connect

    door = Http(allow_private=True)
    one, two = (connect({"search": f"{server.url}/api/v1"}, door) for _ in range(2))
    assert one._meter is two._meter
    await door.close()
