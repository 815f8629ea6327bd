"""Slices hold the texts that they name, and figures are kept as long as the weights are the same."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec
import numpy as np
import pytest

from amends.triage import measured
from amends.triage.corpora import MissingData
from amends.triage.evaluate_slices import DIALECTS, LENGTHS, slices, words
from amends.triage.figures import confusion

TWEETS = [("Y’all are the best, love it", 2), ("awful, worst flight ever, never again", 0), ("gate 4 " * 20, 1)] * 12
CASES = [
    ("I hate women.", "hateful", "women", "derog_neg_emote_h"),
    ("I love women.", "non-hateful", "women", "ident_pos_nh"),
    ("I don't hate women.", "non-hateful", "women", "negate_neg_nh"),
    ("I fucking hate immigrants, they are scum.", "hateful", "immigrants", "derog_neg_emote_h"),
    ("Immigrants live here.", "non-hateful", "immigrants", "ident_neutral_nh"),
    ("I hate this traffic.", "non-hateful", "", "target_obj_nh"),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    sentiment = tmp_path / "tweeteval/datasets/sentiment"
    sentiment.mkdir(parents=True)
    (sentiment / "test_text.txt").write_text("\n".join(text for text, _ in TWEETS))
    (sentiment / "test_labels.txt").write_text("\n".join(str(label) for _, label in TWEETS))
    (tmp_path / "hatecheck").mkdir()
    with (tmp_path / "hatecheck/test_suite_cases.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("test_case", "label_gold", "target_ident", "functionality"), *CASES])
    return tmp_path


def test_slices_count_the_texts_that_they_name(data: Path) -> None:
    found = slices(data)
    assert found["slices.sentiment.under_60.texts"] == 24
    assert found["slices.sentiment.over_120.texts"] == 12
    assert found["slices.sentiment.dialect.african_american.texts"] == 12
    assert found["slices.sentiment.dialect.indian.texts"] == 0
    assert found["slices.sentiment.dialect.african_american.accuracy"] == 1
    assert "slices.sentiment.under_60.macro_recall" not in found, "there are no neutral ones among them"
    assert found["slices.hatecheck.women.hateful_texts"] == found["slices.hatecheck.women.mentioned_texts"] == 1
    assert found["slices.hatecheck.women.harmless_texts"] == 2
    assert found["slices.hatecheck.all.harmless_texts"] == 3, "what speaks of no group is in none"
    assert found["slices.hatecheck.immigrants.hateful_called_offensive"] == 1
    assert found["slices.hatecheck.immigrants.harmless_called_offensive"] == 0


def test_without_the_set_it_is_said_which_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="tweeteval"):
        slices(tmp_path)


def test_every_text_has_one_length() -> None:
    assert all(sum(inside("x" * size) for inside in LENGTHS.values()) == 1 for size in (0, 59, 60, 120, 121))


def test_words_of_dialects_are_whole_words_in_either_apostrophe() -> None:
    assert words("Y’ALL wee-wee, didn't") == {"y'all", "wee", "didn't"}
    assert all(own == words(" ".join(own)) for own in DIALECTS.values())


def test_a_confusion_tells_of_each_class_what_it_is_taken_for() -> None:
    told = confusion(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), ("no", "yes"))
    assert told == {"no_as_no": 0.5, "no_as_yes": 0.5, "yes_as_no": 0, "yes_as_yes": 1}


def test_figures_are_kept_beside_others_of_the_same_weights(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    measured.keep({"a": 0.5}, "2026-01-01", file)
    measured.keep({"b": 0.25}, "2026-01-02", file)
    assert measured.kept(file).figures == {"a": 0.5, "b": 0.25}
    assert measured.kept(file).date == "2026-01-02"
    file.write_bytes(msgspec.json.encode(msgspec.structs.replace(measured.kept(file), weights="others")))
    measured.keep({"b": 0.75}, "2026-01-03", file)
    assert measured.kept(file).figures == {"b": 0.75}


def test_other_weights_have_another_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("1")
    before = measured.fingerprint(tmp_path)
    (tmp_path / measured.FILE.name).write_text("the figures themselves do not count")
    assert measured.fingerprint(tmp_path) == before
    (tmp_path / "a.json").write_text("2")
    assert measured.fingerprint(tmp_path) != before
