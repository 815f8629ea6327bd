"""What the Matrix channel declares about itself."""

from __future__ import annotations

from datetime import timedelta

from amends.channels.base import Can, Limits, Manifest, Setting

MOST_UPLOADED = 50 << 20  # bytes of a file, whatever the server allows

MANIFEST = Manifest(
    name="matrix",
    label="Matrix",
    about="Hears the rooms and direct messages of a Matrix account as they are written, and answers there. Rooms with"
    " end-to-end encryption can't be read.",
    can=frozenset(
        {
            Can.STREAM,
            Can.NOTIFICATIONS,
            Can.REPLY,
            Can.LIKE,
            Can.DIRECT,
            Can.FIND,
            Can.MEDIA_OUT,
            Can.EDIT_OUT,
            Can.EDITS,
            Can.DELETIONS,
            Can.ENGAGEMENT,
            Can.BACKFILL,
        }
    ),
    # An event is at most 65,536 bytes, as JSON that writes some characters as two, with all that stands around them.
    limits=Limits(text=30_000, counts="bytes", files=10, file_bytes=10 << 20),
    settings=(
        Setting(
            name="user",
            label="Matrix ID",
            help="The account's whole name, such as @acme:example.org.",
            pattern=r"@[^\s:/@]+:[^\s/@]+",
        ),
        Setting(
            name="password",
            label="Password",
            help="The account's password. Leave it empty if you enter an access token.",
            secret=True,
            required=False,
        ),
        Setting(
            name="token",
            label="Access token",
            help="Instead of a password, where the account signs in elsewhere. Element shows it under Settings, Help"
            " and about, Advanced.",
            secret=True,
            required=False,
        ),
        Setting(
            name="rooms",
            label="Rooms",
            help="Which rooms to listen to, one a line: #help:example.org or !id:example.org. Leave it empty for all"
            " that the account is in. Direct messages are always heard.",
            required=False,
            lines=True,
            pattern=r"\s*([#!]\S+\s*)*",
        ),
        Setting(
            name="invites",
            label="Accept invitations",
            help="direct: whoever writes to the account directly is heard at once. all: every invitation is accepted."
            " none: a person accepts each in a Matrix app.",
            default="direct",
            required=False,
            pattern="direct|all|none",
            advanced=True,
        ),
        Setting(
            name="server",
            label="Homeserver",
            help="The address of the account's server. Leave it empty to find it by the Matrix ID.",
            required=False,
            pattern=r"https?://[^\s?#]+",
            advanced=True,
        ),
    ),
    # Only between two streams: a server answers as soon as there is news.
    poll_every=timedelta(seconds=5),
    # Synapse's default is one message in five seconds, ten in a row (rc_message).
    pace=(12, timedelta(minutes=1)),
    proved="Synapse, the homeserver by the makers of Matrix's first clients",
    access="Free. Needs an account on any homeserver, with its password or an access token, that is in the rooms.",
)
