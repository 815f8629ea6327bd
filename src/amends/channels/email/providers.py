"""What is known of the large mail providers: where their servers are, and what they ask for.

From each provider's own help pages on IMAP and SMTP. An address of another domain is supposed to have its servers at
`imap.` and `smtp.` of that domain, which the form lets a person change.
"""

from __future__ import annotations

import msgspec


class Provider(msgspec.Struct, frozen=True):
    """`keeps_copies`: its SMTP server puts what is sent into the Sent folder by itself. `plus`: mail to name+word@
    reaches name@. `advice`: what to do when a password is refused."""

    domains: tuple[str, ...]
    imap: str
    smtp: str
    keeps_copies: bool = False
    plus: bool = False
    advice: str = "Check the address and the password. Many providers want an app password here instead of your own."


OTHER = Provider((), "", "")

PROVIDERS = (
    Provider(
        ("gmail.com", "googlemail.com"), "imap.gmail.com:993", "smtp.gmail.com:465", keeps_copies=True, plus=True,
        advice="Google wants an app password: switch on 2-Step Verification, then make one at "
        "myaccount.google.com/apppasswords and enter it here.",
    ),
    Provider(
        ("outlook.com", "hotmail.com", "live.com", "msn.com"), "outlook.office365.com:993", "smtp.office365.com:587",
        keeps_copies=True, plus=True,
        advice="Microsoft lets no program in with a password any more, unless your organisation's administrator allows "
        "it: have mail forwarded to a mailbox elsewhere and connect that one.",
    ),
    Provider(
        ("yahoo.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "yahoo.es", "ymail.com", "rocketmail.com"),
        "imap.mail.yahoo.com:993", "smtp.mail.yahoo.com:465",
        advice="Yahoo wants an app password: make one under Account security, and enter it here.",
    ),
    Provider(
        ("icloud.com", "me.com", "mac.com"), "imap.mail.me.com:993", "smtp.mail.me.com:587", plus=True,
        advice="Apple wants an app-specific password: make one at account.apple.com under Sign-In and Security, and "
        "enter it here.",
    ),
    Provider(
        ("fastmail.com", "fastmail.fm"), "imap.fastmail.com:993", "smtp.fastmail.com:465", plus=True,
        advice="Fastmail wants an app password: make one under Settings, Privacy & Security, and enter it here.",
    ),
    Provider(
        ("gmx.net", "gmx.de", "gmx.at", "gmx.ch"), "imap.gmx.net:993", "mail.gmx.net:465",
        advice="GMX lets programs in only after you allow it: under E-Mail, Einstellungen, POP3/IMAP Abruf.",
    ),
    Provider(
        ("web.de",), "imap.web.de:993", "smtp.web.de:465",
        advice="WEB.DE lets programs in only after you allow it: under E-Mail, Einstellungen, POP3/IMAP.",
    ),
    Provider(("aol.com",), "imap.aol.com:993", "smtp.aol.com:465"),
    Provider(("t-online.de",), "secureimap.t-online.de:993", "securesmtp.t-online.de:465"),
    Provider(("mailbox.org",), "imap.mailbox.org:993", "smtp.mailbox.org:465", plus=True),
    Provider(("posteo.de", "posteo.net"), "posteo.de:993", "posteo.de:465", plus=True),
    Provider(("zoho.com", "zohomail.com"), "imap.zoho.com:993", "smtp.zoho.com:465", plus=True),
    Provider(("yandex.com", "yandex.ru"), "imap.yandex.com:993", "smtp.yandex.com:465", plus=True),
    Provider(("orange.fr", "wanadoo.fr"), "imap.orange.fr:993", "smtp.orange.fr:465"),
)  # fmt: skip


def of(address: str, imap: str = "") -> Provider:
    """The provider of an address, by the IMAP server that was entered, else by its domain."""
    host, domain = imap.partition(":")[0].lower(), address.rpartition("@")[2].lower()
    for one in PROVIDERS:
        if one.imap.partition(":")[0] == host if host else domain in one.domains:
            return one
    return msgspec.structs.replace(OTHER, imap=f"imap.{domain}:993", smtp=f"smtp.{domain}:465")
