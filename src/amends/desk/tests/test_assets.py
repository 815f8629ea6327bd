"""The desk's own files."""

from __future__ import annotations

import gzip
from pathlib import Path

from django.test import Client

from amends.desk.assets import FOLDER, assets, read


def test_an_address_that_changes_with_the_content(tmp_path: Path) -> None:
    (tmp_path / "css").mkdir()
    for name in ("tokens", "base", "layout", "button"):
        (tmp_path / "css" / f"{name}.css").write_text(f"/* {name} */")
    (tmp_path / "main.js").write_text("one")
    first = read(tmp_path)
    assert first.files["desk.css"].body == b"/* tokens */\n/* base */\n/* button */\n/* layout */"
    (tmp_path / "main.js").write_text("two")
    assert read(tmp_path).digest != first.digest


def test_kept_for_a_year_under_its_own_address_only(db: None) -> None:
    held = assets()
    answer = Client().get(f"/assets/{held.digest}/desk.css", headers={"Accept-Encoding": "gzip"})
    assert "immutable" in answer.headers["Cache-Control"]
    assert gzip.decompress(answer.content) == held.files["desk.css"].body
    assert Client().get("/assets/older/desk.css").headers["Cache-Control"] == "no-cache"
    assert Client().get(f"/assets/{held.digest}/nothing.js").status_code == 404


def test_scripts_hold_no_sentence_and_load_nothing_foreign() -> None:
    for path in [*FOLDER.glob("*.js"), *FOLDER.glob("css/*.css")]:
        text = path.read_text()
        assert "http://" not in text
        assert "https://" not in text
        assert "@import" not in text
        assert "eval(" not in text
