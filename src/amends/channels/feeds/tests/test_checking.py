from __future__ import annotations

import json

import pytest

from amends.channels.base import BadData, Rejected, RetryLater
from amends.channels.feeds import connect
from amends.channels.feeds.discovery import feeds
from amends.channels.testing.loopback import Reply

PAGE = """<!DOCTYPE html><html><head><![if !IE]><base href="/blog/">
<link rel="stylesheet" href="x.css">
<link rel="alternate" hreflang="de" href="/de">
<link rel="alternate" type="application/rss+xml" title="Comments on my blog" href="comments.xml">
<link REL="Alternate home" TYPE="application/rss+xml; charset=utf-8" title="My blog" href="feed.xml">
<link rel="alternate" type="application/atom+xml" href="javascript:alert(1)">
</head><body>Hello"""


def test_a_page_names_its_feeds_those_of_comments_last():
    assert feeds(PAGE.encode(), "https://a.example/x/") == [
        "https://a.example/blog/feed.xml",
        "https://a.example/blog/comments.xml",
    ]
    assert feeds(b"\xff\xfe<link", "https://a.example/") == []


async def test_a_page_leads_to_its_feed_and_that_is_told_and_kept(site, channel, hear):
    site.write("my bag")
    site.others["/"] = Reply(PAGE.replace("/blog/", "/").encode())
    checked = await channel("/").check()
    assert checked.note == "Hears 1 feed: The blog. 127.0.0.1 leads to 127.0.0.1/feed.xml."
    assert json.loads(checked.learned["pages"]) == {f"{site.url}/": f"{site.url}/feed.xml"}
    assert (await hear(channel("/", **checked.learned))).texts == ["my bag"]


async def test_a_feed_named_in_vain_leaves_the_next(site, channel):
    site.others["/"] = Reply(PAGE.replace("/blog/", "/").encode())
    site.others["/comments.xml"] = Reply(site.document())
    site.others["/feed.xml"] = Reply(b"", 404)
    checked = await channel("/").check()
    assert "leads to 127.0.0.1/comments.xml" in checked.note


async def test_what_was_made_up_for_hubs_stays(channel):
    first = (await channel().check()).learned
    assert len(first["secret"]) > 30
    assert (await channel(**first).check()).learned == first


async def test_a_page_that_is_down_keeps_its_feed(site, channel):
    site.others["/"] = Reply(PAGE.replace("/blog/", "/").encode())
    learned = (await channel("/", "/feed.xml").check()).learned
    site.others["/"] = Reply(b"", 500)
    assert (await channel("/", "/feed.xml", **learned).check()).learned == learned


async def test_search_addresses_are_tried_with_a_word(site, channel):
    site.others["/search"] = Reply(site.document())
    await channel("/search?q={term}").check()
    assert site.requests[0].query == {"q": ["news"]}


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (Reply(b"", 410), Rejected, "gone for good"),
        (Reply(b"<html>Hello"), BadData, "a web page, and not a feed"),
        (Reply(b"", 500), RetryLater, "500"),
        (Reply({"posts": []}), BadData, "not a feed"),
    ],
)
async def test_what_is_no_feed_is_told(site, channel, reply, kind, said):
    site.others["/feed.xml"] = reply
    with pytest.raises(kind, match=said):
        await channel().check()


async def test_one_of_several_that_cannot_be_heard_is_told_and_does_not_stop_the_rest(channel):
    checked = await channel("/feed.xml", "/wrong.xml").check()
    assert checked.note.startswith("Hears 1 feed: The blog. 127.0.0.1/wrong.xml: It is not there (404)")


async def test_no_address_is_told(http):
    with pytest.raises(Rejected, match="Enter the address"):
        await connect({"feeds": " "}, http).check()
