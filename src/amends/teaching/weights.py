"""Which words of a post weighed most on what was read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

from amends import triage
from amends.conversations.queries import ThreadPost
from amends.conversations.reading import said
from amends.teaching.told import SENTIMENT, feelings
from amends.triage.base import Depth, Judgement
from amends.triage.own import OwnHead
from amends.triage.weighing import Weight, weigh

LONGEST = 2_000  # characters, of which triage reads no more either


def weights(post: ThreadPost, name: str, own: Sequence[OwnHead] = ()) -> list[Weight]:
    """The words that spoke for and against it, where they stand in `conversations.reading.said` of the post. Of a
    sentiment: for and against the likeliest feeling. `own`: the brand's heads. The model is asked for each word: call
    it from a thread."""
    text = said(post.kind, post.subject, post.text)[:LONGEST]
    depth = Depth(post.depth) or Depth.FAST
    return weigh(triage.load(), text, post.lang, _of(post, name), depth, own)


def _of(post: ThreadPost, name: str) -> Callable[[Judgement], float]:
    if name == SENTIMENT:
        chances = feelings(post)
        surest: Callable[[Judgement], float] = attrgetter(max(chances, key=chances.__getitem__))
        return surest
    return lambda judged: judged.labels.get(name, 0.0)
