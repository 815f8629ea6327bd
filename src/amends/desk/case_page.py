"""What stands on the page of a case: gathered here, part by part, so that each part can also be asked for alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from amends.accounts import queries as accounts
from amends.accounts.access import Member
from amends.cases import queries as cases
from amends.cases.models import Case, Priority
from amends.channels.length import length
from amends.conversations import queries as conversations
from amends.desk.networks import label, labels
from amends.desk.person import person
from amends.desk.posts import safe
from amends.desk.rows import told_clock
from amends.desk.snoozes import snoozes
from amends.desk.spread import spread
from amends.desk.templatetags.desk import millis
from amends.desk.tickets import ticket
from amends.desk.timeline import CaseLink, NoteIn, timeline
from amends.desk.words import when, why
from amends.people.models import Handle
from amends.replies import gate, uploads
from amends.replies import queries as replies
from amends.replies.models import How, State, Upload
from amends.replies.queries import Route
from amends.teaching import queries as teaching

HEAT = {"urgent": 3, "high": 2, "normal": 1, "low": 0}
FAR = 2000  # characters: a longer limit is told only once half of it is used
THREAD = 300  # posts shown of a thread, the newest


def header(member: Member, case: Case, list_url: str, now: datetime) -> dict[str, Any]:
    """The title and what can be done."""
    colleagues = accounts.colleagues(member)
    return {
        "case": case,
        "title": title(case),
        "member": member,
        "brand": member.brand,
        "list_url": list_url,
        "colleagues": colleagues,
        "people": [{"name": str(user), "call": user.email.partition("@")[0]} for user in colleagues],
        "teams": accounts.teams(member),
        "snoozes": snoozes(now),
        "priorities": Priority.choices,
        "tags": cases.tags(member),
    }


def title(case: Case) -> str:
    """The subject, or the first words of what was written, after the handles that it is addressed to."""
    line = re.sub(r"^(?:[.]?@\S+\s+)+(?=\S)", "", " ".join(cases.opening(case).split()))
    if not line:
        return _("Case of %(name)s") % {"name": case.handle}
    return line if len(line) <= 90 else line[:90].rsplit(" ", 1)[0] + "…"


def facts(member: Member, case: Case, now: datetime) -> dict[str, Any]:
    """Why it stands where it stands, its clock, state and tags."""
    told, late = told_clock(case.state, case.due, case.snoozed_until, case.latest, now)
    reasons = [reason for reason in case.reasons if reason[0] != "views"]
    return {
        "case": case,
        "brand": member.brand,
        "heat": HEAT[case.priority],
        "why": why(reasons, now - case.waiting if case.waiting else timedelta(0)),
        "spread": spread(case.reasons, cases.views_of(case)),
        "clock": told if case.due and case.state == "open" else "",
        "late": late,
        "case_tags": cases.case_tags(member, case),
    }


def thread(member: Member, case: Case, now: datetime) -> dict[str, Any]:
    """Every conversation of the case, with notes and what others in it are about."""
    ids = cases.conversation_ids(case)
    posts = conversations.thread(member, ids, THREAD)
    base = reverse("case", args=[member.brand.slug, 0])[:-2]
    links = {
        handle: CaseLink(f"{base}{row.id}/", _case_words(row.id, row.assignee))
        for handle, row in cases.neighbours(member, ids, case.pk).items()
    }
    notes = [NoteIn(note.pk, str(note.author), note.text, note.created) for note in cases.notes(member, case)]
    can = replies.offers(member, {post.network for post in posts})
    liked = {at: str(one.author) for at, one in replies.liked([post.id for post in posts]).items()}
    taught = teaching.taught(member, [post.id for post in posts])
    theirs = frozenset(Handle.objects.filter(customer=case.handle.customer_id).values_list("pk", flat=True))
    return {
        "timeline": timeline(posts, notes, theirs, links, labels(), now, can, liked, taught),
        "case": case,
        "shortened": THREAD if len(posts) == THREAD else 0,
        "conversations": ids,
        "newest": {
            post.visibility == "private": post.id for post in posts if post.handle_id in theirs and not post.deleted
        },
        "brand": member.brand,
    }


def _case_words(number: int, assignee: str) -> str:
    if assignee:
        return _("own case %(number)s, %(assignee)s") % {"number": number, "assignee": assignee}
    return _("own case %(number)s") % {"number": number}


def outgoing(member: Member, case: Case) -> dict[str, Any]:
    """The replies that don't stand under the post yet."""
    unsent = [one for one in replies.replies(member, case) if one.state != State.SENT]
    return {"outgoing": unsent, "brand": member.brand}


@dataclass(frozen=True)
class Way:
    """One way to answer: to which post, and in which of its network's ways."""

    to: int
    private: bool
    how: str
    chosen: bool

    @property
    def label(self) -> str:
        if self.how == How.QUOTE:
            return _("Quote it")
        return _("In private") if self.private else _("In public")

    @property
    def icon(self) -> str:
        return "quote" if self.how == How.QUOTE else "lock" if self.private else "globe"


def _ways_of(way: Route, newest: Mapping[bool, int]) -> list[Way]:
    """The tabs: to the newest post in public and in private, and what else this post's network offers."""
    to = way.to.pk if way.to else 0
    plain = way.to is not None and way.to.visibility == "private"
    posts = {**newest, plain: to}
    found = {one: Way(at, one, How.REPLY, one == plain and way.how == How.REPLY) for one, at in posts.items()}
    if True not in found and How.PRIVATE in way.ways:
        found[True] = Way(to, True, How.PRIVATE, way.how == How.PRIVATE)
    quote = [Way(to, False, How.QUOTE, way.how == How.QUOTE)] if How.QUOTE in way.ways else []
    return [found[one] for one in sorted(found)] + quote


def box(member: Member, case: Case, newest: Mapping[bool, int], now: datetime) -> dict[str, Any]:
    """Where to write: what was begun, how long it may be, what speaks against it, who else is here. `newest` is the
    customer's newest post in private (True) and in public (False), where there is one."""
    begun = replies.draft(member, case.pk)
    way = replies.route(member, case, begun.to_id if begun else None, begun.how if begun else How.REPLY)
    text = begun.text if begun else ""
    used = length(text, way.limits.counts)
    here = cases.present(member, case, now)
    to_id = way.to.pk if way.to else 0
    files = beside(member, case)
    return {
        **notice(way),
        **room(way),
        **files,
        "ticket": ticket(),
        "most_bytes": uploads.LARGEST,
        "case": case,
        "brand": member.brand,
        "draft": text,
        "draft_saved": millis(begun.updated if begun else None),
        "length": written(used, way.limits.text),
        "to_id": to_id or "",
        "answers": answers(way),
        "closed": closed(way, text),
        "send": send_label(way),
        "routes": _ways_of(way, newest),
        "how": way.how,
        "invitation": _("Answer %(name)s") % {"name": case.handle},
        "findings": findings(case, way, text, files["uploads"], now),
        "alone": not here,
        "presence": presence(here),
    }


def beside(member: Member, case: Case) -> dict[str, Any]:
    """The files that lie beside the draft."""
    return {"uploads": uploads.waiting(member, case.pk), "case": case, "brand": member.brand}


def notice(way: Route) -> dict[str, Any]:
    """What stands above the writing: why nothing can be sent so, or that a person answers on the network itself."""
    return {
        "problem": way.problem,
        "by_hand": way.by_hand,
        "there": safe(way.to.url) if way.to else "",
        "network": label(way.network),
    }


def room(way: Route) -> dict[str, Any]:
    """How much may be written, for the counter."""
    limits = way.limits
    return {
        "limit": limits.text,
        "counts_as": limits.counts,
        "byte_limit": limits.bytes,
        "parts": limits.parts,
        "files": 0 if way.by_hand else limits.files,
    }


def written(used: int, most: int) -> str:
    """How much of its room is used, as the script goes on counting: a limit that is far away is not worth a word."""
    if most and (most <= FAR or used * 2 > most):
        return _("%(used)d of %(most)d") % {"used": used, "most": most}
    return str(used or "")


def closed(way: Route, text: str) -> bool:
    """Nothing written here could ever leave, and nothing has been begun: there is no box to write in."""
    nowhere = way.source is None or way.to is None or bool(way.to.unanswerable)
    return bool(way.problem) and nowhere and not text.strip()


def findings(case: Case, way: Route, text: str, files: Sequence[Upload], now: datetime) -> tuple[gate.Finding, ...]:
    """What speaks against sending what was written, but for what its notice says already; before the first word, what
    speaks against the files."""
    found = gate.check(text, replies.gate_facts(case, way, now, files), now) if text.strip() or files else ()
    return tuple(one for one in found if one.code not in ("no_way", "empty"))


def answers(way: Route) -> str:
    """Whom, where, and by which account the answer will go."""
    if way.to is None:
        return ""
    values = {"name": way.to.handle, "network": label(way.network), "source": way.source}
    if way.by_hand:
        return _("To %(name)s, where the post stands") % values
    if way.source is None:
        return _("To %(name)s on %(network)s") % values
    return _("To %(name)s on %(network)s, as %(source)s") % values


def send_label(way: Route) -> str:
    """What the button says."""
    return _("It is answered there") if way.by_hand else _("Send")


def presence(others: list[tuple[str, bool]]) -> str:
    """Who else is here, in words."""
    if not others:
        return _("Nobody else is here")
    told = [
        (_("%(name)s is writing an answer") if typing else _("%(name)s is here")) % {"name": name}
        for name, typing in others
    ]
    return ", ".join(told)


def customer(member: Member, case: Case, now: datetime) -> dict[str, Any]:
    """Who it is, and what there was before."""
    base = reverse("case", args=[member.brand.slug, 0])[:-2]
    return {
        "person": person(case.handle, now),
        "others": [
            {
                "url": f"{base}{row.id}/",
                "opened": row.opened,
                "text": row.text,
                "state": _state_words(row.state, row.assignee, row.latest, now),
            }
            for row in cases.others(member, case)
        ],
        "brand": member.brand,
    }


def _state_words(state: str, assignee: str, latest: datetime, now: datetime) -> str:
    words = str(dict(Case._meta.get_field("state").choices or ())[state])
    return f"{words}, {assignee}, {when(latest, now)}" if assignee else f"{words}, {when(latest, now)}"


def whole(member: Member, case: Case, list_url: str, now: datetime) -> dict[str, Any]:
    """The whole case."""
    talk = thread(member, case, now)
    return {
        **header(member, case, list_url, now),
        **facts(member, case, now),
        **talk,
        **outgoing(member, case),
        **box(member, case, talk["newest"], now),
        **customer(member, case, now),
    }
