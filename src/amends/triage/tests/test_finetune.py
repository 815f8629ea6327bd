"""Fine-tuning learns, and goes on from where it was cut as if it had not been."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from amends.triage.corpora import Example  # noqa: E402 - needs PyTorch
from amends.triage.tests import tiny  # noqa: E402
from amends.triage.training import encoder  # noqa: E402
from amends.triage.training.finetune import finetune, logits  # noqa: E402
from amends.triage.training.plan import Plan  # noqa: E402
from amends.triage.training.tasks import Task  # noqa: E402

SAD = ["lost bag", "awful flight", "where is bag", "late late flight", "flight is awful", "bag is lost"]
GLAD = ["great flight", "thanks", "kind gate", "great great gate", "thanks great", "is kind"]
FELT = Task("felt", ("sad", "glad"), [*(Example(one, 0) for one in SAD), *(Example(one, 1) for one in GLAD)], [])
ASKS = Task("asks", ("no", "yes"), [Example(one, int("where" in one)) for one in SAD], [], since=1)
PLAN = Plan(epochs=6, batch=4, rate=1e-3, dropout=0.0, every=2)


def learn(out, plan: Plan, said: list[str] | None = None):
    told = said if said is not None else []
    return finetune([FELT, ASKS], tiny.tokenizer(), tiny.weights(), out, plan, lambda _, text: told.append(text))


def test_it_learns_what_it_is_shown(monkeypatch, tmp_path) -> None:
    tiny.one_layer(monkeypatch)
    said: list[str] = []
    learnt = learn(tmp_path, PLAN, said)
    assert learnt.whole
    assert said[-1].startswith("loss ")
    tokens = [one.ids for one in tiny.tokenizer().encode_batch([one.text for one in FELT.train])]
    states = encoder.encode(learnt.mean, *encoder.padded(tokens))
    told = logits(learnt.mean, "felt", states).argmax(dim=1)
    assert told.tolist() == [one.label for one in FELT.train]


def test_cut_after_every_step_it_learns_the_same(monkeypatch, tmp_path) -> None:
    tiny.one_layer(monkeypatch)
    plan = PLAN._replace(epochs=2, dropout=0.1)
    whole = learn(tmp_path / "whole", plan)
    runs = 0
    while not (cut := learn(tmp_path / "cut", plan._replace(seconds=1e-9))).whole:
        runs += 1
    assert runs > 3
    for name, value in whole.mean.items():
        assert torch.allclose(value, cut.mean[name], atol=1e-6), name


def test_what_was_learnt_to_the_end_is_not_learnt_again(monkeypatch, tmp_path) -> None:
    tiny.one_layer(monkeypatch)
    plan = PLAN._replace(epochs=1)
    first, said = learn(tmp_path, plan), []
    again = learn(tmp_path, plan, said)
    assert (again.whole, said) == (True, [])
    assert all(torch.equal(value, again.mean[name]) for name, value in first.mean.items())
