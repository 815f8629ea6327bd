from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from amends.triage.clean import LONGEST, join
from amends.triage.lexing import lex
from amends.triage.sentiment import HERE, LANE, Sentiment, Settings, pack, softmax


def test_packed_weights_come_back_to_half_a_step() -> None:
    weights = np.random.default_rng(1).normal(0, 0.1, (3, 1024)).astype(np.float32)
    weights[0, 0] = 50  # an outlier is cut, and costs the others nothing
    table, low, step = pack(weights)
    for class_ in range(3):
        lane = (table >> np.uint64(LANE * class_)) & np.uint64(2**LANE - 1)
        assert lane.max() <= 255
        back = low + step * lane.astype(float)
        assert np.abs(back - weights[class_])[1:].max() <= step / 2 + 1e-6
    assert step < 0.2


def test_no_lane_runs_into_the_next() -> None:
    """The fullest table and the longest text there can be: a letter that grows when lower-cased."""
    full = np.full(2**4, 255 | 255 << LANE | 255 << 2 * LANE, dtype=np.uint64)
    settings = Settings(4, 0.0, 1.0, (0.001,) * 5, (0.0, 0.0, 0.0), {})
    joined = join(["İ" * LONGEST]).lower()
    assert Sentiment(full, settings).probabilities(lex(joined)) == pytest.approx(np.full((1, 3), 1 / 3))
    ramp = np.full(2**4, 255 | 0 << LANE | 255 << 2 * LANE, dtype=np.uint64)
    assert Sentiment(ramp, settings).probabilities(lex(joined))[0, 1] < 1e-3


def test_softmax_rows_are_shares() -> None:
    shares = softmax(np.array([[0.0, 0.0, 0.0], [1000.0, 0.0, -1000.0]]))
    assert shares[0] == pytest.approx([1 / 3] * 3)
    assert shares[1] == pytest.approx([1, 0, 0])


def test_the_shipped_table_is_mapped_and_small() -> None:
    assert (HERE / "sentiment.npy").stat().st_size < 4_000_000
    assert Sentiment.load().probabilities(lex(join(["good", "bad"]))).shape == (2, 3)


def test_a_folder_without_weights_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Sentiment.load(tmp_path)
