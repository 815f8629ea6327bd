"""What the e-mail channel declares about itself."""

from __future__ import annotations

from datetime import timedelta

from amends.channels.base import Can, Limits, Manifest, Rule, Setting

HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?"
SECURITY = r"tls|starttls|none"

MANIFEST = Manifest(
    name="email",
    label="E-mail",
    about="Hears a mailbox within seconds, puts answers and what they answer together, and replies as that address.",
    can=frozenset({Can.STREAM, Can.NOTIFICATIONS, Can.REPLY, Can.DIRECT, Can.FIND, Can.MEDIA_OUT, Can.BACKFILL}),
    # No mail server counts characters; this is more than anybody reads. Most take 25 MB a mail, of which base64 takes
    # a third.
    limits=Limits(text=100_000, counts="codepoints", files=10, file_bytes=10_000_000),
    settings=(
        Setting(
            name="address",
            label="E-mail address",
            help="The address that customers write to, such as support@acme.example.",
            pattern=r"[^\s@<>\"(),:;]+@[^\s@<>\"(),:;]+\.[^\s@<>\"(),:;]+",
        ),
        Setting(
            name="password",
            label="App password",
            help="Gmail, Yahoo, iCloud and Fastmail want an app password, made in your account's security settings. "
            "Elsewhere it is the mailbox's own.",
            secret=True,
        ),
        Setting(
            name="name",
            label="Sender's name",
            help="What customers see beside the address, such as Acme Support.",
            required=False,
        ),
        Setting(
            name="signature",
            label="Signature",
            help="Stands below every answer. Leave it empty for none.",
            required=False,
            lines=True,
        ),
        Setting(
            name="user",
            label="User name",
            help="To log in with, where it is not the address.",
            required=False,
            advanced=True,
        ),
        Setting(
            name="imap",
            label="Incoming server (IMAP)",
            help="Host and port, such as imap.acme.example:993. Empty: found by the address.",
            required=False,
            pattern=HOST,
            advanced=True,
        ),
        Setting(
            name="imap_security",
            label="Its encryption",
            help="tls, starttls, or none (only in a network of your own). Empty: by the port.",
            required=False,
            pattern=SECURITY,
            advanced=True,
        ),
        Setting(
            name="smtp",
            label="Outgoing server (SMTP)",
            help="Host and port, such as smtp.acme.example:465 or :587. Empty: found by the address.",
            required=False,
            pattern=HOST,
            advanced=True,
        ),
        Setting(
            name="smtp_security",
            label="Encryption of the outgoing server",
            help="tls, starttls, or none (only in a network of your own). Empty: by the port.",
            required=False,
            pattern=SECURITY,
            advanced=True,
        ),
        Setting(
            name="folders",
            label="Folders to hear",
            help="One a line. The first is heard at once, the others within a minute.",
            default="INBOX",
            lines=True,
            advanced=True,
        ),
        Setting(
            name="sent",
            label="Sent folder",
            help="Heard as well, so that answers written elsewhere are seen. Empty: found by itself.",
            required=False,
            advanced=True,
        ),
        Setting(
            name="copies",
            label="Who files a copy of each answer",
            help="amends, server (the provider does, as Gmail and Outlook), or nobody. Empty: by the provider.",
            required=False,
            pattern="amends|server|nobody",
            advanced=True,
        ),
        Setting(
            name="plus",
            label="Plus addressing",
            help="yes if mail to name+anything@ reaches you: answers then find their thread even where a mail program "
            "forgets it. Empty: as the provider is known to do.",
            required=False,
            pattern="yes|no",
            advanced=True,
        ),
        Setting(
            name="days",
            label="Days to look back at first",
            help="Mail older than this is left alone when the mailbox is connected.",
            default="3",
            pattern="[0-9]{1,3}",
            advanced=True,
        ),
    ),
    # For a stream: how soon to connect again.
    poll_every=timedelta(seconds=10),
    # Providers allow some hundreds of mails a day to an ordinary mailbox.
    pace=(20, timedelta(minutes=1)),
    proved="Postfix and Dovecot",
    access="Free. Needs a mailbox with IMAP and SMTP, and its app password.",
    lacks={
        Rule.EDITS: "A mail that was sent can't be changed by its writer.",
        Rule.DELETIONS: "A mail that was sent can't be taken back by its writer.",
        Rule.PACED: "Mail servers refuse for a while and never say for how long: it comes back later and later.",
        Rule.PROXY: "Mail is no web traffic, and web proxies don't carry it: let IMAP and SMTP through the firewall.",
    },
)  # fmt: skip
