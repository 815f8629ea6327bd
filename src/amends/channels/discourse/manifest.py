"""What the Discourse channel declares about itself."""

from __future__ import annotations

from datetime import timedelta

from amends.channels.base import Can, Limits, Manifest, Rule, Setting

MANIFEST = Manifest(
    name="discourse",
    label="Discourse forum",
    about="Hears every post of a forum that runs Discourse, also without an account, and answers as your account.",
    can=frozenset(
        {
            Can.POLL,
            Can.RECEIVE,
            Can.SEARCH,
            Can.NOTIFICATIONS,
            Can.REPLY,
            Can.DIRECT,
            Can.LIKE,
            Can.FIND,
            Can.EDIT_OUT,
            Can.EDITS,
            Can.DELETIONS,
            Can.ENGAGEMENT,
            Can.BACKFILL,
            Can.ANONYMOUS,
        }
    ),
    # The site setting max_post_length as it is delivered; the forum's own is asked for when it is connected.
    limits=Limits(text=32000, counts="codepoints"),
    settings=(
        Setting(
            name="address",
            label="Address of the forum",
            help="As it stands in the browser, such as https://forum.example.org.",
            pattern=r"https?://[^\s?#]+",
        ),
        Setting(
            name="username",
            label="User name",
            help="The forum account that you answer as. Leave it and the keys empty to listen only.",
            required=False,
            pattern=r"@?[^\s/@]{1,60}",
        ),
        Setting(
            name="api_key",
            label="API key",
            help="An administrator makes one under Admin, API keys, for this single user.",
            secret=True,
            required=False,
        ),
        Setting(
            name="user_key",
            label="User API key",
            help="Instead of an API key, where no administrator makes one: a key that you made for yourself.",
            secret=True,
            required=False,
            advanced=True,
        ),
        Setting(
            name="hook_secret",
            label="Secret of the webhook",
            help="The same words that stand under Secret in the forum's webhook. It tells edits and deletions at once.",
            secret=True,
            required=False,
            pattern=r".{12,}",
            advanced=True,
        ),
    ),
    # Three calls a poll; a key may make 60 a minute, and answers without an account are up to a minute old.
    poll_every=timedelta(seconds=30),
    # rate_limit_create_post is five seconds, and each reply is looked up before it is sent.
    pace=(10, timedelta(minutes=1)),
    access="Free. Public forums need no account; notifications, messages and answers need a key of the forum.",
    lacks={
        Rule.LOGS_IN: "There is no session that could end: a key is good until it is withdrawn, and then you are told.",
        Rule.REAL: "Discourse comes only as a whole server image, which the tests can't start. They run against a "
        "simulator written from its documentation and its source.",
    },
)
