"""The day as it was written down: `day.jsonl`, a line for each thing that happens, and `people.jsonl`, who they are.

A line of the day has `at`, seconds from the moment the desk opens (before that: negative), and one of

  id, who, lang, text   somebody writes; likes, reshares, replies and views are what the counts come to in the end
  edit, text            the post of that id now says this
  delete                the post of that id is gone
  read, likes, ...      the counts of the post of that id, at that moment
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from amends.channels.base import BadData, Kind, MediaKind

_HERE = Path(__file__).parent
_LONGEST = 7 * 86_400  # seconds from the opening of the desk, before or after
_T = TypeVar("_T")


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str  # a handle, or an e-mail address
    display: str
    followers: int | None = None
    verified: bool = False
    bio: str = ""


class Shown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A picture, film, link or file on a post; there is no file behind it, only what it shows."""

    kind: MediaKind
    alt: str


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    at: float
    id: str = ""
    edit: str = ""
    delete: str = ""
    read: str = ""
    who: str = ""
    lang: str = ""
    kind: Kind = Kind.POST
    subject: str = ""
    text: str = ""
    parent: str = ""
    stars: float | None = None
    promoted: bool = False
    media: tuple[Shown, ...] = ()
    likes: int | None = None
    reshares: int | None = None
    replies: int | None = None
    views: int | None = None

    @property
    def about(self) -> str:
        """The id of the post that this line is, or changes."""
        return self.id or self.edit or self.delete or self.read


class Written(NamedTuple):
    lines: tuple[Line, ...]
    people: dict[str, Person]  # by name


@cache
def written() -> Written:
    return read((_HERE / "day.jsonl").read_bytes(), (_HERE / "people.jsonl").read_bytes())


def read(day: bytes, people: bytes) -> Written:
    """The script in these two files. Raises `BadData`, naming the line that makes no sense."""
    named = {person.name: person for person in _decoded(people, Person)}
    lines = _decoded(day, Line)
    known: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if wrong := _wrong(line, known, named):
            raise BadData(f"Line {number} of the demo day: {wrong}.")
        known.add(line.about)
    return Written(tuple(lines), named)


def _decoded(data: bytes, kind: type[_T]) -> list[_T]:
    try:
        return msgspec.json.Decoder(kind).decode_lines(data)
    except (msgspec.MsgspecError, UnicodeError) as wrong:
        raise BadData(f"The demo day cannot be read: {wrong}.") from None


def _wrong(line: Line, known: set[str], named: dict[str, Person]) -> str:
    if sum(map(bool, (line.id, line.edit, line.delete, line.read))) != 1:
        return "it must have one of id, edit, delete and read"
    if line.id and line.id in known:
        return f"there is a post '{line.id}' already"
    if line.id and line.who not in named:
        return f"nobody is called '{line.who}'"
    if not line.id and line.about not in known:
        return f"no post '{line.about}' came before"
    if line.parent and line.parent not in known:
        return f"no post '{line.parent}' came before to be answered"
    if abs(line.at) > _LONGEST:
        return "it is too far from the day"
    return "its text has null characters" if "\0" in line.text + line.id else ""
