"""A brand's own heads: they correct what ships where it was corrected, and are believed only when they are better."""

from __future__ import annotations

import numpy as np
import pytest

from amends import triage
from amends.triage import Depth
from amends.triage.deep import WIDTH
from amends.triage.heads import unit
from amends.triage.own import FEATURES, FEWEST, OwnHead, apply, measured, teach


def corrected(size: int, wrong: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, what ships says, and what people say, who call it wrong for posts of one kind."""
    chance = np.random.default_rng(size)
    features = chance.normal(0, 1, (size, WIDTH)).astype(np.float32)
    labels = chance.integers(0, 2, size)
    features[:, 0] = labels * 8 - 4  # what the brand's posts are told apart by
    yes = np.where(chance.random(size) < wrong, 1 - labels, labels) * 0.8 + 0.1
    return np.pad(unit(features), ((0, 0), (0, FEATURES - WIDTH))), np.stack([1 - yes, yes], axis=1), labels


def test_what_was_corrected_is_learnt() -> None:
    features, shipped, labels = corrected(100, 0.5)
    head = teach("refund", features[:60], shipped[:60], labels[:60])
    told = head.chances(features[60:], shipped[60:])
    assert told.sum(axis=1) == pytest.approx(np.ones(40))
    assert (told.argmax(axis=1) == labels[60:]).mean() > 0.9
    assert measured("refund", features, shipped, labels).better


def test_what_ships_right_is_not_replaced() -> None:
    features, shipped, labels = corrected(100, 0.0)
    found = measured("refund", features, shipped, labels)
    assert not found.better
    assert found.low <= found.gain <= found.high


def test_few_corrections_are_not_believed() -> None:
    features, shipped, labels = corrected(FEWEST - 1, 0.9)
    found = measured("refund", features, shipped, labels)
    assert found.gain > 0.5
    assert not found.better


def test_from_one_class_nothing_is_learnt() -> None:
    features, shipped, _ = corrected(10, 0.5)
    with pytest.raises(ValueError, match="All corrections say the same"):
        teach("refund", features, shipped, np.ones(10, np.int64))


def test_heads_change_their_own_names_only() -> None:
    features, shipped, labels = corrected(40, 0.5)
    heads = [teach("refund", features, shipped, labels), teach("vegan", features, shipped, labels)]
    felt = np.full((40, 3), 1 / 3)
    sentiment, told = apply(heads, features, felt, {"refund": shipped[:, 1], "legal": shipped[:, 1]})
    assert sentiment is felt
    assert list(told) == ["refund", "legal", "vegan"]
    assert told["legal"] is shipped[:, 1] or (told["legal"] == shipped[:, 1]).all()
    assert ((told["refund"] > 0.5) == labels).mean() > 0.9


def test_a_head_comes_back_as_it_was_stored() -> None:
    import msgspec

    features, shipped, labels = corrected(40, 0.5)
    head = teach("refund", features, shipped, labels)
    back = msgspec.msgpack.decode(msgspec.msgpack.encode(head), type=OwnHead)
    assert back.chances(features, shipped) == pytest.approx(head.chances(features, shipped))


def test_the_desk_reads_with_them() -> None:
    texts = [f"this jacket is number {n} of many" for n in range(20)] + [
        f"the tap drips, plumber {n}" for n in range(20)
    ]
    chances, features = triage.load().read_deeply(texts)
    labels = np.repeat([0, 1], 20)
    head = teach("namesake", features, np.full((40, 2), 0.5), labels)
    told = triage.load().judge_many(["a dripping tap", "a warm jacket"], ["en", "en"], Depth.DEEP, [head])
    assert told[0].labels["namesake"] > 0.5 > told[1].labels["namesake"]
    assert "namesake" not in triage.load().judge_many(["a dripping tap"], ["en"], Depth.DEEP)[0].labels
    assert chances.sentiment.shape == (40, 3)
