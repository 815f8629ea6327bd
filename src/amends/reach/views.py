"""How many people will have seen a post when a day has passed from now.

Attention to a post comes fast and fades by a power law: the share of it that has come by age t is
F(t) = 1 - (1 + t/c)^-k, with c = 5 minutes and k = 0.242, the memory of retweets measured by Zhao et al., SEISMIC,
2015. Counts seen at age t thus grow by F(t + 24 h) / F(t).

The forecast is the largest of three, since each is what one kind of evidence says and the weakest source says least:

* **counted**: the views that the network counts, grown.
* **followers and reshares**: `audience(followers)`, plus for every reshare, grown, the audience of a small account.
  The share of followers that see a post falls with their number: about a third of a friend's circle (Bernstein et al.,
  Quantifying the invisible audience, 2013: 35%), a tenth at 40,000, four in a hundred at a million, which is where
  organic reach of large pages was seen since 2014. That is 0.35 (1 + n/200)^-0.25.
* **reactions**: about one reader in fifty likes, answers or reshares.

Reshares that are still coming in are carried on too: at a rate of r an hour now, the same power law brings
r (t + c)/k (1 - ((t + c)/(t + c + 24 h))^k) more within the day.

Where only followers are known, such a forecast is off by a factor of about three either way; counts narrow it. So the
interval is log-normal, likely * exp(+-1.28 s), with s by what is known (`_spread`). The numbers of this module not
said to be measured are judgement; every one is a name below, to be replaced by a fitted one.
"""

from __future__ import annotations

import math
from datetime import timedelta

from amends.channels.base import Kind, Visibility
from amends.reach.base import Spread, Views

HORIZON = timedelta(hours=24)
TYPICAL = 300  # followers, of an author or a resharer of whom nothing is known
PASSERS_BY = 10  # who see a public post through searches and threads, followers or not
READERS_A_REACTION = 50
PAID = 4  # how many times more people a promoted post still reaches
_FADE = 0.242
_ONSET = 5 / 60  # hours
_Z80 = 1.2816  # a normal value lies within this many deviations of its mean in 80 of 100 cases


def expect_views(known: Spread, horizon: timedelta = HORIZON) -> Views:
    """The views of a post `horizon` from now. What is private is seen by us: 1, 1, 1."""
    if known.visibility is Visibility.PRIVATE or known.kind in {Kind.DIRECT, Kind.MAIL}:
        return Views(1.0, 1.0, 1.0, horizon)
    growth = arrived(known.age + horizon) / max(arrived(known.age), 0.05)
    paid = PAID if known.promoted else 1
    base = audience(TYPICAL if known.followers is None else known.followers)
    counted = float(known.views or 0)
    reactions = sum(count or 0 for count in (known.likes, known.replies, known.reshares))
    reshared = 0.0
    if known.visibility is Visibility.PUBLIC:
        base += PASSERS_BY
        reshared = audience(TYPICAL) * _reshares(known, horizon, growth)
    likely = max(
        counted * (1 + paid * (growth - 1)),
        paid * (base + reshared),
        READERS_A_REACTION * reactions * growth,
    )
    factor = math.exp(_Z80 * _deviation(known))
    return Views(max(counted, likely / factor), likely, likely * factor, horizon)


def audience(followers: int) -> float:
    """How many of so many followers see one post."""
    return 0.35 * followers * math.pow(1 + followers / 200, -0.25)


def arrived(age: timedelta) -> float:
    """The share of all attention a post will get that has come when it is so old: from 0 to 1."""
    return 1 - math.pow(1 + _hours(age) / _ONSET, -_FADE)


def _reshares(known: Spread, horizon: timedelta, growth: float) -> float:
    """Reshares at the end of the horizon: those seen, grown, or if that is more, at the present rate as it fades."""
    reshares = (known.reshares or 0) * growth
    if known.growth is None:
        return reshares
    gained, during = known.growth
    rate = gained / max(_hours(during), 1 / 60)
    since, until = _hours(known.age) + _ONSET, _hours(known.age + horizon) + _ONSET
    coming = rate * since / _FADE * (1 - math.pow(since / until, _FADE))
    return max(reshares, max(known.reshares or 0, gained) + coming)


def _deviation(known: Spread) -> float:
    """Of the logarithm of the views: by the best that is known."""
    if known.views:
        return 0.6 * (1 - arrived(known.age))
    if known.reshares or known.likes or known.replies:
        return 0.8
    return 1.3 if known.followers is None else 1.0


def _hours(span: timedelta) -> float:
    """A post from the future, by a clock that is wrong, is a new one."""
    return max(span / timedelta(hours=1), 0.0)
