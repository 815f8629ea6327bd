from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from amends.channels.base import BadData, LogInAgain, Rejected, RetryLater
from amends.channels.bluesky import connect
from amends.channels.bluesky.client import Client, Session
from amends.channels.bluesky.tests.server import refusal
from amends.channels.testing.loopback import Reply, serving


async def test_logging_in_tells_who_we_are(account, server):
    checked = await account(handle=f"@{server.handle}").check()
    assert (checked.account.id, checked.account.name) == (server.did, "alice.test")
    assert server.asked == ["createSession", "getProfile", "getLog"]


async def test_one_session_serves_many_calls_at_once(account, server):
    channel = account()
    await asyncio.gather(*(channel.check() for _ in range(5)))
    assert server.asked.count("createSession") == 1


async def test_a_session_lasts_from_one_connection_to_the_next_and_is_not_anybody_elses(account, server):
    for _ in range(3):
        await account().check()
    assert server.asked.count("createSession") == 1
    with pytest.raises(LogInAgain):
        await account(password="wrong-wrong").check()
    await account().check()
    assert server.asked.count("createSession") == 2


async def test_an_expired_token_is_renewed_once_for_all_who_find_out(account, server):
    channel = account()
    await channel.check()
    server.expired.add(server.token)
    await asyncio.gather(*(channel.check() for _ in range(3)))
    assert server.asked.count("refreshSession") == 1
    assert server.asked.count("createSession") == 1


async def test_a_refresh_token_that_is_used_up_means_logging_in_afresh(account, server):
    channel = account()
    await channel.check()
    server.token += 10  # the server has forgotten our session
    assert (await channel.check()).account.id == server.did
    assert server.asked[-5:] == ["getProfile", "refreshSession", "createSession", "getProfile", "getLog"]


async def test_the_rate_limit_is_told(account, server):
    channel = account()
    assert channel.budget is None
    await channel.check()
    assert (channel.budget.limit, channel.budget.left) == (3000, 2990)
    assert account().budget == channel.budget


async def test_a_token_goes_only_where_it_can_not_be_overheard():
    client = Client(None, "https://a.example/", "alice.test", "secret")
    for endpoint, server in (
        ("https://pds.example/", "https://pds.example"),
        ("http://pds.example", "https://a.example"),
    ):
        document = {"service": [{"id": "#atproto_pds", "serviceEndpoint": endpoint}]}
        session = Session("access", "refresh", "did:plc:a", "alice.test", document)
        assert client._url(session, "x.y") == f"{server}/xrpc/x.y"


async def test_a_refused_password_is_told_and_not_tried_again(account, server):
    channel = account(password="wrong-wrong")
    for _ in range(3):
        with pytest.raises(LogInAgain, match="Make a new one") as caught:
            await channel.check()
        channel = account(password="wrong-wrong")
        assert "wrong-wrong" not in str(caught.value)
    assert server.asked == ["createSession"]


async def test_the_accounts_own_password_is_not_wanted(account, server):
    server.faults["createSession"] = [refusal(401, "AuthFactorTokenRequired", "A sign in code was sent")]
    with pytest.raises(LogInAgain, match="own password"):
        await account().check()


@pytest.mark.parametrize("missing", ["handle", "password"])
async def test_half_of_the_credentials_are_not_enough(account, missing):
    with pytest.raises(LogInAgain, match="both"):
        await account(**{missing: ""}).check()


async def test_a_session_that_is_never_accepted_needs_a_person(account, server):
    channel = account()
    server.faults["listNotifications"] = [refusal(401, "AuthMissing", "no") for _ in range(9)]
    with pytest.raises(LogInAgain):
        async for _ in channel.poll("", (), _any_time()):
            pass


async def test_a_limit_is_obeyed(account, server):
    server.faults["createSession"] = [Reply({"error": "RateLimitExceeded"}, 429, {"ratelimit-reset": "40"})]
    with pytest.raises(RetryLater) as caught:
        await account().check()
    assert caught.value.after == timedelta(seconds=40)


async def test_a_server_that_is_none_is_named(http):
    async with serving(lambda request: Reply(b"<html>not found</html>", status=404)) as url:
        with pytest.raises(Rejected, match="not a Bluesky server"):
            await connect({"service": url, "handle": "a.test", "password": "b"}, http).check()
    async with serving(lambda request: Reply(b"<html>hello</html>")) as url:
        with pytest.raises(BadData, match="check the address"):
            await connect({"service": url, "handle": "a.test", "password": "b"}, http).check()


async def test_an_account_that_is_taken_down_is_told_in_the_networks_words(account, server):
    server.faults["createSession"] = [refusal(400, "AccountTakedown", "Account has been taken down")]
    with pytest.raises(Rejected, match="taken down"):
        await account().check()


async def test_nothing_printed_has_a_secret(account, server):
    channel = account()
    await channel.check()
    session = await channel._account().session()
    told = f"{channel!r} {channel._account()!r} {session!r}"
    assert server.did in told
    assert not any(secret in told for secret in ("abcd-efgh", "access-", "refresh-"))


def _any_time():
    from datetime import UTC, datetime

    return datetime(2026, 11, 22, tzinfo=UTC)
