"""How much can be learnt on the encoder's frozen features, on public sets of what posts are about.

None of these heads ships, and two of the sets may not be used for more than this (see the model card).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amends.triage import matters
from amends.triage.deep import HERE, Encoder
from amends.triage.figures import Floats, Ints, f1, macro_f1
from amends.triage.heads import learn, unit
from amends.triage.matters import Split

COST = 0.01
SURE_RANGE = np.linspace(0.02, 0.98, 97)


def banking77(data: Path) -> dict[str, float]:
    truth, chances = _learnt(matters.banking77(data), penalty=1e-5)
    return {"banking77.accuracy": float((chances.argmax(axis=1) == truth).mean())}


def clinc150(data: Path) -> dict[str, float]:
    """In scope every question counts that gets its own intent; with the threshold, if it is not taken for one beyond as
    well. The threshold is the highest that costs one in a hundred of val's."""
    scope = matters.clinc150(data)
    encoder = Encoder(HERE)
    head = learn(*_told(encoder, scope.split.train), len(scope.split.labels), penalty=1e-5)

    def sure(texts: Sequence[str]) -> Floats:
        return head.chances(encoder.read(texts)[0])

    features, truth = _told(encoder, scope.val)
    inside = head.chances(features)
    right = inside.argmax(axis=1) == truth
    kept = np.array([(right & (inside.max(axis=1) >= at)).mean() for at in SURE_RANGE])
    least = SURE_RANGE[kept >= right.mean() - COST].max()
    features, truth = _told(encoder, scope.split.test)
    chances = head.chances(features)
    right = chances.argmax(axis=1) == truth
    return {
        "clinc150.in_scope_accuracy": float(right.mean()),
        "clinc150.in_scope_accuracy_with_threshold": float((right & (chances.max(axis=1) >= least)).mean()),
        "clinc150.out_of_scope_recall": float((sure(scope.beyond_test).max(axis=1) < least).mean()),
    }


def airline(data: Path) -> dict[str, float]:
    truth, chances = _learnt(matters.airline_sentiment(data), penalty=1e-4)
    figures = {"airline.macro_f1": macro_f1(truth, chances.argmax(axis=1))}
    truth, chances = _learnt(matters.airline_reasons(data), penalty=1e-4)
    return figures | {"airline.reasons.top1": float((chances.argmax(axis=1) == truth).mean())}


def complaints(data: Path) -> dict[str, float]:
    """Ten folds, each measured by a head that was learnt on the other nine."""
    found = matters.complaints(data)
    features = unit(Encoder(HERE).read([one.text for one in found])[0])
    truth = np.array([one.complaint for one in found], dtype=np.int64)
    guess = np.zeros_like(truth)
    for fold in matters.folds(truth.tolist()):
        rest = np.setdiff1d(np.arange(len(truth)), fold)
        guess[fold] = (
            learn(features[rest], truth[rest], 2, penalty=3e-4, balanced=True).chances(features[fold]).argmax(1)
        )
    brand = np.array([not one.domain.startswith("random") for one in found])
    return {"complaints.f1": f1(truth, guess), "complaints.without_random.f1": f1(truth[brand], guess[brand])}


def _learnt(split: Split, *, penalty: float) -> tuple[Ints, Floats]:
    """The truth of the test, and what a head says of it that learnt on the rest."""
    encoder = Encoder(HERE)
    head = learn(*_told(encoder, split.train), len(split.labels), penalty=penalty)
    features, truth = _told(encoder, split.test)
    return truth, head.chances(features)


def _told(encoder: Encoder, rows: Sequence[tuple[str, int]]) -> tuple[npt.NDArray[np.float32], Ints]:
    return encoder.read([text for text, _ in rows])[0], np.array([label for _, label in rows], dtype=np.int64)
