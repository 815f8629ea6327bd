"""The fast model says what it was taught, also when its numbers have become bytes."""

from __future__ import annotations

import random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from amends.triage.chances import Scaling, sigmoid  # noqa: E402 - needs PyTorch
from amends.triage.hashed import WIDTH, Hashed, Settings  # noqa: E402
from amends.triage.training import distil as module  # noqa: E402
from amends.triage.training.lessons import Lesson  # noqa: E402
from amends.triage.training.rows import BITS, SCALE, lexed, rows_of  # noqa: E402

NAMES = ("delivery", "praise")
SAID = {"where is my parcel": (0, 0), "thank you so much": (2, 1), "see you at noon": (1, None)}


def model(student: module.Student) -> Hashed:
    settings = Settings(BITS, SCALE, NAMES, Scaling(), Scaling(), (Scaling(),) * len(NAMES), {})
    return Hashed(student.table, student.layers, settings)


def told(texts: list[str], student: module.Student) -> np.ndarray:
    return np.concatenate([model(student).logits(batch) for batch in lexed(texts)])


def taught() -> Lesson:
    chance = random.Random(3)
    kinds = [*SAID] * 80
    texts = [f"{text} {chance.randrange(1000)}" for text in kinds]
    labels = np.array([[float(SAID[kind][1] == at) for at in range(len(NAMES))] for kind in kinds])
    sentiment = np.eye(3)[[SAID[kind][0] for kind in kinds]]
    emotions = np.full((len(texts), 4), 0.25)
    return Lesson(texts, sentiment, emotions, labels, np.ones(len(texts)), np.ones(len(texts), bool))


def test_what_is_taught_is_told_of_texts_alike(monkeypatch) -> None:
    monkeypatch.setattr(module, "BATCH", 16)
    student = module.distil(taught(), 7, lambda *_: None)
    found = told(["my parcel where is it", "oh thank you", "at noon"], student)
    assert found[:, :3].argmax(axis=1).tolist() == [0, 2, 1]
    assert (sigmoid(found[:, 7:]) > 0.5).tolist() == [[True, False], [False, True], [False, False]]


def test_bytes_tell_what_the_network_told() -> None:
    torch.manual_seed(1)
    net = module._Net(9)
    with torch.no_grad():
        net.embedding.weight.normal_(std=0.1)
    assert net.embedding.weight.shape == (2**BITS, WIDTH)
    texts = ["Where is my bag?", "", "so it goes, on and on, " * 60]
    rows = rows_of(texts)
    with torch.no_grad():
        right = net(
            torch.from_numpy(rows.buckets.astype(np.int64)),
            torch.from_numpy(rows.values),
            torch.from_numpy(rows.bounds[:-1]),
        ).numpy()
    found = told(texts, module._student(net))
    assert np.abs(found - right).max() < 0.05 * right.std()


def test_the_same_seed_learns_the_same(monkeypatch) -> None:
    monkeypatch.setattr(module, "EPOCHS", 1)
    first, second = (told(["my parcel"], module.distil(taught(), 3, lambda *_: None)) for _ in range(2))
    assert first == pytest.approx(second, abs=1e-3)
