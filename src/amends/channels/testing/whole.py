"""What is whole and what is not: manifests and batches."""

# ruff: noqa: S101  # a suite is made of assertions

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from amends.channels.base import ANSWERING, HEARING, Batch, Can, Deletion, Malformed, Manifest, Post, Reading, Rule


def refuse_a_broken(batch: Batch, networks: Collection[str]) -> None:
    """Whatever the batch holds is whole: ids, networks, and instants that are aware and in UTC. Raises
    `AssertionError`."""
    items: list[Post | Deletion | Reading] = [*batch.posts, *batch.deletions, *batch.readings]
    for item in items:
        assert item.id and "\x00" not in item.id, f"{type(item).__name__}.id is {item.id!r}"
        assert item.network in networks, f"{item.network!r} is none of {sorted(networks)}"
        for moment in _moments(item):
            assert moment.utcoffset() == timedelta(0), f"{moment} is not in UTC"
    for post in batch.posts:
        assert post.author.id or post.author.name, f"{post.id} has no author"
        told = post.text + post.author.display + post.author.bio
        assert "\x00" not in told, f"{post.id} has a NUL character in its text or its author"
        assert post.raw, f"{post.id} has no `raw`: the payload is not kept"
    for malformed in batch.malformed:
        assert isinstance(malformed, Malformed) and malformed.reason, f"{malformed!r} gives no reason"
    for period in batch.covered:
        assert period.start <= period.end, f"`covered`: {period.feed} ends at {period.end}, before {period.start}"


def refuse_an_incomplete(manifest: Manifest) -> None:
    """Every label, help and limit that a form or a reply box shows. Raises `AssertionError` naming what is missing."""
    assert re.fullmatch(r"[a-z][a-z0-9_]*", manifest.name), "a name is of small letters"
    for text in (manifest.label, manifest.about, manifest.access):
        assert text.strip(), f"{manifest.name} lacks a label, what it is about, or what access costs"
    assert HEARING & manifest.can, f"{manifest.name} can't hear: `can` has none of POLL, STREAM, RECEIVE"
    assert manifest.poll_every > timedelta(0), "poll_every is no time at all"
    assert manifest.pace[0] > 0 and manifest.pace[1] > timedelta(0), "pace is how many writes in how long"
    units = {"graphemes", "codepoints", "bytes", "utf16"}
    assert manifest.limits.counts in units, f"{manifest.limits.counts!r} is none of {sorted(units)}"
    if ANSWERING & manifest.can:
        assert manifest.limits.text > 0 or Can.DIRECT in manifest.can, "a public reply has a length: limits.text"
    names = [setting.name for setting in manifest.settings]
    assert len(set(names)) == len(names), "two settings have one name"
    for setting in manifest.settings:
        assert setting.label and setting.help, f"the setting {setting.name} is not explained"
        assert not (setting.secret and setting.default), f"the secret {setting.name} has a default"
        if setting.default and setting.pattern:
            assert re.fullmatch(setting.pattern, setting.default), f"the default of {setting.name} is refused"
    for rule, why in manifest.lacks.items():
        assert manifest.applies(rule), f"Rule.{rule.name} does not apply to {manifest.name}: leave it out of `lacks`"
        assert len(why) > 10, f"{manifest.name} does not say why it lacks Rule.{rule.name}"
    real = f"{manifest.name} names no real server in `proved`: do so, or say why in `lacks` of Rule.REAL"
    assert manifest.proved or not manifest.keeps(Rule.REAL), real
    if Can.ANONYMOUS in manifest.can:
        needed = [setting.name for setting in manifest.settings if setting.secret and setting.required]
        assert not needed, f"{manifest.name} listens anonymously, and needs secrets all the same: {needed}"


def _moments(item: Post | Deletion | Reading) -> list[datetime]:
    match item:
        case Post():
            found = (item.created, item.edited, item.author.created, item.engagement and item.engagement.seen)
        case Deletion():
            found = (item.at, None, None, None)
        case Reading():
            found = (item.engagement.seen, None, None, None)
    return [moment for moment in found if moment]
