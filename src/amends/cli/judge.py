"""`amends triage`: what posts of a file say."""

from __future__ import annotations

import re
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import IO

import click
import msgspec

AT_ONCE = 20_000  # with so many waiting, --depth auto does without the deep model
MOST_BYTES = 50_000_000  # held at once
_HALF = re.compile(rb"(\\[^u]|\\u[dD][89abAB]..\\u[dD][c-fC-F]..)|\\u[dD][89a-fA-F]..")
"""What JSON escapes, but for other `\\u`; not in the group is half of a surrogate pair, left where a text was cut."""


class Asked(msgspec.Struct, frozen=True):
    text: str
    id: str | int | None = None
    lang: str | None = None


class Refused(msgspec.Struct, frozen=True):
    line: int
    error: str


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--depth",
    type=click.Choice(["auto", "fast", "deep"]),
    default="auto",
    show_default=True,
    help="How thoroughly to read. auto: deep, unless very many wait.",
)
def triage(file: IO[bytes], depth: str) -> None:
    """Read the posts of FILE (- for standard input), a JSON object a line: text, and if you like id and lang. Prints a
    JSON object for each: every probability, what is said of it, personal data, the depth.

    A line that is none is answered with its number and what is wrong with it; the others are read all the same.
    """
    from amends.triage import Depth, load
    from amends.triage.decide import shipped
    from amends.triage.telling import told

    encoder = msgspec.json.Encoder()
    refused = 0
    for block in _blocks(file):
        full = depth == "auto" and len(block) == AT_ONCE
        chosen = Depth.FAST if full or depth == "fast" else Depth.DEEP
        asked = [one for one in block if isinstance(one, Asked)]
        for start in range(0, len(asked), 256):
            some = asked[start : start + 256]
            said = load().judge_many([one.text for one in some], [one.lang or "" for one in some], chosen)
            for one, judged in zip(some, said, strict=True):
                answer = told(one.id, one.text, judged, shipped()[judged.depth])
                sys.stdout.buffer.write(encoder.encode(answer) + b"\n")
        for wrong in block:
            if isinstance(wrong, Refused):
                refused += 1
                sys.stdout.buffer.write(encoder.encode(wrong) + b"\n")
        sys.stdout.buffer.flush()
    if refused:
        raise click.ClickException(f"{refused} lines were no posts; the answers with an error say which and why.")


def _blocks(file: IO[bytes]) -> Iterator[list[Asked | Refused]]:
    """So many posts that it can be told whether very many wait, but no more than may lie in memory."""
    block: list[Asked | Refused] = []
    held = 0
    for number, line in enumerate(file, 1):
        words = line.removeprefix(BOM_UTF8) if number == 1 else line
        if words.strip():
            block.append(_asked(number, words))
            held += len(words)
        if len(block) == AT_ONCE or held >= MOST_BYTES:
            yield block
            block, held = [], 0
    if block:
        yield block


def _asked(number: int, line: bytes) -> Asked | Refused:
    try:
        try:
            return msgspec.json.decode(line, type=Asked)
        except msgspec.DecodeError:  # also where it holds halves of surrogate pairs
            return msgspec.json.decode(_HALF.sub(lambda found: found[1] or rb"\ufffd", line), type=Asked)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Refused(number, f'{error}. A line looks like {{"id": "1", "text": "Where is my bag?", "lang": "en"}}.')
