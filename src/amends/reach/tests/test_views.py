from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.base import Kind, Visibility
from amends.reach import Spread, expect_views
from amends.reach.views import PASSERS_BY, arrived, audience

HOUR = timedelta(hours=1)
COUNTS = st.integers(0, 10**9)
GROWTH = st.tuples(st.integers(0, 10**6), st.timedeltas(timedelta(seconds=1), timedelta(days=2)))
SPREADS = st.builds(
    Spread,
    age=st.timedeltas(timedelta(hours=-1), timedelta(days=400)),
    kind=st.sampled_from(Kind),
    visibility=st.sampled_from(Visibility),
    followers=st.none() | COUNTS,
    reshares=st.none() | COUNTS,
    likes=st.none() | COUNTS,
    replies=st.none() | COUNTS,
    views=st.none() | COUNTS,
    growth=st.none() | GROWTH,
    promoted=st.booleans(),
)


@given(SPREADS)
def test_the_interval_is_in_order_and_holds_what_was_seen(known: Spread) -> None:
    views = expect_views(known)
    assert 0 <= views.low <= views.likely <= views.high
    if known.visibility is Visibility.PUBLIC and known.kind not in {Kind.DIRECT, Kind.MAIL}:
        assert views.low >= (known.views or 0)


@pytest.mark.parametrize("field", ["followers", "reshares", "likes", "replies", "views"])
@given(known=SPREADS, more=st.integers(1, 10**6))
def test_more_of_anything_never_means_fewer_views(field: str, known: Spread, more: int) -> None:
    fewer: Any = getattr(known, field) or 0
    less = msgspec.structs.replace(known, **{field: fewer})
    grown = msgspec.structs.replace(known, **{field: fewer + more})
    assert expect_views(grown).likely >= expect_views(less).likely


@given(SPREADS)
def test_what_is_paid_for_is_seen_no_less(known: Spread) -> None:
    paid = expect_views(msgspec.structs.replace(known, promoted=True))
    assert paid.likely >= expect_views(msgspec.structs.replace(known, promoted=False)).likely


@given(SPREADS, GROWTH)
def test_growth_only_adds(known: Spread, growth: tuple[int, timedelta]) -> None:
    still = msgspec.structs.replace(known, growth=None)
    assert expect_views(msgspec.structs.replace(known, growth=growth)).likely >= expect_views(still).likely


@pytest.mark.parametrize(
    "spread",
    [
        Spread(age=HOUR, visibility=Visibility.PRIVATE, followers=10**6, promoted=True),
        Spread(age=HOUR, kind=Kind.MAIL, followers=10**6),
        Spread(age=HOUR, kind=Kind.DIRECT, views=900),
    ],
)
def test_what_is_private_is_seen_by_one(spread: Spread) -> None:
    views = expect_views(spread)
    assert (views.low, views.likely, views.high) == (1, 1, 1)


def test_followers_alone_give_the_documented_share() -> None:
    assert audience(200) == pytest.approx(0.35 * 200 * 2**-0.25)
    assert expect_views(Spread(age=HOUR, followers=40_000)).likely == pytest.approx(audience(40_000) + PASSERS_BY)
    assert 0.08 < audience(40_000) / 40_000 < 0.12
    assert 0.03 < audience(10**6) / 10**6 < 0.05


def test_each_fact_narrows_the_interval() -> None:
    def width(spread: Spread) -> float:
        views = expect_views(spread)
        return views.high / views.low

    facts = [
        Spread(age=HOUR),
        Spread(age=HOUR, followers=500),
        Spread(age=HOUR, followers=500, reshares=3),
        Spread(age=HOUR, followers=500, reshares=3, views=400),
        Spread(age=24 * HOUR, followers=500, reshares=3, views=400),
    ]
    widths = [width(spread) for spread in facts]
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == len(widths)


def test_attention_comes_fast_and_fades() -> None:
    assert arrived(timedelta(0)) == 0
    assert arrived(timedelta(minutes=5)) == pytest.approx(1 - 2**-0.242)
    shares = [arrived(HOUR * hours) for hours in (0.1, 1, 10, 100, 1000)]
    assert shares == sorted(shares)
    assert shares[-1] < 1


def test_a_post_that_is_still_being_reshared_goes_further_than_one_that_was() -> None:
    was = Spread(age=6 * HOUR, followers=100, reshares=50)
    still = msgspec.structs.replace(was, growth=(40, timedelta(minutes=10)))
    assert expect_views(still).likely > 2 * expect_views(was).likely
