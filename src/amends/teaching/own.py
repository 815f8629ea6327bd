"""How a brand reads: with the heads that it taught and from its own thresholds on. Kept until they change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import msgspec

from amends.teaching.models import BrandHead, BrandThreshold, Lessons
from amends.teaching.told import NAMESAKE, Read, Thresholds, told
from amends.triage import Depth
from amends.triage.decide import BY_FAVOUR, Threshold, Verdict, shipped
from amends.triage.labels import Definition, definitions
from amends.triage.own import OwnHead, encoder


class Own(NamedTuple):
    """`heads` count where posts are read deeply; `thresholds` by depth and label."""

    edition: str
    heads: tuple[OwnHead, ...]
    thresholds: Thresholds
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
    rows = BrandHead.objects.filter(brand=brand_id, believed=True, aside=False).order_by("name") if edition else ()
    heads = [msgspec.msgpack.decode(row.head, type=OwnHead) for row in rows if learnt_on == encoder()]
    return Own(edition, tuple(heads), _chosen(brand_id, unchosen({head.name for head in heads})), definitions())


def unchosen(names: Collection[str] = ()) -> dict[str, dict[str, Threshold]]:
    """The thresholds that ship. What a head of the brand's own tells, of these `names`, and nothing that ships does, is
    told by what it favours."""
    found: dict[str, dict[str, Threshold]] = {depth: dict(of) for depth, of in shipped().items()}
    for name in sorted(definitions().keys() & set(names)):
        found[Depth.DEEP].setdefault(name, BY_FAVOUR[definitions()[name].favours])
    return found


def _chosen(brand_id: int, found: dict[str, dict[str, Threshold]]) -> Thresholds:
    """Those with what somebody chose for the brand laid over them, at each depth at which the label is told."""
    for row in BrandThreshold.objects.filter(brand=brand_id):
        for of in found.values():
            if row.name in of:
                of[row.name] = Threshold(row.no, row.yes)
    return found
