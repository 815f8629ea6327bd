"""Labels by rules: what is surely so, what perhaps, and what takes it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from amends.triage.labels import definitions
from amends.triage.labels.by_rule import Queries, Rules, Said, WrongRule

RULES = Rules(
    {
        "safety": Queries(("cut NEAR/3 finger", '"caught fire"'), ("smoke",), ("laugh*",)),
        "legal": Queries(('"small claims"',), ("lawyer*",)),
    }
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I cut my finger on your lid", {"safety": Said.SURELY}),
        ("There was smoke, and then it CAUGHT FIRE!", {"safety": Said.SURELY}),
        ("Smoke in the kitchen, see you in small claims", {"safety": Said.PERHAPS, "legal": Said.SURELY}),
        ("Smoke came out of my ears, I laughed so hard", {}),
        ("I cut my finger laughing at your lawyers", {"legal": Said.PERHAPS}),
        ("", {}),
        ("Where is my bag?", {}),
    ],
)
def test_what_rules_say(text: str, told: dict[str, Said]) -> None:
    assert RULES.told(text) == told


def test_a_wrong_rule_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongRule, match="safety: '\\(fire'"):
        Rules({"safety": Queries(("(fire",))})
    (tmp_path / "legal.toml").write_text("surly = []")
    with pytest.raises(WrongRule, match=r"legal\.toml.*surly"):
        Rules.load(tmp_path)
    (tmp_path / "legal.toml").write_text("surely = [")
    with pytest.raises(WrongRule, match=r"legal\.toml"):
        Rules.load(tmp_path)


def test_the_rules_that_are_shipped_are_whole() -> None:
    assert set(Rules.load().labels) <= set(definitions())


def test_every_label_is_defined() -> None:
    for name, one in definitions().items():
        assert one.title, name
        assert one.is_.endswith("."), name
        assert one.is_not.endswith("."), name
