"""`amends train`: what it says when it is asked for nothing, and what brands learn from the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from click.testing import CliRunner

from amends.accounts.access import Member
from amends.cli import learn
from amends.config import start
from amends.conversations.models import Post
from amends.teaching.actions import correct
from amends.teaching.models import BrandHead


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own database, which is ready."""
    monkeypatch.setattr(start, "ready_to_use", lambda process: None)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Say what to train"),
        (["--brand", "meridian-air"], "Say what to train"),
        (["--from-desk", "triage", "--data", ".", "--base", ".", "--out", "x"], "--from-desk stands alone"),
    ],
)
def test_what_makes_no_sense_is_told(words: list[str], told: str) -> None:
    result = CliRunner().invoke(learn.train, words)
    assert result.exit_code == 2
    assert told in result.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["triage"], "Say with --data where the labelled sets are"),
        (["triage", "--data", ".", "--only", "mood"], "Choose one of: tweeteval"),
    ],
)
def test_what_can_not_be_measured_is_told(words: list[str], told: str) -> None:
    result = CliRunner().invoke(learn.evaluate, words)
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())


@pytest.mark.django_db
def test_brands_learn_from_the_desk(
    ready: None, alice: Member, charlie: Member, hear: Callable[..., Any], mention: Callable[..., Any], now: datetime
) -> None:
    hear(*(mention(str(n), f"meridian air number {n} {'taps drip' if n % 2 else 'flies late'}") for n in range(16)))
    for n, post in enumerate(Post.objects.order_by("external_id")):
        correct(alice, post.pk, "namesake", "yes" if "taps" in post.text else "no", now)
        if n < 3:
            correct(alice, post.pk, "sentiment", "neutral", now)
    result = CliRunner().invoke(learn.train, ["--from-desk"])
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == "meridian-air:"
    assert lines[1].split()[:3] == ["namesake", "16", "corrections"]
    assert lines[1].endswith("used")
    assert "too few to measure" in lines[2]
    assert lines[2].endswith("waiting")
    assert lines[3] == "other-lines: nothing was corrected yet"
    assert BrandHead.objects.filter(brand=alice.brand).count() == 2
    one = CliRunner().invoke(learn.train, ["--from-desk", "--brand", "other-lines"])
    assert one.output.splitlines() == ["other-lines: nothing was corrected yet"]
    none = CliRunner().invoke(learn.train, ["--from-desk", "--brand", "nobody"])
    assert (none.exit_code, "Name one of these: meridian-air, other-lines." in none.output) == (1, True)
    assert (
        "There is no brand 'nowhere'" in CliRunner().invoke(learn.train, ["--from-desk", "--brand", "nowhere"]).output
    )
