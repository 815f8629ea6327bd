from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from amends.channels.bluesky import MANIFEST
from amends.channels.bluesky.polling import APART, PAGES

PAGE = (Path(__file__).parents[5] / "docs" / "reference" / "channels" / "bluesky.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| ([^|]+) \| (.+) \|$", PAGE, re.MULTILINE))


def test_every_setting_is_explained_with_its_label_and_default():
    for setting in MANIFEST.settings:
        row = ROWS[f"`{setting.name}`"]
        assert row.startswith(setting.label)
        assert row.endswith(f"| `{setting.default}`" if setting.default else "|")
    assert {name.strip("`") for name in ROWS if name.startswith("`")} >= {setting.name for setting in MANIFEST.settings}


def test_everything_it_can_is_named():
    assert set(ROWS["Can"].split(", ")) == {can.value.replace("_", " ") for can in MANIFEST.can}


def test_the_numbers_are_those_of_the_code():
    assert ROWS["Reply"].startswith(f"{MANIFEST.limits.text} characters")
    assert f"{MANIFEST.limits.bytes:,} bytes" in ROWS["Reply"]
    assert ROWS["Write"].startswith(f"{MANIFEST.pace[0]} replies a minute")
    assert MANIFEST.pace[1] == timedelta(minutes=1)
    assert timedelta(seconds=1) == MANIFEST.poll_every
    assert timedelta(seconds=10) == 20 * APART
    assert PAGES == 100
