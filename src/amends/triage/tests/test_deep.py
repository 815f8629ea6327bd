"""The deep model: what it is given, and that its answers stand where the texts stood."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from amends.triage.chances import EMOTIONS
from amends.triage.deep import HEAD_LABELS, HEADS, Deep, masked, parted
from amends.triage.labels import definitions


@pytest.fixture(scope="module")
def deep() -> Deep:
    return Deep()


def test_answers_stand_in_the_order_of_the_texts(deep: Deep) -> None:
    kinds = ["I love you all, thank you so much for this wonderful day", "I hate this", "I love this"]
    texts = [kinds[number % 3] + " x" * (number % 7) for number in range(21)]
    chances, features = deep.tell(texts)
    assert chances.sentiment.argmax(axis=1).tolist() == [[2, 0, 2][number % 3] for number in range(len(texts))]
    assert features.shape == (len(texts), 384)


def test_a_text_is_read_alike_in_any_company(deep: Deep) -> None:
    text = "My bag is late again and nobody at the desk could say where it is"
    alone = deep.tell([text])[0]
    company = deep.tell(["ok", "what a day " * 40, text, "", "WHY " * 30])[0]
    assert (company.sentiment[2] == alone.sentiment[0]).all()
    assert company.labels[2] == pytest.approx(alone.labels[0], abs=1e-9)


def test_probabilities_are_probabilities(deep: Deep) -> None:
    chances, _ = deep.tell(["", "😡", "why " * 3_000, "half \ud800 of a pair", "a\0b", "私の荷物はどこですか"])
    assert chances.sentiment.sum(axis=1) == pytest.approx(1)
    assert chances.emotions.sum(axis=1) == pytest.approx(1)
    assert chances.emotions.shape == (6, len(EMOTIONS))
    assert ((chances.labels >= 0) & (chances.labels <= 1)).all()


def test_every_label_that_is_read_is_defined(deep: Deep) -> None:
    names = deep.settings.labels
    assert names[: len(HEAD_LABELS)] == tuple(HEAD_LABELS.values())
    assert len(set(names)) == len(names) == len(deep.settings.scaled)
    assert set(names) - set(HEAD_LABELS.values()) <= set(definitions())


def test_logits_are_parted_head_by_head() -> None:
    logits = np.arange(2 * sum(HEADS.values()), dtype=np.float32).reshape(2, -1)
    found = parted(logits)
    assert {name: part.shape[1] for name, part in found.items()} == HEADS
    assert np.concatenate(list(found.values()), axis=1).tolist() == logits.tolist()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("@ann where is my bag?", "@user where is my bag?"),
        ("@ann.lee-1@social.example hello", "@user hello"),
        (".@ann, look", ".@ann, look"),
        ("(@ann) look", "(@user) look"),
        ("write to ann@shop.example", "write to ann@shop.example"),
        ("see https://shop.example/a?b=1 and www.shop.example", "see http and http"),
        ("half \ud800 of a pair", "half ? of a pair"),
        ("café @ann", "café @user"),
        ("", ""),
    ],
)
def test_handles_and_links_are_masked(text: str, read: str) -> None:
    assert masked(text) == read


def test_a_folder_without_a_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Deep(tmp_path)
