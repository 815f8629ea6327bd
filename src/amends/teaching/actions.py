"""Saying what a post is, and taking that back."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404
from django.utils.translation import gettext as _

from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.accounts.audit import record
from amends.conversations.models import Post
from amends.events.transaction import write
from amends.events.types import ReadingCorrected
from amends.teaching.lessons import given
from amends.teaching.models import Correction
from amends.teaching.own import own
from amends.teaching.queries import thresholds
from amends.teaching.told import FEELINGS, SENTIMENT, told
from amends.triage.decide import Verdict

SAYINGS = (Verdict.YES, Verdict.NO)


def correct(member: Member, post_id: int, name: str, value: str, now: datetime) -> Correction:
    """Say what a customer's post is: of "sentiment" a feeling, of a label "yes" or "no". What was read before is kept
    beside it. Raises `Refused` for what is not read, 404 for a post that isn't the brand's."""
    with write(now) as tx:
        post = _post(member, post_id)
        choices = values(member.brand.pk, name)
        if value not in choices:
            raise Refused(_("%(value)s can't be said here. Choose: %(choices)s.") % _choices(choices, value))
        before = told(post, name, thresholds(member.brand))
        row, _made = Correction.objects.update_or_create(
            post=post,
            name=name,
            defaults={
                "brand": member.brand,
                "value": value,
                "verdict": before.verdict,
                "told": before.chance,
                "depth": post.depth,
                "user": member.user,
                "at": now,
            },
        )
        record(tx, member, "correct", "reading", post.pk, name=name, value=value)
        tx.tell(
            member.brand.pk,
            ReadingCorrected(conversation=post.conversation_id, post=post.pk, name=name, value=value),
        )
        given(member.brand.pk)
    return row


def uncorrect(member: Member, post_id: int, name: str, now: datetime) -> None:
    """Let what was read stand again. Nothing happens where nobody corrected it; 404 for a post that isn't the
    brand's."""
    with write(now) as tx:
        post = _post(member, post_id)
        gone, _each = Correction.objects.filter(post=post, name=name).delete()
        if gone:
            record(tx, member, "uncorrect", "reading", post.pk, name=name)
            tx.tell(member.brand.pk, ReadingCorrected(conversation=post.conversation_id, post=post.pk, name=name))
            given(member.brand.pk)


def forget_deleted() -> None:
    """Drop what was said of posts that are deleted since: it tells of them what their words told. What was learnt from
    them is learnt anew without them."""
    gone = Correction.objects.filter(post__deleted__isnull=False)
    for brand_id in sorted(set(gone.values_list("brand", flat=True))):
        given(brand_id)
    gone.delete()


def values(brand_id: int, name: str) -> tuple[str, ...]:
    """What can be said at a brand of "sentiment" or a label. Raises `Refused` for what is not read."""
    if name == SENTIMENT:
        return FEELINGS
    if name not in own(brand_id).labels:
        raise Refused(_("There is no label “%(name)s”. Choose one from the list.") % {"name": name[:40]})
    return SAYINGS


def _choices(choices: tuple[str, ...], value: str) -> dict[str, str]:
    return {"value": f"“{value[:40]}”", "choices": ", ".join(choices)}


def _post(member: Member, post_id: int) -> Post:
    post = Post.objects.defer("text", "folded", "context").filter(brand=member.brand, pk=post_id).first()
    if post is None:
        raise Http404
    if post.ours:
        raise Refused(_("Only what others wrote is read, and can be corrected."))
    if post.deleted is not None:
        raise Refused(_("The post was deleted."))
    return post
