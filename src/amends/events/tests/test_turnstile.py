"""The turnstile between processes: one at a time, nobody overtaken twice, open again when its holder is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from amends.events.turnstile import turnstile

HOLD = """
import sys
from amends.events.turnstile import turnstile
for line in sys.stdin:
    with turnstile(sys.argv[1]):
        print("in", flush=True)
        sys.stdin.readline()
    print("out", flush=True)
"""

COUNT = """
import sys
from pathlib import Path
from amends.events.turnstile import turnstile
number = Path(sys.argv[2])
for _ in range(200):
    with turnstile(sys.argv[1]):
        number.write_text(str(int(number.read_text()) + 1))
"""


class Other:
    """Another process that goes through the turnstile when it is told to."""

    def __init__(self, database: Path) -> None:
        command = [sys.executable, "-c", HOLD, str(database)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self) -> None:
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def hears(self) -> str:
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def enter_in_thread(database: Path) -> tuple[threading.Thread, threading.Event]:
    entered = threading.Event()

    def enter() -> None:
        with turnstile(str(database)):
            entered.set()

    thread = threading.Thread(target=enter)
    thread.start()
    return thread, entered


def test_one_at_a_time_between_processes(tmp_path):
    number = tmp_path / "number"
    number.write_text("0")
    command = [sys.executable, "-c", COUNT, str(tmp_path / "db"), str(number)]
    counters = [subprocess.Popen(command) for _ in range(4)]
    assert [counter.wait() for counter in counters] == [0] * 4
    assert number.read_text() == "800"


def test_nobody_enters_before_the_other_has_left(tmp_path):
    other = Other(tmp_path / "db")
    other.ask()
    assert other.hears() == "in"
    thread, entered = enter_in_thread(tmp_path / "db")
    assert not entered.wait(0.1)
    other.ask()
    assert other.hears() == "out"
    assert entered.wait(10)
    thread.join()
    other.end()


def test_a_killed_holder_lets_go(tmp_path):
    other = Other(tmp_path / "db")
    other.ask()
    assert other.hears() == "in"
    thread, entered = enter_in_thread(tmp_path / "db")
    other.kill()
    assert entered.wait(10)
    thread.join()


def test_a_writer_that_waits_at_the_door_goes_before_one_that_comes_back(tmp_path):
    database = tmp_path / "db"
    with turnstile(str(database)):
        thread, waiting = enter_in_thread(database)
        while not _stands_at_the_door(database):
            pass
    with turnstile(str(database)):
        assert waiting.is_set()
    thread.join()


def test_an_error_inside_opens_it(tmp_path):
    for _ in range(2):
        with pytest.raises(ValueError, match="on purpose"), turnstile(str(tmp_path / "db")):
            raise ValueError("on purpose")
    with turnstile(str(tmp_path / "db")):
        assert {path.name for path in tmp_path.iterdir()} == {".db.turn", ".db.write"}
        assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def _stands_at_the_door(database: Path) -> bool:
    """Whether somebody holds the turn, and so waits to write."""
    import fcntl

    turn = os.open(database.parent / f".{database.name}.turn", os.O_RDWR)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(turn)
    return False
