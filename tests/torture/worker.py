"""`amends work --listen`, in a hurry: what a killed process held is free after seconds instead of a minute.

The relations between the lengths are those of the product: a send is given up before its lease ends, and the network
has dropped what it did not take by then.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from amends.config.start import ready_to_use


def main() -> None:
    ready_to_use("work")
    from amends import triage
    from amends.config import work
    from amends.intake import inbox, listen
    from amends.replies import deliver, outbox

    listen.LEASE, listen.LOOK_EVERY = timedelta(seconds=1.5), 0.1
    inbox.LEASE = timedelta(seconds=1.5)
    outbox.LEASE, deliver.PATIENCE = timedelta(seconds=2), 1.0
    outbox.LOOK_AFTER = outbox.SLOWEST_RETRY = timedelta(seconds=0.5)
    triage.load().judge_many(["Whoever is ready has read the models."], ["en"])
    asyncio.run(work.run(work.loops(listen=True, work=True), lambda: print("ready", flush=True)))


if __name__ == "__main__":
    main()
