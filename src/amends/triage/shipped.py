"""The two depths. Fast: fastText's language, hashed n-grams and rules of intensity; a core judges tens of thousands of
texts a second. Deep: the sentence encoder beside them where it can read, some hundreds a second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import msgspec
import numpy as np

from amends.triage import clean, intensity
from amends.triage.base import LABELS_IN, Depth, Judgement, Mark
from amends.triage.chances import EMOTIONS, Chances, pooled, together
from amends.triage.decide import shipped
from amends.triage.deep import Deep, Features
from amends.triage.hashed import Hashed
from amends.triage.language import Language
from amends.triage.lexing import lex, lex_texts
from amends.triage.own import OwnHead, apply, features

CHUNK = 256  # texts at once: enough to forget numpy's cost per call, few enough to stay in the processor's cache
DOUBTED = 0.5  # a language less probable is not believed: a few words are often taken for another's
OF_FAST = 0.25  # share of the fast model in what is read deeply: chosen on val and on what was kept aside
COMMON = frozenset((
    "about", "and", "are", "at", "but", "can", "for", "from", "get", "have", "her", "how", "i", "i'm", "if", "it",
    "it's", "just", "like", "love", "my", "not", "of", "our", "out", "she", "that", "that's", "the", "this", "they",
    "to", "up", "was", "we", "what", "when", "who", "will", "with", "you", "your",
))  # fmt: skip
"""Words of which English is made, but for those that are words of other languages as well."""


class Shipped:
    """The `Triage` that comes with Amends. Texts are read as far as `clean.LONGEST`; the deep model is loaded when it
    is first asked for."""

    def __init__(self, language: Language, hashed: Hashed, load_deep: Callable[[], Deep] = Deep) -> None:
        self._language = language
        self._hashed = hashed
        self._load_deep = load_deep

    @classmethod
    def load(cls) -> Shipped:
        return cls(Language.load(), Hashed.load())

    @cached_property
    def _deep(self) -> Deep:
        return self._load_deep()

    def judge_many(
        self, texts: Sequence[str], hints: Sequence[str], depth: Depth = Depth.FAST, own: Sequence[OwnHead] = ()
    ) -> list[Judgement]:
        """See `Triage`."""
        if len(texts) != len(hints):
            raise ValueError(f"{len(texts)} texts have {len(hints)} hints; give one a text, empty for none.")
        judged: list[Judgement] = []
        for start in range(0, len(texts), CHUNK):
            judged += self._fast(texts[start : start + CHUNK], hints[start : start + CHUNK])
        if depth is Depth.DEEP:
            rows = [row for row, one in enumerate(judged) if one.labels and Mark.WORDLESS not in one.marks]
            for row, one in zip(rows, self._deeply(texts, judged, rows, own), strict=True):
                judged[row] = one
        return judged

    def _fast(self, texts: Sequence[str], hints: Sequence[str]) -> list[Judgement]:
        joined = clean.join(texts)
        lowered = joined.lower()
        lexed = lex(lowered)
        felt = intensity.weigh(joined, lexed)
        spoken = [
            (told, told[0] in LABELS_IN if told[1] >= DOUBTED else seems_english(words))
            for words, told in (
                (words, self._language.tell(words, hint))
                for words, hint in zip(clean.words_alone(lowered), hints, strict=True)
            )
        ]
        chances = self._hashed.tell(lexed, [english for _, english in spoken])
        chances.sentiment[felt.blank] = 1 / 3  # nothing to read but handles and links
        labels, emotions = _labels(chances, Depth.FAST), _emotions(chances)
        return [
            Judgement(
                lang, lang_p, negative, neutral, positive, strength, marks,
                *((told, moved) if english and not blank else ({}, {})),
            )
            for ((lang, lang_p), english), (negative, neutral, positive), strength, marks, told, moved, blank in zip(
                spoken, chances.sentiment.tolist(), felt.intensity, felt.marks, labels, emotions, felt.blank.tolist(),
                strict=True,
            )
        ]  # fmt: skip

    def read_deeply(self, texts: Sequence[str]) -> tuple[Chances, Features]:
        """What is read of English texts deeply, and the features on which a brand's own heads learn."""
        return read_both(self._deep, self._hashed, texts)

    def _deeply(
        self, texts: Sequence[str], judged: Sequence[Judgement], rows: Sequence[int], own: Sequence[OwnHead]
    ) -> list[Judgement]:
        if not rows:
            return []
        chances, read = self.read_deeply([texts[row] for row in rows])
        sentiment, labels = chances.sentiment, _labels(chances, Depth.DEEP)
        if own:
            before = {name: np.array([one[name] for one in labels]) for name in labels[0]}
            sentiment, told = apply(own, read, sentiment, before)
            labels = [dict(zip(told, row, strict=True)) for row in np.stack(list(told.values()), axis=1).tolist()]
        return [
            msgspec.structs.replace(
                judged[row], negative=negative, neutral=neutral, positive=positive, labels=told, emotions=moved,
                depth=Depth.DEEP,
            )
            for row, (negative, neutral, positive), told, moved in zip(
                rows, sentiment.tolist(), labels, _emotions(chances), strict=True
            )
        ]  # fmt: skip


def read_both(deep: Deep, hashed: Hashed, texts: Sequence[str]) -> tuple[Chances, Features]:
    """What the deep model says of English texts, with a word of the fast one, which costs next to nothing and knows
    more words; and what a brand's own heads learn on."""
    parts: list[Chances] = []
    known: list[Features] = []
    for start in range(0, max(len(texts), 1), CHUNK):
        some = texts[start : start + CHUNK]
        lexed = lex_texts(some)
        told, encoded = deep.tell(some)
        parts.append(pooled(told, hashed.tell(lexed, [True] * len(some)), OF_FAST))
        known.append(features(encoded, lexed))
    return together(parts), np.concatenate(known)


def seems_english(words: str) -> bool:
    """Whether a tenth of the words of a lower-cased text are `COMMON`."""
    found = words.split()
    return 10 * sum(word.strip(".,!?\"'") in COMMON for word in found) >= max(len(found), 1)


def _labels(chances: Chances, depth: Depth) -> list[dict[str, float]]:
    """Of each text, those that were found fit to be told."""
    fit = shipped()[depth]
    columns = [(name, at) for at, name in enumerate(chances.names) if name in fit]
    names = [name for name, _ in columns]
    return [dict(zip(names, row, strict=True)) for row in chances.labels[:, [at for _, at in columns]].tolist()]


def _emotions(chances: Chances) -> list[dict[str, float]]:
    return [dict(zip(EMOTIONS, row, strict=True)) for row in chances.emotions.tolist()]
