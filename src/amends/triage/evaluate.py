"""Figures that say how good triage is: what ships, asked as the desk asks it, on public data sets and our own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from amends import triage
from amends.triage import clean, corpora, evaluate_matters
from amends.triage.asking import PREFIX, felt, read, tweets
from amends.triage.base import Depth
from amends.triage.chances import EMOTIONS
from amends.triage.decide import shipped
from amends.triage.evaluate_slices import slices
from amends.triage.figures import Floats, Ints, calibration_error, confusion, macro_f1, macro_recall
from amends.triage.labels.measure import by_model, by_rules
from amends.triage.language import Language

LANGUAGES = {"arabic": "ar", "french": "fr", "italian": "it", "portuguese": "pt", "spanish": "es"}
"""UMSAB's sets by ISO 639 code; its Hindi is written in Latin letters, which no identifier at hand knows."""
SHORT = 60  # characters


def evaluate(data: Path, only: str = "") -> dict[str, float]:
    """The figures of all tasks, or of `only` one: names to numbers, shares from 0 to 1. What is read deeply has plain
    names, what is read fast has "fast" in them. Raises `ValueError` for another name and `corpora.MissingData` where a
    set is missing."""
    known: dict[str, Callable[[Path], dict[str, float]]] = {
        "tweeteval": _tweeteval,
        "umsab": _umsab,
        "airline": evaluate_matters.airline,
        "complaints": evaluate_matters.complaints,
        "banking77": evaluate_matters.banking77,
        "clinc150": evaluate_matters.clinc150,
        "language": _language,
        "labels": lambda _: _labels(),
        "slices": slices,
    }
    if only and only not in known:
        raise ValueError(f"There is nothing to evaluate by the name {only!r}. Choose one of: {', '.join(known)}.")
    figures: dict[str, float] = {}
    for name in [only] if only else known:
        figures |= known[name](data)
    return {figure: round(value, 4) for figure, value in figures.items()}


def _tweeteval(data: Path) -> dict[str, float]:
    figures: dict[str, float] = {}
    for depth, prefix in PREFIX.items():
        _, truth, chances = tweets(data, depth)
        figures |= _of_classes(f"tweeteval.sentiment.{prefix}", truth, chances)
        told = confusion(truth, chances.argmax(axis=1), tuple(corpora.LABELS))
        figures |= {f"tweeteval.sentiment.{prefix}confusion.{name}": share for name, share in told.items()}
        for label in corpora.LABELS:
            figures[f"tweeteval.sentiment.{prefix}recall_{label}"] = told[f"{label}_as_{label}"]
        for task, label in (("offensive", "offensive"), ("irony", "sarcasm")):
            truth, judged = read(corpora.tweeteval(data, "test", task), depth)
            yes = np.array([one.labels.get(label, 0.0) for one in judged])
            figures |= _of_classes(f"tweeteval.{task}.{prefix}", truth, np.stack([1 - yes, yes], axis=1))
        truth, judged = read(corpora.tweeteval(data, "test", "emotion"), depth)
        moved = np.array([[one.emotions.get(name, 0.25) for name in EMOTIONS] for one in judged])
        figures |= _of_classes(f"tweeteval.emotion.{prefix}", truth, moved)
    return figures


def _of_classes(prefix: str, truth: Ints, chances: Floats) -> dict[str, float]:
    guess = chances.argmax(axis=1)
    return {
        f"{prefix}macro_recall": macro_recall(truth, guess),
        f"{prefix}macro_f1": macro_f1(truth, guess),
        f"{prefix}accuracy": float((guess == truth).mean()),
        f"{prefix}ece": calibration_error(truth, chances),
    }


def _umsab(data: Path) -> dict[str, float]:
    """Seven languages. English is read deeply, and lies within TweetEval's test; the others are read fast."""
    figures: dict[str, float] = {}
    for depth, prefix in PREFIX.items():
        languages = ("english", *corpora.UMSAB_LANGUAGES)
        for language in languages:
            truth, judged = read(corpora.umsab(data, language, "test"), depth)
            figures[f"umsab.{prefix}{language}.macro_f1"] = macro_f1(truth, felt(judged).argmax(axis=1))
        each = [figures[f"umsab.{prefix}{language}.macro_f1"] for language in languages]
        figures[f"umsab.{prefix}macro_f1"] = float(np.mean(each))
    return figures


def _language(data: Path) -> dict[str, float]:
    """Twenty languages' sentences, all of them and the short ones, and tweets."""
    model = Language.load()
    figures: dict[str, float] = {}
    found: list[bool] = []
    short: list[bool] = []
    for code, texts in corpora.sentences(data).items():
        right = _right(model, texts, code)
        figures[f"language.{code}"] = float(np.mean(right))
        found += right
        short += [one for one, text in zip(right, texts, strict=True) if len(text) < SHORT]
    figures |= {"language.all": float(np.mean(found)), "language.short": float(np.mean(short)) if short else 0.0}
    for name, code in LANGUAGES.items():
        right = _right(model, [text for text, _ in corpora.umsab(data, name, "test")], code)
        figures[f"language.tweets_{code}"] = float(np.mean(right))
    figures["language.tweets_en"] = float(
        np.mean(_right(model, [text for text, _ in corpora.tweeteval(data, "val")], "en"))
    )
    return figures


def _right(model: Language, texts: Sequence[str], code: str) -> list[bool]:
    """Whether each is taken for what it is, without a hint."""
    return [model.tell(text, "")[0] == code for text in clean.words_alone(clean.join(texts).lower())]


def _labels() -> dict[str, float]:
    figures: dict[str, float] = {}
    for depth, prefix in PREFIX.items():

        def tell(texts: list[str], depth: Depth = depth) -> list[dict[str, float]]:
            return [one.labels for one in triage.load().judge_many(texts, ["en"] * len(texts), depth)]

        yes = {label: threshold.yes for label, threshold in shipped()[depth].items()}
        figures |= by_model(tell, yes, f"labels.{prefix}")
    return figures | by_rules() | evaluate_matters.namesakes()
