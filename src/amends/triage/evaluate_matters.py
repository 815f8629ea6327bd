"""How much can be learnt on the encoder's frozen features, on public sets of what posts are about: intents on these
alone, a brand's own matters on all that its own heads learn on.

None of these heads ships, and two of the sets may not be used for more than this (see the model card).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amends.triage import matters
from amends.triage.decide import BY_FAVOUR
from amends.triage.deep import HERE, Encoder
from amends.triage.figures import Floats, Ints, auc, calibration_error, f1, macro_f1, precision_and_recall
from amends.triage.heads import learn
from amends.triage.labels import Labelled, examples
from amends.triage.labels.measure import held
from amends.triage.lexing import lex_texts
from amends.triage.matters import Split
from amends.triage.own import features as own_features
from amends.triage.own import teach

AT_ONCE = 256  # texts
OF_BRANDS = 1e-4  # penalty of these heads, chosen on a part of the airlines' training texts
SOME = 7  # examples of a brand, from which its head may learn
COST = 0.01
SURE_RANGE = np.linspace(0.02, 0.98, 97)


def banking77(data: Path) -> dict[str, float]:
    split = matters.banking77(data)
    encoder = Encoder(HERE)
    head = learn(*_told(encoder, split.train), len(split.labels), penalty=1e-5)
    features, truth = _told(encoder, split.test)
    return {"banking77.accuracy": float((head.chances(features).argmax(axis=1) == truth).mean())}


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
    truth, guess = _learnt(matters.airline_sentiment(data))
    figures = {"airline.macro_f1": macro_f1(truth, guess)}
    truth, guess = _learnt(matters.airline_reasons(data))
    return figures | {"airline.reasons.top1": float((guess == truth).mean())}


def complaints(data: Path) -> dict[str, float]:
    """Ten folds, each measured by a head that was learnt on the other nine."""
    found = matters.complaints(data)
    features = _own(Encoder(HERE), [one.text for one in found])
    truth = np.array([one.complaint for one in found], dtype=np.int64)
    guess = np.zeros_like(truth)
    for fold in matters.folds(truth.tolist()):
        rest = np.setdiff1d(np.arange(len(truth)), fold)
        head = learn(features[rest], truth[rest], 2, penalty=OF_BRANDS, balanced=True)
        guess[fold] = head.chances(features[fold]).argmax(axis=1)
    brand = np.array([not one.domain.startswith("random") for one in found])
    return {"complaints.f1": f1(truth, guess), "complaints.without_random.f1": f1(truth[brand], guess[brand])}


def namesakes() -> dict[str, float]:
    """For each brand with some texts of its own among our examples: whether a head that learnt "not about us" from
    those knows it in the held-out texts of the same brand."""
    shown, kept = _by_brand(examples("namesake")), _by_brand(held()["namesake"])
    encoder = Encoder(HERE)
    truth: list[int] = []
    chances: list[float] = []
    brands = [brand for brand, of in shown.items() if len(of) >= SOME and brand in kept]
    for brand in brands:
        told, right = np.array([one.label for one in shown[brand]]), [one.label for one in kept[brand]]
        head = teach("namesake", _own(encoder, [one.text for one in shown[brand]]), np.full((len(told), 2), 0.5), told)
        found = head.chances(_own(encoder, [one.text for one in kept[brand]]), np.full((len(right), 2), 0.5))
        truth, chances = truth + right, chances + found[:, 1].tolist()
    is_so, yes = np.array(truth), np.array(chances)
    return {
        "labels.namesake.brands": float(len(brands)),
        "labels.namesake.examples": float(np.mean([len(shown[brand]) for brand in brands])),
        **precision_and_recall(is_so, yes >= BY_FAVOUR["precision"].yes, "labels.namesake"),
        "labels.namesake.auc": auc(is_so, yes),
        "labels.namesake.ece": calibration_error(is_so, np.stack([1 - yes, yes], axis=1)),
    }


def _by_brand(texts: Sequence[Labelled]) -> dict[str, list[Labelled]]:
    brands = sorted({one.brand for one in texts})
    return {brand: [one for one in texts if one.brand == brand] for brand in brands}


def _learnt(split: Split) -> tuple[Ints, Ints]:
    """The truth of the test, and what a brand's own head takes it for that learnt on the rest."""
    encoder = Encoder(HERE)
    told, right = (np.array([label for _, label in rows], dtype=np.int64) for rows in (split.train, split.test))
    head = learn(_own(encoder, [text for text, _ in split.train]), told, len(split.labels), penalty=OF_BRANDS)
    return right, head.chances(_own(encoder, [text for text, _ in split.test])).argmax(axis=1)


def _own(encoder: Encoder, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """What a brand's own heads learn on."""
    batches = [texts[start : start + AT_ONCE] for start in range(0, len(texts), AT_ONCE)]
    return np.concatenate([own_features(encoder.read(some)[0], lex_texts(some)) for some in batches])


def _told(encoder: Encoder, rows: Sequence[tuple[str, int]]) -> tuple[npt.NDArray[np.float32], Ints]:
    return encoder.read([text for text, _ in rows])[0], np.array([label for _, label in rows], dtype=np.int64)
