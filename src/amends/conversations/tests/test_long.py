"""Posts and wordings of megabytes are shown in part, and read in part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from amends.accounts.access import Member
from amends.channels.base import Post
from amends.conversations.models import Post as Row
from amends.conversations.models import PostVersion
from amends.conversations.queries import SHOWN, WORDINGS, search, thread, wordings

LONG = "@meridianair " + "x" * 1_000_000


def test_of_a_long_post_the_beginning_is_shown(
    hear: Callable[..., Any], mention: Callable[..., Post], alice: Member, charlie: Member, now: datetime
) -> None:
    first = mention("1", LONG, subject="y" * 5000, stamp=1)
    hear(first)
    hear(msgspec.structs.replace(first, text="@meridianair short", stamp=2, edited=now))
    row = Row.objects.get()
    (shown,) = thread(alice, [row.conversation_id])
    assert (shown.text, len(shown.subject), shown.versions) == ("@meridianair short", 1000, 1)
    (wording,) = wordings(alice, row.pk)
    assert wording.text == LONG[:SHOWN] + "…"
    assert wordings(charlie, row.pk) == []
    assert [one.id for one in search(alice, "short")] == [row.pk]


def test_of_very_many_wordings_the_newest_are_shown(
    hear: Callable[..., Any], mention: Callable[..., Post], alice: Member, now: datetime
) -> None:
    hear(mention("1"))
    row = Row.objects.get()
    PostVersion.objects.bulk_create(
        PostVersion(post=row, stamp=number, text=str(number), until=now) for number in range(WORDINGS + 10)
    )
    assert [one.text for one in wordings(alice, row.pk)] == [str(number) for number in range(10, WORDINGS + 10)]
