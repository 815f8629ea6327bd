"""Distilling: the fast model is taught what the deep one says (Hinton et al., Distilling the Knowledge in a Neural
Network, 2015), all of it through a few numbers for each hashed n-gram.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from amends.triage.hashed import WIDTH, Layers, packed
from amends.triage.training.lessons import Lesson
from amends.triage.training.rows import BITS, Rows, rows_of

BENT = 64  # units between a text's numbers and what is read
EPOCHS = 6
BATCH = 512
RATE = 4e-3
OF_LAYERS = 2e-3
LEFT_OUT = 0.3  # of a text's features, others each time: where texts are few, none is to be known by heart
ENOUGH = 100  # features, some 30 characters: of a shorter text, such as an emoji, none is left out
FELT, TOLD = 0.3, 4.0  # weight of emotions, and of all labels together, beside sentiment


class Student(NamedTuple):
    """What was learnt: `table` (buckets, WIDTH) in bytes, and the layers above it."""

    table: np.ndarray[tuple[int, int], np.dtype[np.uint8]]
    layers: Layers


class _Net(nn.Module):  # type: ignore[misc]
    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.embedding = nn.EmbeddingBag(2**BITS, WIDTH, mode="sum", sparse=True)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.lower = nn.Linear(WIDTH, BENT)
        self.upper = nn.Linear(BENT, outputs, bias=False)
        self.linear = nn.Linear(WIDTH, outputs)

    def forward(self, buckets: Tensor, values: Tensor, bounds: Tensor) -> Tensor:
        numbers = self.embedding(buckets, bounds, per_sample_weights=values)
        told: Tensor = self.linear(numbers) + self.upper(torch.relu(self.lower(numbers)))
        return told


def distil(lesson: Lesson, seed: int, progress: Callable[[float, str], None]) -> Student:
    """The same lesson gives the same student, but for the order in which sums are made."""
    torch.manual_seed(seed)
    rows = rows_of(lesson.texts)
    net = _Net(7 + lesson.labels.shape[1])
    layers = [value for name, value in net.named_parameters() if not name.startswith("embedding.")]
    sparse = torch.optim.SparseAdam(net.embedding.parameters(), lr=RATE)
    dense = torch.optim.AdamW(layers, lr=OF_LAYERS, weight_decay=0.01)
    shuffle = np.random.default_rng(seed)
    steps = EPOCHS * -(-len(lesson.texts) // BATCH)
    step, recent = 0, 0.0
    for _ in range(EPOCHS):
        order = shuffle.permutation(len(lesson.texts))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            for optimiser, rate in ((sparse, RATE), (dense, OF_LAYERS)):
                optimiser.param_groups[0]["lr"] = rate * (1 - step / steps)
            loss = _loss(net, rows, lesson, chosen)
            sparse.zero_grad()
            dense.zero_grad()
            loss.backward()
            sparse.step()
            dense.step()
            step, recent = step + 1, 0.98 * recent + 0.02 * loss.item()
            if step % 50 == 0:
                progress(step / steps, f"loss {recent / (1 - 0.98**step):.3f}")
    return _student(net)


def _loss(net: _Net, rows: Rows, lesson: Lesson, chosen: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Tensor:
    batch = rows.take(chosen)
    told = net(
        torch.from_numpy(batch.buckets.astype(np.int64)),
        torch.from_numpy(batch.values) * _kept(batch.bounds),
        torch.from_numpy(batch.bounds[:-1]),
    )
    weight = torch.from_numpy(lesson.weight[chosen]).float()
    english = weight * torch.from_numpy(lesson.english[chosen])
    felt = functional.cross_entropy(told[:, :3], _target(lesson.sentiment[chosen]), reduction="none")
    moved = functional.cross_entropy(told[:, 3:7], _target(lesson.emotions[chosen]), reduction="none")
    labels = functional.binary_cross_entropy_with_logits(
        told[:, 7:], _target(lesson.labels[chosen]), reduction="none"
    ).mean(1)
    return (weight * felt + english * (FELT * moved + TOLD * labels)).sum() / weight.sum()


def _kept(bounds: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Tensor:
    """By what each feature is multiplied: nothing where it is left out."""
    count = torch.from_numpy(np.diff(bounds))
    rate = torch.where(count >= ENOUGH, LEFT_OUT, 0.0).repeat_interleave(count)
    return (torch.rand(len(rate)) >= rate) / (1 - rate)


def _target(values: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Tensor:
    return torch.from_numpy(values).float()


def _student(net: _Net) -> Student:
    with torch.no_grad():
        table, low, step = packed(net.embedding.weight.numpy())
        return Student(
            table,
            Layers(
                low,
                step,
                *(
                    part.numpy().astype(np.float64)
                    for part in (net.linear.weight, net.lower.weight, net.lower.bias, net.upper.weight, net.linear.bias)
                ),
            ),
        )
