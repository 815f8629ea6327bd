"""Sums of bytes in lanes, against the same sums done plainly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from amends.triage.chances import Scaling
from amends.triage.clean import LONGEST, join
from amends.triage.features import families
from amends.triage.hashed import HERE, WIDTH, Hashed, Layers, Settings, packed
from amends.triage.lexing import lex

SETTINGS = Settings(8, (0.4, 0.3, 0.2, 0.8, 0.1), (), Scaling(), Scaling(), (), {})


def model(table: np.ndarray) -> Hashed:
    chance = np.random.default_rng(3)
    shapes = {"linear": (7, WIDTH), "lower": (5, WIDTH), "shift": (5,), "upper": (7, 5), "bias": (7,)}
    layers = {name: chance.normal(0, 0.1, shape) for name, shape in shapes.items()}
    return Hashed(table, Layers(np.full(WIDTH, -1.0), np.full(WIDTH, 2 / 255), **layers), SETTINGS)


def plainly(table: np.ndarray, text: str) -> np.ndarray:
    """A text's numbers, feature by feature."""
    total = np.zeros(WIDTH)
    for family, scale in zip(families(lex(join([text]).lower()), SETTINGS.bits), SETTINGS.scale, strict=True):
        rows = table[family.buckets.astype(np.int64)] * (2 / 255) - 1.0
        total += scale / np.sqrt(len(rows)) * rows.sum(axis=0)
    return total


TEXTS = ["a", "", "Where is my bag?", "waiting " * 60, "\u0130" * LONGEST, "so it goes, on and on, " * 200]


@pytest.mark.parametrize("fill", ["full", "empty", "random"])
def test_no_lane_runs_into_the_next(fill: str) -> None:
    """The longest texts, and a letter that grows when lower-cased, beside short ones in one batch."""
    chance = np.random.default_rng(1)
    table = {
        "full": np.full((256, WIDTH), 255, np.uint8),
        "empty": np.zeros((256, WIDTH), np.uint8),
        "random": chance.integers(0, 256, (256, WIDTH), dtype=np.uint8),
    }[fill]
    held = model(table)
    expected = held._layers.logits(np.stack([plainly(table, text) for text in TEXTS]))
    assert held.logits(lex(join(TEXTS).lower())) == pytest.approx(expected)


def test_packed_numbers_come_back_to_half_a_step() -> None:
    numbers = np.random.default_rng(1).normal(0, 0.1, (1024, WIDTH)).astype(np.float32)
    numbers[0, 0] = 50  # an outlier is cut, and costs the others nothing
    numbers[5] = 0
    table, low, step = packed(numbers)
    back = low + step * table.astype(float)
    assert np.abs(back - numbers)[1:].max() <= step.max() / 2 + 1e-6
    assert step[0] < 0.2


def test_what_ships_is_small() -> None:
    assert (HERE / "fast.npz").stat().st_size < 10_000_000
    assert (HERE / "deep.onnx").stat().st_size + (HERE / "tokenizer.json").stat().st_size < 30_000_000


def test_a_folder_without_a_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Hashed.load(tmp_path)
