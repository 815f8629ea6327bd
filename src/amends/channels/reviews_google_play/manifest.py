"""What the Google Play channel declares about itself."""

from __future__ import annotations

from datetime import timedelta

from amends.channels.base import Can, Limits, Manifest, Rule, Setting

MANIFEST = Manifest(
    name="reviews_google_play",
    label="Google Play reviews",
    about="Hears what people write about your app on Google Play, and answers as its developer.",
    can=frozenset({Can.POLL, Can.REPLY, Can.FIND, Can.EDIT_OUT, Can.EDITS, Can.ENGAGEMENT, Can.BACKFILL}),
    # "Reply to Reviews": replyText has at most 350 characters.
    limits=Limits(text=350),
    settings=(
        Setting(
            name="app",
            label="Package name",
            help="The app's id as in its address on Google Play, after id=, such as com.acme.app.",
            pattern=r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+",
        ),
        Setting(
            name="key",
            label="Service account key",
            help="The whole content of the JSON file that Google Cloud gave you for the service account.",
            secret=True,
            lines=True,
        ),
        Setting(
            name="title",
            label="Name of the app",
            help="How your agents call it. It stands above each review, before the version.",
            required=False,
        ),
        Setting(
            name="translation",
            label="Translate into",
            help="A language such as en or pt-BR: Google's translation then goes with each review in another language.",
            required=False,
            pattern=r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*",
            advanced=True,
        ),
        Setting(
            name="server",
            label="Server",
            help="Where Google's API is. Leave it as it is.",
            default="https://androidpublisher.googleapis.com",
            pattern=r"https?://[^\s/?#]+/?",
            advanced=True,
        ),
    ),
    # An app may make 200 GETs an hour: a poll without news is one, and answers need some for their look-up.
    poll_every=timedelta(minutes=1),
    slowest=timedelta(minutes=10),
    # 2,000 POSTs a day.
    pace=(80, timedelta(hours=1)),
    access="Free. Needs a Google Cloud service account that the Play Console lets reply to reviews.",
    lacks={
        Rule.DELETIONS: "Google tells nobody when a review is deleted: it stays here until you close its case.",
        Rule.REAL: "Google has no server to test against but its own, with a published app and real reviews. It is "
        "tested against a simulator written from Google's API reference.",
    },
)
