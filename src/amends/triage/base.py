"""What triage says of a text, and what a triage model must be."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal, Protocol

import msgspec

from amends.triage.chances import Chances
from amends.triage.own import Features, OwnHead

LABELS_IN = frozenset({"en"})
"""The languages in which labels and emotions are read, and that the deep model knows."""


class Depth(StrEnum):
    """How thoroughly a text was read: not at all, by hashed n-grams, or by the sentence encoder as well."""

    NONE = ""
    FAST = "fast"
    DEEP = "deep"


class Mark(StrEnum):
    """Something plainly seen in a text. The first six are why it is intense; the rest only describe it."""

    CAPITALS = "capitals"  # written in capital letters
    PUNCTUATION = "punctuation"  # !!! or ?!
    LENGTHENING = "lengthening"  # sooooo
    ANGRY_EMOJI = "angry_emoji"
    HAPPY_EMOJI = "happy_emoji"
    PROFANITY = "profanity"
    QUESTION = "question"  # it asks something
    WORDLESS = "wordless"  # no word is left once handles, links and tags are gone


class Judgement(msgspec.Struct, frozen=True):
    """What a text says.

    `lang` is an ISO 639 code ("" where nothing could be told) believed with probability `lang_p`. `negative`,
    `neutral` and `positive` are calibrated probabilities that sum to 1. `intensity` runs from 0 (calm) to 1
    (shouted), and `marks` holds the values of `Mark` that were seen.

    `labels` holds the calibrated probability of each label of `labels.definitions()` that is read, and `emotions` that
    of anger, joy, optimism and sadness, which sum to 1: both are empty in what surely is no language of `LABELS_IN`.
    """

    lang: str
    lang_p: float
    negative: float
    neutral: float
    positive: float
    intensity: float
    marks: tuple[str, ...] = ()
    labels: dict[str, float] = {}
    emotions: dict[str, float] = {}
    depth: Depth = Depth.FAST

    @property
    def sentiment(self) -> float:
        """From -1 (surely negative) to 1 (surely positive)."""
        return self.positive - self.negative

    @property
    def label(self) -> Literal["negative", "neutral", "positive"]:
        """The most probable of the three; neutral where they tie."""
        if self.negative > self.neutral and self.negative > self.positive:
            return "negative"
        if self.positive > self.neutral and self.positive > self.negative:
            return "positive"
        return "neutral"


UNREAD = Judgement("", 0.0, 0.0, 1.0, 0.0, 0.0, depth=Depth.NONE)
"""Of what nobody reads, as our own posts."""


class Triage(Protocol):
    """Judges texts. A judgement depends on its own text and hint alone, never on its neighbours in the batch."""

    def judge_many(
        self, texts: Sequence[str], hints: Sequence[str], depth: Depth = Depth.FAST, own: Sequence[OwnHead] = ()
    ) -> list[Judgement]:
        """One judgement a text, in order. `hints` are the languages that the network or the writer claims, as BCP 47
        tags, "" for none; there are as many as texts. Any text gets an answer: an empty or broken one a vague one.
        Batches of 256 or more are the fastest.

        `depth`: how thoroughly to read. What cannot be read deeply, since it has no words or another language, is read
        fast, and says so. `own`: what the texts' brand taught, which counts where they are read deeply. Raises
        `ValueError` where there are more hints than texts, or fewer."""

    def read_deeply(self, texts: Sequence[str]) -> tuple[Chances, Features]:
        """What is read of English texts deeply, and the features on which a brand's own heads learn."""
