"""What the encoder learns from: nothing that it is measured on, and nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from amends.triage.corpora import Example, MissingData, key
from amends.triage.training.tasks import NAMES, fresh, tasks


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Sets as they lie, with leaks between them."""
    for name in ("sentiment", *NAMES):
        folder = tmp_path / "tweeteval/datasets" / name
        folder.mkdir(parents=True)
        for split, texts in {"train": 3, "val": 1, "test": 1}.items():
            lines = [f"{name} {split} {number}" for number in range(texts)]
            if split == "train":
                lines += [f"@somebody {name} VAL 0!", "sentiment test 0 https://x.example"]
            (folder / f"{split}_text.txt").write_text("\n".join(lines) + "\n")
            (folder / f"{split}_labels.txt").write_text("0\n" * len(lines))
    folder = tmp_path / "semeval2013-17-sentiment/dataset/train"
    folder.mkdir(parents=True)
    rows = [
        "1\tpositive\tgood bag",
        "2\tpositive\tGood @x bag!",
        "3\tneutral\tsentiment val 0",
        "4\tneutral\tirony test 0",
    ]
    (folder / "2013.txt").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_nothing_that_is_held_out_is_learnt(data: Path) -> None:
    found = {task.name: task for task in tasks(data)}
    assert list(found) == ["sentiment", *NAMES]
    assert [one.text for one in found["sentiment"].train] == ["good bag"]
    for name in NAMES:
        assert [one.text for one in found[name].train] == [f"{name} train {number}" for number in range(3)]
        assert [one.text for one in found[name].val] == [f"{name} val 0"]


def test_a_missing_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="offensive"):
        tasks(tmp_path)


def test_each_text_once() -> None:
    texts = [Example("A bag", 0), Example("a BAG!", 1), Example("another", 2), Example("@only https://x.example", 1)]
    assert fresh(texts, {key("Another?")}) == [Example("A bag", 0)]
