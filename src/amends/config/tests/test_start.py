"""What every process does before its own work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

WRITES = """
from amends.config.start import begin
home = begin("test").home
(home / "amends.sqlite3").write_text("what customers wrote")
"""


def test_what_is_written_is_for_the_owner_alone(tmp_path: Path) -> None:
    """Also in a home that others may look into, as package managers make them."""
    tmp_path.chmod(0o755)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AMENDS_", "DJANGO_"))}
    subprocess.run([sys.executable, "-c", WRITES], env={**environ, "AMENDS_HOME": str(tmp_path)}, check=True)
    assert (tmp_path / "amends.sqlite3").stat().st_mode & 0o777 == 0o600
