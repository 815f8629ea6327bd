"""A judgement as JSON tells it: every probability, what is said of it, and where personal data stand."""

from __future__ import annotations

import msgspec

from amends.triage import personal
from amends.triage.base import Judgement
from amends.triage.decide import Threshold, feeling


class Language(msgspec.Struct, frozen=True):
    label: str
    probability: float


class Choice(msgspec.Struct, frozen=True):
    """One of several: "unsure" where none is much likelier than the others."""

    label: str
    probabilities: dict[str, float]


class Label(msgspec.Struct, frozen=True):
    """ "yes", "no" or "unsure"."""

    label: str
    probability: float


class Personal(msgspec.Struct, frozen=True):
    """Characters `start` to `end` of the text."""

    kind: str
    start: int
    end: int
    probability: float


class Told(msgspec.Struct, frozen=True):
    id: str | int | None
    depth: str
    lang: Language
    sentiment: Choice
    intensity: float
    marks: tuple[str, ...]
    labels: dict[str, Label]
    emotion: Choice | None
    personal: list[Personal]


def told(id_: str | int | None, text: str, said: Judgement, thresholds: dict[str, Threshold]) -> Told:
    """What `said` says of the text, decided by the thresholds of its depth."""
    sentiment = {"negative": said.negative, "neutral": said.neutral, "positive": said.positive}
    emotions = {name: round(chance, 4) for name, chance in said.emotions.items()}
    return Told(
        id_,
        said.depth.value,
        Language(said.lang, round(said.lang_p, 4)),
        Choice(feeling(**sentiment), {name: round(chance, 4) for name, chance in sentiment.items()}),
        round(said.intensity, 4),
        said.marks,
        {
            name: Label(thresholds[name].verdict(chance).value, round(chance, 4))
            for name, chance in said.labels.items()
            if name in thresholds
        },
        Choice(_surest(emotions), emotions) if emotions else None,
        [Personal(one.kind.value, one.start, one.end, one.sure) for one in personal.find(text)],
    )


LEAST = 0.5  # of an emotion: there are four, and most posts have none of them


def _surest(emotions: dict[str, float]) -> str:
    surest = max(emotions, key=emotions.__getitem__)
    return surest if emotions[surest] >= LEAST else "unsure"
