"""Whose turn it is: examples of each rule, and properties that hold whatever happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from amends.cases import decide
from amends.cases.models import Priority, State
from amends.cases.standing import HELD
from amends.cases.state import Arrival, CaseState
from amends.cases.targets import DEFAULT
from amends.reach import Facts, Views, place, stand

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANGRY = Facts(negative=0.9, intensity=0.8, addressed=True, followers=5000)
CALM = Facts(negative=0.1, addressed=True, followers=10)
THANKS = Facts(positive=0.95, followers=3)
SEEN = Facts(negative=0.6, views=Views(20_000, 31_000, 60_000), promoted=True)
HELLO = Facts(negative=0.3, addressed=True, followers=10)


def arrival(
    post: int = 1, at: datetime = NOON, facts: Facts = CALM, conversation: int = 1, *, clocks: bool = True
) -> Arrival:
    return Arrival(
        post=post, handle=1, conversation=conversation, created=at, since=at if clocks else None, facts=facts
    )


def opened(at: datetime = NOON, facts: Facts = CALM) -> CaseState:
    return decide.open_case(arrival(at=at, facts=facts), 1, DEFAULT, at)


def answered(case: CaseState, at: datetime, left: dict[int, Facts] | None = None) -> CaseState:
    return decide.answer(case, at, left or {}, DEFAULT, at)


def posts(case: CaseState) -> list[int]:
    return [one.post for one in case.unanswered]


def test_a_case_opens_with_a_clock_from_the_post() -> None:
    case = decide.open_case(arrival(at=NOON - 10 * MINUTE, facts=ANGRY), 7, DEFAULT, NOON)
    assert (case.id, case.state, case.waiting, posts(case)) == (7, State.OPEN, NOON - 10 * MINUTE, [1])
    assert case.due == NOON - 10 * MINUTE + timedelta(minutes=DEFAULT[case.priority].first)
    assert case.answer_by <= case.due


def test_history_starts_no_clock() -> None:
    case = decide.open_case(arrival(at=NOON - timedelta(days=400), clocks=False), 7, DEFAULT, NOON)
    assert case.due is None
    assert not case.breached
    assert case.answer_by > NOON


def test_a_second_post_does_not_move_the_start_of_the_wait() -> None:
    case = decide.append(opened(), arrival(2, NOON + 5 * MINUTE, ANGRY), DEFAULT, NOON + 5 * MINUTE)
    assert (case.waiting, posts(case), case.post) == (NOON, [1, 2], 2)
    assert case.answer_by <= opened().answer_by


def test_our_answer_stops_the_clocks_and_the_next_post_starts_them_again() -> None:
    pending = answered(opened(), NOON + 3 * MINUTE)
    assert (pending.state, pending.waiting, pending.due) == (State.PENDING, None, None)
    assert pending.answered == NOON + 3 * MINUTE
    again = decide.append(pending, arrival(3, NOON + 9 * MINUTE), DEFAULT, NOON + 9 * MINUTE)
    assert (again.state, again.waiting) == (State.OPEN, NOON + 9 * MINUTE)
    assert again.due == NOON + 9 * MINUTE + timedelta(minutes=DEFAULT[again.priority].next)


def test_an_old_answer_brought_late_stops_nothing() -> None:
    case = answered(opened(), NOON - timedelta(hours=1))
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
    far = place(msgspec.structs.replace(ANGRY, followers=900_000, reshares=400))
    lifted = decide.move(case, 1, far, DEFAULT, NOON)
    assert lifted.harm > case.harm
    assert lifted.answer_by <= case.answer_by
    assert decide.move(lifted, 1, place(CALM), DEFAULT, NOON) == lifted
    assert decide.move(case, 2, far, DEFAULT, NOON) == case  # no post of this case


def test_a_small_word_after_a_loud_one_leaves_the_loud_one_speaking() -> None:
    loud = opened(facts=SEEN)
    case = decide.append(loud, arrival(2, NOON + 5 * MINUTE, HELLO), DEFAULT, NOON + 5 * MINUTE)
    assert (case.post, case.loudest, posts(case)) == (2, 1, [1, 2])
    assert ("views", 31_000, 60_000) in case.reasons
    assert ("promoted",) in case.reasons
    assert ("waiting_before", 1) in case.reasons
    assert (case.harm, case.priority) == (loud.harm, loud.priority)
    assert case.answer_by <= loud.answer_by


def test_a_loud_post_spreads_on_below_a_small_one() -> None:
    case = decide.append(opened(facts=ANGRY), arrival(2, NOON + MINUTE, HELLO), DEFAULT, NOON + MINUTE)
    far = place(msgspec.structs.replace(ANGRY, followers=900_000, reshares=400))
    moved = decide.move(case, 1, far, DEFAULT, NOON + 2 * MINUTE)
    assert (moved.loudest, moved.harm) == (1, far.harm)
    assert moved.answer_by < case.answer_by


def test_after_an_answer_the_loud_post_no_longer_speaks() -> None:
    case = decide.append(opened(facts=SEEN), arrival(2, NOON + 5 * MINUTE, HELLO), DEFAULT, NOON + 5 * MINUTE)
    later = NOON + 9 * MINUTE
    after = decide.append(answered(case, NOON + 7 * MINUTE), arrival(3, later, HELLO), DEFAULT, later)
    assert (after.loudest, posts(after), after.harm) == (3, [3], place(HELLO).harm)
    assert after.priority != case.priority


def test_what_was_written_after_an_answer_still_waits() -> None:
    case = decide.append(opened(facts=SEEN), arrival(2, NOON + 5 * MINUTE, HELLO), DEFAULT, NOON + 5 * MINUTE)
    after = answered(case, NOON + 3 * MINUTE, {2: HELLO})
    assert (after.state, after.waiting, posts(after)) == (State.OPEN, NOON + 5 * MINUTE, [2])
    assert (after.loudest, after.harm, after.reasons) == (2, place(HELLO).harm, place(HELLO).reasons)
    assert after.due == NOON + 5 * MINUTE + timedelta(minutes=DEFAULT[after.priority].next)
    assert after.answer_by > case.answer_by


def test_an_answer_in_history_answers_what_was_before_it() -> None:
    asked = NOON - timedelta(days=400)
    case = decide.open_case(arrival(at=asked, clocks=False), 7, DEFAULT, NOON)
    assert decide.answer(case, asked + MINUTE, {}, DEFAULT, NOON).state == State.PENDING
    assert decide.answer(case, asked - MINUTE, {}, DEFAULT, NOON).state == State.OPEN


def withdrawn(case: CaseState, gone: set[int], newest: int | None, left: dict[int, Facts] | None = None) -> CaseState:
    return decide.withdrawn(case, gone, newest, left or {}, DEFAULT, NOON + timedelta(hours=1))


def test_a_deleted_post_no_longer_waits() -> None:
    case = decide.append(opened(facts=SEEN), arrival(2, NOON + 5 * MINUTE, HELLO), DEFAULT, NOON + 5 * MINUTE)
    calm = withdrawn(case, {1}, 2, {2: HELLO})
    assert (calm.state, posts(calm), calm.waiting, calm.loudest) == (State.OPEN, [2], NOON + 5 * MINUTE, 2)
    assert (calm.reasons, calm.priority) == (place(HELLO).reasons, place(HELLO).priority)
    assert calm.answer_by > case.answer_by
    loud = withdrawn(case, {2}, 1)
    first = opened(facts=SEEN)
    assert (loud.post, loud.waiting, loud.reasons, loud.due) == (1, NOON, first.reasons, first.due)
    assert withdrawn(case, {99}, 2) == case


def test_a_priority_set_by_hand_outlives_a_deletion() -> None:
    case = decide.append(opened(facts=SEEN), arrival(2, NOON + 5 * MINUTE, HELLO), DEFAULT, NOON + 5 * MINUTE)
    by_hand = msgspec.structs.replace(case, priority=Priority.NORMAL.value)
    assert withdrawn(by_hand, {1}, 2, {2: CALM}).priority == Priority.NORMAL


def test_a_case_of_which_nothing_is_left_says_so() -> None:
    gone = withdrawn(opened(), {1}, None)
    assert (gone.state, gone.waiting, gone.unanswered, gone.reasons) == (State.RESOLVED, None, (), (("withdrawn",),))
    assert withdrawn(gone, {1}, None) == gone
    pending = answered(opened(), NOON + MINUTE)
    assert withdrawn(pending, {1}, None).reasons == (("withdrawn",),)
    again = decide.append(pending, arrival(2, NOON + 2 * MINUTE), DEFAULT, NOON + 2 * MINUTE)
    back = withdrawn(again, {2}, 1)
    assert (back.state, back.post, back.reasons) == (State.PENDING, 1, (("withdrawn",),))


def test_of_very_many_posts_the_first_and_the_loudest_are_remembered() -> None:
    case = opened()
    for number in range(2, 3 * HELD):
        loud = SEEN if number == 7 else HELLO
        case = decide.append(case, arrival(number, NOON + number * MINUTE, loud), DEFAULT, NOON + number * MINUTE)
    assert len(case.unanswered) == HELD
    assert (case.loudest, posts(case)[:2], posts(case)[-1]) == (7, [1, 7], 3 * HELD - 1)


def test_putting_a_case_aside_wins_no_time() -> None:
    case = opened()
    later = NOON + timedelta(hours=9)
    for state in (State.RESOLVED, State.PENDING):
        aside = decide.put_aside(case, state, later)
        assert (aside.state, aside.waiting, aside.due) == (state, None, None)
        again = decide.reopened(aside, DEFAULT, later)
        assert (again.waiting, again.due, again.answer_by) == (case.waiting, case.due, case.answer_by)
        assert again.breached
        assert again.priority == case.priority


def test_what_was_answered_meanwhile_starts_a_new_wait() -> None:
    later = NOON + timedelta(hours=9)
    aside = answered(decide.put_aside(opened(), State.RESOLVED, later), later)
    assert aside.state == State.RESOLVED
    again = decide.reopened(aside, DEFAULT, later)
    assert again.waiting == later
    assert not again.breached


def test_a_post_deleted_under_a_case_put_aside_leaves_it_there() -> None:
    both = decide.append(opened(), arrival(2, NOON + timedelta(hours=1)), DEFAULT, NOON)
    aside = withdrawn(decide.put_aside(both, State.PENDING, NOON), {1}, 2)
    assert (aside.state, posts(aside)) == (State.PENDING, [2])
    assert posts(decide.append(aside, arrival(3, NOON + timedelta(hours=2)), DEFAULT, NOON)) == [3]


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
HAPPENINGS = ["post", "answer", "answer before", "spread", "delete one", "delete", "wake"]
RISING = ["post", "answer", "spread", "wake"]
steps = st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.integers(0, 600), facts), max_size=12)


def play(steps: list[tuple[str, int, Facts]]) -> list[CaseState]:
    """A case's life: what happens, how many minutes after the last, with what facts."""
    now = NOON
    lived = [opened()]
    known = {1: CALM}
    for number, (what, minutes, these) in enumerate(steps, 2):
        now += minutes * MINUTE
        case = lived[-1]
        match what:
            case "post":
                known[number] = these
                case = decide.append(case, arrival(number, now, these), DEFAULT, now)
            case "answer":
                case = decide.answer(case, now, known, DEFAULT, now)
            case "answer before":
                case = decide.answer(case, now - timedelta(minutes=200), known, DEFAULT, now)
            case "spread":
                case = decide.move(case, number // 2, place(these), DEFAULT, now)
            case "delete one":
                known.pop(number // 2, None)
                case = decide.withdrawn(case, {number // 2}, max(known, default=None), known, DEFAULT, now)
            case "delete":
                case = decide.withdrawn(case, set(known), None, {}, DEFAULT, now)
                known = {}
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
        assert bool(case.unanswered) == (case.waiting is not None)
        if case.due is not None:
            assert case.answer_by <= case.due


@given(st.lists(st.tuples(st.sampled_from(RISING), st.integers(0, 600), facts), max_size=12))
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
    assert answered(answered(case, at), at) == answered(case, at)


def urgency(case: CaseState) -> tuple[datetime, int, float]:
    """The greater, the less urgent."""
    return case.answer_by, list(Priority).index(Priority(case.priority)), -place_of(case)


def place_of(case: CaseState) -> float:
    return stand(case.harm, case.reasons, len(case.unanswered) - 1).harm


@given(facts, st.lists(st.tuples(st.integers(0, 600), facts), max_size=6), facts)
def test_a_weaker_post_takes_nothing_from_a_stronger_one_until_that_is_answered(
    strong: Facts, others: list[tuple[int, Facts]], weak: Facts
) -> None:
    assume(place(strong).harm > max([place(weak).harm, *(place(one).harm for _, one in others)]))
    case, now = opened(facts=strong), NOON
    for number, (minutes, other) in enumerate([*others, (1, weak)], 2):
        now += minutes * MINUTE
        after = decide.append(case, arrival(number, now, other), DEFAULT, now)
        assert all(new <= old for new, old in zip(urgency(after), urgency(case), strict=True))
        assert (after.loudest, after.harm) == (1, place(strong).harm)
        assert {reason for reason in after.reasons if reason[0] != "waiting_before"} == set(place(strong).reasons)
        case = after
    rest = answered(case, now)
    again = decide.append(rest, arrival(99, now + MINUTE, weak), DEFAULT, now + MINUTE)
    if again.waiting is not None:  # the weak one may need no answer
        assert again.harm == place(weak).harm < case.harm


@given(facts, facts, st.integers(0, 600))
def test_deleting_a_post_leaves_the_case_as_if_it_had_not_been_written(one: Facts, other: Facts, minutes: int) -> None:
    now = NOON + minutes * MINUTE
    first = opened(facts=one)
    both = decide.append(first, arrival(2, now, other), DEFAULT, now)
    left = decide.withdrawn(both, {2}, 1, {1: one}, DEFAULT, now)
    same = ("waiting", "unanswered", "loudest", "post", "harm", "reasons", "priority", "answer_by", "due")
    assert all(getattr(left, name) == getattr(first, name) for name in same)
