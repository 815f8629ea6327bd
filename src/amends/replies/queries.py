"""What may be asked about replies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from amends.accounts.access import Member
from amends.accounts.models import Role
from amends.cases.models import Case
from amends.cases.queries import conversation_ids
from amends.channels import registry
from amends.channels.base import Act, Can, Channel, Limits, Visibility
from amends.channels.http import Http
from amends.conversations.models import Post, Sighting
from amends.replies.gate import Facts
from amends.replies.models import Draft, How, Reply, Upload
from amends.replies.models import State as ReplyState
from amends.sources.connect import connect
from amends.sources.models import Source, State
from amends.sources.secrets import Sealed

AGAIN_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Route:
    """How a case can be answered: which post, through which account, under which rules. `problem` says why not.
    `by_hand`: a person answers on the network's own page, and says here that it is done. `ways` are all those in which
    this very post can be answered, and `how` is the one that was asked for."""

    to: Post | None
    source: Source | None
    limits: Limits
    network: str = ""
    visibility: str = "public"
    problem: str = ""
    by_hand: bool = False
    how: str = How.REPLY
    ways: tuple[str, ...] = (How.REPLY,)
    can: frozenset[Can] = frozenset()


def draft(member: Member, case_id: int) -> Draft | None:
    """What the member has begun to write on the case."""
    return Draft.objects.filter(case=case_id, case__brand=member.brand, user=member.user).first()


def replies(member: Member, case: Case) -> list[Reply]:
    """The replies written on a case, oldest first."""
    rows = Reply.objects.filter(case=case, brand=member.brand).select_related("author", "source")
    return list(rows.order_by("created"))


def outbox(member: Member) -> list[Reply]:
    """What has not left, or whose fate is not known. For supervisors."""
    member.must(Role.SUPERVISOR)
    rows = Reply.objects.filter(brand=member.brand).exclude(state=ReplyState.SENT)
    return list(rows.select_related("author", "case", "case__handle", "source", "to").order_by("-created")[:200])


def route(member: Member, case: Case, to_id: int | None = None, how: str = How.REPLY) -> Route:
    """How the case is answered: by default the customer's newest post in it, as it was written."""
    posts = Post.objects.filter(conversation__in=conversation_ids(case), brand=member.brand)
    theirs = posts.filter(handle=case.handle_id, deleted=None).order_by("-created")
    post = posts.filter(pk=to_id).first() if to_id else theirs.filter(unanswerable="").first() or theirs.first()
    if post is None:
        missing = _("There is no such post in this case: choose another one to answer.")
        problem = missing if to_id else _("The customer has deleted what they wrote.")
        return Route(None, None, Limits(), problem=problem)
    source, channel, problem = _source(member, post)
    problem = post.unanswerable or problem
    by_hand = channel is not None and not needed(post) & channel.can
    limits = channel.limits if channel and not by_hand else Limits()
    ways = _ways(post, channel.can) if channel and not by_hand else (How.REPLY,)
    if how not in ways:
        problem = problem or _("This post can't be answered so: choose another way.")
    visibility = Visibility.PRIVATE if how == How.PRIVATE else post.visibility
    if visibility == Visibility.PRIVATE:
        limits = limits.alone or limits
    return Route(
        post,
        source,
        limits,
        post.network,
        visibility,
        problem,
        by_hand,
        how,
        ways,
        channel.can if channel else frozenset(),
    )


def offers(member: Member, networks: Collection[str]) -> dict[str, frozenset[Can]]:
    """What the brand's accounts can do on each of these networks."""
    found: dict[str, frozenset[Can]] = {}
    for row in Source.objects.filter(brand=member.brand, channel__in=networks).exclude(state=State.LOGIN):
        if channel := _channel(row):
            found[row.channel] = found.get(row.channel, frozenset()) | channel.can
    return found


def liked(posts: Collection[int]) -> dict[int, Reply]:
    """Our likes of these posts, by post: on their way or arrived."""
    rows = Reply.objects.filter(act=Act.LIKE, to__in=posts).exclude(state=ReplyState.FAILED).select_related("author")
    return {row.to_id: row for row in rows}


def _ways(post: Post, can: frozenset[Can]) -> tuple[str, ...]:
    """As it was written; and where that was before others, to its author alone, or in a post that quotes it."""
    ways: list[str] = [How.REPLY]
    if Can.DIRECT in can and post.visibility != Visibility.PRIVATE:
        ways.append(How.PRIVATE)
    if Can.QUOTE in can and post.visibility == Visibility.PUBLIC:
        ways.append(How.QUOTE)
    return tuple(ways)


def needed(post: Post) -> set[Can]:
    """What an account must be able to do to answer it."""
    return {Can.DIRECT} if post.visibility == Visibility.PRIVATE else {Can.REPLY}


def _source(member: Member, post: Post) -> tuple[Source | None, Channel | None, str]:
    """The account to answer through: one that has seen the post, else any of the same network that can reply. One whose
    credentials are refused comes last; one that only has trouble listening may still send."""
    seen = set(Sighting.objects.filter(post=post).values_list("source_id", flat=True))
    rows = list(Source.objects.filter(brand=member.brand, channel=post.network))
    rows.sort(key=lambda row: (row.state == State.LOGIN, row.pk not in seen, row.state != State.ACTIVE, row.pk))
    found = [(row, channel) for row in rows if (channel := _channel(row)) is not None]
    for ways in (needed(post), {Can.BY_HAND}):
        for row, channel in found:
            if ways & channel.can:
                told = _("The account needs new credentials before it can answer: see Settings, Listening.")
                refused = row.state == State.LOGIN and Can.BY_HAND not in ways
                return row, channel, told if refused else ""
    return None, None, _("No account of yours can answer here. Connect one under Settings, Listening.")


def _channel(source: Source) -> Channel | None:
    """The account's connection, to ask what it can: it talks to nobody."""
    try:
        return connect(source, Http())
    except (registry.UnknownChannel, Sealed):
        return None


def gate_facts(case: Case, way: Route, now: datetime, files: Sequence[Upload] = ()) -> Facts:
    """What the gate has to know about an answer that goes this way, with these files."""
    lately = Reply.objects.filter(case=case, created__gte=now - AGAIN_WITHIN).exclude(state=ReplyState.FAILED)
    return Facts(
        limits=way.limits,
        problem=way.problem,
        deleted=way.to is not None and way.to.deleted is not None,
        asked=way.to.created if way.to else None,
        files=tuple((one.name, one.size) for one in files),
        just_sent=tuple(text.strip() for text in lately.values_list("text", flat=True)),
    )
