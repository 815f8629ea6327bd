"""The walls of the house: who may import whom, how long a file may be, and that what an operator meets is told."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "amends"
LONGEST = 400  # lines of a file
FORBIDDEN = {"utils", "helpers", "common", "services", "repositories", "signals", "misc"}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=False)
    names = [name for name in listed.stdout.split("\0") if name]
    return [path for name in names if (path := ROOT / name).is_file()]


@pytest.fixture(scope="module")
def sources() -> list[Path]:
    return tracked("*.py", "*.js", "*.css", "*.html", "*.sh") or sorted(PACKAGE.rglob("*.py"))


def lint_imports(*more: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", *more]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_imports_go_down_only():
    done = lint_imports()
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_linter_would_notice_an_import_that_goes_up(tmp_path):
    """With the floors upside down, the imports that there are go up."""
    upside_down = tmp_path / "contracts.toml"
    upside_down.write_text(
        '[tool.importlinter]\nroot_package = "amends"\n[[tool.importlinter.contracts]]\nname = "Upside down"\n'
        'type = "layers"\ncontainers = ["amends"]\nlayers = ["cases", "desk"]\n'
    )
    done = lint_imports("--config", str(upside_down))
    assert done.returncode == 1
    assert "amends.desk is not allowed to import amends.cases" in done.stdout


# What a channel may know of Amends: the values, the one door out, how long a text is, how JSON, HTML and mail are read.
OPEN_TO_CHANNELS = {"base", "cursors", "foreign", "http", "length", "markup", "monsters", "tags", "websocket", "wire"}


def channel_folders() -> list[Path]:
    return [
        path.parent
        for path in (PACKAGE / "channels").glob("*/__init__.py")
        if path.parent.name not in ("testing", "tests")
    ]


@pytest.mark.parametrize("folder", channel_folders(), ids=lambda folder: folder.name)
def test_a_channel_imports_nothing_but_what_is_open_to_channels(folder):
    for path in folder.glob("*.py"):
        for imported in re.findall(r"^\s*(?:from|import) amends\.(\S+)", path.read_text(), re.MULTILINE):
            room, _, rest = imported.partition(".")
            assert room == "channels", f"{path} imports amends.{imported}"
            assert rest.split(".")[0] in OPEN_TO_CHANNELS | {folder.name}, f"{path} imports amends.{imported}"


def test_no_file_needs_scrolling_for_ever(sources):
    long = {
        str(path.relative_to(ROOT)): count
        for path in sources
        if (count := len(path.read_text().splitlines())) > LONGEST
    }
    assert not long


def test_no_room_is_a_lumber_room(sources):
    found = [
        path for path in sources if FORBIDDEN & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
    ]
    assert not found


def test_every_room_says_what_lives_in_it():
    for room in PACKAGE.iterdir():
        if room.is_dir() and (room / "__init__.py").exists():
            assert (room / "__init__.py").read_text().startswith('"""'), f"{room.name} does not say what lives in it"


def test_every_command_and_option_is_documented():
    from amends.cli import amends

    text = (ROOT / "docs/reference/cli.md").read_text()
    for path, command in commands(amends, "amends"):
        assert f"### `{path}" in text, f"{path} has no section in docs/reference/cli.md"
        for option in command.params:
            for name in option.opts if isinstance(option, click.Option) and not option.hidden else []:
                assert re.search(rf"`[^`\n]*{re.escape(name)}\b", text), f"{path} {name} is not documented"


def commands(group: click.Group, path: str) -> list[tuple[str, click.Command]]:
    context = click.Context(group)
    found: list[tuple[str, click.Command]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, f"there is no '{name}'"
        below = f"{path} {name}"
        found += commands(command, below) if isinstance(command, click.Group) else [(below, command)]
    return found
