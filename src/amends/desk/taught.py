"""What stands in the menu of a reading, in the list of what was missed, and in the table of what was taught. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from amends.conversations.queries import ThreadPost
from amends.desk.readings import EMOTIONS, FEELINGS, MARKS, lowered, percent, readings, said_so
from amends.teaching.models import Correction
from amends.teaching.queries import Tally, Taught
from amends.teaching.told import SENTIMENT, feelings, told
from amends.triage.base import Depth
from amends.triage.decide import Verdict
from amends.triage.labels import Definition

DEPTHS = {Depth.FAST: gettext_noop("read fast"), Depth.DEEP: gettext_noop("read deeply")}


class Choice(NamedTuple):
    """What can be said of a reading. `current`: it is what is told now."""

    value: str
    text: str
    current: bool


@dataclass(frozen=True)
class Panel:
    """The menu of one reading. `sure` is how sure it is or who said so; `explained`: there is something to ask why
    for."""

    name: str
    title: str
    meaning: str
    sure: str
    choices: list[Choice]
    corrected: bool
    explained: bool


class Missed(NamedTuple):
    """What can be added to a post. `note`: who said that it is not so."""

    name: str
    value: str
    title: str
    meaning: str
    note: str


Labels = Mapping[str, Definition]


def title(name: str, labels: Labels) -> str:
    """Of "sentiment" or a label; of one that is no longer read its name."""
    if name == SENTIMENT:
        return _("Feeling")
    return _(labels[name].title) if name in labels else name


def taken(wanted: str) -> bool:
    """Whether a feeling, an emotion or a mark is called so: with a label of that name one could not tell them apart."""
    known = (_(text) for text, _tone in (*FEELINGS.values(), *EMOTIONS.values(), *MARKS.values()))
    return wanted.strip().casefold() in {name.casefold() for name in (_("Feeling"), *known)}


def claim(post: ThreadPost, name: str, labels: Labels) -> str:
    """What the words that weighed most speak for: the label, or the likeliest feeling."""
    if name != SENTIMENT:
        return title(name, labels)
    chances = feelings(post)
    return _(FEELINGS[max(chances, key=chances.__getitem__)][0]).capitalize()


def panel(post: ThreadPost, name: str, taught: Taught) -> Panel:
    """`name` is "sentiment" or a label."""
    correction = taught.corrected.get(post.id, {}).get(name)
    verdict, chance = told(post, name, taught.thresholds)
    said = correction.value if correction else verdict if name == SENTIMENT else ""
    if name == SENTIMENT:
        words = {value: _(text).capitalize() for value, (text, _tone) in FEELINGS.items()}
        meaning = _("How the writer feels in this post.")
    else:
        words = {Verdict.YES.value: _("Right"), Verdict.NO.value: _("Wrong")}
        meaning = _(taught.labels[name].is_)
    return Panel(
        name=name,
        title=title(name, taught.labels),
        meaning=meaning,
        sure=said_so(correction) if correction else _sureness(verdict, chance, post.depth),
        choices=[Choice(value, text, value == said) for value, text in words.items()],
        corrected=correction is not None,
        explained=chance is not None,
    )


def _sureness(verdict: str, chance: float | None, depth: str) -> str:
    if chance is None:
        return ""
    sure = _("Not sure: %(percent)s") if verdict == Verdict.UNSURE else _("%(percent)s sure")
    told = sure % {"percent": percent(chance)}
    return f"{told}, {_(DEPTHS[Depth(depth)])}" if depth in DEPTHS else told


def missed(post: ThreadPost, taught: Taught) -> Iterator[Missed]:
    """What the chips of a post do not tell: the feelings, then the labels in the order of their definitions."""
    corrected = taught.corrected.get(post.id, {})
    shown = {chip.name for chip in readings(post, taught.thresholds, corrected, taught.labels)}
    if SENTIMENT not in shown:
        for value, (text, _tone) in FEELINGS.items():
            if value != "neutral":
                yield Missed(SENTIMENT, value, _(text).capitalize(), "", "")
    for name, definition in taught.labels.items():
        if name not in shown:
            denied = corrected.get(name)
            note = _("%(who)s: not so") % {"who": said_so(denied)} if denied else ""
            yield Missed(name, Verdict.YES, _(definition.title), _(definition.is_), note)


def receipt(correction: Correction, labels: Labels) -> str:
    """What was taken note of."""
    if correction.name == SENTIMENT:
        return _("Noted: %(feeling)s.") % {"feeling": _(FEELINGS[correction.value][0])}
    message = _("Noted: %(label)s.") if correction.value == Verdict.YES else _("Noted: not %(label)s.")
    return message % {"label": lowered(title(correction.name, labels))}


def table(tallies: Iterable[Tally], labels: Labels) -> list[tuple[str, Tally]]:
    """The counts with their titles."""
    return [(title(row.name, labels), row) for row in tallies]
