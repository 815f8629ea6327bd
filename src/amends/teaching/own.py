"""How a brand reads: with the heads that it taught and from its own thresholds on. Kept until they change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import numpy as np
import structlog

from amends.teaching.models import BrandHead, BrandThreshold, Lessons, OwnLabel
from amends.teaching.told import FEELINGS, NAMESAKE, SENTIMENT, Read, Thresholds, told
from amends.triage import Depth
from amends.triage.consequence import NEVER
from amends.triage.decide import BY_FAVOUR, Threshold, Verdict, shipped
from amends.triage.labels import Definition, definitions
from amends.triage.own import FEATURES, OwnHead, encoder

log = structlog.get_logger()


class Own(NamedTuple):
    """`heads` count where posts are read deeply; `thresholds` by depth and label, `unchosen`
    those that hold where nobody chose. `labels` are those that ship and the brand's own."""

    edition: str
    heads: tuple[OwnHead, ...]
    thresholds: Thresholds
    unchosen: Thresholds
    labels: Mapping[str, Definition]

    def is_namesake(self, post: Read) -> bool:
        """Whether the post surely is about something else of the brand's name."""
        return told(post, NAMESAKE, self.thresholds).verdict == Verdict.YES


_held: dict[int, Own] = {}


def own(brand_id: int) -> Own:
    """The brand's way as it is now. One small query, except after a change."""
    row = Lessons.objects.filter(pk=brand_id).values_list("edition", "encoder").first()
    edition, learnt_on = row or ("", "")
    held = _held.get(brand_id)
    if held is None or held.edition != edition:
        held = _held[brand_id] = _gather(brand_id, edition, learnt_on)
    return held


def _gather(brand_id: int, edition: str, learnt_on: str) -> Own:
    if not edition:
        return Own("", (), shipped(), shipped(), definitions())
    active = OwnLabel.objects.filter(brand=brand_id, active=True).order_by("title", "pk")
    labels = definitions() | {
        row.name: Definition(title=row.title, is_=row.description, is_not="", favours="both") for row in active
    }
    rows = BrandHead.objects.filter(brand=brand_id, believed=True, aside=False, name__in=[SENTIMENT, *labels])
    used = list(rows.order_by("name")) if learnt_on == encoder() else []
    heads = {row.name: head for row in used if (head := _whole(row)) is not None}
    unchosen = _unchosen({row.name: row.doubted for row in used if row.name in heads}, labels)
    return Own(edition, tuple(heads.values()), _chosen(brand_id, unchosen), unchosen, labels)


def _whole(row: BrandHead) -> OwnHead | None:
    """The head of a row. None where it is damaged or of another size: it is not read by, and nothing else stops."""
    classes = len(FEELINGS) if row.name == SENTIMENT else 2
    try:
        head = msgspec.msgpack.decode(row.head, type=OwnHead)
        told = head.chances(np.zeros((1, FEATURES), np.float32), np.full((1, classes), 1 / classes))
    except (msgspec.DecodeError, ValueError):
        head, told = None, np.empty(0)
    if told.shape != (1, classes) or not np.isfinite(told).all():
        log.warning("a head is damaged and not used: have the brand learn anew", brand=row.brand_id, name=row.name)
        return None
    return head


def _unchosen(used: Mapping[str, bool], labels: Mapping[str, Definition]) -> Thresholds:
    """The thresholds that ship. What a head of the brand's own tells, and nothing that ships does, is told by what it
    favours; where it is doubted, only as a doubt."""
    found: dict[str, dict[str, Threshold]] = {depth: dict(of) for depth, of in shipped().items()}
    for name, doubted in used.items():
        if name in labels:
            favoured = BY_FAVOUR[labels[name].favours]
            found[Depth.DEEP].setdefault(name, Threshold(0.5, NEVER) if doubted else favoured)
    return found


def _chosen(brand_id: int, unchosen: Thresholds) -> Thresholds:
    """Those with what somebody chose for the brand laid over them, at each depth at which the label is told."""
    found = {depth: dict(of) for depth, of in unchosen.items()}
    for row in BrandThreshold.objects.filter(brand=brand_id):
        for of in found.values():
            if row.name in of:
                of[row.name] = Threshold(row.no, row.yes)
    return found
