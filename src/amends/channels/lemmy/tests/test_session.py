from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from amends.channels.base import Can, LogInAgain, Rejected, RetryLater
from amends.channels.lemmy import connect
from amends.channels.lemmy.session import code
from amends.channels.lemmy.tests.server import PASSWORD, refusal
from amends.channels.testing.loopback import Reply, serving

KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
LINK = f"otpauth://totp/lemmy.example:alice?secret={KEY}&issuer=lemmy.example"


@pytest.mark.parametrize(
    ("seconds", "digits"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_standard(seconds, digits):
    """The vectors of RFC 6238, appendix B, to six digits."""
    at = datetime.fromtimestamp(seconds, UTC)
    assert code(KEY, at) == code(LINK, at) == code("gezd gnbv gy3t qojq gezd gnbv gy3t qojq", at) == digits


def test_a_key_that_is_none_is_told():
    with pytest.raises(LogInAgain, match="otpauth"):
        code("otpauth://totp/x?secret=1", datetime(2026, 1, 1, tzinfo=UTC))


async def test_one_session_serves_every_connection_and_every_call(account, server, heard, now):
    await account().check()
    _, cursor = await heard(account(), "", now)
    await heard(account(), cursor, now)
    assert server.logins == 1


async def test_a_session_that_ended_is_renewed_where_the_server_does_not_say_so(account, server):
    await account().check()
    server.tokens.clear()
    checked = await account().check()
    assert (server.logins, checked.account.id) == (2, "http://lemmy.example/u/alice")


async def test_a_second_factor_is_given_by_its_key(account, server):
    server.totp = KEY
    with pytest.raises(LogInAgain, match="second factor"):
        await account().check()
    assert (await account(totp=LINK).check()).account
    wrong = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    with pytest.raises(LogInAgain, match="two-factor key") as error:
        await account(totp=wrong).check()
    assert wrong not in str(error.value)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("email_not_verified", "open the mail"),
        ("registration_application_is_pending", "has not admitted"),
        ("site_ban", "banned"),
        ("incorrect_login", "does not accept"),
    ],
)
async def test_why_an_account_is_not_let_in_is_told_and_not_tried_again_at_once(account, server, told, words):
    server.faults["POST user/login"] = [refusal(told)]
    for _ in range(2):
        with pytest.raises(LogInAgain, match=words):
            await account().check()
    assert server.asked.count("POST user/login") == 1


async def test_a_server_that_lets_nobody_log_in_so_often_is_asked_later(account, server):
    server.faults["POST user/login"] = [refusal("rate_limit_error")]
    with pytest.raises(RetryLater) as error:
        await account().check()
    assert error.value.after == timedelta(minutes=10)


async def test_a_limit_is_a_400_and_means_later(listener, server, heard, now):
    server.faults["GET comment/list"] = [refusal("rate_limit_error")]
    with pytest.raises(RetryLater, match="limits how often") as error:
        await heard(listener, "", now)
    assert error.value.after == timedelta(minutes=1)


async def test_half_an_account_is_told(account):
    for half in ({"password": ""}, {"username": ""}):
        with pytest.raises(LogInAgain, match="both the user name and the password"):
            await account(**half).check()


async def test_a_server_for_members_asks_for_an_account(listener, server, heard, now):
    server.private_instance = True
    with pytest.raises(LogInAgain, match="members only"):
        await listener.check()
    with pytest.raises(LogInAgain, match="members only"):
        await heard(listener, "", now)


@pytest.mark.parametrize("reply", [Reply(b"<html>", 404), Reply({"posts": []})])
async def test_an_address_that_is_no_lemmy_server_is_told(http, reply):
    async with serving(lambda request: reply) as url:
        with pytest.raises(Rejected, match="check the address"):
            await connect({"address": url}, http).check()


async def test_what_the_server_tells_of_itself_is_kept(listener, account, server, heard, now):
    checked = await listener.check()
    assert checked.learned == {"version": "0.19.18", "languages": "32:de,37:en,47:fr"}
    assert "Lemmy Example" in checked.note
    server.comment("Lost!")
    told, _ = await heard(account(**checked.learned), "", now)
    assert told.posts[-1].lang == "en"


async def test_of_version_1_it_is_told_plainly_what_is_not_heard(account, server, heard, now):
    server.version = "1.0.2"
    checked = await account().check()
    assert "Lemmy 1.0.2" in checked.note and "private messages" in checked.note
    channel = account(**checked.learned)
    assert not channel.can & {Can.NOTIFICATIONS, Can.DIRECT} and Can.REPLY in channel.can
    server.comment("Lost!")
    told, _ = await heard(channel, "", now)
    assert "Lost!" in told.texts
    assert not [call for call in server.asked if "private_message" in call or "replies" in call]


async def test_nothing_secret_is_shown(account):
    channel = account(totp=KEY)
    await channel.check()
    session = await channel._client.session()
    for secret in (PASSWORD, KEY, session.jwt):
        assert secret not in repr(channel) + repr(session)
