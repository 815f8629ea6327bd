"""The queue page at 100,000 open cases: processor time of one page, signed in, through Django, SQLite and the template.

The baseline is the same page over 100 open cases, in the same run: what is left of the ratio is what a thousand times
the cases cost.
"""

# ruff: noqa: E501 - rows of columns read better as rows

from __future__ import annotations

import json
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

CASES, FEW, PAGES = 100_000, 100, 40


def fill(brand: int, count: int, start: int) -> None:
    """`count` open cases with their posts, handles and conversations."""
    from amends.cases.models import Case, CaseThread
    from amends.conversations.models import Conversation, Post
    from amends.events.rows import insert
    from amends.people.models import Customer, Handle

    now = datetime.now(UTC)
    ids = range(start, start + count)
    at = {n: now - timedelta(seconds=(n * 7919) % 500_000) for n in ids}
    insert(Customer, ("id", "brand", "name", "created"), [(n, brand, f"Person {n}", now) for n in ids])
    handle = (
        "id",
        "brand",
        "customer",
        "network",
        "external_id",
        "name",
        "display",
        "followers",
        "verified",
        "avatar",
        "bio",
        "seen",
    )
    insert(Handle, handle, [(n, brand, n, "demo", f"h{n}", f"h{n}", f"Person {n}", n, False, "", "", now) for n in ids])
    thread = ("id", "brand", "network", "external_id", "visibility", "subject", "started")
    insert(Conversation, thread, [(n, brand, "demo", f"p{n}", "public", "", at[n]) for n in ids])
    post = (
        "id", "brand", "conversation", "handle", "network", "external_id", "parent", "kind", "visibility", "text", "subject",
        "lang", "created", "seen", "stamp", "url", "promoted", "addressed", "ours", "media", "context", "negative", "positive",
        "intensity", "marks",
    )  # fmt: skip
    insert(
        Post, post,
        [(n, brand, n, n, "demo", f"p{n}", "", "post", "public", f"@meridianair where is suitcase number {n}?", "", "en",
          at[n], at[n], 0, "", False, True, False, [], "", 0.5, 0.1, 0.2, []) for n in ids],
    )  # fmt: skip
    case = (
        "id", "brand", "handle", "post", "state", "priority", "harm", "reasons", "answer_by", "waiting", "due", "breached",
        "opened", "latest", "unanswered", "praise", "version",
    )  # fmt: skip
    insert(
        Case, case,
        [(n, brand, n, n, "open", "normal", 1.0, [["upset"], ["followers", n]], at[n] + timedelta(hours=4), at[n],
          at[n] + timedelta(hours=4), False, at[n], at[n], [[n, 0]], n % 20 == 0, 1) for n in ids],
    )  # fmt: skip
    insert(CaseThread, ("case", "conversation", "handle", "open"), [(n, n, n, True) for n in ids])


def page_times(address: str, client: Any) -> float:
    """The median milliseconds of processor time for the page; all of it, the database too, is spent in this process."""
    took = []
    for _ in range(PAGES):
        began = time.process_time()
        answer = client.get(address)
        took.append((time.process_time() - began) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code}")
    return statistics.median(took)


def measure() -> tuple[float, float]:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from amends.accounts.actions import make_brand, make_user

    settings.ALLOWED_HOSTS.append("testserver")
    now = datetime.now(UTC)
    user = make_user("alice@meridian.example", "Alice")
    client = Client()
    times = []
    start = 1
    for name, count in (("Small", FEW), ("Large", CASES)):
        member = make_brand(user, name, now)
        for at in range(0, count, 10_000):
            fill(member.brand.pk, min(10_000, count - at), start)
            start += min(10_000, count - at)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        client.get(f"/b/{member.brand.slug}/")
        times.append(page_times(f"/b/{member.brand.slug}/", client))
    return times[1], times[0]


def run() -> list[dict[str, Any]]:
    from benchmarks.home import in_fresh_home

    value, baseline = in_fresh_home("benchmarks.queue_page", "measure")
    return [{"name": "queue_page", "value": value, "unit": "ms", "baseline": baseline, "ratio": value / baseline}]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure()))
    else:
        for entry in run():
            print(entry)
