"""What the Hacker News channel declares about itself."""

from __future__ import annotations

from datetime import timedelta

from amends.channels.base import Can, Manifest, Rule, Setting

WEB = r"https?://[^\s/?#]+(/[^\s?#]*)?"

MANIFEST = Manifest(
    name="hackernews",
    label="Hacker News",
    about="Finds stories and comments that say what you listen for, and follows their points, edits and deletions.",
    can=frozenset(
        {
            Can.POLL,
            Can.SEARCH,
            Can.BY_HAND,
            Can.EDITS,
            Can.DELETIONS,
            Can.ENGAGEMENT,
            Can.BACKFILL,
            Can.ANONYMOUS,
        }
    ),
    settings=(
        Setting(
            name="search",
            label="Search",
            help="The search of Hacker News, by Algolia. Leave it as it is.",
            default="https://hn.algolia.com/api/v1",
            pattern=WEB,
            advanced=True,
        ),
        Setting(
            name="items",
            label="Items",
            help="Where single stories and comments are asked for. Leave it as it is.",
            default="https://hacker-news.firebaseio.com/v0",
            pattern=WEB,
            advanced=True,
        ),
    ),
    # A poll without news is a call for each thing that is searched for, and one more.
    poll_every=timedelta(minutes=1),
    slowest=timedelta(minutes=5),
    access="Free, without an account. The search may be asked 10,000 times an hour from one server.",
    lacks={
        Rule.REAL: "Its servers run nowhere else: it is tested with a simulator written from their documentation.",
    },
)
