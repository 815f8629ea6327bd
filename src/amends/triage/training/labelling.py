"""Our labels as heads on the encoder's features, learnt from our examples; complaints from a public set as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from amends.triage import matters
from amends.triage.calibrate import calibrated_label
from amends.triage.chances import Floats, Scaling
from amends.triage.heads import learn
from amends.triage.labels import definitions, examples, pool
from amends.triage.training.tasks import kept_aside

UNKNOWN = -1
PENALTIES = (3e-2, 1e-2, 3e-3, 1e-3, 3e-4)

Features = Callable[[Sequence[str]], npt.NDArray[np.float32]]


class LabelHead(msgspec.Struct, frozen=True):
    """The logit of yes is `weight` times the features, plus `bias`, then scaled."""

    weight: Floats
    bias: float
    scaling: Scaling


def learnt(data: Path, features: Features) -> dict[str, LabelHead]:
    """A head for each label that has examples, by name. A label's own examples are learnt from, and everybody else's:
    most posts have nothing of it. What is kept aside of them chooses how much a head may bend, and calibrates it.
    Raises `corpora.MissingData` where a set is missing."""
    texts, known = zip(*pool(), strict=True)
    read = features(texts)
    aside = np.array([kept_aside(text) for text in texts])
    public = matters.complaints(data)
    heads = {}
    for label in (name for name in definitions() if name != "namesake" and examples(name)):
        has = np.array([one.get(label, UNKNOWN) for one in known])
        learn_on, choose_on = ((has != UNKNOWN) & some for some in (~aside, aside))
        train, labels = read[learn_on], has[learn_on]
        if label == "complaint":
            train = np.concatenate([train, features([one.text for one in public])])
            labels = np.concatenate([labels, [int(one.complaint) for one in public]])
        heads[label] = head(train, labels, read[choose_on], has[choose_on])
    return heads


def head(
    texts: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    aside: npt.NDArray[np.float32],
    aside_labels: npt.NDArray[np.int64],
) -> LabelHead:
    """Learnt from features and labels (0 or 1), chosen and calibrated on those aside."""
    tried = []
    for penalty in PENALTIES:
        found = learn(texts, labels, 2, penalty=penalty, balanced=True)
        weight = found.weight[1] - found.weight[0]
        bias = float(found.bias[1] - found.bias[0] - weight @ found.mean)
        logits = aside.astype(np.float64) @ weight + bias
        scaling = calibrated_label(logits, aside_labels)
        scaled = scaling(logits[:, None])[:, 0] * np.where(aside_labels == 1, -1, 1)
        tried.append((float(np.logaddexp(0, scaled).mean()), LabelHead(weight, bias, scaling)))
    return min(tried, key=lambda one: one[0])[1]
