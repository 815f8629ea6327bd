from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from amends.channels.answers import Answer
from amends.channels.base import BadData, LogInAgain, Rejected, RetryLater
from amends.channels.http import Http
from amends.channels.matrix import connect, discovery
from amends.channels.matrix.tests.server import ACME, PASSWORD, TOKEN, refusal, running
from amends.channels.testing.loopback import Reply, serving


async def test_who_we_are_is_told_with_what_was_learned(server, account):
    checked = await account().check()
    assert (checked.account.id, checked.account.name, checked.account.display) == (ACME, ACME[1:], "Acme Air")
    assert checked.learned == {"homeserver": server.url, "device": "GIVEN0", "upload": "1000"}
    assert account(**checked.learned).limits.file_bytes == 1000


async def test_every_log_in_is_of_the_same_device(server, account):
    learned = (await account().check()).learned
    for _ in range(3):
        door = Http(allow_private=True)
        given = {"server": server.url, "user": ACME, "password": PASSWORD}
        await connect(given | learned, door).check()
        await door.close()
    assert server.devices == ["GIVEN0"]


async def test_connecting_anew_does_not_log_in_anew(server, account):
    for _ in range(3):
        await account().check()
    assert server.asked.count("login") == 1


async def test_a_token_is_used_as_it_is(server, account):
    assert (await account(password="", token=TOKEN).check()).account.id == ACME
    assert "login" not in server.asked


async def test_a_token_of_somebody_else_is_refused(account):
    with pytest.raises(LogInAgain, match=r"is of @acme.* and not of @bob"):
        await account(user="@bob:example.org", password="", token=TOKEN).check()


async def test_a_token_that_has_ended_needs_a_person(server, account):
    channel = account(password="", token=TOKEN)
    await channel.check()
    server.tokens.clear()
    with pytest.raises(LogInAgain, match="enter the new access token"):
        await channel.check()


async def test_a_session_that_ends_is_made_again_once_for_all_that_found_out(server, account):
    channel = account()
    await channel.check()
    server.tokens.clear()
    await asyncio.gather(*(channel.check() for _ in range(5)))
    assert server.asked.count("login") == 2


async def test_a_refused_password_is_not_tried_again_at_once(server, account):
    for _ in range(2):
        with pytest.raises(LogInAgain, match="refused the password"):
            await account(password="wrong").check()
    assert server.asked.count("login") == 1


@pytest.mark.parametrize(
    ("code", "words"), [("M_UNKNOWN", "access token instead"), ("M_USER_LOCKED", "locked"), ("M_FORBIDDEN", "password")]
)
async def test_why_a_log_in_is_refused_is_told(server, account, code, words):
    server.faults["login"] = [refusal(403, code, "No.")]
    with pytest.raises(LogInAgain, match=words):
        await account().check()


@pytest.mark.parametrize("body", [b"<!doctype html>", b"{}", b"[]"])
async def test_another_kind_of_server_is_told_from_a_homeserver(account, body):
    async with serving(lambda request: Reply(body)) as url:
        with pytest.raises(BadData, match="address"):
            await account(server=url).check()
    async with serving(lambda request: Reply(body, 404)) as url:
        with pytest.raises(Rejected, match="not a Matrix homeserver"):
            await account(server=url).check()


async def test_a_limit_told_in_the_answer_is_kept(server, account):
    server.faults["login"] = [refusal(429, "M_LIMIT_EXCEEDED", "Too many requests", retry_after_ms=4200)]
    with pytest.raises(RetryLater) as caught:
        await account().check()
    assert caught.value.after == timedelta(seconds=4.2)


async def test_without_credentials_a_person_is_asked(account):
    with pytest.raises(LogInAgain, match="password or an access token"):
        await account(password="").check()


@pytest.fixture
def plainly(monkeypatch):
    """Domains are asked without encryption: nobody on loopback has a certificate."""
    monkeypatch.setattr(discovery, "SCHEME", "http")


async def test_the_homeserver_is_found_by_the_id(http, plainly):
    async with running() as server:
        answer = {"m.homeserver": {"base_url": server.url + "/"}}
        async with serving(lambda request: Reply(answer)) as domain:
            user = f"@acme:{domain.removeprefix('http://')}"
            assert await discovery.homeserver(http, user) == server.url
            checked = await connect({"user": user, "password": PASSWORD}, http).check()
    assert checked.learned["homeserver"] == server.url


async def test_a_domain_that_tells_nothing_is_the_server_itself(http, plainly):
    async with serving(lambda request: Reply(status=404)) as domain:
        assert await discovery.homeserver(http, f"@acme:{domain.removeprefix('http://')}") == domain


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{}", b"<html>", b'{"m.homeserver": {"base_url": "ftp://x"}}', b'{"m.homeserver": {"base_url": 1}}'],
)
def test_an_address_that_can_not_be_used_is_asked_for(body):
    with pytest.raises(LogInAgain, match="under Homeserver"):
        discovery.told(Answer("example.org", 200, {}, body), "example.org")


async def test_no_secret_is_shown(account):
    channel = account(token=TOKEN)
    await channel.check()
    shown = repr(channel) + repr(channel._listening) + repr(channel._listening._login)
    shown += repr(await channel._listening.session())
    assert PASSWORD not in shown and "syt_" not in shown
