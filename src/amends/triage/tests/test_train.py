from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from amends.triage import corpora, evaluate
from amends.triage.clean import join
from amends.triage.lexing import lex
from amends.triage.sentiment import Sentiment
from amends.triage.tests import sets
from amends.triage.train import calibrate, gather, train_sentiment


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    sets.write(folder)
    return folder


def test_training_learns_from_the_sets_and_writes_a_model(data: Path, tmp_path: Path) -> None:
    said: list[tuple[float, str]] = []
    figures = train_sentiment(data, tmp_path / "new", lambda done, doing: said.append((done, doing)))
    examples, _, held = gather(data)
    assert (figures["examples"], figures["held_out"]) == (len(examples), len(held))
    assert [done for done, _ in said] == sorted(done for done, _ in said)
    assert said[-1] == (1.0, "done")
    model = Sentiment.load(tmp_path / "new")
    chances = model.probabilities(lex(join(["a terrible rude loss", "the monday schedule", "lovely, so kind"])))
    assert chances.argmax(axis=1).tolist() == [0, 1, 2]
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == ["sentiment.json", "sentiment.npy"]


def test_nothing_held_out_is_learnt_from_and_nothing_twice(data: Path, tmp_path: Path) -> None:
    leaked = corpora.tweeteval(data, "val")[0].text
    sets.write(tmp_path)
    train = tmp_path / "semeval2013-17-sentiment/dataset/train/b.txt"
    train.write_text(
        f"1\tneutral\t@somebody {leaked.upper()} https://x.example\n2\tpositive\tonce\n3\tneutral\tOnce!\n"
    )
    texts = [corpora.key(example.text) for example in gather(tmp_path)[0]]
    assert corpora.key(leaked) not in texts
    assert texts.count("once") == 1


def test_calibration_finds_the_sharpness_that_made_the_labels() -> None:
    chance = np.random.default_rng(5)
    logits = chance.normal(0, 1, (6000, 3))
    true = np.exp(2 * logits) / np.exp(2 * logits).sum(axis=1, keepdims=True)
    labels = np.array([chance.choice(3, p=row) for row in true])
    sharpness, bias = calibrate(logits, labels)
    assert sharpness == pytest.approx(2, abs=0.15)
    assert bias == pytest.approx((0, 0, 0), abs=0.1)


def test_a_missing_set_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(corpora.MissingData, match=r"tweeteval.*--data.*model_card"):
        train_sentiment(tmp_path, tmp_path)


@pytest.mark.parametrize("name", ["sentiment", "language"])
def test_evaluation_gives_flat_figures(data: Path, name: str) -> None:
    figures = evaluate.evaluate(name, data)
    assert figures
    assert all(isinstance(value, float | int) for value in figures.values())
    assert all(0 <= value <= 1 for key, value in figures.items() if key != "texts")


def test_evaluation_knows_its_names(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sentiment, language"):
        evaluate.evaluate("weather", tmp_path)
    with pytest.raises(corpora.MissingData):
        evaluate.evaluate("language", tmp_path)


def test_the_measures_are_what_they_are_called() -> None:
    truth, guess = np.array([0, 0, 0, 0, 1, 1, 2, 2]), np.array([0, 0, 0, 1, 1, 1, 2, 0])
    assert evaluate.macro_recall(truth, guess) == pytest.approx((3 / 4 + 1 + 1 / 2) / 3)
    assert evaluate.macro_f1(truth, guess) == pytest.approx((6 / 8 + 4 / 5 + 2 / 3) / 3)
    sure = np.array([[0.9, 0.1, 0.0]] * 10)
    assert evaluate.calibration_error(np.array([0] * 9 + [1]), sure) == pytest.approx(0)
    assert evaluate.calibration_error(np.array([1] * 10), sure) == pytest.approx(0.9)


def test_texts_of_the_sets_are_made_plain(tmp_path: Path) -> None:
    folder = tmp_path / "semeval2013-17-sentiment/dataset/train"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("1\tpositive\tIt\\u2019s &amp;lt;3 \x85 fine\n\n2\tnegative\n", encoding="utf-8")
    assert corpora.semeval(tmp_path) == [corpora.Example("It’s <3 \x85 fine", 2)]


def test_mixed_and_unclear_emotions_are_left_out(data: Path) -> None:
    assert corpora.goemotions(data) == [("so rude", 0), ("so kind", 2), ("hour", 1)]


def test_our_own_seeds_are_well_formed() -> None:
    seeds = corpora.seeds()
    assert len(seeds) > 300
    assert all(text and text == text.strip() for text, _ in seeds)
    assert {label for _, label in seeds} == {0, 1, 2}
