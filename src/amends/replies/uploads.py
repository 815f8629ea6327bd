"""Files for a customer: put beside a draft, taken along by the reply."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.cases.queries import case as load_case
from amends.channels.base import File
from amends.events.transaction import write
from amends.replies.models import Reply, Upload
from amends.replies.pictures import plain

LARGEST = 20_000_000  # bytes of a file; what the network takes is less, mostly
MOST = 10
FORGOTTEN_AFTER = timedelta(days=30)


def waiting(member: Member, case_id: int) -> list[Upload]:
    """What the member has put beside their draft, without the bytes."""
    rows = Upload.objects.filter(case=case_id, case__brand=member.brand, user=member.user, reply=None)
    return list(rows.defer("content").order_by("pk"))


def add(member: Member, case_id: int, name: str, content: bytes, now: datetime) -> Upload:
    """Put a file beside the draft. Raises `Refused` for what no network would take."""
    case = load_case(member, case_id)
    name = PurePosixPath(name.replace("\\", "/")).name[:255] or "file"
    if not content:
        raise Refused(_("%(name)s is empty.") % {"name": name})
    if len(content) > LARGEST:
        raise Refused(_("%(name)s is larger than 20 MB: make it smaller, or send a link.") % {"name": name})
    mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
    content = plain(mime, content)
    with write(now):
        if len(waiting(member, case_id)) >= MOST:
            raise Refused(_("An answer takes ten files at most."))
        return Upload.objects.create(
            case=case, user=member.user, name=name, mime=mime, size=len(content), content=content, created=now
        )


def remove(member: Member, case_id: int, upload_id: int, now: datetime) -> None:
    """Take a file away from the draft. Taken away before is no error."""
    with write(now):
        Upload.objects.filter(
            pk=upload_id, case=case_id, case__brand=member.brand, user=member.user, reply=None
        ).delete()


def take_along(member: Member, reply: Reply, described: Mapping[int, str]) -> None:
    """The reply takes what lies beside its writer's draft, each with its description."""
    for one in waiting(member, reply.case_id):
        one.alt = described.get(one.pk, "")[:1500]
        one.reply = reply
        one.save(update_fields=["alt", "reply"])


def lay_back(reply: Reply) -> None:
    """The reply is a draft again, and its files lie beside it."""
    Upload.objects.filter(reply=reply).update(reply=None)


def forget(now: datetime) -> None:
    """What has lain beside drafts for long goes."""
    Upload.objects.filter(reply=None, created__lt=now - FORGOTTEN_AFTER).delete()


def files(reply_id: int) -> tuple[File, ...]:
    """What goes out with the reply."""
    rows = Upload.objects.filter(reply=reply_id).order_by("pk")
    return tuple(File(name=one.name, mime=one.mime, content=bytes(one.content), alt=one.alt) for one in rows)
