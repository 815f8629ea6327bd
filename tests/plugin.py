"""Where the tests run: in a home of their own, on SQLite, or on a PostgreSQL of their own with `--postgres`.

Loaded before Django's settings are (see `addopts` in pyproject.toml), since those are read from the environment. An
operator's own settings never reach a test, and a test never reaches an operator's home.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

STORES = {"db", "transactional_db", "house"}  # the fixtures behind which a database is
_stack = ExitStack()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="run on a temporary PostgreSQL instead of SQLite")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        return  # a worker inherits the home and the database of the process that started it
    for name in [name for name in os.environ if name.startswith("AMENDS_")]:
        del os.environ[name]
    os.environ.pop("DATABASE_URL", None)
    home = tempfile.mkdtemp(prefix="amends-tests-")
    _stack.callback(shutil.rmtree, home, ignore_errors=True)
    os.environ["AMENDS_HOME"] = home
    if early_config.known_args_namespace.postgres:
        from tests.peers.stores import postgres

        os.environ["DATABASE_URL"] = _stack.enter_context(postgres())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What touches no database says nothing new on another one: the run on SQLite has it."""
    if config.option.postgres:
        kept = [one for one in items if one.get_closest_marker("django_db") or STORES & set(fixtures(one))]
        config.hook.pytest_deselected(items=[one for one in items if one not in set(kept)])
        items[:] = kept


def fixtures(item: pytest.Item) -> list[str]:
    return getattr(item, "fixturenames", [])


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    from django.conf import settings
    from django.db import connection

    if connection.vendor == "sqlite":
        # A file, as in real life: threads share it and writers queue for it. It need not survive a power cut.
        options = connection.settings_dict["OPTIONS"]
        options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
        connection.settings_dict["TEST"]["NAME"] = str(Path(os.environ["AMENDS_HOME"]) / "test.sqlite3")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_unconfigure() -> None:
    _stack.close()
