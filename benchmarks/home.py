"""A desk of its own for a benchmark: run the program below in a fresh process, in a fresh home, on either database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any


def in_fresh_home(module: str, *arguments: str, postgres: bool = False) -> Any:
    """What `python -m MODULE ARGUMENTS` printed last, as JSON, with AMENDS_HOME empty and the database migrated."""
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="amends-bench-", ignore_cleanup_errors=True))
        environ = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
        environ |= {"AMENDS_HOME": home, "DJANGO_SETTINGS_MODULE": "amends.config.settings"}
        environ.pop("DATABASE_URL", None)
        if postgres:
            from tests.peers.stores import postgres as cluster

            environ["DATABASE_URL"] = stack.enter_context(cluster())
        root = Path(__file__).parent.parent
        migrate = [sys.executable, "-m", "django", "migrate", "-v0"]
        subprocess.run(migrate, env=environ, cwd=root, check=True)
        command = [sys.executable, "-m", module, *arguments]
        done = subprocess.run(command, env=environ, cwd=root, check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout.strip().splitlines()[-1])
