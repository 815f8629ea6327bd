"""What is learnt when: every text as often as it should be, whoever is interrupted."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from amends.triage.training.plan import Plan, Size, batches

sizes = st.lists(
    st.builds(Size, st.integers(1, 200), st.sampled_from([0.5, 1.0, 2.0]), st.integers(0, 2)), min_size=1, max_size=3
)


@given(sizes, st.sampled_from([0.5, 1.0, 2.0, 2.5]), st.integers(1, 40), st.integers(0, 3))
def test_each_text_is_learnt_as_often_as_it_should_be(
    given_sizes: list[Size], epochs: float, batch: int, seed: int
) -> None:
    plan = Plan(epochs=epochs, batch=batch, seed=seed)
    lengths = [[row * 7 % 50 for row in range(size)] for size, _, _ in given_sizes]
    steps = batches(given_sizes, lengths, plan)
    assert steps == batches(given_sizes, lengths, plan)
    assert all(0 < len(step.rows) <= batch for step in steps)
    for task, (size, often, since) in enumerate(given_sizes):
        times = Counter(row for step in steps if step.task == task for row in step.rows)
        assert set(times) <= set(range(size))
        whole = [round(size * often * share) for share in ([1.0] * int(epochs) + [epochs % 1])[since:]]
        assert times.total() == sum(whole)
        most = sum(-(-count // size) for count in whole)
        assert max(times.values(), default=0) <= most


def test_texts_of_one_length_go_together() -> None:
    lengths = [list(range(1000))]
    (step, *_) = batches([Size(1000)], lengths, Plan(epochs=1, batch=10))
    assert max(step.rows) - min(step.rows) < 20


def test_another_seed_learns_in_another_order() -> None:
    lengths = [[1] * 100]
    assert batches([Size(100)], lengths, Plan(seed=1)) != batches([Size(100)], lengths, Plan(seed=2))
