from __future__ import annotations

import asyncio
import json

import pytest

from amends.channels.base import LogInAgain, Rejected
from amends.channels.reviews_google_play.key import read
from amends.channels.reviews_google_play.tests.server import APP, refusal
from amends.channels.reviews_google_play.tests.test_polling import poll


async def test_one_token_serves_every_call(google, connected):
    async with connected() as channel:
        await asyncio.gather(*(poll(channel) for _ in range(5)))
    assert google.asked.count("POST /token") == 1


async def test_it_tells_who_it_is(connected):
    async with connected() as channel:
        checked = await channel.check()
    assert checked.account.id == APP and checked.account.display == "Acme"


@pytest.mark.parametrize(
    "file", ["", "secret", "{}", '{"client_email": "a@b.c"}', "[1]", '{"installed": {}}', "\ud800"]
)
async def test_a_file_that_is_no_key(connected, file):
    async with connected(key=file) as channel:
        with pytest.raises(LogInAgain, match="make a new key"):
            await channel.check()


@pytest.mark.parametrize("pem", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
async def test_a_private_key_that_is_none(google, connected, pem):
    file = json.dumps(json.loads(google.file) | {"private_key": pem})
    async with connected(key=file) as channel:
        with pytest.raises(LogInAgain, match="can't be read"):
            await channel.check()


async def test_a_key_that_google_has_deleted(google, connected):
    file = json.dumps(json.loads(google.file) | {"client_email": "gone@acme.iam.gserviceaccount.com"})
    async with connected(key=file) as channel:
        with pytest.raises(LogInAgain, match="invalid_grant") as error:
            await channel.check()
    assert "gone@acme" in str(error.value) and "make a new key" in str(error.value)


async def test_access_that_is_refused_twice(google, connected):
    google.faults = [refusal(401, "Invalid credentials", "UNAUTHENTICATED") for _ in range(2)]
    async with connected() as channel:
        with pytest.raises(LogInAgain, match="does not accept"):
            await channel.check()


@pytest.mark.parametrize("reason", ["accessNotConfigured", "SERVICE_DISABLED"])
async def test_an_api_that_is_switched_off(google, connected, reason):
    google.faults = [refusal(403, "It is disabled.", "PERMISSION_DENIED", reason)]
    async with connected() as channel:
        with pytest.raises(LogInAgain, match="Switch it on"):
            await channel.check()


async def test_an_app_that_is_not_of_this_account(connected):
    async with connected(app="com.other.app") as channel:
        with pytest.raises(Rejected, match="package name"):
            await channel.check()


def test_a_key_shows_nothing_of_itself(google):
    key = read(json.dumps({"client_email": "a@b.c", "private_key": "secret"}))
    assert "secret" not in repr(key)
