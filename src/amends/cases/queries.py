"""What may be asked about cases; everything through the member's brand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Left
from django.http import Http404
from django.utils.dateparse import parse_datetime

from amends.accounts.access import Member
from amends.cases.models import Case, CaseThread, Note, Presence, State, Tag, Target
from amends.cases.targets import DEFAULT, Minutes, Targets
from amends.conversations.models import Post
from amends.people.queries import called

SOON = timedelta(minutes=15)
MANY = 1000
NOTES = 300  # shown of a case
PRESENT_FOR = timedelta(seconds=45)
_HEAT = {"urgent": 3, "high": 2, "normal": 1, "low": 0}


@dataclass(frozen=True)
class View:
    """A way to look at the queue. Empty fields leave everything in."""

    state: str = State.OPEN.value
    whose: str = ""  # "me", "none"
    late: bool = False
    priority: str = ""
    tag: str = ""
    team: int | None = None
    praise: bool = False
    network: str = ""


@dataclass(frozen=True)
class Row:
    """A case as a line of a list. `heat` is 0 to 3; `reasons` are the codes that `words.why` tells."""

    id: int
    version: int
    state: str
    priority: str
    heat: int
    name: str
    handle: str
    network: str
    text: str
    lang: str
    stars: float | None
    kind: str
    visibility: str
    reasons: list[list[Any]]
    answer_by: datetime
    due: datetime | None
    waiting: datetime | None
    breached: bool
    assignee_id: int | None
    assignee: str
    opened: datetime
    latest: datetime
    snoozed_until: datetime | None


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    next: str


@dataclass(frozen=True)
class Counts:
    """Numbers of cases; `MANY` stands for that and more."""

    open: int
    mine: int
    late: int
    pending: int
    snoozed: int
    praise: int
    waiting_since: datetime | None


_COLUMNS = (
    "id", "version", "state", "priority", "handle__display", "handle__name", "post__network", "handle__network",
    "post__lang", "post__stars", "post__kind", "post__visibility",
    "reasons", "answer_by", "due", "waiting", "breached", "assignee_id", "assignee__name", "assignee__email", "opened",
    "latest", "snoozed_until",
)  # fmt: skip

_SAID = {"said": Left("post__text", 300), "headed": Left("post__subject", 300)}  # a post may have megabytes


def _row(values: dict[str, Any]) -> Row:
    name = values["handle__name"]
    return Row(
        id=values["id"],
        version=values["version"],
        state=values["state"],
        priority=values["priority"],
        heat=_HEAT[values["priority"]],
        name=values["handle__display"] or name,
        handle=called(name),
        network=values["post__network"] or values["handle__network"],
        text=values["said"] or values["headed"] or "",
        lang=values["post__lang"] or "",
        stars=values["post__stars"],
        kind=values["post__kind"] or "post",
        visibility=values["post__visibility"] or "public",
        reasons=values["reasons"],
        answer_by=values["answer_by"],
        due=values["due"],
        waiting=values["waiting"],
        breached=values["breached"],
        assignee_id=values["assignee_id"],
        assignee=values["assignee__name"] or (values["assignee__email"] or "").partition("@")[0],
        opened=values["opened"],
        latest=values["latest"],
        snoozed_until=values["snoozed_until"],
    )


def _seen(member: Member, view: View, now: datetime | None = None) -> QuerySet[Case]:
    cases = Case.objects.filter(brand=member.brand)
    if view.state != "all":
        cases = cases.filter(state=view.state)
    if view.whose == "me":
        cases = cases.filter(assignee=member.user)
    elif view.whose == "none":
        cases = cases.filter(assignee=None)
    if view.late and now is not None:
        cases = cases.filter(due__lt=now + SOON)
    if view.priority:
        cases = cases.filter(priority=view.priority)
    if view.tag:
        cases = cases.filter(tags__name__iexact=view.tag)
    if view.team is not None:
        cases = cases.filter(team=view.team, team__brand=member.brand)
    if view.praise:
        cases = cases.filter(praise=True)
    if view.network:
        cases = cases.filter(post__network=view.network)
    return cases


def queue(member: Member, view: View, now: datetime, after: str = "", limit: int = 30) -> Page:
    """A page of cases in order of `answer_by`, from the cursor `after` on: an index scan, however long the queue.

    Resolved ones come the newest first.
    """
    cases = _seen(member, view, now)
    newest_first = view.state in (State.RESOLVED, "all")
    at = "latest" if newest_first else "answer_by"
    if after:
        instant, pk = _cursor(after)
        cases = cases.filter(
            Q(**{f"{at}__lt": instant}) | Q(**{at: instant, "id__lt": pk})
            if newest_first
            else Q(**{f"{at}__gte": instant}) & ~Q(**{at: instant, "id__lte": pk})
        )
    order = (f"-{at}", "-id") if newest_first else (at, "id")
    found = [_row(values) for values in cases.order_by(*order).values(*_COLUMNS, **_SAID)[: limit + 1]]
    rows, more = found[:limit], len(found) > limit
    last = rows[-1] if rows else None
    return Page(rows, f"{getattr(last, at).isoformat()}~{last.id}" if more and last else "")


def _cursor(after: str) -> tuple[datetime, int]:
    instant, _, pk = after.partition("~")
    try:
        at = parse_datetime(instant)
        at = at and at.astimezone(UTC)  # out of the calendar where it is the first day's in the east
    except (ValueError, OverflowError):
        at = None
    if at is None or not pk.isdecimal() or len(pk) > 18:
        raise Http404
    return at, int(pk)


def rows(member: Member, ids: list[int], view: View | None = None, now: datetime | None = None) -> list[Row]:
    """These cases as lines, those of them that are the member's to see (and in the `view`)."""
    cases = _seen(member, view or View(state="all"), now).filter(pk__in=ids[:200])
    return [_row(values) for values in cases.order_by("answer_by", "id").values(*_COLUMNS, **_SAID)]


def counts(member: Member, now: datetime) -> Counts:
    """How many cases each view of the rail shows, each counted up to `MANY`: what a person would do does not depend on
    whether a thousand wait or a hundred thousand, and counting those would take longer than showing the page."""
    cases = Case.objects.filter(brand=member.brand)
    waits = cases.filter(state=State.OPEN)

    def number(some: QuerySet[Case]) -> int:
        return some.order_by()[:MANY].count()

    return Counts(
        open=number(waits),
        mine=number(waits.filter(assignee=member.user)),
        late=number(waits.filter(due__lt=now + SOON)),
        pending=number(cases.filter(state=State.PENDING)),
        snoozed=number(cases.filter(state=State.SNOOZED)),
        praise=number(waits.filter(praise=True)),
        waiting_since=waits.filter(waiting__isnull=False).order_by("waiting").values_list("waiting", flat=True).first(),
    )


def case(member: Member, case_id: int) -> Case:
    """One case, with its people at hand; 404 where it is not the member's. What was said: see `opening`."""
    rows = Case.objects.select_related("handle", "handle__customer", "assignee", "team")
    row = rows.filter(brand=member.brand, pk=case_id).first()
    if row is None:
        raise Http404
    return row


def opening(case: Case) -> str:
    """What the customer's newest post begins with: its subject, or its first 500 characters."""
    said = Post.objects.filter(pk=case.post_id or 0).values_list(Left("subject", 500), Left("text", 500)).first()
    return said[0] or said[1] if said else ""


def views_of(case: Case) -> int | None:
    """How many people have seen the post that speaks for the case, as far as its network tells."""
    return Post.objects.filter(pk=case.loudest_id or 0).values_list("views", flat=True).first()


def conversation_ids(case: Case) -> list[int]:
    """Where the case takes place, the oldest conversation first."""
    links = CaseThread.objects.filter(case=case).order_by("conversation__started")
    return list(links.values_list("conversation_id", flat=True))


def neighbours(member: Member, conversations: list[int], but: int) -> dict[int, Row]:
    """The latest case of each other person in these conversations, by handle."""
    links = CaseThread.objects.filter(conversation__in=conversations, case__brand=member.brand).exclude(case=but)
    pairs = dict(links.order_by("case_id").values_list("handle_id", "case_id"))
    found = {row.id: row for row in rows(member, list(pairs.values()))}
    return {handle: found[pk] for handle, pk in pairs.items() if pk in found}


def notes(member: Member, case: Case) -> list[Note]:
    """The newest `NOTES` notes, oldest first."""
    rows = Note.objects.filter(case=case, case__brand=member.brand).select_related("author")
    return list(rows.order_by("-created", "-pk")[:NOTES])[::-1]


def tags(member: Member) -> list[Tag]:
    return list(Tag.objects.filter(brand=member.brand).order_by("name"))


def case_tags(member: Member, case: Case) -> list[Tag]:
    return list(Tag.objects.filter(brand=member.brand, cases=case).order_by("name"))


def present(member: Member, case: Case, now: datetime) -> list[tuple[str, bool]]:
    """Who else has the case open, as (name, is typing)."""
    here = Presence.objects.filter(case=case, at__gte=now - PRESENT_FOR).exclude(user=member.user)
    return [(str(one.user), one.typing) for one in here.select_related("user").order_by("at")]


def others(member: Member, case: Case, limit: int = 20) -> list[Row]:
    """The other cases of the same customer, newest first."""
    same = Case.objects.filter(brand=member.brand, handle__customer=case.handle.customer_id).exclude(pk=case.pk)
    return [_row(values) for values in same.order_by("-opened").values(*_COLUMNS, **_SAID)[:limit]]


def targets(brand_id: int) -> Targets:
    """What the brand promises for each priority; where it has said nothing, the defaults."""
    own = Target.objects.filter(brand=brand_id).values_list("priority", "first", "next")
    return {**DEFAULT, **{priority: Minutes(first, next_) for priority, first, next_ in own}}
