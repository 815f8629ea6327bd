"""What has not left yet, or may not have arrived."""

from __future__ import annotations

from django.http import HttpResponse

from amends.accounts.access import Member
from amends.desk.door import page
from amends.desk.http import Request
from amends.desk.shell import show
from amends.replies import queries as replies
from amends.replies.models import State


@page
def outbox(request: Request, member: Member) -> HttpResponse:
    """For supervisors: what needs a person first."""
    rows = replies.outbox(member)
    needing = [row for row in rows if row.state in (State.UNCERTAIN, State.FAILED)]
    waiting = [row for row in rows if row.state in (State.QUEUED, State.SENDING)]
    return show(request, member, "desk/outbox.html", {"place": "outbox", "needing": needing, "waiting": waiting})
