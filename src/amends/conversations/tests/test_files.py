"""What comes with a post: files, what a mail quotes, and a warning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from amends.accounts.access import Member
from amends.channels.base import Deletion, File, Kind, Post
from amends.conversations.actions import LARGEST_FILE
from amends.conversations.models import Attachment
from amends.conversations.models import Post as Row
from amends.conversations.queries import attachment, thread

pytestmark = pytest.mark.django_db(transaction=True)
PICTURE = File("bag.png", "image/png", b"\x89PNG\x00 bag", "The bag")


def test_what_comes_with_a_post_is_kept_shown_and_goes_with_it(
    alice: Member, charlie: Member, hear: Callable[..., Any], mention: Callable[..., Post]
) -> None:
    huge = File("film.mp4", "video/mp4", b"x" * (LARGEST_FILE + 1))
    hear(mention("1", files=(PICTURE, huge), folded="> quoted", warning="Sensitive"))
    row = Row.objects.get()
    (post,) = thread(alice, [row.conversation_id])
    assert (post.folded, post.warning) == ("> quoted", "Sensitive")
    assert [(one.name, one.alt, one.size, one.kept) for one in post.attached] == [
        ("bag.png", "The bag", len(PICTURE.content), True),
        ("film.mp4", "", LARGEST_FILE + 1, False),
    ]
    found = attachment(alice, post.attached[0].id)
    assert found is not None and bytes(found.content) == PICTURE.content
    assert attachment(charlie, post.attached[0].id) is None
    hear(deletions=(Deletion("demo", "at://1", datetime.now(UTC)),))
    row.refresh_from_db()
    assert (row.folded, row.warning, Attachment.objects.count()) == ("", "", 0)


def test_an_edit_changes_what_is_folded(hear: Callable[..., Any], mention: Callable[..., Post]) -> None:
    hear(mention("1", folded="> quoted"))
    hear(mention("1", "@meridianair the bag is found", folded="> quoted\n-- \nAnn\x00", warning="Spoiler", stamp=2))
    row = Row.objects.get()
    assert (row.folded, row.warning) == ("> quoted\n-- \nAnn", "Spoiler")


def test_what_is_quoted_is_judged_by_nobody(hear: Callable[..., Any], mention: Callable[..., Post]) -> None:
    hear(mention("1", "something about trains", folded="> @meridianair where is my suitcase?"))
    assert not Row.objects.exists()


def test_other_stars_under_the_same_words_are_an_edit(hear: Callable[..., Any], mention: Callable[..., Post]) -> None:
    hear(mention("1", "@meridianair as always", stars=5.0, subject="Fine", kind=Kind.REVIEW))
    hear(mention("1", "@meridianair as always", stars=1.0, subject="Terrible", kind=Kind.REVIEW, stamp=2))
    row = Row.objects.get()
    assert (row.stars, row.subject, row.edited is not None) == (1.0, "Terrible", True)
    assert row.negative > 0.5, "a review's title is judged as well"
