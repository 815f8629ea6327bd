"""What triage said of a post, as it is kept in the post's row."""

from __future__ import annotations

from amends.channels.base import Kind
from amends.triage.base import Judgement

TOLD = 0.05  # a label less probable than this is not kept
FELT = 0.5  # nor an emotion less probable than this


def said(kind: str, subject: str, text: str) -> str:
    """What is read of a post: a review says half of it in its title, a mail's subject is often that of another mail."""
    return f"{subject}\n{text}".strip() if kind == Kind.REVIEW else text


def kept(said: Judgement) -> dict[str, object]:
    """The columns by name."""
    surest = max(said.emotions, key=said.emotions.__getitem__, default="")
    return {
        "negative": said.negative,
        "positive": said.positive,
        "intensity": said.intensity,
        "marks": list(said.marks),
        "labels": {name: round(chance, 3) for name, chance in said.labels.items() if chance >= TOLD},
        "emotion": surest if surest and said.emotions[surest] >= FELT else "",
        "depth": said.depth.value,
    }
