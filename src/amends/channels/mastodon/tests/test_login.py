from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest

from amends.channels.base import BadData, LogInAgain, Rejected
from amends.channels.mastodon import LOGIN
from amends.channels.mastodon.login import FINE
from amends.channels.testing.loopback import Reply, serving

BACK = "https://desk.example/back"


class Door:
    """The sign-in of a server, from docs.joinmastodon.org/methods/oauth."""

    def __init__(self, metadata=None):
        self.metadata, self.forms = metadata, []

    def answer(self, request):
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        self.forms.append(form)
        match request.path:
            case "/.well-known/oauth-authorization-server" if self.metadata:
                return Reply(self.metadata)
            case "/api/v1/apps":
                return Reply({"client_id": "identity", "client_secret": "made-up-secret"})
            case "/oauth/token" if form["code"] == "right":
                return Reply({"access_token": "made-up-token", "token_type": "Bearer"})
            case "/oauth/token":
                return Reply({"error": "invalid_grant", "error_description": f"not {form['code']}"}, 400)
        return Reply({"error": "Record not found"}, 404)


MODERN = {"scopes_supported": [*FINE, "read", "write", "profile"], "code_challenge_methods_supported": ["S256"]}


async def test_a_person_is_sent_to_their_server_and_comes_back_with_a_token(http):
    door = Door(MODERN)
    async with serving(door.answer) as url:
        grant = await LOGIN.begin({"server": url}, http, BACK, "the state")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(grant.url).query).items()}
        assert grant.url.startswith(f"{url}/oauth/authorize?")
        assert (asked["state"], asked["redirect_uri"], asked["client_id"]) == ("the state", BACK, "identity")
        assert asked["scope"] == " ".join(FINE) == door.forms[1]["scopes"]
        challenge = urlsafe_b64encode(sha256(grant.kept["verifier"].encode()).digest()).decode().rstrip("=")
        assert (asked["code_challenge"], asked["code_challenge_method"]) == (challenge, "S256")
        assert grant.kept["verifier"] not in grant.url and "made-up-secret" not in grant.url
        settings = await LOGIN.finish({"server": url, "timeline": "local"}, http, BACK, grant.kept, "right")
    assert settings == {"server": url, "token": "made-up-token", "timeline": "local"}
    assert door.forms[-1]["code_verifier"] == grant.kept["verifier"]
    assert door.forms[-1]["grant_type"] == "authorization_code"


async def test_an_older_server_knows_neither_pkce_nor_fine_permissions(http):
    door = Door()
    async with serving(door.answer) as url:
        grant = await LOGIN.begin({"server": url}, http, BACK, "s")
        await LOGIN.finish({"server": url}, http, BACK, grant.kept, "right")
    assert "code_challenge" not in grant.url
    assert grant.kept["scope"] == "read write"
    assert "code_verifier" not in door.forms[-1]


async def test_a_refused_code_is_told_without_secrets(http):
    async with serving(Door(MODERN).answer) as url:
        grant = await LOGIN.begin({"server": url}, http, BACK, "s")
        with pytest.raises(LogInAgain, match="begin again") as error:
            await LOGIN.finish({"server": url}, http, BACK, grant.kept, "wrong-code")
    assert "wrong-code" not in str(error.value)


@pytest.mark.parametrize(
    ("reply", "error"), [(Reply({}, 404), Rejected), (Reply(b"<html>"), BadData), (Reply({"client_id": 7}), BadData)]
)
async def test_what_can_not_register_us_is_told(http, reply, error):
    async with serving(lambda _: reply) as url:
        with pytest.raises(error, match="check its address"):
            await LOGIN.begin({"server": url}, http, BACK, "s")


async def test_a_server_is_needed(http):
    with pytest.raises(Rejected):
        await LOGIN.begin({}, http, BACK, "s")
