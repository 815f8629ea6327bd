"""What the feeds channel declares about itself."""

from __future__ import annotations

from datetime import timedelta

from amends.channels.base import Can, Manifest, Rule, Setting

MANIFEST = Manifest(
    name="feeds",
    label="Feeds: news, blogs, forums",
    about="Reads what sites publish as feeds: news, blogs, forums, and searches that a site offers as a feed.",
    can=frozenset(
        {Can.POLL, Can.RECEIVE, Can.SEARCH, Can.BY_HAND, Can.EDITS, Can.BACKFILL, Can.ANONYMOUS},
    ),
    settings=(
        Setting(
            name="feeds",
            label="Addresses",
            help=(
                "One a line: a feed, or a page that names its feed. Where an address has {term}, it is asked once for "
                "each thing you search for, such as https://news.google.com/rss/search?q={term} for news, "
                "https://www.reddit.com/search.rss?q={term}&sort=new for Reddit, or the search of a forum that offers "
                "RSS."
            ),
            pattern=r"\s*https?://[^\s/?#]\S*(\s+https?://[^\s/?#]\S*)*\s*",
            lines=True,
        ),
    ),
    # What readers of feeds do, and what sites expect of them. A feed may ask for longer; see rhythm.
    poll_every=timedelta(minutes=5),
    slowest=timedelta(minutes=30),
    access="Free, without an account: whatever a site publishes as a feed.",
    proved="Python's own web server with feeds as Django writes them, and the WebSub hub of Flask-WebSub",
    lacks={
        Rule.DELETIONS: "A feed lists only its newest items: one that is no longer in it may be old, or deleted.",
    },
)
