"""What the documents say about the code, held against the code; and no link of theirs leads nowhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from docs import cards, pages

from amends.accounts.models import Role
from amends.events.types import AnyEvent
from amends.triage import measured

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "amends"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^()\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def text(path: str) -> str:
    return (ROOT / path).read_text()


def prose(page: Path) -> str:
    """The page without its code, in which brackets mean something else."""
    return FENCED.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """What its headings can be linked by: small letters, dashes for spaces, no other signs."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    _, _, after = text(page).partition(f"\n## {heading}\n")
    assert after, f"{page} has no heading '{heading}'"
    lines = [line for line in after.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path):
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link}: {target.name} has no such heading"


def test_every_page_is_in_an_index():
    indexes = [ROOT / "docs" / "README.md", ROOT / "docs" / "reference" / "channels" / "README.md"]
    linked = {(index.parent / link).resolve() for index in indexes for link in LINK.findall(prose(index))}
    missing = [page for page in (ROOT / "docs").rglob("*.md") if page != indexes[0] and page.resolve() not in linked]
    assert not missing


def test_the_pages_of_the_channels_are_what_the_channels_say():
    written = pages.written()
    stale = [path.name for path, said in written.items() if not path.is_file() or path.read_text() != said]
    assert not stale, "`make pages` writes them anew"
    assert set((ROOT / "docs" / "reference" / "channels").glob("*.md")) == set(written)


def test_the_model_cards_and_the_readmes_figures_are_what_was_measured():
    written = cards.written()
    stale = [path.name for path, said in written.items() if not path.is_file() or path.read_text() != said]
    assert not stale, "`make pages` writes them anew"
    assert {*(ROOT / "docs" / "models").glob("*.md"), ROOT / "README.md"} == set(written)
    assert cards.SHOWN.search(text("README.md"))


def test_what_was_measured_is_what_ships():
    told = "measure them: amends evaluate triage --data DIR --out src/amends/triage/weights/figures.json"
    assert measured.kept().weights == measured.fingerprint(), told


def test_every_dependency_is_told_with_its_reason():
    wanted = tomllib.loads(text("pyproject.toml"))["project"]["dependencies"]
    names = {re.split(r"[\[<>=!~]", one)[0] for one in wanted}
    table = {cells[1].strip("`"): cells for cells in rows("docs/architecture.md", "Parts, and why") if len(cells) == 6}
    assert names == table.keys() - {"part"}
    for name in names:
        assert all(table[name]), f"a cell of {name} is empty"


def test_every_room_is_told():
    told = {cells[1].strip("`/") for cells in rows("docs/architecture.md", "Rooms and floors")}
    there = {folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists()}
    assert there == told


def test_every_test_that_the_promises_name_exists():
    named = set(re.findall(r"`(test_\w+)`", text("docs/architecture.md")))
    tests = [*ROOT.glob("src/**/test_*.py"), *ROOT.glob("tests/**/test_*.py"), PACKAGE / "channels/testing/contract.py"]
    code = "".join(path.read_text() for path in tests)
    assert named
    assert not {name for name in named if f"def {name}(" not in code}


def test_every_event_is_told_with_its_fields():
    page = text("docs/reference/events.md")
    for event in get_args(AnyEvent):
        row = re.search(rf"^\| `{re.escape(event.__struct_config__.tag)}` \|.*$", page, re.MULTILINE)
        assert row, f"{event.__name__} is not told"
        for name in event.__struct_fields__:
            assert f"`{name}`" in row[0], f"{event.__name__}.{name} is not told"


def test_the_roles_stand_in_their_order():
    head = re.search(r"^\| \|(.+)\|$", text("docs/reference/roles.md"), re.MULTILINE)
    assert head
    assert [name.strip() for name in head[1].split("|")] == list(Role.values)


def test_every_key_is_told():
    shown = (PACKAGE / "desk/templates/desk/_keys.html").read_text()
    templates = (path.read_text() for path in (PACKAGE / "desk/templates").rglob("*.html"))
    keys = set(re.findall(r"<kbd>([^<]+)</kbd>", shown))
    keys |= {key for one in templates for key in re.findall(r'data-hotkey="([^"]+)"', one)}
    told = set(re.findall(r"`([^`]+)`", text("docs/reference/keyboard.md")))
    assert keys
    assert keys <= told
