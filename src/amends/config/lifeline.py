"""The line between the supervisor and its children: a socket pair for each.

The child says "ready" once. When the supervisor is gone, however it went, the kernel closes its end, and the child ends
itself: no orphans, even after kill -9.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable

VARIABLE = "AMENDS_PARENT"  # the number of the child's end of the line
PATIENCE = 10  # seconds a child may take to end cleanly
READY = b"ready\n"


def follow() -> Callable[[], None]:
    """In a child: end when the supervisor ends. Returns what to call when the child is ready for work.

    Does nothing in a process that was started by hand.
    """
    number = os.environ.pop(VARIABLE, "")
    if not number:
        return lambda: None
    line = socket.socket(fileno=int(number))
    os.set_inheritable(line.fileno(), False)
    threading.Thread(target=_watch, args=(line,), name="lifeline", daemon=True).start()
    return lambda: line.sendall(READY)


def _watch(line: socket.socket) -> None:
    try:
        while line.recv(1):
            pass
    except OSError:
        pass  # a line that broke is a line that ended
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(PATIENCE)
    os._exit(1)
