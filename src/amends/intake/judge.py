"""Which posts concern the brand, and what each says: matched, triaged and known, outside any transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from amends import triage
from amends.channels.base import Post
from amends.conversations import lookup, search
from amends.conversations.actions import Judged
from amends.conversations.reading import said
from amends.intake.lens import Lens, screen
from amends.intake.storable import storable_post
from amends.teaching.own import own
from amends.triage import Depth

AT_ONCE = 48  # posts that are read deeply as they come, in some 0.1 s; of more the deep reading is made up later
LARGEST = 2_000_000  # characters of a post that are kept; more is no post


def judge(held: Lens, brand_id: int, posts: Sequence[Post]) -> list[Judged]:
    """Screen and judge, outside any transaction: the posts that concern the brand, each once, in order of writing."""
    posts = _newest(post if len(post.text) <= LARGEST else _cut(post) for post in posts)
    matched = screen(held, posts)
    ours = [held.is_own(post.network, post.author) for post in posts]
    to_us = [held.is_to_us(post) for post in posts]
    keep = [bool(queries) or own or us for queries, own, us in zip(matched, ours, to_us, strict=True)]
    _keep_the_known(brand_id, posts, keep)
    kept = sorted(
        (index for index, one in enumerate(keep) if one), key=lambda index: (posts[index].created, posts[index].id)
    )
    held_posts = {index: storable_post(posts[index]) for index in kept}
    texts = [said(post.kind, post.subject, post.text) for post in held_posts.values()]
    depth = Depth.DEEP if len(kept) <= AT_ONCE else Depth.FAST
    brands = own(brand_id)
    judgements = triage.load().judge_many(texts, [posts[index].lang for index in kept], depth, brands.heads)
    return [
        Judged(
            post=post,
            lang=verdict.lang or post.lang,
            said=verdict,
            deepen=depth is Depth.FAST and bool(verdict.labels) and not ours[index],
            search=search.body(f"{post.subject} {post.text}".strip()),
            queries=matched[index],
            ours=ours[index],
            addressed=to_us[index],
            namesake=not (ours[index] or to_us[index]) and brands.is_namesake(verdict),
        )
        for (index, post), verdict in zip(held_posts.items(), judgements, strict=True)
    ]


def which(post: Post) -> tuple[str, str, str]:
    """What makes a post the same one, whoever brings it."""
    return post.network, post.id, post.author.id


def _newest(posts: Iterable[Post]) -> list[Post]:
    """Each post once, in its newest version and with its newest counts: a notification and a search may both bring it,
    and what one of them knows, such as that it is for us, holds."""
    found: dict[tuple[str, str, str], Post] = {}
    for post in posts:
        key = which(post)
        other = found.get(key)
        if other is None:
            found[key] = post
            continue
        newest = post if post.stamp >= other.stamp else other
        counts = max(filter(None, (post.engagement, other.engagement)), key=lambda one: one.seen, default=None)
        found[key] = msgspec.structs.replace(newest, engagement=counts, addressed=post.addressed or other.addressed)
    return list(found.values())


def _cut(post: Post) -> Post:
    return msgspec.structs.replace(post, text=post.text[:LARGEST])


def _keep_the_known(brand_id: int, posts: Sequence[Post], keep: list[bool]) -> None:
    """Posts in threads that we follow, and new versions of posts that we have, are kept whatever they say."""
    asked = [index for index, one in enumerate(keep) if not one and (posts[index].root or posts[index].edited)]
    for network in sorted({posts[index].network for index in asked}):
        mine = [index for index in asked if posts[index].network == network]
        for at in range(0, len(mine), 500):
            some = mine[at : at + 500]
            threads = lookup.threads(brand_id, network, {posts[index].thread for index in some})
            edited = {posts[index].id for index in some if posts[index].edited}
            known = lookup.existing(brand_id, network, edited) if edited else {}
            for index in some:
                keep[index] = posts[index].thread in threads or posts[index].id in known
