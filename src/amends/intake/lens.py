"""What a brand wants to hear, compiled: its queries as one matcher, its own accounts. Kept until the brand's revision
rises."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from amends import listening
from amends.accounts.models import Brand
from amends.channels.base import Author, Post, Query
from amends.sources.models import OwnHandle, Source
from amends.sources.models import Query as QueryRow

log = structlog.get_logger()


@dataclass(frozen=True)
class Lens:
    revision: int
    matcher: listening.Matcher
    queries: tuple[Query, ...]
    own_ids: frozenset[tuple[str, str]]
    calls: Mapping[str, re.Pattern[str]]  # how people call one of the own names, by network
    unproven: frozenset[tuple[str, str]]  # own names of which the network has not told whose they are

    def is_own(self, network: str, author: Author) -> bool:
        """Whether one of the brand's own accounts wrote it. A name says so only until the account behind it is known:
        names change hands, and who gets one that was ours must not answer in our place."""
        return (network, author.id) in self.own_ids or (
            bool(author.name) and (network, author.name.lower()) in self.unproven
        )

    def is_to_us(self, post: Post) -> bool:
        """Whether the post answers one of the brand's accounts, or calls it by its handle."""
        if post.addressed or (post.network, post.parent_author) in self.own_ids:
            return True
        if "@" not in post.text:
            return False
        calls = self.calls.get(post.network)
        return calls is not None and calls.search(post.text) is not None


_lenses: dict[int, Lens] = {}


def lens(brand_id: int) -> Lens:
    """The brand's lens as it is now. One small query, except after a change."""
    revision = Brand.objects.filter(pk=brand_id).values_list("revision", flat=True).get()
    held = _lenses.get(brand_id)
    if held is None or held.revision != revision:
        held = _lenses[brand_id] = _compile(brand_id, revision)
    return held


def _compile(brand_id: int, revision: int) -> Lens:
    nodes: dict[int, listening.Node] = {}
    queries: list[Query] = []
    for row in QueryRow.objects.filter(brand_id=brand_id, active=True).order_by("pk"):
        try:
            node = listening.parse(row.text)
        except listening.QueryError as error:  # stored by an older version with another grammar
            log.warning("query does not parse any more", query=row.pk, problem=str(error))
            continue
        nodes[row.pk] = node
        queries.append(Query(id=row.pk, text=row.text, terms=listening.search_terms(node)))
    own = list(OwnHandle.objects.filter(brand_id=brand_id).values_list("network", "external_id", "name"))
    accounts = Source.objects.filter(brand_id=brand_id).exclude(account_id="")
    ids = {(network, key) for network, key, _ in own if key} | set(accounts.values_list("channel", "account_id"))
    names = {(network, name.lower()) for network, _, name in own if name}
    unproven = {(network, name.lower()) for network, key, name in own if not key}
    calls = {network: _call({name for of, name in names if of == network}) for network, _ in names}
    return Lens(revision, listening.Matcher(nodes), tuple(queries), frozenset(ids), calls, frozenset(unproven))


def _call(names: Iterable[str]) -> re.Pattern[str]:
    """@name of one of these; neither an address of mail nor the beginning of somebody's longer name."""
    return re.compile(rf"(?<!\w)@(?:{'|'.join(map(re.escape, sorted(names)))})(?![\w-])", re.IGNORECASE)


def document(post: Post) -> listening.Document:
    """A post as the matcher reads it."""
    kinds = {post.kind.value}
    if post.parent:
        kinds.add("reply")
    if post.promoted:
        kinds.add("promoted")
    text = f"{post.subject}\n{post.text}" if post.subject else post.text
    has = {one.kind.value for one in post.media}
    return listening.Document(text=text, author=post.author.name, lang=post.lang, has=has, kinds=kinds)


def screen(held: Lens, posts: Sequence[Post]) -> list[tuple[int, ...]]:
    """The ids of the queries that each post answers."""
    return held.matcher.match_many([document(post) for post in posts])
