"""What the App Store channel declares about itself."""

from __future__ import annotations

from datetime import timedelta

from amends.channels.base import Can, Limits, Manifest, Rule, Setting

WEB = r"https?://[^\s/?#]+/?"

MANIFEST = Manifest(
    name="reviews_apple",
    label="App Store reviews",
    about="Hears what people write about your app on the App Store, and answers as its developer if you give it a key.",
    can=frozenset(
        {
            Can.POLL,
            Can.REPLY,
            Can.BY_HAND,
            Can.FIND,
            Can.EDIT_OUT,
            Can.EDITS,
            Can.ENGAGEMENT,
            Can.BACKFILL,
            Can.ANONYMOUS,
        }
    ),
    # Apple's reference names no limit; App Store Connect's own form takes 5,970 characters.
    limits=Limits(text=5970),
    settings=(
        Setting(
            name="app",
            label="App id",
            help="The number in the app's address on the App Store, after id, such as 123456789.",
            pattern=r"(id)?[0-9]{1,15}",
        ),
        Setting(
            name="countries",
            label="Countries",
            help="The stores to read, as two letters each, such as us, gb, de. With a key, all are read.",
            default="us",
            pattern=r"[A-Za-z]{2}([\s,;]+[A-Za-z]{2})*",
        ),
        Setting(
            name="issuer",
            label="Issuer id",
            help="To answer: in App Store Connect under Users and Access, Integrations, above the list of keys.",
            required=False,
        ),
        Setting(
            name="key_id",
            label="Key id",
            help="To answer: the id of a key of your team with the role Admin, in the same list.",
            required=False,
        ),
        Setting(
            name="private_key",
            label="Private key",
            help="To answer: the whole content of the key's file, AuthKey_....p8. Apple lets you download it once.",
            secret=True,
            required=False,
            lines=True,
        ),
        Setting(
            name="days",
            label="Days back",
            help="How many days of older reviews a new connection brings.",
            default="7",
            pattern=r"[1-9][0-9]{0,3}",
            advanced=True,
        ),
        Setting(
            name="feed",
            label="Public feed",
            help="Where Apple's public feed of reviews is. Leave it as it is.",
            default="https://itunes.apple.com",
            pattern=WEB,
            advanced=True,
        ),
        Setting(
            name="server",
            label="Server",
            help="Where App Store Connect's API is. Leave it as it is.",
            default="https://api.appstoreconnect.apple.com",
            pattern=WEB,
            advanced=True,
        ),
    ),
    # The feed is a call a country, and cached by Apple for hours; a key has some 3,500 calls an hour.
    poll_every=timedelta(minutes=5),
    slowest=timedelta(minutes=30),
    pace=(20, timedelta(minutes=1)),
    access="Free. Listening needs no account; answers need a key of your team with the role Admin.",
    lacks={
        Rule.DELETIONS: "Apple tells nobody when a review is deleted: it stays here until you close its case.",
        Rule.REAL: "Apple has no server to test against but its own, with a published app and real reviews. It is "
        "tested against simulators written from Apple's API reference and from the form of its public feed.",
    },
)
