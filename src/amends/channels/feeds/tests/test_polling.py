from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from amends.channels.base import BadData, Can, Query, Rejected, RetryLater
from amends.channels.feeds.addresses import addresses
from amends.channels.feeds.cursor import Cursor
from amends.channels.feeds.tests.server import Site, feed
from amends.channels.testing.loopback import Reply

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BAG = (Query(1, "", ("bag", '"lost bag"')),)


async def test_a_poll_without_news_costs_one_short_answer(site, channel, hear, now):
    site.write("my bag")
    first = await hear(channel())
    assert first.texts == ["my bag"]
    second = await hear(channel(), first.cursor, now + MINUTE)
    assert (second.posts, site.asked) == ([], [("/feed.xml", 200), ("/feed.xml", 304)])
    assert [(period.start, period.end) for period in second.covered] == [(now, now + MINUTE)]


async def test_a_site_that_knows_no_conditions_is_read_again_and_brings_nothing(site, channel, hear, now):
    site.write("my bag")
    site.others["/feed.xml"] = lambda request: Reply(site.document())
    first = await hear(channel())
    assert (await hear(channel(), first.cursor, now + MINUTE)).posts == []
    site.write("my second bag")
    assert (await hear(channel(), first.cursor, now + 2 * MINUTE)).texts == ["my second bag"]


async def test_an_edit_is_told_though_the_feed_does_not(site, channel, hear, now):
    item = site.write("my bag")
    first = await hear(channel())
    item["title"] = "my bag came"
    second = await hear(channel(), first.cursor, now + MINUTE)
    [post] = second.posts
    assert (post.id, post.text, post.edited) == (first.posts[0].id, "my bag came", now + MINUTE)
    assert post.stamp > first.posts[0].stamp
    assert (await hear(channel(), second.cursor, now + 2 * MINUTE)).posts == []


async def test_a_new_source_begins_with_the_last_days(site, channel, hear, now):
    site.write("old", pubDate=format_datetime(now - 4 * DAY))
    site.write("new", pubDate=format_datetime(now - 2 * DAY))
    site.write("undated", pubDate="")
    first = await hear(channel())
    assert first.texts == ["new", "undated"]
    site.items[-1]["title"] = "old, rewritten"
    assert (await hear(channel(), first.cursor, now + MINUTE)).posts == []


async def test_a_feed_is_left_alone_as_long_as_it_asks(site, channel, hear, now):
    site.write("my bag")
    site.headers["cache-control"] = "max-age=3600"
    first = await hear(channel())
    second = await hear(channel(), first.cursor, now + 59 * MINUTE)
    assert (len(site.asked), second.batches) == (1, [])
    await hear(channel(), second.cursor, now + 60 * MINUTE)
    assert len(site.asked) == 2


async def test_the_feeds_own_wish_is_remembered_over_304(site, channel, hear, now):
    site.extra = "<ttl>60</ttl>"
    first = await hear(channel())
    second = await hear(channel(), first.cursor, now + HOUR)
    assert [status for _, status in site.asked] == [200, 304]
    await hear(channel(), second.cursor, now + HOUR + MINUTE)
    assert len(site.asked) == 2


async def test_a_feed_that_moved_for_good_is_asked_there_from_now_on(site, channel, hear, now):
    site.write("my bag")
    site.others["/old"] = Reply(b"", 301, {"location": "/older"})
    site.others["/older"] = Reply(b"", 308, {"location": f"{site.url}/feed.xml"})
    first = await hear(channel("/old"))
    assert first.texts == ["my bag"]
    second = await hear(channel("/old"), first.cursor, now + MINUTE)
    assert site.asked == [("/old", 301), ("/older", 308), ("/feed.xml", 200), ("/feed.xml", 304)]
    site.others["/feed.xml"] = Reply(b"", 404)
    site.others["/old"] = lambda request: feed(site.document(), request, {})
    third = await hear(channel("/old"), second.cursor, now + 2 * MINUTE)
    assert third.error is None, "it is asked where it was entered once more"
    assert site.asked[-2:] == [("/feed.xml", 404), ("/old", 200)]


async def test_a_feed_that_moved_for_now_is_asked_where_it_was(site, channel, hear, now):
    site.others["/old"] = Reply(b"", 302, {"location": "/feed.xml"})
    first = await hear(channel("/old"))
    await hear(channel("/old"), first.cursor, now + MINUTE)
    assert [path for path, _ in site.asked] == ["/old", "/feed.xml"] * 2


async def test_a_redirect_does_not_lead_where_channels_may_not_call(site, channel, hear):
    site.others["/old"] = Reply(b"", 301, {"location": "http://169.254.169.254/latest/meta-data"})
    heard = await hear(channel("/old"))
    assert isinstance(heard.error, Rejected)
    assert "private network" in str(heard.error)


@pytest.mark.parametrize("location", ["http://[", "http://ex\u3002mple\uff0f/"])
async def test_a_redirect_to_no_address_is_told(site, channel, hear, location):
    """It must not stop the other feeds."""
    site.others["/old"] = Reply(b"", 301, {"location": location})
    heard = await hear(channel("/old"))
    assert isinstance(heard.error, Rejected)


async def test_a_mark_that_no_header_can_hold_is_not_given_back(site, channel, hear, now):
    site.others["/odd"] = Reply(site.document(), 200, {"etag": '"\u00e9"'})
    first = await hear(channel("/odd"))
    again = await hear(channel("/odd"), first.cursor, now + 60 * MINUTE)
    assert again.error is None
    assert len(site.asked) == 2


async def test_redirects_without_end_are_told(site, channel, hear):
    site.others["/a"] = Reply(b"", 302, {"location": "/b"})
    site.others["/b"] = Reply(b"", 302, {"location": "/a"})
    heard = await hear(channel("/a"))
    assert "without end" in str(heard.error)
    assert len(site.asked) == 6


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (Reply(b"", 410), Rejected, "gone for good"),
        (Reply(b"", 404), Rejected, "check the address"),
        (Reply(b"", 403), Rejected, "not open to everybody"),
        (Reply(b"<html>", 200), BadData, "a web page"),
        (Reply(b"", 503), RetryLater, "503"),
        (Reply(b"", 429, {"retry-after": "120"}), RetryLater, "limits"),
    ],
)
async def test_what_is_wrong_with_the_only_feed_is_told(site, channel, hear, reply, kind, said):
    site.others["/feed.xml"] = reply
    heard = await hear(channel())
    assert isinstance(heard.error, kind)
    assert said in str(heard.error) and "127.0.0.1/feed.xml" in str(heard.error)
    assert not Cursor.parse(heard.cursor).places or "410" in str(heard.error)


async def test_a_feed_that_is_gone_is_asked_once_a_day(site, channel, hear, now):
    site.others["/feed.xml"] = Reply(b"", 410)
    heard = await hear(channel())
    for hours in (1, 12, 23):
        heard = await hear(channel(), heard.cursor, now + hours * HOUR)
        assert "gone for good (410)" in str(heard.error)
    assert len(site.asked) == 1
    del site.others["/feed.xml"]
    assert (await hear(channel(), heard.cursor, now + DAY)).error is None


async def test_a_feed_in_trouble_does_not_stop_the_others(site, channel, hear, now):
    site.write("my bag")
    site.others["/gone"] = Reply(b"", 410)
    both = channel("/gone", "/feed.xml")
    first = await hear(both)
    assert first.texts == ["my bag"]
    assert isinstance(first.error, RetryLater) and first.error.after == 5 * MINUTE
    assert "1 of 2" in str(first.error) and "gone for good (410)" in str(first.error)
    site.write("my second bag")
    second = await hear(both, first.cursor, now + MINUTE)
    assert second.texts == ["my second bag"]
    assert second.error is not None, "it is told as long as it is on the list"
    assert [path for path, _ in site.asked].count("/gone") == 1, "and not asked again for a while"
    assert (await hear(channel("/feed.xml"), second.cursor, now + 2 * MINUTE)).error is None


async def test_a_short_trouble_of_one_of_several_is_not_told(site, channel, hear, now):
    site.others["/weak"] = Reply(b"", 500)
    both, cursor = channel("/weak", "/feed.xml"), ""
    told = []
    for hours in (0, 1, 2):
        heard = await hear(both, cursor, now + hours * HOUR)
        told.append(heard.error is not None)
        cursor = heard.cursor
    assert told == [False, False, True]
    site.others["/weak"] = lambda request: feed(site.document(), request, {})
    assert (await hear(both, cursor, now + 3 * HOUR)).error is None


async def test_a_host_that_asks_for_quiet_gets_it_for_all_its_feeds(site, channel, hear, now):
    site.write("my bag")
    first = await hear(channel())
    site.others["/a"] = Reply(b"", 429, {"retry-after": "600"})
    three = channel("/a", "/b", "/feed.xml")
    second = await hear(three, first.cursor, now + MINUTE)
    assert [path for path, _ in site.asked[1:]] == ["/a"], "the others were not even asked"
    third = await hear(three, second.cursor, now + 10 * MINUTE)
    assert [path for path, _ in site.asked[1:]] == ["/a"]
    site.others["/a"] = site.others["/b"] = lambda request: feed(site.document(), request, {})
    fourth = await hear(three, third.cursor, now + 12 * MINUTE)
    assert {path for path, _ in site.asked[2:]} == {"/a", "/b", "/feed.xml"}
    assert fourth.error is None


async def test_a_long_wait_is_remembered(site, channel, hear, now):
    site.others["/feed.xml"] = Reply(b"", 503, {"retry-after": "36000"})
    first = await hear(channel())
    assert first.error.after == 10 * HOUR
    second = await hear(channel(), first.cursor, now + 9 * HOUR)
    assert isinstance(second.error, RetryLater) and second.error.after == HOUR
    assert len(site.asked) == 1


async def test_search_feeds_are_asked_once_a_term(site, channel, hear):
    found = Site()
    found.write("lost bag")
    site.others["/search"] = lambda request: feed(found.document(), request, {})
    heard = await hear(channel("/search?q={term}&sort=new"), queries=BAG)
    assert sorted(request.query["q"][0] for request in site.requests) == ['"lost bag"', "bag"]
    assert len({post.id for post in heard.posts}) == 1, "what both find is one"
    assert sorted(period.feed for period in heard.covered) == [
        '127.0.0.1/search "lost bag"',
        "127.0.0.1/search bag",
    ]


async def test_nothing_to_search_for_is_nothing_to_ask(site, channel, hear):
    heard = await hear(channel("/search?q={term}"))
    assert (heard.batches, heard.error, site.asked) == ([], None, [])


def test_search_is_offered_where_an_address_searches(channel):
    assert Can.SEARCH in channel("/search?q={term}").can
    assert Can.SEARCH not in channel("/feed.xml").can


def test_the_name_of_a_feed_fits_where_it_is_noted():
    long = f"https://a.example/{'x' * 100}?q={{term}}"
    names = {address.name for address in addresses([long], {}, BAG)}
    assert len(names) == 2
    assert all(len(name) <= 60 for name in names)


async def test_a_feed_that_went_on_too_fast_is_read_back_where_it_leads_to_older_pages(site, channel, hear, now):
    site.write("bag 0")
    first = await hear(channel())
    for number in range(1, 7):
        site.write(f"bag {number}")
    whole = list(site.items)

    def paged(request):
        page = int(request.query.get("page", ["1"])[0])
        site.items = whole[2 * page - 2 : 2 * page]
        site.extra = f'<atom:link rel="next" href="{site.url}/feed.xml?page={page + 1}"/>'
        return feed(site.document(), request, {})

    site.others["/feed.xml"] = paged
    second = await hear(channel(), first.cursor, now + MINUTE)
    assert second.texts == [f"bag {number}" for number in range(1, 7)]
    assert [(period.start, period.end) for period in second.covered] == [(now, now + MINUTE)]


async def test_what_a_feed_no_longer_lists_is_told_as_a_gap(site, channel, hear, now):
    site.write("bag 0")
    first = await hear(channel())
    site.items.clear()
    for number in range(3):
        site.write(f"bag {number}", guid=f"new{number}", pubDate=format_datetime(now + 2 * HOUR + number * MINUTE))
    second = await hear(channel(), first.cursor, now + 3 * HOUR)
    assert len(second.posts) == 3
    [period] = second.covered
    assert abs(period.start - (now + 2 * HOUR)) < SECOND


async def test_a_feed_cut_short_is_asked_whole_again(site, channel, hear, now):
    site.write("bag 1")
    site.write("bag 2")
    whole = site.document()
    site.others["/feed.xml"] = lambda request: feed(whole[: whole.index(b"bag 1") - 10], request, {})
    first = await hear(channel())
    assert first.texts == ["bag 2"]
    del site.others["/feed.xml"]
    assert (await hear(channel(), first.cursor, now + MINUTE)).texts == ["bag 1"]


async def test_one_broken_item_is_put_aside_once(site, channel, hear, now):
    site.write("my bag")
    site.items.append({"pubDate": "x"})
    heard = await hear(channel())
    assert heard.texts == ["my bag"]
    assert [item.reason for item in heard.malformed] == ["an item without words and without a link"]
    site.write("my second bag")
    again = await hear(channel(), heard.cursor, now + MINUTE)
    assert (again.texts, again.malformed) == (["my second bag"], [])


async def test_a_cursor_that_cannot_be_read_begins_anew(site, channel, hear):
    site.write("my bag")
    for cursor in ("{", '{"places": 3}', "[]", "\ud800"):
        assert (await hear(channel(), cursor)).texts == ["my bag"]
    assert Cursor.parse(Cursor().text()) == Cursor()


async def test_a_clock_that_was_wrong_does_not_silence_a_feed(site, channel, hear, now):
    site.headers["cache-control"] = "max-age=3600"
    first = await hear(channel(), at=now + 400 * DAY)
    await hear(channel(), first.cursor, now)
    assert len(site.asked) == 2


async def test_addresses_that_were_removed_are_forgotten(site, channel, hear, now):
    first = await hear(channel("/feed.xml", "/feed.xml?b"))
    assert len(Cursor.parse(first.cursor).places) == 2
    second = await hear(channel("/feed.xml"), first.cursor, now + MINUTE)
    assert len(Cursor.parse(second.cursor).places) == 1
