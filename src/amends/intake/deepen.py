"""Posts for whose deep reading there was no time when they came: it is made up, the newest first, by the worker."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import structlog

from amends import triage
from amends.cases.book import lock
from amends.conversations.models import Post
from amends.conversations.reading import kept, said
from amends.events.again import again
from amends.events.transaction import write
from amends.events.types import PostChanged
from amends.intake.spread import spread_further
from amends.teaching.own import own
from amends.triage import Depth, Judgement

log = structlog.get_logger()
AT_A_TIME = 64  # posts, in some 0.15 s
PAUSE = 2.0  # seconds between two looks when nothing waits


def deepen(now: datetime) -> int:
    """Read at most `AT_A_TIME` of those that wait, and say so. How many waited."""
    waiting = Post.objects.filter(deepen=True, deleted=None).order_by("-created")
    posts = list(
        waiting.only("brand", "conversation", "handle", "kind", "subject", "text", "lang", "stamp")[:AT_A_TIME]
    )
    for brand_id in sorted({post.brand_id for post in posts}):
        mine = [post for post in posts if post.brand_id == brand_id]
        texts = [said(post.kind, post.subject, post.text) for post in mine]
        hints = [post.lang for post in mine]
        read = triage.load().judge_many(texts, hints, Depth.DEEP, own(brand_id).heads)
        again(partial(_keep, brand_id, list(zip(mine, read, strict=True)), now))
    return len(posts)


def _keep(brand_id: int, read: list[tuple[Post, Judgement]], now: datetime) -> None:
    """What was edited or deleted meanwhile is left to whoever did that."""
    with write(now) as tx:
        lock(post.handle_id for post, _ in read)
        for post, judged in read:
            same = Post.objects.filter(pk=post.pk, deepen=True, stamp=post.stamp, deleted=None)
            if same.update(**kept(judged), deepen=False):
                tx.tell(brand_id, PostChanged(conversation=post.conversation_id, post=post.pk, what="read"))
        spread_further(tx, brand_id, [post.pk for post, _ in read])


def once(now: datetime) -> float:
    """A pass. How many seconds to wait before the next."""
    count = deepen(now)
    if count:
        log.info("posts read deeply", posts=count)
    return PAUSE if count < AT_A_TIME else 0.0
