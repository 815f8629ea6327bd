"""An upgrade under a running process changes no page of it."""

from __future__ import annotations

from typing import Never

import pytest
from django.template.loader import get_template
from django.template.loaders.filesystem import Loader

from amends.desk.preload import TEMPLATES, preload


def test_no_template_is_read_after_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    preload()

    def changed(*_: object) -> Never:
        raise AssertionError("read from the disk")

    monkeypatch.setattr(Loader, "get_contents", changed)
    names = [path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")]
    assert len(names) > 40
    for name in names:
        get_template(name)
