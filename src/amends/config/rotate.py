"""New keys for the credentials of connected accounts, while everything runs."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from amends.config.conf import Conf
from amends.config.values import Unfit

SETTLE = 2.0  # seconds in which a process that read the old file has written what it was about to


def rotate(conf: Conf, settle: float = SETTLE) -> int:
    """Encrypt all credentials with a new key, and forget the old ones: {how many accounts}. Keys that come from the
    settings are theirs to change: then only what older ones encrypted is encrypted with the first. Raises `Unfit` when
    some can't be opened; nothing is forgotten then."""
    from amends.sources.secrets import reseal

    new: tuple[str, ...] = ()
    if conf.keys_file is not None:
        from cryptography.fernet import Fernet

        new = (Fernet.generate_key().decode(),)
        put(conf.keys_file, (*new, *conf.keys_file.read_text().split()))
    done, closed = reseal(datetime.now(UTC))
    if closed:
        names = ", ".join(closed)
        raise Unfit(
            f"No key opens the credentials of {names}: connect them anew, or put their key back. All keys stay."
        )
    if conf.keys_file is not None:
        time.sleep(settle)
        done += reseal(datetime.now(UTC))[0]
        put(conf.keys_file, new)
    return done


def put(path: Path, keys: tuple[str, ...]) -> None:
    """Write the keys in one piece: nobody ever reads half of them."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as out:  # made with mode 600
        out.write("\n".join(keys) + "\n")
        out.flush()
        os.fsync(out.fileno())
    Path(out.name).replace(path)
