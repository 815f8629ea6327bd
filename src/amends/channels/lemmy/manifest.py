"""What the Lemmy channel declares about itself."""

from __future__ import annotations

from datetime import timedelta

from amends.channels.base import Can, Limits, Manifest, Rule, Setting

COMMUNITY = r"!?[A-Za-z0-9_]+(@[A-Za-z0-9.-]+(:\d+)?)?"

MANIFEST = Manifest(
    name="lemmy",
    label="Lemmy",
    about="Hears every post and comment that a Lemmy server knows, also without an account, and answers as yours.",
    can=frozenset(
        {
            Can.POLL,
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
    # BODY_MAX_LENGTH of a comment and of a private message, counted in UTF-16.
    limits=Limits(text=10000, counts="utf16"),
    settings=(
        Setting(
            name="address",
            label="Server",
            help="The Lemmy server to listen on, such as https://lemmy.world. With an account: the one where it lives.",
            pattern=r"https?://[^\s/?#]+/?",
        ),
        Setting(
            name="username",
            label="User name",
            help="The account that you answer as. Leave it and the password empty to listen only.",
            required=False,
            pattern=r"[^\s/]{1,100}",
        ),
        Setting(
            name="password",
            label="Password",
            help="The account's password: Lemmy has no others to give. Best make an account for customer care alone.",
            secret=True,
            required=False,
        ),
        Setting(
            name="totp",
            label="Two-factor key",
            help="Only with two-factor login: the link (otpauth://...) that was shown when it was set up.",
            secret=True,
            required=False,
            advanced=True,
            pattern=r"(otpauth://.*[?&]secret=[A-Za-z2-7=%]+.*|[A-Za-z2-7= ]{16,})",
        ),
        Setting(
            name="communities",
            label="Communities",
            help="Read only these, one a line, such as !support@lemmy.world. Empty: everything that the server knows.",
            required=False,
            lines=True,
            pattern=rf"\s*({COMMUNITY}(\s+{COMMUNITY}){{0,19}})?\s*",
        ),
    ),
    # Two calls a poll, five with an account; a server answers 180 a minute to an address.
    poll_every=timedelta(seconds=30),
    # As servers are delivered: six comments in ten minutes, refilled one by one.
    pace=(6, timedelta(minutes=10)),
    access="Free. Listening needs no account; replies, mentions, messages and answers need one and its password.",
    lacks={
        Rule.REAL: "Lemmy is a server of several programs with a database of its own, which the tests can't build. "
        "They run against a simulator written from its documentation and its source.",
    },
)
