"""What the Bluesky channel declares about itself."""

from __future__ import annotations

from datetime import timedelta

from amends.channels.base import Can, Limits, Manifest, Setting

JETSTREAMS = (
    "wss://jetstream2.us-east.bsky.network/subscribe",
    "wss://jetstream1.us-west.bsky.network/subscribe",
)
WEB = r"https?://[^\s/?#]+/?"

# The lexicon chat.bsky.convo.defs#messageInput: maxGraphemes and maxLength of `text`.
ALONE = Limits(text=1000, counts="graphemes", bytes=10_000, parts=6)

MANIFEST = Manifest(
    name="bluesky",
    label="Bluesky",
    about="Hears every public post within seconds, also without an account. With one it hears direct messages too, and "
    "answers, likes and quotes.",
    can=frozenset(
        {
            Can.POLL,
            Can.STREAM,
            Can.SEARCH,
            Can.NOTIFICATIONS,
            Can.REPLY,
            Can.QUOTE,
            Can.LIKE,
            Can.DIRECT,
            Can.MEDIA_OUT,
            Can.FIND,
            Can.EDITS,
            Can.DELETIONS,
            Can.ENGAGEMENT,
            Can.BACKFILL,
            Can.ANONYMOUS,
        }
    ),
    # The lexicon app.bsky.feed.post: maxGraphemes and maxLength of `text`; app.bsky.embed.images: maxLength, and the
    # maxSize that it has since April 2026. A server older than that refuses pictures of more than 1,000,000 bytes.
    limits=Limits(text=300, counts="graphemes", bytes=3000, parts=6, files=4, file_bytes=2_000_000, alone=ALONE),
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
            help="Make one in Bluesky under Settings, Privacy and security, App passwords, and tick "
            '"Allow access to your direct messages" there to have those as well. Never your own password.',
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
            help="Jetstream servers: they give all public posts as they are written, without an account. With a space "
            "between several, the next one is taken when one can't be reached.",
            default=" ".join(JETSTREAMS),
            pattern=r"wss?://[^\s?#]+(\s+wss?://[^\s?#]+)*",
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
    # A poll without news is one call, every fifth of them two, and an address may make 3,000 in five minutes.
    poll_every=timedelta(seconds=1),
    # Creating a record costs 3 of the 5,000 points that an account has in an hour; an answer may be a thread of them.
    pace=(25, timedelta(minutes=1)),
    proved="@atproto/dev-env: PLC, PDS and AppView by the network's authors",
    access="Free. Listening needs no account; notifications, search, direct messages and answers need one and its app "
    "password.",
)
