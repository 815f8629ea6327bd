"""Figures that say how good triage is, on public data sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amends.triage import clean, corpora
from amends.triage.corpora import Example
from amends.triage.labels.measure import measure
from amends.triage.language import Language
from amends.triage.lexing import lex
from amends.triage.sentiment import Sentiment

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LANGUAGES = {"arabic": "ar", "french": "fr", "italian": "it", "portuguese": "pt", "spanish": "es"}
"""UMSAB's sets by ISO 639 code; its Hindi is written in Latin letters, which no identifier at hand knows."""


def evaluate(name: str, data: Path) -> dict[str, float]:
    """The figures of "sentiment" or "language", measured on the sets below `data`, or of "labels", measured on our own
    held-out texts: names to numbers, shares from 0 to 1. Raises `ValueError` for another name and
    `corpora.MissingData` where a set is missing."""
    known: dict[str, Callable[[Path], dict[str, float]]] = {
        "sentiment": _sentiment,
        "language": _language,
        "labels": lambda _: measure(),
    }
    if name not in known:
        raise ValueError(f"There is nothing to evaluate by the name {name!r}. Choose one of: {', '.join(known)}.")
    return {figure: round(value, 4) for figure, value in known[name](data).items()}


def macro_recall(truth: Ints, guess: Ints) -> float:
    """The mean over classes of the share of a class that is found."""
    return float(np.mean([(guess[truth == class_] == class_).mean() for class_ in np.unique(truth)]))


def macro_f1(truth: Ints, guess: Ints) -> float:
    """The mean over classes of the harmonic mean of precision and recall."""
    hits = [int(((truth == class_) & (guess == class_)).sum()) for class_ in np.unique(truth)]
    sizes = [int((truth == class_).sum() + (guess == class_).sum()) for class_ in np.unique(truth)]
    return float(np.mean([2 * hit / size for hit, size in zip(hits, sizes, strict=True)]))


def calibration_error(truth: Ints, chances: Floats, weights: Floats | None = None) -> float:
    """Expected calibration error in 15 bins of the chosen class's probability (Guo et al., 2017): by how much the
    probability and the share that is right differ, in the mean over (weighted) texts."""
    weight = np.ones(len(truth)) if weights is None else weights
    surest, right = chances.max(axis=1), (chances.argmax(axis=1) == truth).astype(np.float64)
    bins = np.minimum((surest * 15).astype(np.int64), 14)
    gaps = np.bincount(bins, weight * (surest - right), minlength=15)
    return float(np.abs(gaps).sum() / weight.sum())


def _sentiment(data: Path) -> dict[str, float]:
    model = Sentiment.load()
    tests = corpora.tweeteval(data, "test")
    truth, chances = _judged(model, tests)
    guess = chances.argmax(axis=1)
    balance = (1 / np.bincount(truth, minlength=3))[truth]
    figures: dict[str, float] = {
        "texts": len(tests),
        "macro_recall": macro_recall(truth, guess),
        "accuracy": float((guess == truth).mean()),
        "macro_f1": macro_f1(truth, guess),
        "ece": calibration_error(truth, chances),
        "ece_balanced": calibration_error(truth, chances, balance),
    }
    for label, class_ in corpora.LABELS.items():
        figures[f"recall_{label}"] = float((guess[truth == class_] == class_).mean())
    of_languages = []
    for language in corpora.UMSAB_LANGUAGES:
        truth, chances = _judged(model, corpora.umsab(data, language, "test"))
        of_languages.append(macro_f1(truth, chances.argmax(axis=1)))
        figures[f"umsab_{language}_macro_f1"] = of_languages[-1]
    figures["umsab_macro_f1"] = float(np.mean(of_languages))
    truth, chances = _judged(model, corpora.airline(data))
    figures["airline_macro_recall"] = macro_recall(truth, chances.argmax(axis=1))
    figures["airline_accuracy"] = float((chances.argmax(axis=1) == truth).mean())
    return figures


def _judged(model: Sentiment, examples: Sequence[Example]) -> tuple[Ints, Floats]:
    texts = [example.text for example in examples]
    parts = [
        model.probabilities(lex(clean.join(texts[start : start + 256]).lower())) for start in range(0, len(texts), 256)
    ]
    return np.array([example.label for example in examples]), np.concatenate(parts)


def _language(data: Path) -> dict[str, float]:
    model = Language.load()
    figures: dict[str, float] = {}
    for name, code in LANGUAGES.items():
        figures[f"tweets_{code}"] = _found(model, [text for text, _ in corpora.umsab(data, name, "test")], code)
    figures["tweets_en"] = _found(model, [text for text, _ in corpora.tweeteval(data, "val")], "en")
    figures["tweets"] = float(np.mean([figures[name] for name in figures]))
    sentences = corpora.sentences(data)
    for code, texts in sentences.items():
        figures[f"sentences_{code}"] = _found(model, texts, code)
    figures["sentences"] = float(np.mean([figures[f"sentences_{code}"] for code in sentences]))
    return figures


def _found(model: Language, texts: Sequence[str], code: str) -> float:
    """The share of texts that are taken for what they are, without a hint."""
    bare = clean.words_alone(clean.join(texts).lower())
    return float(np.mean([model.tell(text, "")[0] == code for text in bare]))
