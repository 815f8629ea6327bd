"""A judgement as JSON: rounded, decided, and nothing told that could not be measured."""

from __future__ import annotations

import json

import msgspec
import pytest

from amends.triage.base import Depth, Judgement
from amends.triage.decide import Threshold
from amends.triage.telling import told

THRESHOLDS = {"legal": Threshold(0.2, 0.4), "job": Threshold(0.5, 0.75), "press": Threshold(0.5, 0.75)}
SAID = Judgement(
    "en", 0.98765, 0.70004, 0.19996, 0.1, 0.33333, ("question",),
    {"legal": 0.41239, "job": 0.6, "press": 0.1, "spam": 0.9},
    {"anger": 0.51234, "joy": 0.1, "optimism": 0.1, "sadness": 0.28766}, Depth.DEEP,
)  # fmt: skip


def test_every_probability_and_what_is_said_of_it() -> None:
    answer = json.loads(msgspec.json.encode(told("a1", "mail ann@shop.example now", SAID, THRESHOLDS)))
    assert answer == {
        "id": "a1",
        "depth": "deep",
        "lang": {"label": "en", "probability": 0.9877},
        "sentiment": {"label": "negative", "probabilities": {"negative": 0.7, "neutral": 0.2, "positive": 0.1}},
        "intensity": 0.3333,
        "marks": ["question"],
        "labels": {
            "legal": {"label": "yes", "probability": 0.4124},
            "job": {"label": "unsure", "probability": 0.6},
            "press": {"label": "no", "probability": 0.1},
        },
        "emotion": {
            "label": "anger",
            "probabilities": {"anger": 0.5123, "joy": 0.1, "optimism": 0.1, "sadness": 0.2877},
        },
        "personal": [{"kind": "email", "start": 5, "end": 21, "probability": 0.95}],
    }


def test_a_label_without_a_threshold_is_not_told() -> None:
    assert told(1, "", SAID, {}).labels == {}


@pytest.mark.parametrize(
    ("emotions", "said"),
    [
        ({"anger": 0.4, "joy": 0.3, "optimism": 0.2, "sadness": 0.1}, "unsure"),
        ({"anger": 0.1, "joy": 0.7, "optimism": 0.1, "sadness": 0.1}, "joy"),
    ],
)
def test_an_emotion_is_told_where_it_is_likelier_than_not(emotions: dict[str, float], said: str) -> None:
    emotion = told(None, "", msgspec.structs.replace(SAID, emotions=emotions), {}).emotion
    assert emotion is not None
    assert emotion.label == said


def test_where_no_emotion_was_read_none_is_told() -> None:
    assert told(None, "", msgspec.structs.replace(SAID, emotions={}), {}).emotion is None
