"""What the Bluesky channel declares about itself."""

from __future__ import annotations

from datetime import timedelta

from amends.channels.base import Can, Limits, Manifest, Setting

WEB = r"https?://[^\s/?#]+/?"

MANIFEST = Manifest(
    name="bluesky",
    label="Bluesky",
    about="Hears every public post within seconds, also without an account, and answers as your account.",
    can=frozenset(
        {
            Can.POLL,
            Can.STREAM,
            Can.SEARCH,
            Can.NOTIFICATIONS,
            Can.REPLY,
            Can.FIND,
            Can.EDITS,
            Can.DELETIONS,
            Can.ENGAGEMENT,
            Can.BACKFILL,
            Can.ANONYMOUS,
        }
    ),
    # The lexicon app.bsky.feed.post: maxGraphemes and maxLength of `text`.
    limits=Limits(text=300, counts="graphemes", bytes=3000),
    settings=(
        Setting(
            name="handle",
            label="Handle",
            help="Your account's name, such as acme.bsky.social. Leave it empty to listen only.",
            required=False,
            pattern=r"@?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+",
        ),
        Setting(
            name="password",
            label="App password",
            help="Make one in Bluesky under Settings, Privacy and security, App passwords. Never your own password.",
            secret=True,
            required=False,
        ),
        Setting(
            name="service",
            label="Server",
            help="Where the account lives. Leave it as it is unless your account is on a server of its own.",
            default="https://bsky.social",
            pattern=WEB,
            advanced=True,
        ),
        Setting(
            name="jetstream",
            label="Live stream",
            help="A Jetstream server: it gives all public posts as they are written, without an account.",
            default="wss://jetstream2.us-east.bsky.network/subscribe",
            pattern=r"wss?://[^\s?#]+",
            advanced=True,
        ),
        Setting(
            name="appview",
            label="Public directory",
            help="Where names and follower counts are looked up, without an account.",
            default="https://public.api.bsky.app",
            pattern=WEB,
            advanced=True,
        ),
    ),
    # A poll without news is one call, and an address may make 3,000 in five minutes.
    poll_every=timedelta(seconds=1),
    # Creating a record costs 3 of the 5,000 points that an account has in an hour.
    pace=(25, timedelta(minutes=1)),
    proved="@atproto/dev-env: PLC, PDS and AppView by the network's authors",
    access="Free. Listening needs no account; notifications, search and answers need one and its app password.",
)
