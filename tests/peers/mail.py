"""Real mail on loopback: Postfix takes it (SMTP) and hands it to Dovecot (LMTP), which shows it (IMAP).

`mail_servers` (a session's pytest fixture) starts both, as Debian packages them, on free ports, with everything they
write in a folder of its own, and gives a `MailServers`:

    servers.imap, .imaps, .smtp, .smtps         ports; imap and smtp also do STARTTLS
    servers.certificate                         of localhost, signed by itself
    address = servers.address("support")        a new mailbox at brand.test; its password is PASSWORD
    servers.write(mail)                         hand in an EmailMessage, as any sender on the Internet
    servers.received("alice@customer.test")     what arrived there, as EmailMessages, once all is delivered
    servers.settings(address)                   the channel's settings, whole

Mail for brand.test and customer.test is delivered whoever it is for; anything else comes back as undeliverable. Both
must be started as root, since they give up its rights by themselves. Where they are missing, the tests are skipped, or
fail when `REQUIRE_PEERS=1`.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.peers import stores

PASSWORD = "made-up-for-tests"
TEMPLATES = Path(__file__).parent / "mail"
NEEDED = ("postfix", "dovecot", "doveadm", "openssl")
PROGRAMS = "/usr/lib/postfix/sbin"
PORTS = ("imap", "imaps", "smtp", "smtps", "lmtp", "auth")


class MailServers(NamedTuple):
    """The running servers: see the module's text."""

    folder: Path
    imap: int
    imaps: int
    smtp: int
    smtps: int
    numbers: Iterator[int]
    restart: Callable[[], None]  # kill Dovecot in the midst of what it does, and start it again

    @property
    def certificate(self) -> Path:
        return self.folder / "tls.crt"

    def address(self, name: str) -> str:
        return f"{name}{next(self.numbers)}@brand.test"

    def settings(self, address: str, **more: str) -> dict[str, str]:
        return {
            "address": address, "password": PASSWORD, "name": "Brand Care", "imap": f"127.0.0.1:{self.imap}",
            "imap_security": "none", "smtp": f"127.0.0.1:{self.smtp}", "smtp_security": "none",
        } | more  # fmt: skip

    def write(self, mail: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp) as line:
            line.send_message(mail)

    def received(self, address: str) -> list[EmailMessage]:
        self.settle()
        found = sorted((self.folder / "mail" / address).glob("*/*.M*"), key=lambda path: path.stat().st_mtime_ns)
        return [BytesParser(_class=EmailMessage, policy=default).parsebytes(path.read_bytes()) for path in found]

    def settle(self) -> None:
        """Wait until Postfix has nothing left to deliver."""
        queues = [self.folder / "spool" / name for name in ("maildrop", "incoming", "active", "deferred")]
        deadline = time.monotonic() + 10
        while any(files for queue in queues for _, _, files in os.walk(queue)):
            assert time.monotonic() < deadline, "the mail was not delivered in time"
            time.sleep(0.02)

    def kick(self, address: str) -> None:
        """End the IMAP sessions of a mailbox."""
        subprocess.run(
            ["doveadm", "-c", self.folder / "dovecot.conf", "kick", address], check=False, capture_output=True
        )


@contextmanager
def servers() -> Iterator[MailServers]:
    """Both servers for the length of the block. Raises `stores.Missing`."""
    lacking = [name for name in NEEDED if not shutil.which(name)]
    if lacking or os.geteuid():
        raise stores.Missing(
            "mail needs root, Postfix and Dovecot: apt-get install postfix dovecot-imapd dovecot-lmtpd openssl"
        )
    with tempfile.TemporaryDirectory(prefix="amends-mail-", ignore_cleanup_errors=True) as made, ExitStack() as stack:
        folder = Path(made)
        ports = {name: stores.free_port() for name in PORTS}
        _lay_out(folder, ports)
        dovecot = ["dovecot", "-F", "-c", f"{folder}/dovecot.conf"]
        life = stack.enter_context(ExitStack())

        def start() -> None:
            life.enter_context(stores.running(dovecot, lambda: stores.answers(ports["imap"])))

        def again() -> None:
            master = int((folder / "run" / "master.pid").read_text())
            for pid in [master, *map(int, Path(f"/proc/{master}/task/{master}/children").read_text().split())]:
                os.kill(pid, signal.SIGKILL)
            life.close()
            start()

        start()
        subprocess.run(["postfix", "-c", f"{folder}/postfix", "check"], check=True, capture_output=True)
        postfix = [f"{PROGRAMS}/master", "-d", "-c", f"{folder}/postfix"]
        stack.enter_context(stores.running(postfix, lambda: stores.answers(ports["smtp"])))
        lines = (ports[name] for name in ("imap", "imaps", "smtp", "smtps"))
        yield MailServers(folder, *lines, numbers=itertools.count(1), restart=again)


def _lay_out(folder: Path, ports: dict[str, int]) -> None:
    folder.chmod(0o755)
    for name, owner in (("run", "root"), ("mail", "mail"), ("postfix", "root"), ("spool", "root"), ("data", "postfix")):
        (folder / name).mkdir()
        os.chown(folder / name, pwd.getpwnam(owner).pw_uid, -1)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", folder / "tls.key", "-out", folder / "tls.crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    values = {"folder": str(folder), "password": PASSWORD} | {name: str(port) for name, port in ports.items()}
    for name, place in (("dovecot.conf", "."), ("main.cf", "postfix"), ("master.cf", "postfix")):
        text = (TEMPLATES / name).read_text()
        for key, value in values.items():
            text = text.replace(f"@{key}@", value)
        (folder / place / name).write_text(text)


@pytest.fixture(scope="session")
def mail_servers() -> Iterator[MailServers]:
    try:
        with servers() as running:
            yield running
    except stores.Missing as error:
        if os.environ.get("REQUIRE_PEERS"):
            raise
        pytest.skip(str(error))
