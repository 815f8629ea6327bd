"""What the Mastodon channel declares about itself."""

from __future__ import annotations

from datetime import timedelta

from amends.channels.base import Can, Limits, Manifest, Rule, Setting

NAMED = 32  # characters of a reply kept free for "@name " of whom it answers: names have at most 30

MANIFEST = Manifest(
    name="mastodon",
    label="Mastodon and the fediverse",
    about="Hears mentions, hashtags and searches on a server of the fediverse, live where it can, and answers there.",
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
            Can.FIND,
            Can.MEDIA_OUT,
            Can.EDIT_OUT,
            Can.EDITS,
            Can.DELETIONS,
            Can.ENGAGEMENT,
            Can.BACKFILL,
            Can.ANONYMOUS,
        }
    ),
    # Mastodon as it is installed. What the very server allows is asked of it.
    limits=Limits(text=500 - NAMED, counts="codepoints", parts=10, files=4, file_bytes=10 << 20),
    settings=(
        Setting(
            name="server",
            label="Server",
            help="Where your account lives, or whose public posts to hear, such as mastodon.social.",
            pattern=r"(https?://)?[^\s/?#@]+/?",
        ),
        Setting(
            name="token",
            label="Access token",
            help="Signing in fills this in. By hand: Preferences, Development, New application. Empty: listen only.",
            secret=True,
            required=False,
        ),
        Setting(
            name="timeline",
            label="Public timeline",
            help="all: every public post that the server knows; local: those written there; none. Left empty: none with"
            " an account, all without one.",
            required=False,
            pattern="all|local|none",
            advanced=True,
        ),
    ),
    # A server answers an account 300 times in five minutes (docs.joinmastodon.org/api/rate-limits): polls use 250.
    poll_every=timedelta(seconds=10),
    slowest=timedelta(minutes=5),
    # 300 new posts in three hours.
    pace=(25, timedelta(minutes=15)),
    proved="mastodon-mock 0.6.1, a stateful stand-in for a Mastodon server that others made",
    access="Free. Mentions, search and answers need an account on any server; many show hashtags to anybody.",
    lacks={
        Rule.LOGS_IN: "An access token is good until somebody takes it back; then a person must sign in again.",
    },
)
