"""What `amends doctor` looks at. Each finding says what is, and what to do where something is wrong."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Count

from amends.config import schema
from amends.config.conf import unknown

LITTLE, TOO_LITTLE = 2 << 30, 200 << 20  # bytes free on the disk: a warning, a failure
STUCK = timedelta(minutes=15)  # an approved reply that waits longer than this waits for something


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """`level` is "ok", "warn" or "fail"."""

    name: str
    level: str
    text: str
    do: str = ""


def examine(now: datetime) -> Iterator[Finding]:
    """Everything, in the order in which it should be mended. What needs a good database comes after it and is left out
    without one."""
    yield from _settings()
    yield from _keys()
    yield from _disk()
    reachable = list(_database())
    yield from reachable
    if any(one.level == "fail" for one in reachable):
        return
    rooms: tuple[Callable[[datetime], Iterator[Finding]], ...] = (_operators, _credentials, _sources, _outbox)
    for check in rooms:
        yield from check(now)


def _settings() -> Iterator[Finding]:
    yield Finding("settings", "ok", f"AMENDS_HOME is {settings.CONF.home}.")
    for name in unknown(os.environ):
        yield Finding("settings", "warn", f"{name} is no setting of Amends.", "Correct its name or remove it.")
    if settings.CONF.debug:
        do = "Remove AMENDS_DEBUG unless you are developing."
        yield Finding("settings", "warn", "Debugging is on: errors show parts of the source.", do)
    if settings.CONF.url.startswith("http://") and settings.CONF.host not in ("127.0.0.1", "localhost", "::1"):
        do = "Put a proxy that speaks https in front, and set AMENDS_URL to its https address."
        yield Finding("settings", "warn", f"Others reach {settings.CONF.url} without encryption.", do)


def _keys() -> Iterator[Finding]:
    for name in ("secret", "credentials"):
        path = settings.CONF.home / "keys" / name
        if not path.exists():
            yield Finding("keys", "ok", f"The key '{name}' comes from the settings; back it up yourself.")
        elif path.stat().st_mode & 0o077:
            do = f"chmod 600 {shlex.quote(str(path))}"
            yield Finding("keys", "fail", f"Others on this machine can read {path}.", do)
        else:
            yield Finding("keys", "ok", f"{path} is there, and its owner's alone.")


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(settings.CONF.home).free
    level = "ok" if free > LITTLE else "warn" if free > TOO_LITTLE else "fail"
    do = "" if level == "ok" else "Free some space, or move AMENDS_HOME. With a full disk nothing new is taken in."
    yield Finding("disk", level, f"{free / (1 << 30):.1f} GB are free under {settings.CONF.home}.", do)


def _database() -> Iterator[Finding]:
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("CREATE TABLE amends_doctor (id integer)")
            transaction.set_rollback(True)
    except DatabaseError as error:
        do = "Check DATABASE_URL, that the server runs, and that this user may write."
        yield Finding("database", "fail", f"It can't be reached or written: {str(error).strip()}", do)
        return
    yield Finding("database", "ok", f"{connection.vendor}, reachable and writable.")
    yield from _migrations()
    if connection.vendor == "sqlite":
        yield from _sqlite()


def _migrations() -> Iterator[Finding]:
    if newer := schema.newer():
        do = "Install the newer version again, or restore a backup made before the upgrade."
        yield Finding("migrations", "fail", f"A newer version of Amends made {newer[-1]}.", do)
    elif pending := schema.pending():
        do = "Run `amends migrate`, or start with `amends up`."
        yield Finding("migrations", "fail", f"{len(pending)} are missing, the first is {pending[0]}.", do)
    else:
        yield Finding("migrations", "ok", "The tables are this version's.")


def _sqlite() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(1)")
        sound = cursor.fetchone()[0]
        cursor.execute("PRAGMA journal_mode")
        journal = cursor.fetchone()[0]
    if sound == "ok":
        yield Finding("integrity", "ok", "SQLite finds the file sound.")
    else:
        do = "Stop Amends, keep a copy of the file, and restore the last good backup with `amends restore`."
        yield Finding("integrity", "fail", f"SQLite finds the file damaged: {sound}", do)
    if journal != "wal":
        do = "Put the database on a local disk: network file systems do not carry the write-ahead log."
        yield Finding("journal", "fail", f"The journal mode is '{journal}', not 'wal'.", do)
    file = Path(str(connection.settings_dict["NAME"]))
    if open_ones := [str(path) for path in _beside(file) if path.exists() and path.stat().st_mode & 0o077]:
        do = f"chmod 600 {' '.join(map(shlex.quote, open_ones))}"
        yield Finding("privacy", "warn", "Others on this machine can read what customers wrote.", do)
    log = Path(f"{file}-wal")
    if log.exists() and log.stat().st_size > 1 << 30:
        do = "Look for a program that keeps the database open for reading, such as an old copy or a shell, and end it."
        yield Finding("journal", "warn", f"The write-ahead log has grown to {log.stat().st_size >> 20} MB.", do)


def _beside(database: Path) -> list[Path]:
    """The file, its write-ahead log and the log's index: each holds rows, or where they are."""
    return [database, Path(f"{database}-wal"), Path(f"{database}-shm")]


def _operators(_now: datetime) -> Iterator[Finding]:
    from amends.accounts.models import Membership, User

    if not User.objects.filter(is_active=True).exists():
        yield Finding("users", "warn", "Nobody can sign in yet.", "Start `amends up`, which prints a link.")
    elif not Membership.objects.exists():
        yield Finding("users", "ok", "There is no brand yet: the first run of the desk makes one.")
    else:
        yield Finding("users", "ok", f"{User.objects.filter(is_active=True).count()} can sign in.")


def _credentials(_now: datetime) -> Iterator[Finding]:
    from amends.sources.models import Source
    from amends.sources.secrets import Sealed, unseal

    opened = 0
    for source in Source.objects.select_related("brand"):
        try:
            opened += bool(unseal(bytes(source.credentials)))
        except Sealed as error:
            yield Finding("credentials", "fail", f"{source.brand}, {source}: no key opens them.", str(error))
    if opened:
        yield Finding("credentials", "ok", f"The keys open the credentials of {opened} accounts.")


def _sources(now: datetime) -> Iterator[Finding]:
    from amends.channels import registry
    from amends.sources.models import Source, State

    for module, problem in registry.broken().items():
        do = "Install the version that fits this Amends, or remove it; its accounts rest until then."
        yield Finding("channels", "fail", f"The channel {module} can't be loaded ({problem}).", do)
    listening = Source.objects.select_related("brand").exclude(state=State.ENDED)
    for source in listening:
        name = f"{source.brand}, {source}"
        if source.state == State.LOGIN:
            do = "Give new credentials under Settings, Listening."
            yield Finding("channels", "fail", f"{name} was refused: {source.problem}", do)
        elif source.state == State.FAILING:
            do = "It is tried again by itself. If it lasts, check the network and the account."
            yield Finding("channels", "warn", f"{name} fails since {source.failures} attempts: {source.problem}", do)
        elif source.state == State.PAUSED:
            yield Finding("channels", "ok", f"{name} is paused.")
        elif source.silent_since:
            do = "That is longer than usual. Look at the network; connect the account anew if it is not quiet there."
            yield Finding("channels", "warn", f"{name} is silent since {source.silent_since:%Y-%m-%d %H:%M} UTC.", do)
        elif source.next_at < now - timedelta(minutes=10) and not (source.lease_until and source.lease_until > now):
            do = "Is `amends listen` (or `amends up`) running? Look into logs/work.log."
            yield Finding("channels", "warn", f"{name} should have been asked at {source.next_at:%H:%M} UTC.", do)
        else:
            yield Finding("channels", "ok", f"{name} listens.")


def _outbox(now: datetime) -> Iterator[Finding]:
    from amends.replies.models import Reply, State

    found = dict(Reply.objects.values_list("state").annotate(Count("pk")))
    late = Reply.objects.filter(state=State.QUEUED, created__lt=now - STUCK).count()
    if late:
        do = "Is `amends work` (or `amends up`) running? Is the account they go through in order?"
        yield Finding("outbox", "warn", f"{late} replies have waited for more than 15 minutes.", do)
    if count := found.get(State.UNCERTAIN):
        do = "Look on the network whether they arrived, and settle them on the desk's outbox page."
        yield Finding("outbox", "warn", f"Of {count} replies it is not known whether they arrived.", do)
    if count := found.get(State.FAILED):
        yield Finding("outbox", "warn", f"{count} replies were not sent.", "Retry or withdraw them on the outbox page.")
    if not late and not found.get(State.UNCERTAIN) and not found.get(State.FAILED):
        yield Finding("outbox", "ok", "No reply is stuck.")
