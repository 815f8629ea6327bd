"""Every installed channel, and the contract itself."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels import registry
from amends.channels.base import Can, Manifest, Rule, Setting
from amends.channels.testing import contract
from amends.channels.testing.damage import damaged
from amends.channels.testing.whole import refuse_an_incomplete

FOLDERS = sorted(path.parent.name for path in Path(registry.__file__).parent.glob("*/__init__.py"))
CHANNELS = [name for name in FOLDERS if name not in ("tests", "testing")]
WHOLE = Manifest(
    name="example",
    label="Example",
    about="Hears examples.",
    can=frozenset({Can.POLL, Can.ANONYMOUS}),
    access="Free.",
    proved="an example",
    settings=(
        Setting(name="url", label="Address", help="Where it is.", default="https://a.example", pattern="https://.*"),
    ),
)


@pytest.mark.parametrize("name", sorted(registry.channels()))
def test_every_installed_manifest_is_complete(name):
    refuse_an_incomplete(registry.get(name).manifest)


def suites(name):
    """The channel's contract suites: one for each way in which it is connected."""
    module = import_module(f"amends.channels.{name}.tests.test_contract")
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type) and kind.__module__ == module.__name__]
    return [kind for kind in kinds if issubclass(kind, contract.ChannelContract)]


@pytest.mark.parametrize("name", CHANNELS)
def test_every_channel_here_keeps_the_contract(name):
    assert {suite.name for suite in suites(name)} == {name}


@pytest.mark.parametrize("name", CHANNELS)
def test_every_rule_that_a_channel_claims_is_shown_by_one_of_its_suites(name):
    manifest = registry.get(name).manifest
    claimed = {rule for rule in Rule if manifest.keeps(rule)} - {Rule.REAL}
    shown = set()
    for suite in suites(name):
        shown |= claimed - suite.silent - (set() if suite.recorded else {Rule.RECORDED, Rule.DAMAGE})
    assert shown == claimed


def test_every_channel_here_can_be_loaded():
    assert registry.broken() == {}


def test_a_channel_that_can_not_be_loaded_is_left_out_and_told(tmp_path, monkeypatch):
    (tmp_path / "broken_outsider.py").write_text("raise RuntimeError('no such luck')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_modules", lambda: ["broken_outsider", "amends.channels.demo"])
    monkeypatch.setattr(registry, "_broken", {})
    registry.channels.cache_clear()
    try:
        assert set(registry.channels()) == {"demo"}
        assert registry.broken() == {"broken_outsider": "RuntimeError: no such luck"}
    finally:
        registry.channels.cache_clear()


@dataclass
class Lack:
    field: str
    value: object


@pytest.mark.parametrize(
    "lack",
    [
        Lack("label", ""),
        Lack("access", " "),
        Lack("name", "Two Words"),
        Lack("can", frozenset({Can.REPLY})),
        Lack("poll_every", timedelta(0)),
        Lack("settings", (Setting(name="a", label="A"),)),
        Lack("settings", (Setting(name="a", label="A", help="A.", default="x", pattern="y"),)),
        Lack("settings", (Setting(name="a", label="A", help="A.", secret=True, default="x"),)),
        Lack("settings", (Setting(name="a", label="A", help="A.", secret=True),)),
    ],
    ids=str,
)
def test_a_manifest_with_something_missing_is_seen(lack):
    refuse_an_incomplete(WHOLE)
    with pytest.raises(AssertionError):
        refuse_an_incomplete(msgspec.structs.replace(WHOLE, **{lack.field: lack.value}))


@given(st.binary(), st.randoms(use_true_random=False))
def test_anything_can_be_damaged(payload, chance):
    assert isinstance(damaged(payload, chance), bytes)


def test_damage_reaches_deep_into_json():
    payload = b'{"a": [{"b": {"c": 1}}], "d": "e"}'
    results = {damaged(payload, random.Random(seed)) for seed in range(500)}
    assert len(results) > 100
    assert any(b'"c": null' in result for result in results)
    assert any(b'"c"' not in result and b'"b"' in result for result in results)
