"""Names of things on Matrix, and the addresses made of them."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

NETWORK = "matrix"


class Name(NamedTuple):
    """Where an event is: an event's own id alone does not find it."""

    room: str
    event: str

    def __str__(self) -> str:
        return f"{self.room}/{self.event}"


def split(post: str) -> Name | None:
    """The name in a post's id ("!room:server/$event"), or None where it is none."""
    room, mark, event = post.partition("/$")
    return Name(room, "$" + event) if mark and event and room.startswith("!") else None


def path(*parts: str) -> str:
    """Parts of a path, each escaped: ids hold any character."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


def domain(user: str) -> str:
    """The domain of a user's id ("@alice:example.org")."""
    return user.partition(":")[2]


def localpart(user: str) -> str:
    return user.partition(":")[0].removeprefix("@")


def web(name: Name, user: str) -> str:
    """The event as a link that opens in the reader's own Matrix client. `user` is a member: theirs is a server that
    knows the room."""
    return f"https://matrix.to/#{path(name.room, name.event)}?via={quote(domain(user), safe=':')}"


def media(server: str, mxc: str) -> str:
    """Where a homeserver gives an uploaded file (to those who are logged in), or "" for what is no mxc: address."""
    host, _, key = mxc.removeprefix("mxc://").partition("/")
    if not (mxc.startswith("mxc://") and host and key):
        return ""
    return f"{server}/_matrix/client/v1/media/download{path(host, key)}"
