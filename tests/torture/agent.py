"""An agent who answers every open case at once and prints the number of each reply that is promised to leave.

`python -m tests.torture.agent prepare SERVICE` makes the desk: tables, Alice, her brand, and two sources that hear the
same network, so that two processes take in the same posts at the same time.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime

from amends.config.start import begin, ready_to_use

WAITING = ("queued", "sending", "uncertain")


def prepare(service: str) -> None:
    begin("agent")
    from amends.accounts.actions import make_brand, make_user
    from amends.config import schema
    from amends.sources.actions import add_query, connect, set_own_handles
    from tests.torture.channel import NAME

    schema.migrate()
    now = datetime.now(UTC)
    alice = make_brand(make_user("alice@air.example", "Alice Archer", operator=True), "Air", now)
    set_own_handles(alice, [(NAME, "air")], now)
    add_query(alice, "Name", "@air", now)
    for label in ("One", "Two"):
        connect(alice, NAME, label, {"service": service}, now)


def answer() -> None:
    """Until killed."""
    ready_to_use("agent")
    from amends.accounts.access import member
    from amends.accounts.models import User
    from amends.cases.models import Case
    from amends.replies.actions import approve
    from amends.replies.gate import Held
    from amends.replies.models import Reply

    alice = member(User.objects.get(), "air")
    print("ready", flush=True)
    while True:
        open_cases = Case.objects.filter(state="open").exclude(
            pk__in=Reply.objects.filter(state__in=WAITING).values("case")
        )
        for case in open_cases.order_by("answer_by")[:20]:
            words = f"We look for it, {case.handle}: {case.version}"
            try:
                print(approve(alice, case.pk, words, None, datetime.now(UTC)).pk, flush=True)
            except Held as error:
                print(f"held: {error}", flush=True)
        time.sleep(0.05)


if __name__ == "__main__":
    prepare(sys.argv[2]) if sys.argv[1:2] == ["prepare"] else answer()
