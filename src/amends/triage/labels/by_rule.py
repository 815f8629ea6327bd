"""Labels by rules: queries of the language that operators listen by, all in one matcher, so that what a post costs does
not grow with their number."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path

import msgspec

from amends.listening import Document, Matcher, Node, QueryError, parse
from amends.triage.labels import HERE


class Said(IntEnum):
    """How surely the rules of a label speak."""

    NO = 0
    PERHAPS = 1
    SURELY = 2


class Queries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of a label: each of `surely` is enough, each of `perhaps` a hint, each of `unless` takes it back."""

    surely: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


class WrongRule(Exception):
    """A rule does not parse: says which, and where."""


class Rules:
    """Compiled rules by label. They are in English: other languages are not asked."""

    def __init__(self, rules: Mapping[str, Queries]) -> None:
        """Raises `WrongRule`."""
        self.labels = tuple(rules)
        nodes: dict[int, Node] = {}
        self._of: list[tuple[str, Said | None]] = []
        for label, queries in rules.items():
            for said, texts in ((Said.SURELY, queries.surely), (Said.PERHAPS, queries.perhaps), (None, queries.unless)):
                for text in texts:
                    nodes[len(self._of)] = _parsed(label, text)
                    self._of.append((label, said))
        self._matcher = Matcher(nodes)

    @classmethod
    def load(cls, folder: Path = HERE / "rules") -> Rules:
        """Those of a folder, a file a label. Raises `WrongRule`."""
        found: dict[str, Queries] = {}
        for file in sorted(folder.glob("*.toml")):
            try:
                found[file.stem] = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Queries)
            except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
                raise WrongRule(f"{file.name}: {error}") from None
        return cls(found)

    def told(self, text: str) -> dict[str, Said]:
        """What they say of an English text, by label; what they do not speak of is left out."""
        found: dict[str, Said] = {}
        unless: set[str] = set()
        for number in self._matcher.match(Document(text)):
            label, said = self._of[number]
            if said is None:
                unless.add(label)
            else:
                found[label] = max(said, found.get(label, Said.NO))
        return {label: said for label, said in found.items() if label not in unless}


def _parsed(label: str, text: str) -> Node:
    try:
        return parse(text)
    except QueryError as error:
        raise WrongRule(f"{label}: {text!r}: {error}") from None
