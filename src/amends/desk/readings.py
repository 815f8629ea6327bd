"""What was read of a post, as chips: alarms first, a doubt as a doubt, nothing told twice. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from amends.conversations.queries import ThreadPost
from amends.teaching.models import Correction
from amends.teaching.told import SENTIMENT, Thresholds, feelings, told
from amends.triage.base import LABELS_IN, Mark
from amends.triage.decide import Verdict
from amends.triage.labels import Definition, definitions

ALARMS = ("safety", "legal", "discrimination", "abuse", "leaving", "outage")
NEVER_SURE = "sarcasm"  # only a person can say it for certain
STRONG = 0.85  # a feeling as sure as this is put strongly
LIKELY = 0.35  # a feeling less likely than this is not even a doubt: of three to choose from each has a third


class Chip(NamedTuple):
    """A short fact about a post; `tone` is one of "", "hot", "warn", "good". With a `name` it was read and can be
    corrected; `doubt`: we are not sure; `by`: who said so."""

    text: str
    tone: str = ""
    name: str = ""
    doubt: bool = False
    by: str = ""
    title: str = ""


FEELINGS = {
    "negative": (gettext_noop("unhappy"), "warn"),
    "neutral": (gettext_noop("neutral"), ""),
    "positive": (gettext_noop("pleased"), "good"),
}
EMOTIONS = {
    "anger": (gettext_noop("angry"), "hot"),
    "joy": (gettext_noop("joyful"), "good"),
    "optimism": (gettext_noop("hopeful"), "good"),
    "sadness": (gettext_noop("sad"), "warn"),
}
MARKS = {
    Mark.CAPITALS: (gettext_noop("shouting"), "hot"),
    Mark.PROFANITY: (gettext_noop("swearing"), "hot"),
    Mark.ANGRY_EMOJI: (gettext_noop("angry emoji"), "hot"),
    Mark.HAPPY_EMOJI: (gettext_noop("happy emoji"), "good"),
    Mark.QUESTION: (gettext_noop("question"), ""),
}
TONES = {**dict.fromkeys((*ALARMS, "heated"), "hot"), "complaint": "warn", "praise": "good"}


def readings(
    post: ThreadPost,
    thresholds: Thresholds,
    corrected: Mapping[str, Correction],
    of: Mapping[str, Definition] | None = None,
) -> list[Chip]:
    """The chips of a post that somebody else wrote, the weightiest first. `of`: the labels, by default those that
    ship."""
    labels = {chip.name: chip for chip in _labels(post, thresholds, corrected, of or definitions())}
    alarms = sorted((labels.pop(name) for name in ALARMS if name in labels), key=lambda chip: chip.doubt)
    felt = _sentiment(post, corrected.get(SENTIMENT), heated="heated" in labels and not labels["heated"].doubt)
    read = [*felt, *labels.values()]
    return [
        *alarms,
        *_facts(post),
        *(chip for chip in read if not chip.doubt),
        *_emotion(post, [*alarms, *felt, *labels.values()]),
        *_marks(post, thresholds, corrected, labels),
        *(chip for chip in read if chip.doubt),
    ]


def percent(chance: float) -> str:
    """Never none and never all: nothing that was read is certain."""
    return _("%(number)d %%") % {"number": min(max(round(100 * chance), 1), 99)}


def said_so(correction: Correction) -> str:
    """Who corrected it, in words."""
    return _("%(name)s said so") % {"name": by(correction)}


def by(correction: Correction) -> str:
    return str(correction.user) if correction.user else _("A colleague")


def _facts(post: ThreadPost) -> Iterator[Chip]:
    if post.promoted:
        yield Chip(_("promoted"), "hot")
    if post.warning:
        yield Chip(post.warning, "warn")


def _labels(
    post: ThreadPost,
    thresholds: Thresholds,
    corrected: Mapping[str, Correction],
    of: Mapping[str, Definition],
) -> Iterator[Chip]:
    for name, definition in of.items():
        correction = corrected.get(name)
        if correction is None and name not in post.labels:
            continue
        text, tone = lowered(_(definition.title)), TONES.get(name, "")
        verdict, chance = told(post, name, thresholds)
        if correction and correction.value == Verdict.YES:
            yield Chip(text, tone, name, by=by(correction), title=said_so(correction))
        elif not correction and verdict != Verdict.NO and chance is not None:
            yield _read(text, tone, name, chance, doubt=verdict == Verdict.UNSURE or name == NEVER_SURE)


def _read(text: str, tone: str, name: str, chance: float, *, doubt: bool) -> Chip:
    title = _("Not sure: %(percent)s") if doubt else _("%(percent)s sure")
    return Chip(text, tone, name, doubt, title=title % {"percent": percent(chance)})


def lowered(title: str) -> str:
    return title[:1].lower() + title[1:]


def _sentiment(post: ThreadPost, correction: Correction | None, *, heated: bool) -> list[Chip]:
    """Neutral is not told, but where somebody said so."""
    if correction:
        text, tone = FEELINGS[correction.value]
        return [Chip(_(text), tone, SENTIMENT, by=by(correction), title=said_so(correction))]
    chances = feelings(post)
    verdict, chance = told(post, SENTIMENT, {})
    likeliest = max(chances, key=chances.__getitem__)
    if likeliest == "neutral" or chance is None or chance < LIKELY:
        return []
    text, tone = FEELINGS[likeliest]
    if likeliest == "negative" and chance >= STRONG:
        text, tone = (gettext_noop("furious") if post.intensity >= 0.5 and not heated else text), "hot"
    return [_read(_(text), tone, SENTIMENT, chance, doubt=verdict == Verdict.UNSURE)]


def _emotion(post: ThreadPost, read: Sequence[Chip]) -> Iterator[Chip]:
    """What the chips beside it do not tell already, nor speak against: a post that may complain is not called joyful.
    Who said what is felt has told it."""
    told_already = {
        "anger": any(chip.name == "heated" or chip.text == _("furious") for chip in read),
        "joy": any(chip.tone for chip in read if chip.name),
    }
    said = any(chip.name == SENTIMENT and chip.by for chip in read)
    if post.emotion in EMOTIONS and not told_already.get(post.emotion) and not said:
        text, tone = EMOTIONS[post.emotion]
        yield Chip(_(text), tone)


def _marks(
    post: ThreadPost, thresholds: Thresholds, corrected: Mapping[str, Correction], labels: Mapping[str, Chip]
) -> Iterator[Chip]:
    """What labels do not tell already. Where it is read whether something is asked, a question mark tells nothing."""
    asks = "question" in corrected or (post.lang in LABELS_IN and "question" in thresholds.get(post.depth, {}))
    told_already = {Mark.QUESTION: asks, Mark.PROFANITY: "offensive" in labels}
    for mark in post.marks:
        if mark in MARKS and not told_already.get(Mark(mark)):
            text, tone = MARKS[Mark(mark)]
            yield Chip(_(text), tone)
