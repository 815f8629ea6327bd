"""Who is answered first: the harm that waiting does, and so how long a case may wait.

Harm is measured so that a case may wait until it has done 1 of it: a case that does 4 an hour may wait a quarter of an
hour. All cases thus cost the same by the time they are answered, if each is answered when it is due, and a case that
waits overtakes, in the end, any that comes later. An hour of silence does

    harm = 1/24                                    whoever writes is answered within a day
         + own                                     the one who writes loses patience
         + upset * audience / 1000 * aggravation   a thousand readers of an unanswered complaint

    own   = 0.4 upset + 0.2 question + 0.3 private + 0.05 addressed + 0.05 positive + 0.2 video
          + 2 upset promoted    (who pays to be heard will not stop there)
          + 0.25 for each further post that waits as well, up to four
    upset = discontent * (1 + intensity), from 0 to 2
    aggravation = 1.5 with a video * 1.25 from a verified account

Discontent is the probability of negative, or what the stars say if that is more (1: 1, 2: .7, 3: .4). The audience is
the forecast of views, or without one the author's followers and the reshares by `views`' rules. The weights are
judgement, open to be changed here; what they lead to is in docs/explanation/priority.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from amends.reach.base import Facts, Place, Priority, Reason
from amends.reach.views import PASSERS_BY, TYPICAL, audience

PER_READER = 1 / 1000
INSISTENCE = 0.25  # of each further post that waits
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=24)
STEPS = (
    (timedelta(minutes=30), Priority.URGENT),
    (timedelta(hours=2), Priority.HIGH),
    (timedelta(hours=8), Priority.NORMAL),
)
_STARS = ((1.5, 1.0), (2.5, 0.7), (3.5, 0.4))  # up to so many stars, so discontent
_FELT = 0.5  # a probability from which a feeling is told as a reason
_STRONG = 0.4  # an intensity from which being upset is being angry
_LIGHT = {"private": 0.3, "question": 0.2, "happy": 0.05, "addressed": 0.05}  # reasons of a fixed weight


def place(facts: Facts) -> Place:
    """Where a case of one post with these facts stands. More harm never gives a longer allowance."""
    upset = _upset(facts)
    readers = PER_READER * upset * _aggravation(facts)
    harm = 1 / 24 + _own(facts, upset) + readers * _audience(facts)
    return stand(round(harm, 4), _reasons(facts, upset, readers))


def stand(harm: float, reasons: tuple[Reason, ...], before: int = 0) -> Place:
    """Where a case stands whose loudest post does `harm` an hour for `reasons`, when `before` more of its customer's
    posts wait as well. Reasons that told of another such number tell of this one."""
    insistence = INSISTENCE * min(before, 4)
    told = [reason for reason in reasons if reason[0] != "waiting_before"]
    if insistence:
        lighter = (at for at, reason in enumerate(told) if _LIGHT.get(str(reason[0]), 9.0) < insistence)
        told.insert(0 if insistence >= harm else next(lighter, len(told)), ("waiting_before", before))
    allowance = min(max(timedelta(hours=1 / (harm + insistence)), SHORTEST), LONGEST)
    return Place(round(harm + insistence, 4), priority_of(allowance), allowance, tuple(told))


def answer_by(waiting_since: datetime, place: Place) -> datetime:
    """The instant that orders the queue. It moves when something happens to the case, never as time goes by."""
    return waiting_since + place.allowance


def priority_of(allowance: timedelta) -> Priority:
    """The step to which a case belongs that may wait so long."""
    return next((priority for limit, priority in STEPS if allowance <= limit), Priority.LOW)


def needs_answer(facts: Facts) -> bool:
    """Whether this is for somebody to answer, being about the brand.

    What is private or speaks to the brand is, unless it is a mere sign (an emoji, a link) under another post or one of
    pleasure. Of the rest: complaints, questions, praise in words, poor reviews. A neutral remark to others is not.
    """
    wordless = "wordless" in facts.marks
    if facts.private or (facts.stars is not None and facts.stars < 3.5):
        return True
    if wordless and not (facts.promoted or facts.video):
        return facts.addressed and not facts.reply and facts.negative >= facts.positive
    return facts.addressed or "question" in facts.marks or facts.neutral < _FELT


def _upset(facts: Facts) -> float:
    stars = [] if facts.stars is None else [share for limit, share in _STARS if facts.stars <= limit]
    return max([facts.negative, *stars]) * (1 + facts.intensity)


def _own(facts: Facts, upset: float) -> float:
    return (
        0.4 * upset
        + 0.2 * ("question" in facts.marks)
        + 0.3 * facts.private
        + 0.05 * facts.addressed
        + 0.05 * facts.positive
        + 0.2 * facts.video
        + 2.0 * upset * facts.promoted
    )


def _aggravation(facts: Facts) -> float:
    return (1.5 if facts.video else 1.0) * (1.25 if facts.verified else 1.0)


def _audience(facts: Facts) -> float:
    if facts.private:
        return 0.0
    if facts.views is not None:
        return facts.views.likely
    return _followers(facts) + _reshared(facts) + PASSERS_BY


def _followers(facts: Facts) -> float:
    return audience(TYPICAL if facts.followers is None else facts.followers)


def _reshared(facts: Facts) -> float:
    gained = facts.growth[0] if facts.growth else 0
    return audience(TYPICAL) * max(facts.reshares or 0, gained)


def _reasons(facts: Facts, upset: float, readers: float) -> tuple[Reason, ...]:
    """Codes and values, the weightiest in harm an hour first; what hardly matters is left out."""
    crowd = 0.0 if facts.private else readers
    base = upset / (1 + facts.intensity)
    found: list[tuple[float, Reason]] = []
    if base >= _FELT and facts.negative >= _FELT:
        feeling = "angry" if facts.intensity >= _STRONG else "upset"
        found.append((0.4 * upset + crowd * _audience(facts), (feeling,)))
    elif facts.positive >= _FELT:
        found.append((0.05, ("happy",)))
    if facts.stars is not None:
        found.append((0.4 * upset, ("stars", facts.stars)))
    if (facts.followers or 0) >= 1000 and not facts.private:
        found.append((crowd * _followers(facts), ("followers", facts.followers or 0)))
    gained, during = facts.growth or (0, timedelta(0))
    if gained > 0:
        found.append((crowd * _reshared(facts), ("reshares", gained, round(during.total_seconds()))))
    elif facts.reshares:
        found.append((crowd * _reshared(facts), ("reshares", facts.reshares)))
    if facts.views and facts.views.likely >= 1000 and not facts.private:
        rest = max(facts.views.likely - _followers(facts) - _reshared(facts), 0)
        found.append((crowd * rest / 10, ("views", round(facts.views.likely), round(facts.views.high))))
    flags = {
        "promoted": (facts.promoted, 2 * upset),
        "video": (facts.video, 0.2 + crowd * _audience(facts) / 3),
        "verified": (facts.verified, crowd * _audience(facts) / 5),
        "private": (facts.private, 0.3),
        "question": ("question" in facts.marks, 0.2),
        "addressed": (facts.addressed and not facts.private, 0.05),
    }
    found += [(weight, (code,)) for code, (holds, weight) in flags.items() if holds]
    return tuple(reason for _, reason in sorted(found, key=lambda pair: -pair[0]))
