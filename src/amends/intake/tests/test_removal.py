"""A demo is removed without trace; a real brand leaves its audit; another brand is not touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.http import Http404

from amends.accounts.access import Member
from amends.accounts.models import Audit, Brand
from amends.cases.actions import add_note
from amends.cases.models import Case
from amends.channels.base import Post
from amends.intake.removal import remove_brand
from amends.replies.actions import approve

OURS = ("sources", "people", "conversations", "cases", "intake", "replies")


def left() -> dict[str, int]:
    models = (model for app in OURS for model in apps.get_app_config(app).get_models())
    counted = {model.__name__: model._default_manager.count() for model in models}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM conversations_search")
        counted["search"] = cursor.fetchone()[0]
    return {name: count for name, count in counted.items() if count}


@pytest.fixture
def lived(alice: Member, hear: Callable[..., Any], mention: Callable[..., Post], now: datetime) -> None:
    hear(*(mention(f"{n}", author=f"u{n}", raw=b"{}") for n in range(5)))
    case = Case.objects.order_by("pk")[0]
    add_note(alice, case.pk, "hm", now)
    approve(alice, case.pk, "We are sorry.", None, now)
    assert left()["Post"] == 5


@pytest.mark.parametrize("demo", [True, False])
def test_nothing_is_left(alice: Member, bob: Member, lived: None, now: datetime, demo: bool) -> None:
    Brand.objects.update(demo=demo)
    alice.brand.demo = demo
    with pytest.raises(Http404):
        remove_brand(bob, now)
    remove_brand(alice, now)
    assert left() == {}
    assert Audit.objects.filter(brand__isnull=False).exists() is not demo


def test_another_brand_stays_whole(alice: Member, charlie: Member, lived: None, now: datetime) -> None:
    before = left()
    remove_brand(charlie, now)
    assert left() == before
