"""How well the rules find their labels, on texts that were kept from whoever wrote them."""

from __future__ import annotations

import math
from pathlib import Path

from amends.triage.labels import HERE, Labelled, labelled
from amends.triage.labels.by_rule import Rules, Said


def held(folder: Path = HERE / "held") -> dict[str, list[Labelled]]:
    """The held-out texts by label. Raises `msgspec.DecodeError` for a line that is none."""
    return {file.stem: labelled(file) for file in sorted(folder.glob("*.jsonl"))}


def measure() -> dict[str, float]:
    """For each label that has rules: precision and recall where they are sure, and where they say at least perhaps,
    with the bounds of 95 % intervals (Wilson, 1927)."""
    rules = Rules.load()
    figures: dict[str, float] = {}
    for label, texts in held().items():
        if label not in rules.labels:
            continue
        told = [(one.label, rules.told(one.text).get(label, Said.NO)) for one in texts]
        figures[f"{label}.positives"] = sum(truth for truth, _ in told)
        figures[f"{label}.near_misses"] = len(told) - figures[f"{label}.positives"]
        for said in (Said.SURELY, Said.PERHAPS):
            hits = sum(truth for truth, found in told if found >= said)
            alarms = sum(found >= said for _, found in told)
            for name, of in (("precision", alarms), ("recall", sum(truth for truth, _ in told))):
                low, high = interval(hits, of)
                key = f"{label}.{said.name.lower()}.{name}"
                figures |= {key: hits / of if of else 0.0, f"{key}_low": low, f"{key}_high": high}
    return figures


def interval(hits: int, of: int) -> tuple[float, float]:
    """Between which shares the true one lies, 19 times of 20 (Wilson score)."""
    if not of:
        return 0.0, 1.0
    z, share = 1.959964, hits / of
    centre = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(centre - reach, 0.0), min(centre + reach, 1.0)
