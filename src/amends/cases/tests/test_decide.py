"""Whose turn it is: examples of each rule, and properties that hold whatever happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from amends.cases import decide
from amends.cases.decide import Arrival, CaseState
from amends.cases.models import State
from amends.cases.targets import DEFAULT
from amends.reach import Facts, place

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANGRY = Facts(negative=0.9, intensity=0.8, addressed=True, followers=5000)
CALM = Facts(negative=0.1, addressed=True, followers=10)
THANKS = Facts(positive=0.95, followers=3)


def arrival(
    post: int = 1, at: datetime = NOON, facts: Facts = CALM, conversation: int = 1, *, clocks: bool = True
) -> Arrival:
    return Arrival(
        post=post, handle=1, conversation=conversation, created=at, since=at if clocks else None, facts=facts
    )


def opened(at: datetime = NOON, facts: Facts = CALM) -> CaseState:
    return decide.open_case(arrival(at=at, facts=facts), 1, DEFAULT, at)


def test_a_case_opens_with_a_clock_from_the_post() -> None:
    case = decide.open_case(arrival(at=NOON - 10 * MINUTE, facts=ANGRY), 7, DEFAULT, NOON)
    assert (case.id, case.state, case.waiting, case.unanswered) == (7, State.OPEN, NOON - 10 * MINUTE, 1)
    assert case.due == NOON - 10 * MINUTE + timedelta(minutes=DEFAULT[case.priority].first)
    assert case.answer_by <= case.due


def test_history_starts_no_clock() -> None:
    case = decide.open_case(arrival(at=NOON - timedelta(days=400), clocks=False), 7, DEFAULT, NOON)
    assert case.due is None
    assert not case.breached
    assert case.answer_by > NOON


def test_a_second_post_does_not_move_the_start_of_the_wait() -> None:
    case = decide.append(opened(), arrival(2, NOON + 5 * MINUTE, ANGRY), DEFAULT, NOON + 5 * MINUTE)
    assert (case.waiting, case.unanswered, case.post) == (NOON, 2, 2)
    assert case.answer_by <= opened().answer_by


def test_our_answer_stops_the_clocks_and_the_next_post_starts_them_again() -> None:
    answered = decide.answer(opened(), NOON + 3 * MINUTE)
    assert (answered.state, answered.waiting, answered.due) == (State.PENDING, None, None)
    assert answered.answered == NOON + 3 * MINUTE
    again = decide.append(answered, arrival(3, NOON + 9 * MINUTE), DEFAULT, NOON + 9 * MINUTE)
    assert (again.state, again.waiting) == (State.OPEN, NOON + 9 * MINUTE)
    assert again.due == NOON + 9 * MINUTE + timedelta(minutes=DEFAULT[again.priority].next)


def test_an_old_answer_brought_late_stops_nothing() -> None:
    case = decide.answer(opened(), NOON - timedelta(hours=1))
    assert (case.state, case.waiting) == (State.OPEN, NOON)


def test_thanks_under_a_resolved_case_stays_a_thanks() -> None:
    done = msgspec.structs.replace(opened(), state=State.RESOLVED, waiting=None, due=None, resolved=NOON)
    assert decide.append(done, arrival(2, NOON + MINUTE, THANKS), DEFAULT, NOON + MINUTE) == done


def test_a_new_post_wakes_a_snoozed_case_and_keeps_its_wait() -> None:
    asleep = msgspec.structs.replace(opened(), state=State.SNOOZED, snoozed_until=NOON + timedelta(days=1))
    awake = decide.append(asleep, arrival(2, NOON + MINUTE), DEFAULT, NOON + MINUTE)
    assert (awake.state, awake.snoozed_until, awake.waiting) == (State.OPEN, None, NOON)


def test_which_case_a_post_belongs_to() -> None:
    here = opened()
    elsewhere = msgspec.structs.replace(here, id=2)
    done = msgspec.structs.replace(here, id=3, state=State.RESOLVED, resolved=NOON)
    later = NOON + timedelta(hours=1)
    choose = decide.choose
    assert choose([(here, {1}), (elsewhere, {2})], 1, later) == here
    assert choose([(elsewhere, {2}), (done, {1})], 1, later) == elsewhere
    assert choose([(done, {1})], 1, later) == done
    assert choose([(done, {2})], 1, later) is None
    assert choose([(done, {1})], 1, NOON + timedelta(days=15)) is None
    assert choose([(elsewhere, {2})], 1, NOON + timedelta(days=3)) is None


def test_spreading_only_lifts() -> None:
    case = opened()
    lifted = decide.move(case, place(msgspec.structs.replace(ANGRY, followers=900_000, reshares=400)), DEFAULT, NOON)
    assert lifted.harm > case.harm
    assert lifted.answer_by <= case.answer_by
    assert decide.move(lifted, place(CALM), DEFAULT, NOON) == lifted


def test_a_snooze_ends_when_it_is_over() -> None:
    asleep = msgspec.structs.replace(opened(), state=State.SNOOZED, snoozed_until=NOON + MINUTE)
    assert decide.wake(asleep, NOON) == asleep
    assert decide.wake(asleep, NOON + MINUTE).state == State.OPEN


facts = st.builds(
    Facts,
    negative=st.floats(0, 0.5),
    positive=st.floats(0, 0.5),
    intensity=st.floats(0, 1),
    followers=st.none() | st.integers(0, 10**8),
    addressed=st.booleans(),
    promoted=st.booleans(),
    private=st.booleans(),
)
steps = st.lists(
    st.tuples(st.sampled_from(["post", "answer", "spread", "delete", "wake"]), st.integers(0, 600), facts), max_size=12
)


def play(steps: list[tuple[str, int, Facts]]) -> list[CaseState]:
    """A case's life: what happens, how many minutes after the last, with what facts."""
    now = NOON
    lived = [opened()]
    for number, (what, minutes, known) in enumerate(steps, 2):
        now += minutes * MINUTE
        case = lived[-1]
        match what:
            case "post":
                case = decide.append(case, arrival(number, now, known), DEFAULT, now)
            case "answer":
                case = decide.answer(case, now)
            case "spread":
                case = decide.move(case, place(known), DEFAULT, now)
            case "delete":
                case = decide.withdrawn(case, (), None, now)
            case _:
                case = decide.wake(case, now)
        lived.append(case)
    return lived


@given(steps)
def test_whoever_waits_has_a_place_and_whoever_does_not_has_no_clock(steps: list[tuple[str, int, Facts]]) -> None:
    for case in play(steps):
        assert (case.waiting is not None) == (case.state in (State.OPEN, State.SNOOZED))
        assert (case.due is None) == (case.waiting is None)
        assert (case.resolved is not None) == (case.state == State.RESOLVED)
        assert (case.unanswered > 0) == (case.waiting is not None)
        if case.due is not None:
            assert case.answer_by <= case.due


@given(steps)
def test_a_wait_never_begins_later_than_it_did_and_a_place_never_falls(steps: list[tuple[str, int, Facts]]) -> None:
    lived = play(steps)
    for before, after in pairwise(lived):
        if before.waiting is not None and after.waiting is not None:
            assert after.waiting == before.waiting
            assert after.answer_by <= before.answer_by
            assert after.harm >= before.harm


@given(steps, st.integers(0, 100))
def test_telling_an_answer_twice_changes_nothing(steps: list[tuple[str, int, Facts]], minutes: int) -> None:
    case = play(steps)[-1]
    at = NOON + timedelta(days=30) + minutes * MINUTE
    assert decide.answer(decide.answer(case, at), at) == decide.answer(case, at)
