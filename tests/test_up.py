"""`amends up` as an operator meets it: one line, one port, and no way to kill half of it."""

from __future__ import annotations

import os
import re
import signal
import socket
from contextlib import closing

import httpx2

from tests.house import House, children


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - it may vanish meanwhile
        return stat.read().rpartition(")")[2].split()[0] == "Z"


def test_one_line_with_a_link_that_works_once(house: House):
    process = house.up()
    assert process.poll() is None, house.said
    lines = house.said.splitlines()
    assert len(lines) == 1, house.said
    assert f"Amends is at {house.url}" in lines[0]
    link = re.search(r"http://\S+$", lines[0])[0]
    with httpx2.Client(follow_redirects=True, timeout=30) as browser:
        page = browser.get(link)
        assert page.status_code == 200
        form = dict(re.findall(r'name="(csrfmiddlewaretoken)" value="([^"]+)"', page.text))
        entered = browser.post(str(page.url), data=form, headers={"Referer": str(page.url)})
        assert "sessionid" in browser.cookies, entered.text[:500]
    with httpx2.Client(follow_redirects=True, timeout=30) as stranger:
        page = stranger.get(link)
        stranger.post(str(page.url), data=form, headers={"Referer": str(page.url)})
        assert "sessionid" not in stranger.cookies
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0
    # Somebody has signed in: the next start prints no link into whatever keeps its output.
    again = house.up()
    assert house.said.splitlines()[-1] == f"Amends is at {house.url}"
    again.send_signal(signal.SIGINT)
    assert again.wait(15) == 0


def test_what_dies_is_started_again_and_nothing_outlives_the_parent(house: House):
    parent = house.up()
    before = children(parent.pid)
    assert set(before) == {"web", "work"}
    os.kill(before["web"], signal.SIGKILL)
    house.until(lambda: "amends web was killed by signal 9; starting it again in 1 s." in house.said)
    house.until(house.answers)
    after = children(parent.pid)
    assert after["work"] == before["work"]
    assert after["web"] != before["web"]
    parent.kill()
    parent.wait()
    house.until(lambda: all(gone(pid) for pid in after.values()))
    assert not house.answers()


def test_a_port_in_use_is_told(house: House):
    with socket.create_server(("127.0.0.1", house.port)):
        done = house.run("up")
    assert done.returncode == 2
    assert f"127.0.0.1:{house.port} is in use" in done.stderr
    assert f"AMENDS_PORT={house.port + 1}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_stops_the_start(house: House):
    done = house.run("up", AMENDS_LOG_LEVEL="loud")
    assert done.returncode == 2
    assert "AMENDS_LOG_LEVEL: 'loud' is no log level" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_of_another_version_is_refused(house: House):
    early = house.run("web")
    assert early.returncode == 2
    assert "Run `amends migrate`" in early.stderr
    assert house.run("migrate").returncode == 0
    with closing(house.database()) as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('cases', '0099_later', '2030-01-01 00:00:00')"
        )
        database.commit()
    for command in ("up", "work", "migrate"):
        done = house.run(command)
        assert done.returncode == 2, done.stderr
        assert "made by a newer version of Amends (it has cases.0099_later" in done.stderr
        assert "Nothing was changed." in done.stderr
