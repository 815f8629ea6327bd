"""Whom triage reads worse than others: sentiment by length and by words of dialects, offence by the group that a text
speaks of."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from amends.triage import corpora
from amends.triage.asking import PREFIX, Felt, judged, tweets
from amends.triage.base import Depth
from amends.triage.decide import BY_FAVOUR, shipped
from amends.triage.figures import interval, macro_recall

_WORD = re.compile(r"\w+(?:['’]\w+)*")


def words(text: str) -> frozenset[str]:
    """In small letters, with plain apostrophes."""
    return frozenset(_WORD.findall(text.lower().replace("’", "'")))


DIALECTS = {
    "african_american": words(
        "ain't aint bruh boutta dat dawg deadass dey dis finna gon homie ima imma iont sholl talmbout trippin tryna "
        "turnt y'all yall"
    ),
    "scottish_and_irish": words(
        "aye bairn bairns cannae craic didnae dinnae eejit fae feck fecking gobshite heid isnae laddie lassie naw och "
        "wasnae weans wee wouldnae"
    ),
    "indian": words("achha arre bhai bhakt bhakts crore crores desi didi hai ji lakh lakhs prepone yaar"),
}
"""Words that hardly anybody else writes. Some of the first are those by which Blodgett et al. found African-American
English on Twitter (Demographic Dialectal Variation in Social Media, 2016). Other dialects have no such words."""

LENGTHS: dict[str, Callable[[str], bool]] = {
    "under_60": lambda text: len(text) < 60,
    "from_60_to_120": lambda text: 60 <= len(text) <= 120,
    "over_120": lambda text: len(text) > 120,
}
FEWEST = 10  # of each class, for a mean of their recalls to mean something


def slices(data: Path) -> dict[str, float]:
    """See the module. Raises `corpora.MissingData`."""
    figures: dict[str, float] = {}
    for depth, prefix in PREFIX.items():
        read = tweets(data, depth)
        for name, inside in LENGTHS.items():
            figures |= _felt(read, np.array([inside(text) for text in read.texts]), name, prefix)
        for name, own in DIALECTS.items():
            spoken = np.array([not own.isdisjoint(words(text)) for text in read.texts])
            figures |= _felt(read, spoken, f"dialect.{name}", prefix)
    return figures | _offence(data)


def _felt(read: Felt, inside: np.ndarray[tuple[int], np.dtype[np.bool_]], name: str, prefix: str) -> dict[str, float]:
    truth, guess = read.truth[inside], read.guess[inside]
    right, of = int((truth == guess).sum()), len(truth)
    low, high = interval(right, of)
    key = f"slices.sentiment.{prefix}{name}"
    figures = {f"slices.sentiment.{name}.texts": float(of), f"{key}.accuracy": right / max(of, 1)}
    figures |= {f"{key}.accuracy_low": low, f"{key}.accuracy_high": high}
    if np.bincount(truth, minlength=3).min() >= FEWEST:
        figures[f"{key}.macro_recall"] = macro_recall(truth, guess)
    return figures


def _offence(data: Path) -> dict[str, float]:
    """HateCheck's cases (Röttger et al., 2021): how often those that speak of a group are called offensive. "hateful",
    "harmless", and of these the "mentioned": plainly or with praise, without hatred that is denied, quoted or
    answered."""
    with corpora.there(data / "hatecheck/test_suite_cases.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["target_ident"]]
    groups = np.array([row["target_ident"] for row in rows])
    hateful = np.array([row["label_gold"] == "hateful" for row in rows])
    mentioned = np.array([row["functionality"].startswith("ident_") for row in rows])
    figures: dict[str, float] = {}
    for depth, prefix in PREFIX.items():
        called = _called_offensive([row["test_case"] for row in rows], depth)
        for group in ("all", *sorted(set(groups))):
            ours = (groups == group) | (group == "all")
            name = group.lower().replace(" ", "_")
            kinds = {"hateful": ours & hateful, "harmless": ours & ~hateful, "mentioned": ours & mentioned}
            for kind, chosen in kinds.items():
                figures[f"slices.hatecheck.{name}.{kind}_texts"] = float(chosen.sum())
                figures[f"slices.hatecheck.{prefix}{name}.{kind}_called_offensive"] = float(called[chosen].mean())
    return figures


def _called_offensive(texts: list[str], depth: Depth) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """By the threshold that ships."""
    yes = shipped()[depth].get("offensive", BY_FAVOUR["both"]).yes
    return np.array([one.labels.get("offensive", 0.0) >= yes for one in judged(texts, depth)])
