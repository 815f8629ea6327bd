"""The fast model: fastText's language, a linear sentiment and rules of intensity. A core judges tens of thousands of
texts a second, in some tens of megabytes."""

from __future__ import annotations

from collections.abc import Sequence

from amends.triage import clean, intensity
from amends.triage.base import Depth, Judgement
from amends.triage.language import Language
from amends.triage.lexing import lex
from amends.triage.sentiment import Sentiment

CHUNK = 256  # texts at once: enough to forget numpy's cost per call, few enough to stay in the processor's cache


class Fast:
    """A `Triage`. Texts are read as far as `clean.LONGEST`."""

    def __init__(self, language: Language, sentiment: Sentiment) -> None:
        self._language = language
        self._sentiment = sentiment

    @classmethod
    def load(cls) -> Fast:
        return cls(Language.load(), Sentiment.load())

    def judge_many(self, texts: Sequence[str], hints: Sequence[str], depth: Depth = Depth.FAST) -> list[Judgement]:  # noqa: ARG002 - it has one
        """See `Triage`."""
        if len(texts) != len(hints):
            raise ValueError(f"{len(texts)} texts have {len(hints)} hints; give one a text, empty for none.")
        judged: list[Judgement] = []
        for start in range(0, len(texts), CHUNK):
            judged += self._judge(texts[start : start + CHUNK], hints[start : start + CHUNK])
        return judged

    def _judge(self, texts: Sequence[str], hints: Sequence[str]) -> list[Judgement]:
        joined = clean.join(texts)
        lowered = joined.lower()
        lexed = lex(lowered)
        felt = intensity.weigh(joined, lexed)
        sentiment = self._sentiment.probabilities(lexed)
        sentiment[felt.blank] = 1 / 3  # nothing to read but handles and links
        spoken = map(self._language.tell, clean.words_alone(lowered), hints)
        return [
            Judgement(lang, lang_p, negative, neutral, positive, strength, marks)
            for (lang, lang_p), (negative, neutral, positive), strength, marks in zip(
                spoken, sentiment.tolist(), felt.intensity, felt.marks, strict=True
            )
        ]
