"""The customer beside the case, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min
from django.utils import formats
from django.utils.translation import gettext as _

from amends.conversations.models import Post
from amends.desk.networks import label
from amends.desk.words import short, when
from amends.people.models import Handle
from amends.people.queries import called


@dataclass(frozen=True)
class Known:
    """One handle of the customer."""

    network: str
    text: str
    verified: bool


@dataclass(frozen=True)
class Person:
    name: str
    known: str
    bio: str
    handles: list[Known]


def person(handle: Handle, now: datetime) -> Person:
    """Whom the case is about, with every handle under which they are known, and since when: by their oldest post, which
    may be older than our acquaintance."""
    customer = handle.customer
    oldest = Post.objects.filter(handle__customer=customer).aggregate(at=Min("created"))["at"]
    heard = min(oldest, customer.created) if oldest else customer.created
    return Person(
        name=customer.name or str(handle),
        known=_("First heard %(when)s") % {"when": when(heard, now)},
        bio=handle.bio,
        handles=[_known(one) for one in customer.handles.order_by("network", "pk")],
    )


def _known(handle: Handle) -> Known:
    told = [called(handle.name) or str(handle)]
    if handle.followers is not None:
        told.append(_("%(number)s followers") % {"number": short(handle.followers)})
    if handle.since:
        told.append(_("since %(month)s") % {"month": formats.date_format(handle.since, "M Y")})
    return Known(label(handle.network), ", ".join(told), handle.verified)
