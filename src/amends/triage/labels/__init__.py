"""What a post may be about, beside its language and its feeling: the definitions, and what is read of each."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

HERE = Path(__file__).parent


class Definition(msgspec.Struct, frozen=True, rename={"is_": "is"}):
    """What a label is and is not, for whoever labels, writes rules or reads the desk. `favours`: which mistake is the
    smaller one, an alarm for nothing ("recall") or one missed ("precision")."""

    title: str
    is_: str
    is_not: str
    favours: Literal["recall", "precision", "both"]


@cache
def definitions() -> dict[str, Definition]:
    """By name, in the order of the file."""
    told = tomllib.loads((HERE / "definitions.toml").read_text(encoding="utf-8"))
    return msgspec.convert(told, dict[str, Definition])


class Labelled(msgspec.Struct, frozen=True):
    """A text and whether it has the label of its file. `near`: why it might seem to. `brand` and `about`, where it
    depends. `also`: which others it has; `doubted`: which it may have, so that nothing is learnt of them from it."""

    text: str
    label: int
    near: str = ""
    brand: str = ""
    about: str = ""
    also: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()


def labelled(file: Path) -> list[Labelled]:
    """A text a line. Raises `msgspec.DecodeError` for a line that is none."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [msgspec.json.decode(line, type=Labelled) for line in lines if line.strip()]


@cache
def pool() -> list[tuple[str, dict[str, int]]]:
    """Every example text with each label that it surely has (1) or has not (0), whichever file it is in."""
    found = []
    for label in definitions():
        for one in examples(label):
            known = {name: int(name in one.also) for name in definitions() if name not in one.doubted}
            found.append((one.text, known | {label: one.label} if label not in one.doubted else known))
    return found


def examples(label: str) -> list[Labelled]:
    """What is learnt of a label; nothing where nobody wrote any."""
    file = HERE / "examples" / f"{label}.jsonl"
    return labelled(file) if file.exists() else []
