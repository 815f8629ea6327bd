"""Posts spread: what new counts of likes, reshares and views do to the cases of those who wrote them."""

from __future__ import annotations

from collections.abc import Sequence

from amends import reach
from amends.cases import intake as cases
from amends.cases.facts import stored
from amends.events.transaction import Tx


def spread_further(tx: Tx, brand_id: int, post_ids: Sequence[int]) -> None:
    """New counts came for these posts: forecast anew, and let their cases rise."""
    if post_ids:
        cases.move(tx, brand_id, {post: reach.place(known) for post, known in stored(post_ids, tx.now).items()})
