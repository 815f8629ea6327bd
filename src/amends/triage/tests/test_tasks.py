"""What the encoder learns from: nothing that it is measured on, and nothing twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from amends.triage.corpora import Example, MissingData, key
from amends.triage.training.tasks import NAMES, fresh, ours, tasks


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
    _intents(tmp_path)
    return tmp_path


def _intents(folder: Path) -> None:
    """What is learnt beside, each set with a text that is held out elsewhere."""
    for name, rows in {
        "polyai-banking77-nlupp/banking_data/train.csv": "text,category\nwhere is my card,card\nirony val 0,card\n",
        "polyai-banking77-nlupp/banking_data/test.csv": "text,category\nmy card?,card\n",
        "bitext-customer-support/data/train/set.csv": "utterance,intent\nwhere is my bag,track\nirony VAL 0,track\n",
        "goemotions/data/original/labels.txt": "joy\nneutral\n",
        "goemotions/data/original/train.tsv": "what a day\t0\tid1\nboth\t0,1\tid2\nirony test 0\t0\tid3\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(rows)
    (folder / "clinc150").mkdir()
    asked = {"train": [["what time is it", "time"], ["irony test 0", "time"]], "val": [], "test": [["time?", "time"]]}
    (folder / "clinc150/data_full.json").write_text(json.dumps({**asked, "oos_val": [], "oos_test": []}))


def test_nothing_that_is_held_out_is_learnt(data: Path) -> None:
    found = {task.name: task for task in tasks(data)}
    assert [name for name, task in found.items() if task.told] == ["sentiment", *NAMES]
    beside = {name: [one.text for one in task.train] for name, task in found.items() if not task.told}
    assert beside["banking77"] == ["where is my card"]
    assert beside["clinc150"] == ["what time is it"]
    assert beside["bitext"] == ["where is my bag"]
    assert beside["goemotions"] == ["what a day"]
    assert [one.text for one in found["sentiment"].train] == ["good bag"]
    for name in NAMES:
        assert [one.text for one in found[name].train] == [f"{name} train {number}" for number in range(3)]
        assert [one.text for one in found[name].val] == [f"{name} val 0"]


def test_some_of_our_own_examples_are_kept_aside() -> None:
    for task in ours():
        assert not {key(one.text) for one in task.train} & {key(one.text) for one in task.val}
        assert not task.train or 0.1 < len(task.val) / len(task.train) < 0.6


def test_a_missing_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="offensive"):
        tasks(tmp_path)


def test_each_text_once() -> None:
    texts = [Example("A bag", 0), Example("a BAG!", 1), Example("another", 2), Example("@only https://x.example", 1)]
    assert fresh(texts, {key("Another?")}) == [Example("A bag", 0)]
