"""Replaying the events gives what a reload gives, whatever Alice, Bob, their customers and the clock do."""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from amends.accounts.actions import Refused, make_team
from amends.cases import actions
from amends.cases.models import Case
from amends.cases.queries import View, case, queue
from amends.cases.sweep import sweep
from amends.channels.base import Engagement
from amends.events import queries
from amends.events.types import CaseChanged, Event, decode

MINUTE = timedelta(minutes=1)
TEXTS = (
    "@meridianair where is my suitcase?",
    "@meridianair this is the WORST airline, I am furious, my lawyer will write!!!",
    "@meridianair thank you, lovely crew",
    "@meridianair my mother fell on your stairs and nobody helped",
)
VERBS = (
    "post", "post", "post", "spread", "assign", "let_go", "hand", "priority", "snooze", "hold", "resolve", "reopen",
    "sweep",
)  # fmt: skip

step = st.tuples(st.sampled_from(VERBS), st.integers(0, 5), st.integers(0, 3), st.integers(1, 300), st.booleans())


def replay(state: dict[int, CaseChanged], events: list[Event]) -> dict[int, CaseChanged]:
    """What a page knows after these events: of two about one case the greater version is right."""
    known = dict(state)
    for event in events:
        if isinstance(event, CaseChanged) and (event.case not in known or known[event.case].version < event.version):
            known[event.case] = event
    return known


def milliseconds(instant):
    return None if instant is None else int(instant.timestamp() * 1000)


class Day:
    """A brand's day: each step is something that somebody does, or that time does."""

    def __init__(self, alice, bob, hear, mention, now) -> None:
        self.alice, self.bob, self.hear, self.mention = alice, bob, hear, mention
        self.now = self.noon = now
        self.team = make_team(alice, "Baggage", now).pk
        self.keys = itertools.count(1)
        self.posts = []

    def reload(self) -> dict[int, CaseChanged]:
        """What the pages say when they are asked anew."""
        rows = [case(self.alice, pk) for pk in Case.objects.filter(brand=self.alice.brand).values_list("pk", flat=True)]
        return {
            row.pk: CaseChanged(
                case=row.pk,
                version=row.version,
                state=row.state,
                priority=row.priority,
                answer_by=milliseconds(row.answer_by),
                due=milliseconds(row.due),
                breached=row.breached,
                assignee=row.assignee_id,
                team=row.team_id,
                handle=row.handle_id,
            )
            for row in rows
        }

    def do(self, verb: str, which: int, choice: int, minutes: int, by_bob: bool) -> None:
        self.now += minutes * MINUTE
        if verb == "post":
            self.write(which, choice)
        elif verb == "spread" and self.posts:
            post = self.posts[which % len(self.posts)]
            counts = Engagement(seen=self.now, reshares=minutes * 40, likes=minutes * 90, views=minutes * 9000)
            self.hear(self.mention(post.id[5:], post.text, author=post.author, engagement=counts), at=self.now)
        elif verb == "sweep":
            sweep(self.now)
        else:
            ids = sorted(self.reload())
            if ids:
                with contextlib.suppress(Refused):
                    self.act(verb, ids[which % len(ids)], choice, minutes, self.bob if by_bob else self.alice)

    def write(self, which: int, choice: int) -> None:
        minutes = int((self.now - self.noon) / MINUTE)
        fields = {"root": f"at://{which}", "parent": f"at://{which}"} if choice % 2 else {}
        post = self.mention(str(next(self.keys)), TEXTS[choice], author=f"customer{which}", minutes=minutes, **fields)
        self.posts.append(post)
        self.hear(post, at=self.now)

    def act(self, verb: str, pk: int, choice: int, minutes: int, member) -> None:
        acts: dict[str, Callable[[], None]] = {
            "assign": lambda: actions.assign(member, pk, member.user.pk, self.now),
            "let_go": lambda: actions.assign(member, pk, None, self.now),
            "hand": lambda: actions.hand_to_team(member, pk, self.team if choice else None, self.now),
            "priority": lambda: actions.set_priority(member, pk, ("urgent", "high", "normal", "low")[choice], self.now),
            "snooze": lambda: actions.snooze(member, pk, self.now + minutes * MINUTE, self.now),
            "hold": lambda: actions.hold_pending(member, pk, self.now),
            "resolve": lambda: actions.resolve(member, pk, self.now),
            "reopen": lambda: actions.reopen(member, pk, self.now),
        }
        acts[verb]()


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes here, and a day is short enough
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(before=st.lists(step, max_size=8), after=st.lists(step, min_size=1, max_size=25), seed=st.integers(0, 99))
def test_replaying_the_events_gives_what_a_reload_gives(alice, bob, hear, mention, now, before, after, seed):
    with transaction.atomic():
        day = Day(alice, bob, hear, mention, now)
        for one in before:
            day.do(*one)
        loaded, head = day.reload(), queries.head()
        for one in after:
            day.do(*one)
        events = [decode(event.data) for event in queries.since(head, [alice.brand.pk], 10_000)]
        wanted = day.reload()
        assert replay(loaded, events) == wanted
        random.Random(seed).shuffle(events)
        assert replay(loaded, events * 2) == wanted
        shown = [row.id for row in queue(alice, View(), day.now, limit=200).rows]
        known = [facts for facts in wanted.values() if facts.state == "open"]
        by_place = sorted(known, key=lambda facts: (facts.answer_by, shown.index(facts.case)))
        assert shown == [facts.case for facts in by_place]
        transaction.set_rollback(True)
