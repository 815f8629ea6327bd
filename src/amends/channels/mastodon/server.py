"""What a server told of itself: its limits, and what it really does. Asked by `probe` and kept as text between times;
never taken from a version number, since forks and other software carry Mastodon's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from amends.channels.foreign import count, fields, items, text
from amends.channels.mastodon.fields import ident

QUOTING = 7  # Mastodon's API version from which `quoted_status_id` is understood


class Server(msgspec.Struct, frozen=True):
    """One server, as an account sees it (or nobody). What it was not asked for yet is as in a plain Mastodon."""

    url: str
    domain: str  # of the names of its accounts, which may differ from where it answers
    me: str = ""  # our account's local id, "" for nobody
    name: str = ""  # our account's name with its domain
    characters: int = 500
    per_link: int = 23  # characters that each link counts
    graphemes: bool = False  # counts what readers take for characters, not code points
    files: int = 4
    image_bytes: int = 10 << 20
    video_bytes: int = 10 << 20
    quote: str = ""  # the parameter that quotes a post; "": it can't
    batch: bool = False  # tells of many posts in one call
    search: str = ""  # "yes", "no"; "": could not be told
    public: bool = True  # shows the public timelines
    live: str = ""  # how it streams: "websocket", "websocket-query", "sse"; "": not at all
    streaming: str = ""  # the address of its streams
    software: str = ""  # for people only

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Server:
        """The server of a connection: from what a person entered and what `learned` kept."""
        url = address(settings.get("server", ""))
        known: dict[str, Any] = {"url": url, "domain": urlsplit(url).hostname or ""}
        for field in msgspec.structs.fields(cls):
            value = settings.get(f"learned_{field.name}", "")
            if not value:
                continue
            if field.type is bool:
                known[field.name] = value == "yes"
            elif field.type is not int:
                known[field.name] = value
            elif value.isascii() and value.isdecimal():
                known[field.name] = min(int(value), 1 << 40)
        return cls(**known)

    def learned(self) -> dict[str, str]:
        """What `of` reads again."""
        told = msgspec.structs.asdict(self)
        del told["url"]
        return {f"learned_{name}": _written(value) for name, value in told.items()}

    def full(self, acct: str) -> str:
        """The name of an account with its domain, in small letters: its lasting id on every server."""
        name = acct.casefold().removeprefix("@")
        return name if "@" in name or not name else f"{name}@{self.domain}"


def address(given: str) -> str:
    """The address of a server that a person entered, with or without https:// before it."""
    given = given.strip().rstrip("/")
    return given if given.startswith(("https://", "http://")) or not given else f"https://{given}"


def described(server: Server, instance: Mapping[str, Any]) -> Server:
    """`server` with what the answer of `/api/v2/instance`, or of `/api/v1/instance`, says."""
    configuration = fields(instance.get("configuration"))
    statuses, media = fields(configuration.get("statuses")), fields(configuration.get("media_attachments"))
    whole = count(instance.get("upload_limit"))  # Pleroma
    versions = fields(instance.get("api_versions"))
    image = count(media.get("image_size_limit")) or whole or server.image_bytes
    return msgspec.structs.replace(
        server,
        domain=_domain(instance) or server.domain,
        characters=count(statuses.get("max_characters")) or count(instance.get("max_toot_chars")) or server.characters,
        per_link=count(statuses.get("characters_reserved_per_url")) or server.per_link,
        graphemes="mastodon" in versions,
        files=count(statuses.get("max_media_attachments")) or server.files,
        image_bytes=image,
        video_bytes=count(media.get("video_size_limit")) or whole or image,
        quote=_quoting(instance, versions),
        software=_software(instance),
    )


def streams(server: Server, instance: Mapping[str, Any]) -> list[str]:
    """Where its streams may be: what it says, then the server itself."""
    advertised = text(fields(fields(instance.get("configuration")).get("urls")).get("streaming"))
    advertised = advertised or text(fields(instance.get("urls")).get("streaming_api"))
    own = server.url.replace("http", "ws", 1)
    schemes = ("wss://",) if own.startswith("wss://") else ("wss://", "ws://")  # a token is not overheard
    advertised = advertised.replace("http", "ws", 1) if advertised.startswith("http") else advertised
    found = [advertised.rstrip("/")] if advertised.startswith(schemes) else []
    return list(dict.fromkeys([*found, own]))


def _domain(instance: Mapping[str, Any]) -> str:
    """Of version 2, or what version 1 calls its URI: a domain, an address on some servers."""
    given = text(instance.get("domain")) or text(instance.get("uri"))
    try:
        domain = urlsplit(given if "//" in given else f"//{given}").netloc
    except ValueError:
        return ""
    return domain.casefold() if ident(domain) else ""


def _quoting(instance: Mapping[str, Any], versions: Mapping[str, Any]) -> str:
    if (count(versions.get("mastodon")) or 0) >= QUOTING:
        return "quoted_status_id"
    features = items(fields(fields(instance.get("pleroma")).get("metadata")).get("features"))
    return "quote_id" if "quote_posting" in features else ""


def _software(instance: Mapping[str, Any]) -> str:
    source = text(instance.get("source_url")).rstrip("/").rpartition("/")[2]
    version = text(instance.get("version"))
    named = "" if "compatible;" in version else source.replace("-", " ")[:30]
    return f"{named} {version}".strip()[:100]


def _written(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
