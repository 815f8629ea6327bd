"""What was told before anybody corrected it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.teaching.told import FEELINGS, SENTIMENT, feelings, told
from amends.triage.decide import Threshold

THRESHOLDS = {"deep": {"complaint": Threshold(0.3, 0.6)}}


@dataclass
class Reading:
    negative: float = 0.0
    positive: float = 0.0
    labels: dict[str, float] = field(default_factory=dict)
    depth: str = "deep"


@pytest.mark.parametrize(("chance", "verdict"), [(0.9, "yes"), (0.6, "yes"), (0.45, "unsure"), (0.1, "no")])
def test_a_label_is_told_by_its_threshold(chance: float, verdict: str) -> None:
    assert told(Reading(labels={"complaint": chance}), "complaint", THRESHOLDS) == (verdict, chance)


def test_what_has_no_threshold_at_this_depth_is_not_told() -> None:
    assert told(Reading(labels={"complaint": 0.9}, depth="fast"), "complaint", THRESHOLDS) == ("no", 0.9)
    assert told(Reading(labels={"press": 0.9}), "press", THRESHOLDS) == ("no", 0.9)
    assert told(Reading(), "complaint", THRESHOLDS) == ("no", None)


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_feelings_are_probabilities(one: float, other: float) -> None:
    post = Reading(negative=one, positive=min(other, 1 - one))
    chances = feelings(post)
    assert tuple(chances) == FEELINGS
    assert sum(chances.values()) == pytest.approx(1)
    verdict, chance = told(post, SENTIMENT, {})
    assert chance == max(chances.values())
    assert verdict == "unsure" or chances[verdict] == chance
