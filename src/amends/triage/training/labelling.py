"""Our labels as heads on the encoder's features, learnt from our examples; complaints from a public set as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from amends.triage import matters
from amends.triage.calibrate import calibrated_label
from amends.triage.chances import Scaling
from amends.triage.heads import learn_labels
from amends.triage.labels import definitions, examples, pool
from amends.triage.training.tasks import kept_aside

UNKNOWN = -1
SHARE = 0.25
"""Of posts that have a label, at least: examples don't tell how often a rare one comes. The probabilities are those of
posts of which one in four has it, as where something speaks for it already."""
PENALTIES = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5)

Features = Callable[[Sequence[str]], npt.NDArray[np.float32]]


class LabelHead(msgspec.Struct, frozen=True):
    """The logit of yes is `weight` times the features, plus `bias`, then scaled."""

    weight: npt.NDArray[np.float32]
    bias: float
    scaling: Scaling


def aside(label: str) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The examples that are kept aside, whichever file they are in, and whether they have the label."""
    found = [(text, known[label]) for text, known in pool() if label in known and kept_aside(text)]
    return [text for text, _ in found], np.array([has for _, has in found], dtype=np.int64)


def learnt(data: Path, features: Features) -> dict[str, LabelHead]:
    """A head for each label that has examples, by name. A label's own examples are learnt from, and everybody else's:
    most posts have nothing of it. What is kept aside of them chooses how much a head may bend, and calibrates it.
    Raises `corpora.MissingData` where a set is missing."""
    labels = [name for name in definitions() if name != "namesake" and examples(name)]
    public = matters.complaints(data)
    texts = [text for text, _ in pool()] + [one.text for one in public]
    has = np.full((len(texts), len(labels)), UNKNOWN, dtype=np.int64)
    for row, (_, known) in enumerate(pool()):
        has[row] = [known.get(label, UNKNOWN) for label in labels]
    has[len(texts) - len(public) :, labels.index("complaint")] = [one.complaint for one in public]
    later = np.array([kept_aside(text) for text in texts])
    later[len(texts) - len(public) :] = False
    read = features(texts)
    tried: dict[str, list[tuple[float, LabelHead]]] = {label: [] for label in labels}
    for penalty in PENALTIES:
        head = learn_labels(read[~later], (has[~later] == 1).astype(np.float32), has[~later] != UNKNOWN, penalty)
        for at, label in enumerate(labels):
            chosen = later & (has[:, at] != UNKNOWN)
            logits = read[chosen] @ head.weight[at] + head.bias[at]
            scaling = calibrated_label(logits, has[chosen, at], max(SHARE, has[chosen, at].mean()))
            against = scaling(logits[:, None])[:, 0] * np.where(has[chosen, at] == 1, -1, 1)
            found = LabelHead(head.weight[at].astype(np.float32), float(head.bias[at]), scaling)
            tried[label].append((float(np.logaddexp(0, against).mean()), found))
    return {label: min(some, key=lambda one: one[0])[1] for label, some in tried.items()}
