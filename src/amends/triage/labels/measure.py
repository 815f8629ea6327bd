"""How well the rules and the models find the labels, on texts that were kept from whoever wrote rules and examples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from amends.triage.figures import auc, calibration_error, precision_and_recall
from amends.triage.labels import HERE, Labelled, labelled
from amends.triage.labels.by_rule import Rules, Said

Told = Callable[[list[str]], list[dict[str, float]]]
"""The probabilities of labels that a model tells of texts."""


def held(folder: Path = HERE / "held") -> dict[str, list[Labelled]]:
    """The held-out texts by label. Raises `msgspec.DecodeError` for a line that is none."""
    return {file.stem: labelled(file) for file in sorted(folder.glob("*.jsonl"))}


def by_rules() -> dict[str, float]:
    """For each label that has rules: precision and recall where they are sure, and where they say at least perhaps."""
    rules = Rules.load()
    figures: dict[str, float] = {}
    for label, texts in held().items():
        if label not in rules.labels:
            continue
        truth = np.array([one.label for one in texts], dtype=np.int64)
        told = np.array([rules.told(one.text).get(label, Said.NO) for one in texts])
        for said in (Said.SURELY, Said.PERHAPS):
            figures |= precision_and_recall(truth, told >= said, f"rules.{label}.{said.name.lower()}")
    return figures


def by_model(tell: Told, yes: dict[str, float], prefix: str) -> dict[str, float]:
    """For each label with a threshold `yes`: precision and recall where it is told, the area under the curve of all
    thresholds (0.5 is chance), and the calibration error: of texts of which a third has the label."""
    figures: dict[str, float] = {}
    for label, texts in held().items():
        if label not in yes:
            continue
        truth = np.array([one.label for one in texts], dtype=np.int64)
        chances = np.array([one.get(label, 0.0) for one in tell([one.text for one in texts])])
        figures |= precision_and_recall(truth, chances >= yes[label], f"{prefix}{label}")
        figures[f"{prefix}{label}.auc"] = auc(truth, chances)
        figures[f"{prefix}{label}.ece"] = calibration_error(truth, np.stack([1 - chances, chances], axis=1))
    return figures
