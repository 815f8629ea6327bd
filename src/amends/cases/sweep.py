"""What time does to cases: snoozes end, promises are broken. Run by the worker; every pass is safe to repeat."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import structlog

from amends.cases import decide
from amends.cases.book import Book, lock
from amends.cases.models import Case, Presence, State
from amends.cases.state import CaseState
from amends.events.transaction import write

log = structlog.get_logger()
AT_A_TIME = 200
PAUSE = 2.0  # seconds between two passes when few were late


def sweep(now: datetime) -> int:
    """One pass: at most `AT_A_TIME` cases wake or breach. How many did."""
    rows = Case.objects.filter(state=State.SNOOZED, snoozed_until__lte=now) | Case.objects.filter(
        due__lt=now, breached=False
    )
    late = list(rows.values_list("brand_id", "handle_id", "pk")[:AT_A_TIME])
    for brand_id in sorted({brand for brand, _, _ in late}):
        mine = [(handle, pk) for brand, handle, pk in late if brand == brand_id]
        with write(now) as tx:
            lock(handle for handle, _ in mine)
            book = Book(brand_id)
            book.load({handle for handle, _ in mine}, now)
            for _, pk in mine:
                if case := book.cases.get(pk):
                    book.put(_passed(case, now))
            book.save(tx)
    return len(late)


def _passed(case: CaseState, now: datetime) -> CaseState:
    case = decide.wake(case, now)
    if case.due is not None and case.due < now and not case.breached:
        case = msgspec.structs.replace(case, breached=True)
    return case


def forget_presence(now: datetime) -> None:
    """Drop what is long over."""
    old = Presence.objects.filter(at__lt=now - timedelta(hours=1))
    if old.exists():
        with write(now):
            old.delete()


def once(now: datetime) -> float:
    """A pass of all that. How many seconds to wait before the next."""
    count = sweep(now)
    forget_presence(now)
    if count:
        log.info("cases swept", cases=count)
    return PAUSE if count < AT_A_TIME else 0.0
