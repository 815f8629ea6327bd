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
