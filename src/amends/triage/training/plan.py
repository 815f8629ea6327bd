"""What is learnt when: follows from the plan alone, so that a run that was cut goes on as if it had not been."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import NamedTuple

POOL = 50  # batches that are sorted by length together


class Plan(NamedTuple):
    """How to learn. `seconds`: how long at most, from the beginning of this run; 0 for as long as it takes."""

    epochs: float = 2.0
    batch: int = 32
    rate: float = 1e-4
    falling: float = 0.85  # the rate of each layer below
    of_heads: float = 1e-3
    smoothing: float = 0.05
    dropout: float = 0.1
    warm: float = 0.06  # share of the steps until the rate is full
    mean_of: float = 0.998
    every: int = 200  # steps between checkpoints
    pull: float = 2.0  # how much the features are drawn to what they were
    pulled: int = 3  # at one step of so many
    seed: int = 20120902
    seconds: float = 0.0


class Size(NamedTuple):
    """A task's texts, how often an epoch goes through them, and in which epoch it joins, counted from 0."""

    texts: int
    often: float = 1.0
    since: int = 0


class Step(NamedTuple):
    """A batch: the number of its task, and which of its texts."""

    task: int
    rows: list[int]


def batches(sizes: Sequence[Size], lengths: Sequence[Sequence[int]], plan: Plan) -> list[Step]:
    """Every step: of each task rows of about one length, which spares padding. The same plan gives the same steps."""
    chance = random.Random(plan.seed)  # noqa: S311 - nothing secret
    steps: list[Step] = []
    whole, rest = divmod(plan.epochs, 1)
    for number, share in enumerate([1.0] * int(whole) + ([rest] if rest else [])):
        epoch: list[Step] = []
        for task, size in enumerate(sizes):
            count = round(size.texts * size.often * share) if number >= size.since else 0
            rounds = math.ceil(count / size.texts) if count else 0
            rows = [row for _ in range(rounds) for row in chance.sample(range(size.texts), size.texts)][:count]
            pool = plan.batch * POOL
            for start in range(0, len(rows), pool):
                near = sorted(rows[start : start + pool], key=lengths[task].__getitem__)
                epoch += [Step(task, near[at : at + plan.batch]) for at in range(0, len(near), plan.batch)]
        chance.shuffle(epoch)
        steps += epoch
    return steps
