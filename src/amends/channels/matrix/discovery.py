"""Finding an account's homeserver by its id: the section "Server discovery" of the client-server API."""

from __future__ import annotations

from urllib.parse import urlsplit

from amends.channels.base import BadData, LogInAgain
from amends.channels.foreign import fields, text
from amends.channels.http import Answer, Http, Refused
from amends.channels.matrix.ids import domain

SCHEME = "https"


async def homeserver(http: Http, user: str) -> str:
    """The address of the server where `user` lives, as the domain of their id tells it, or the domain itself where it
    tells nothing. Raises `LogInAgain` where what it tells can't be used, `RetryLater` when nobody answers."""
    name = domain(user)
    if not name:
        raise LogInAgain("Enter the whole Matrix ID, such as @acme:example.org: it names the homeserver.")
    own = f"{SCHEME}://{name}"
    try:
        answer = await http.get(f"{own}/.well-known/matrix/client", redirects=3)
    except Refused as error:
        if error.status == 404:
            return own
        raise LogInAgain(_unsure(name)) from error
    return told(answer, name)


def told(answer: Answer, name: str) -> str:
    """The address in a domain's /.well-known/matrix/client. Raises `LogInAgain`."""
    try:
        base = text(fields(fields(answer.json()).get("m.homeserver")).get("base_url")).rstrip("/")
        host = urlsplit(base).hostname
    except (BadData, ValueError) as error:
        raise LogInAgain(_unsure(name)) from error
    if not host or not base.startswith(f"{SCHEME}://"):
        raise LogInAgain(_unsure(name))
    return base


def _unsure(name: str) -> str:
    return f"{name} does not tell where its Matrix server is: enter the server's address under Homeserver."
