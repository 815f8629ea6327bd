from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from amends.reach import Facts, Priority, Views, answer_by, needs_answer, place, priority_of, stand
from amends.reach.priority import LONGEST, SHORTEST

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHARE = st.floats(0, 1)
COUNT = st.integers(0, 10**8)
FACTS = st.builds(
    Facts,
    negative=SHARE,
    neutral=SHARE,
    positive=SHARE,
    intensity=SHARE,
    marks=st.sampled_from([(), ("question",), ("wordless",), ("capitals", "question")]),
    views=st.none() | st.builds(lambda likely: Views(likely / 2, likely, likely * 2), st.floats(0, 1e9)),
    followers=st.none() | COUNT,
    reshares=st.none() | COUNT,
    growth=st.none() | st.tuples(COUNT, st.timedeltas(timedelta(seconds=1), timedelta(days=1))),
    verified=st.booleans(),
    promoted=st.booleans(),
    video=st.booleans(),
    stars=st.none() | st.floats(0, 5),
    private=st.booleans(),
    addressed=st.booleans(),
    reply=st.booleans(),
)


def change(facts: Facts, **changes: Any) -> Facts:
    return msgspec.structs.replace(facts, **changes)


def due(facts: Facts) -> datetime:
    return answer_by(NOON, place(facts))


@given(FACTS)
def test_every_case_is_due_within_a_day_and_not_at_once(facts: Facts) -> None:
    found = place(facts)
    assert SHORTEST <= found.allowance <= LONGEST
    assert found.harm >= 1 / 24 - 1e-4
    assert answer_by(NOON, found) == NOON + found.allowance
    assert found.priority is priority_of(found.allowance)


@given(FACTS, st.integers(0, 50), st.integers(0, 50))
def test_more_posts_that_wait_never_mean_a_later_answer(facts: Facts, one: int, other: int) -> None:
    alone = place(facts)
    assert stand(alone.harm, alone.reasons).reasons == alone.reasons
    few, many = (stand(alone.harm, alone.reasons, before) for before in sorted((one, other)))
    assert many.harm >= few.harm >= alone.harm
    assert many.allowance <= few.allowance


@pytest.mark.parametrize("field", ["negative", "intensity", "followers", "reshares"])
@given(facts=FACTS, one=st.integers(0, 10**7), other=st.integers(0, 10**7))
def test_more_harm_never_means_a_later_answer(field: str, facts: Facts, one: int, other: int) -> None:
    less, more = sorted((one, other))
    if field in {"negative", "intensity"}:
        assert due(change(facts, **{field: more / 10**7})) <= due(change(facts, **{field: less / 10**7}))
    else:
        assert due(change(facts, **{field: more})) <= due(change(facts, **{field: less}))


@pytest.mark.parametrize("flag", ["verified", "promoted", "video", "addressed"])
@given(facts=FACTS)
def test_no_flag_means_a_later_answer(flag: str, facts: Facts) -> None:
    assert due(change(facts, **{flag: True})) <= due(change(facts, **{flag: False}))


@given(FACTS, st.floats(0, 5), st.floats(0, 5))
def test_fewer_stars_never_mean_a_later_answer(facts: Facts, one: float, other: float) -> None:
    assert due(change(facts, stars=min(one, other))) <= due(change(facts, stars=max(one, other)))


@given(FACTS, st.floats(1, 1e9), st.floats(1, 1e9))
def test_more_views_never_mean_a_later_answer(facts: Facts, one: float, other: float) -> None:
    low, high = (Views(likely, likely, likely) for likely in sorted((one, other)))
    assert due(change(facts, views=high)) <= due(change(facts, views=low))


@given(FACTS, FACTS)
def test_the_greater_harm_is_due_first(one: Facts, other: Facts) -> None:
    first, second = place(one), place(other)
    assume(first.harm > second.harm)
    assert first.allowance <= second.allowance


@given(FACTS)
def test_private_messages_overtake_all_that_comes_hours_later(noise: Facts) -> None:
    """However loud the public is, a private message is behind none that is written two and a half hours later."""
    message = place(Facts(private=True, addressed=True))
    assert message.allowance <= timedelta(hours=3)
    assert answer_by(NOON, message) < answer_by(NOON + timedelta(hours=3), place(noise))


@pytest.mark.parametrize(
    ("facts", "priority", "at_most", "at_least"),
    [
        # angry, 40k followers, reshared
        (Facts(negative=0.9, neutral=0.05, intensity=0.6, followers=40_000, reshares=12), Priority.URGENT, 0.25, 0.02),
        # who paid to be heard
        (Facts(negative=0.9, neutral=0.05, followers=500, promoted=True), Priority.URGENT, 0.5, 0.1),
        # angry, with few followers
        (Facts(negative=0.9, neutral=0.05, intensity=0.6, followers=200, addressed=True), Priority.HIGH, 2, 0.5),
        # a question, in private and in public
        (Facts(marks=("question",), private=True, addressed=True), Priority.HIGH, 2, 1),
        (Facts(marks=("question",), followers=200, addressed=True), Priority.NORMAL, 6, 2),
        # one star and no word
        (Facts(stars=1), Priority.HIGH, 2, 1),
        # praise
        (Facts(positive=0.95, neutral=0.05, followers=200), Priority.LOW, 24, 8),
    ],
)
def test_plain_cases_stand_where_one_expects(facts: Facts, priority: Priority, at_most: float, at_least: float) -> None:
    found = place(facts)
    assert found.priority is priority
    assert timedelta(hours=at_least) <= found.allowance <= timedelta(hours=at_most)


def test_reasons_come_the_weightiest_first() -> None:
    growth = (12, timedelta(minutes=5))
    angry = Facts(negative=0.9, intensity=0.7, followers=40_000, reshares=12, growth=growth, addressed=True)
    assert place(angry).reasons == (("angry",), ("followers", 40_000), ("reshares", 12, 300), ("addressed",))
    small = Facts(negative=0.9, followers=90, reshares=2, marks=("question",), stars=1.0)
    insisting = stand(place(small).harm, place(small).reasons, 4)
    assert insisting.reasons == (("waiting_before", 4), *place(small).reasons)
    assert stand(place(small).harm, insisting.reasons) == place(small)
    once = stand(place(angry).harm, place(angry).reasons, 1)
    assert once.reasons == (*place(angry).reasons[:-1], ("waiting_before", 1), ("addressed",))
    assert ("upset",) in place(small).reasons
    assert ("reshares", 2) in place(small).reasons
    assert ("stars", 1.0) in place(small).reasons
    assert ("happy",) in place(Facts(positive=0.9)).reasons
    seen = Facts(negative=0.9, views=Views(20_000, 40_000, 95_000))
    assert ("views", 40_000, 95_000) in place(seen).reasons


def test_what_is_private_has_no_crowd() -> None:
    shouted = Facts(negative=0.9, intensity=0.9, followers=10**7, private=True, views=Views(1, 1, 1))
    assert place(shouted).reasons == (("angry",), ("private",))
    assert place(shouted).harm == place(change(shouted, followers=0)).harm


def test_counts_that_stood_still_are_no_growth() -> None:
    assert ("reshares", 7) in place(Facts(negative=0.9, reshares=7, growth=(0, timedelta(minutes=9)))).reasons


@pytest.mark.parametrize(
    ("facts", "needed"),
    [
        (Facts(private=True), True),
        (Facts(private=True, marks=("wordless",)), True),
        (Facts(addressed=True), True),
        (Facts(negative=0.8, neutral=0.1), True),
        (Facts(positive=0.8, neutral=0.1), True),
        (Facts(marks=("question",)), True),
        (Facts(stars=2), True),
        (Facts(stars=5), False),
        (Facts(), False),
        (Facts(marks=("wordless", "happy_emoji"), positive=0.9, neutral=0.1, addressed=True, reply=True), False),
        (Facts(marks=("wordless", "happy_emoji"), positive=0.9, neutral=0.1, addressed=True), False),
        (Facts(marks=("wordless", "angry_emoji"), negative=0.9, neutral=0.1, addressed=True), True),
        (Facts(marks=("wordless", "angry_emoji"), negative=0.9, neutral=0.1), False),
        (Facts(marks=("wordless",), video=True, addressed=True, reply=True), True),
    ],
)
def test_who_needs_an_answer(facts: Facts, needed: bool) -> None:
    assert needs_answer(facts) is needed
