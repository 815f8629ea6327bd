"""The sets as they are to be measured: nothing measured is learnt, and the folds are everybody's."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from amends.triage.matters import (
    airline_reasons,
    airline_sentiment,
    banking77,
    clinc150,
    complaints,
    folds,
)


def table(file: Path, rows: list[dict[str, str]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = io.StringIO()
    writer = csv.DictWriter(lines, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    told = lines.getvalue().encode()
    file.write_bytes(gzip.compress(told) if file.suffix == ".gz" else told)


def test_a_question_that_is_in_the_test_is_not_learnt(tmp_path: Path) -> None:
    folder = tmp_path / "polyai-banking77-nlupp/banking_data"
    table(
        folder / "train.csv", [{"text": "Where is my card?", "category": "card"}, {"text": "why?", "category": "rate"}]
    )
    table(folder / "test.csv", [{"text": "WHY", "category": "rate"}])
    split = banking77(tmp_path)
    assert split.labels == ("card", "rate")
    assert (split.train, split.test) == ([("Where is my card?", 0)], [("WHY", 1)])


def test_what_lies_beyond_the_intents_stands_apart(tmp_path: Path) -> None:
    (tmp_path / "clinc150").mkdir()
    told = {"train": [["pay my bill", "pay"]], "test": [["bill please", "pay"]], "val": [["a bill", "pay"]]}
    told |= {"oos_val": [["how tall is it", "oos"]], "oos_test": [["who won", "oos"]]}
    (tmp_path / "clinc150/data_full.json").write_text(json.dumps(told))
    scope = clinc150(tmp_path)
    assert scope.split.test == [("bill please", 0)]
    assert (scope.val, scope.beyond_val, scope.beyond_test) == ([("a bill", 0)], ["how tall is it"], ["who won"])


def test_the_airlines_tweets_are_split_by_their_number(tmp_path: Path) -> None:
    def tweet(number: int, text: str, feeling: str, reason: str = "") -> dict[str, str]:
        return {"tweet_id": str(number), "text": text, "airline_sentiment": feeling, "negativereason": reason}

    rows = [
        tweet(11, "@air you lost my bag", "negative", "Lost Luggage"),
        tweet(12, "@air thanks &amp; bye", "positive"),
        tweet(17, "@air LATE again!", "negative", "Late Flight"),
        tweet(18, "@other late again", "negative", "Late Flight"),
        tweet(29, "@air hello", "neutral"),
    ]
    table(tmp_path / "us-airline-sentiment/Tweets.csv.gz", rows)
    feelings = airline_sentiment(tmp_path)
    assert feelings.train == [("@air you lost my bag", 0), ("@air thanks & bye", 2)]
    assert feelings.test == [("@other late again", 0), ("@air hello", 1)]
    reasons = airline_reasons(tmp_path)
    assert reasons.labels == ("Late Flight", "Lost Luggage")
    assert (reasons.train, reasons.test) == ([("@air you lost my bag", 1)], [("@other late again", 0)])


def test_complaints_have_their_domain(tmp_path: Path) -> None:
    rows = [{"id": "1", "text": "it broke", "complaint": "1", "domain": "cars"}]
    table(tmp_path / "complaints-preotiuc/complaints.csv", rows)
    assert complaints(tmp_path) == [("it broke", True, "cars")]


def test_the_folds_are_those_that_others_measure_by() -> None:
    labels = [1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1]
    told = [[8, 11, 19], [4, 7, 21], [3, 18, 22], [15, 16, 17], [14, 23], [6, 20], [0, 13], [10, 12], [5, 9], [1, 2]]
    assert [fold.tolist() for fold in folds(labels)] == told  # scikit-learn 1.9


@given(st.lists(st.integers(0, 3), min_size=40, max_size=200))
def test_every_text_is_measured_once_and_every_fold_has_its_share(labels: list[int]) -> None:
    found = folds(labels)
    assert sorted(row for fold in found for row in fold.tolist()) == list(range(len(labels)))
    for label in set(labels):
        counts = [sum(labels[row] == label for row in fold.tolist()) for fold in found]
        assert max(counts) - min(counts) <= 1
