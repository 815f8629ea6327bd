"""What the channel of one's own systems declares about itself."""

from __future__ import annotations

from datetime import timedelta

from amends.channels.base import Can, Limits, Manifest, Rule, Setting

NONE = "none"  # what is entered to take back a secret: an empty field leaves it as it is

MANIFEST = Manifest(
    name="inbound",
    label="Your own systems (webhook)",
    about=(
        "A shop, a forum, a contact form, a mail server: whatever can make a signed web request brings posts at once, "
        "and can be given the answers."
    ),
    can=frozenset({Can.RECEIVE, Can.REPLY, Can.DIRECT, Can.FIND, Can.EDITS, Can.DELETIONS, Can.ENGAGEMENT}),
    limits=Limits(text=10_000),
    settings=(
        Setting(
            name="system",
            label="Name of the system",
            help="One word in small letters, such as shop or forum. It keeps the numbers of two systems apart.",
            pattern=r"[a-z0-9][a-z0-9-]{0,39}",
        ),
        Setting(
            name="secret",
            label="Signing secret",
            help=(
                "A long random text that the system knows too, of 24 characters at least. On a command line, "
                "openssl rand -hex 32 makes one."
            ),
            secret=True,
            pattern=r"[\x21-\x7e]{24,200}",
        ),
        Setting(
            name="address",
            label="Where answers go",
            help=(
                "An https address of the system that takes answers. It is called once a day to see that it is there. "
                "Leave it empty to listen only."
            ),
            required=False,
            pattern=r"https://[^\s/?#]+[^\s#]*|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/[^\s#]*)?",
        ),
        Setting(
            name="lookup",
            label="It can be asked for an answer",
            help="Write yes if that address tells whether it has taken an answer when it is asked with GET ?key=.",
            default="no",
            pattern="yes|no",
            advanced=True,
        ),
        Setting(
            name="length",
            label="Longest answer",
            help="How many characters an answer may have there.",
            default="10000",
            pattern=r"[1-9]\d{1,5}",
            advanced=True,
        ),
        Setting(
            name="old_secret",
            label="Secret before this one",
            help=(f"While a secret is being changed both are accepted. Write {NONE} once the system uses the new one."),
            secret=True,
            required=False,
            pattern=rf"{NONE}|[\x21-\x7e]{{24,200}}",
            advanced=True,
        ),
    ),
    poll_every=timedelta(minutes=15),  # nothing is fetched: how often its health is looked at
    pace=(60, timedelta(minutes=1)),
    access="Free. It takes somebody who can have the system make a signed web request; the documentation has examples.",
    lacks={
        Rule.BACKFILLS: "What the system could not post it has to post again: until it was answered with 200.",
        Rule.LOGS_IN: "There is no session that could end: every request is signed by itself.",
        Rule.REAL: "The other side is your own system. The examples of the documentation are run as tests instead.",
    },
)
