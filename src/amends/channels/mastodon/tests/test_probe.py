from __future__ import annotations

import pytest

from amends.channels.base import Can, LogInAgain, Rejected
from amends.channels.mastodon import connect
from amends.channels.mastodon.server import Server, described, streams
from amends.channels.mastodon.tests.server import TOKEN
from amends.channels.testing.loopback import Reply, serving


def check(server, http, **settings):
    return connect({"server": server.url, "token": TOKEN} | settings, http).check()


async def test_who_we_are_and_what_the_server_can(server, http):
    checked = await check(server, http)
    assert checked.account.id == "acme@social.example"
    assert "Hears mentions" in checked.note and "live" in checked.note
    told = Server.of({"server": server.url} | checked.learned)
    assert (told.domain, told.me, told.name) == ("social.example", server.accounts["acme"]["id"], "acme@social.example")
    assert (told.characters, told.per_link, told.files, told.graphemes) == (500, 23, 4, True)
    assert (told.image_bytes, told.video_bytes) == (1000, 2000)
    assert (told.quote, told.batch, told.public) == ("quoted_status_id", True, True)
    assert (told.live, told.streaming) == ("websocket", server.streaming)
    assert told.software == "mastodon 4.6.0"


async def test_what_was_learned_changes_what_it_can(server, http, account):
    server.ways, server.lacks, server.extra = set(), {"search"}, {"api_versions": {}}
    channel = await account()
    assert Can.POLL in channel.can
    assert not {Can.STREAM, Can.SEARCH, Can.QUOTE, Can.ANONYMOUS} & channel.can
    assert channel.limits.counts == "codepoints"
    assert channel.limits.text == 468


async def test_a_token_in_the_address_where_no_header_is_read(server, http):
    server.ways = {"websocket-query"}
    assert (await check(server, http)).learned["learned_live"] == "websocket-query"


async def test_the_server_itself_streams_where_what_it_names_does_not(server, http):
    server.streaming, real = "wss://streams.invalid", server.streaming
    learned = (await check(server, http)).learned
    assert learned["learned_live"] == ""
    assert streams(Server.of({"server": real.replace("ws", "http", 1)}), {}) == [real]


async def test_search_is_tried_with_a_word_of_ours(server, http):
    assert (await check(server, http)).learned["learned_search"] == ""
    server.write("acme", "Our zeppelins fly again https://acme.example/extraordinarily")
    assert (await check(server, http)).learned["learned_search"] == "yes"
    server.faults["GET /api/v2/search"] = [Reply({"accounts": [], "statuses": [], "hashtags": []})]
    assert (await check(server, http)).learned["learned_search"] == "no"
    server.lacks = {"search"}
    assert (await check(server, http)).learned["learned_search"] == "no"


async def test_old_servers_have_another_instance(server, http):
    server.lacks = {"v2", "batch"}
    server.extra = {
        "configuration": None,
        "max_toot_chars": 5000,
        "upload_limit": 77,
        "domain": None,
        "uri": server.url,
    }
    learned = (await check(server, http)).learned
    assert (learned["learned_characters"], learned["learned_image_bytes"]) == ("5000", "77")
    assert learned["learned_domain"] == server.url.removeprefix("http://")
    assert learned["learned_batch"] == "no"


def test_pleroma_quotes_in_its_own_way():
    instance = {
        "version": "2.7.2 (compatible; Pleroma 2.7.0)",
        "pleroma": {"metadata": {"features": ["quote_posting", "polls"]}},
    }
    here = described(Server("https://a.example", "a.example"), instance)
    assert here.quote == "quote_id"
    assert here.software == "2.7.2 (compatible; Pleroma 2.7.0)"


def test_a_stream_that_would_show_the_token_is_not_followed():
    here = Server("https://a.example", "a.example")
    assert streams(here, {"urls": {"streaming_api": "ws://a.example"}}) == ["wss://a.example"]
    assert streams(here, {"urls": {"streaming_api": "https://b.example/"}}) == ["wss://b.example", "wss://a.example"]


async def test_nobody_is_told_what_will_be_heard(server, http):
    checked = await check(server, http, token="")
    assert checked.account is None
    assert "can't answer" in checked.note
    assert Can.ANONYMOUS in connect({"server": server.url} | checked.learned, http).can


async def test_a_server_that_shows_only_hashtags_is_heard_so(server, http):
    server.lacks = {"public"}
    checked = await check(server, http, token="")
    assert checked.learned["learned_public"] == "no"
    assert "public timeline to its own accounts only" in checked.note


async def test_a_server_that_shows_nothing_needs_an_account(http):
    closed = Reply({"error": "This API requires an authenticated user"}, 401)
    async with serving(lambda _: closed) as url:
        with pytest.raises(LogInAgain, match="access token"):
            await connect({"server": url}, http).check()


async def test_a_refused_token_is_told_and_never_shown(server, http):
    with pytest.raises(LogInAgain, match="Connect the account again") as error:
        await check(server, http, token="wrong-token")
    assert "wrong-token" not in str(error.value)


async def test_what_is_no_server_of_the_fediverse_is_told(http):
    async with serving(lambda _: Reply(b"<!doctype html>")) as url:
        with pytest.raises(Rejected, match="not a server of the fediverse"):
            await connect({"server": url}, http).check()


@pytest.mark.parametrize(
    "settings", [{}, {"learned_characters": "many", "learned_batch": "", "learned_me": "7"}, {"server": "a.example/"}]
)
def test_a_server_is_read_from_any_settings(settings):
    here = Server.of(settings)
    assert (here.characters, here.batch) == (500, False)
    assert here.url in ("", "https://a.example")
