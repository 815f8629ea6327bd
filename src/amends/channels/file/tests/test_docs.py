from __future__ import annotations

import re
from pathlib import Path

from amends.channels.file.columns import NAMES

PAGE = Path(__file__).parents[5] / "docs" / "reference" / "channels" / "file.md"


def test_the_reference_lists_every_recognised_name():
    rows = dict(re.findall(r"^\| (\w+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert {field: tuple(rows.get(field, "").split(", ")) for field in NAMES} == NAMES
