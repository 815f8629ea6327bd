"""A mailbox: heard by IMAP, answered by SMTP.

`parse` turns mails into posts with the help of `headers`, `charsets`, `body`, `hypertext`, `quoting`, `languages`,
`attached`, `tnef`, `nature`, `bounce` and `ids`; `imap` and `hearing` fetch them; `compose`, `smtp` and `sending`
answer.
"""

from __future__ import annotations

from amends.channels.email.channel import connect
from amends.channels.email.manifest import MANIFEST

__all__ = ["MANIFEST", "connect"]
