"""A brand learns from what its people said: a head of its own for each name, measured, and used where it is better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np

from amends import triage
from amends.events.transaction import write
from amends.events.types import BrandChanged
from amends.teaching.examples import Examples, examples
from amends.teaching.lessons import renew
from amends.teaching.models import BrandHead, Lessons, OwnLabel
from amends.teaching.queries import holding
from amends.teaching.told import NAMESAKE, SENTIMENT
from amends.triage import Depth
from amends.triage.chances import Chances, Floats, together
from amends.triage.decide import shipped
from amends.triage.own import DOZEN, FEATURES, FEWEST, Features, Ints, Measured, OwnHead, encoder, measured, teach

AT_A_TIME = 64  # texts read at once, in some 0.15 s
MEASURED = 500  # examples, the newest: ten heads are learnt to measure one, and more would tell little more
OF_EACH = 4  # examples with and without, from which what ships with no head at all is learnt


def learn(brand_id: int, now: datetime) -> list[BrandHead]:
    """Learn anew from all that holds: the heads, by name. Outside any transaction: it takes some seconds."""
    given = Lessons.objects.filter(pk=brand_id).values_list("given", flat=True).first() or 0
    lessons = examples(brand_id)
    said = _own(brand_id)
    read = _Read(sorted({text for of in lessons.values() for text, _ in of.values()}))
    made = {name: _head(name, lessons[name], read, said.get(name)) for name in sorted(lessons)}
    learnt = {"learnt": given, "at": now, "asked": False, "encoder": encoder()}
    with write(now) as tx:
        mine = BrandHead.objects.filter(brand=brand_id)
        mine.exclude(name__in=list(made)).delete()
        rows = [
            BrandHead.objects.update_or_create(brand_id=brand_id, name=name, defaults={**head, "made": now})[0]
            for name, head in made.items()
        ]
        Lessons.objects.update_or_create(brand_id=brand_id, defaults=learnt)
        renew(brand_id)
        tx.tell(brand_id, BrandChanged(what="readings"))
    return rows


def _head(name: str, lesson: Examples, read: _Read, said: int | None) -> dict[str, Any]:
    """The columns by name. `said`: how often a label of the brand's own was corrected; None for another."""
    texts, labels = [text for text, _ in lesson.values()], np.array([right for _, right in lesson.values()], np.int64)
    head, found = taught(name, *read.of(name, texts), labels)
    return {
        "head": msgspec.msgpack.encode(head) if head else b"",
        "measured": msgspec.to_builtins(found),
        "corrections": len(texts),
        "believed": believed(
            found, np.bincount(labels, minlength=2).tolist(), few=said is not None or name == NAMESAKE
        ),
        "doubted": said is not None and not (found and found.better and said >= FEWEST),
    }


def _own(brand_id: int) -> dict[str, int]:
    """How often each label of the brand's own was corrected."""
    said = Counter(holding(brand_id).values_list("name", flat=True))
    return {name: said[name] for name in OwnLabel.objects.filter(brand=brand_id).values_list("name", flat=True)}


def taught(name: str, features: Features, before: Floats, labels: Ints) -> tuple[OwnHead | None, Measured | None]:
    """A head and how it does, from examples of which the newest come first. None from less than a dozen, or where all
    say the same."""
    if len(labels) < DOZEN or len(np.unique(labels)) < 2:
        return None, None
    newest = slice(MEASURED)
    return teach(name, features, before, labels), measured(name, features[newest], before[newest], labels[newest])


def believed(found: Measured | None, of_each: Sequence[int], *, few: bool) -> bool:
    """A head waits until it is shown to be better than what ships. For what nothing ships, a `few` do, a
    dozen examples."""
    if found is None:
        return False
    return min(of_each) >= OF_EACH if few else found.better


class _Read:
    """Texts, read deeply, some at a time. There is at least one, or nothing is asked of it."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._row = {text: row for row, text in enumerate(texts)}
        self._features = np.empty((len(texts), FEATURES), np.float32)
        self._chances: list[Chances] = []
        for at in range(0, len(texts), AT_A_TIME):
            chances, self._features[at : at + AT_A_TIME] = triage.load().read_deeply(texts[at : at + AT_A_TIME])
            self._chances.append(chances)

    def of(self, name: str, texts: Sequence[str]) -> tuple[Features, Floats]:
        """The features, and what ships says: a half where it says nothing."""
        rows = [self._row[text] for text in texts]
        chances = together(self._chances)
        before = chances.sentiment if name == SENTIMENT else _yes(chances, name)
        return self._features[rows], before[rows]


def _yes(chances: Chances, name: str) -> Floats:
    told: Mapping[str, object] = shipped()[Depth.DEEP]
    if name in told and name in chances.names:
        yes = chances.labels[:, chances.names.index(name)]
    else:
        yes = np.full(len(chances.labels), 0.5)
    return np.stack([1 - yes, yes], axis=1)
