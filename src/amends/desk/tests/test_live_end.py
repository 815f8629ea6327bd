"""The server's end: streams first, then the process, without anybody being cut off."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from amends.desk.tests.live_site import listen
from amends.desk.tests.test_live import World, hears_from_now, inside

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db) -> World:
    return World()


def address_of_database() -> str:
    """The test's own database as DATABASE_URL names it."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    account = f"{quote(given['USER'])}:{quote(given['PASSWORD'])}"
    return f"postgresql://{account}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


@pytest.fixture
def server(world):
    with socket.create_server(("127.0.0.1", 0), backlog=256) as door:
        port = door.getsockname()[1]
        command = [sys.executable, "-m", "uvicorn", "amends.config.asgi:application", "--fd", str(door.fileno())]
        command += ["--ws", "none", "--timeout-graceful-shutdown", "20"]
        environment = {
            **os.environ,
            "AMENDS_SECRET_KEY": settings.SECRET_KEY,
            "DATABASE_URL": address_of_database(),
            "DJANGO_SETTINGS_MODULE": "amends.config.settings",
        }
        process = subprocess.Popen(
            command, env=environment, pass_fds=[door.fileno()], stderr=subprocess.PIPE, text=True
        )
    process.port = port
    yield process
    process.kill()
    process.wait()


async def test_open_streams_end_whole_and_nothing_has_to_be_cut(world, server):
    cookie = world.cookies[world.alice.pk]
    streams = await asyncio.gather(*(listen(server.port, cookie) for _ in range(50)))
    for stream in streams:
        await hears_from_now(stream)
    server.send_signal(signal.SIGTERM)
    assert await asyncio.gather(*(stream.over() for stream in streams)) == [[]] * 50
    log = await inside(lambda: server.communicate(timeout=30)[1])()
    assert server.returncode in (0, -signal.SIGTERM)
    assert "Finished server process" in log
    assert "timeout graceful shutdown exceeded" not in log
    assert "Exception" not in log


async def test_health_is_told_and_pages_come_from_django(world, server):
    async def ask(path: str) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        answer = (await reader.read()).decode()
        writer.close()
        return answer

    assert (await ask("/healthz")).startswith("HTTP/1.1 200")
    login = await ask("/accounts/login/")
    assert login.startswith("HTTP/1.1 200")
    assert "csrfmiddlewaretoken" in login
    assert (await ask("/live")).startswith("HTTP/1.1 401")
    assert (await ask("/live/")).startswith("HTTP/1.1 404")


async def test_a_site_without_tables_does_not_start(tmp_path):
    environment = {**os.environ, "AMENDS_HOME": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite3"}
    command = [sys.executable, "-m", "uvicorn", "amends.config.asgi:application", "--port", "0"]
    ended = await inside(subprocess.run)(command, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 3
    assert "The events can't be read" in ended.stderr
