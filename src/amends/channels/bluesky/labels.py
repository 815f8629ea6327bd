"""Labels: what a post's writer, and the moderators whom the account follows, say of the post and of its writer.

https://atproto.com/specs/label, and the values of com.atproto.label.defs. Only views have the moderators' labels: the
live stream, which carries records, has none but the writer's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from amends.channels.foreign import fields, items, text

# Nobody is shown what has one of these: it is as good as gone.
GONE = frozenset({"!hide", "!takedown", "!suspend"})
# How a post is spread, and nothing that a reader need be warned of.
UNSAID = GONE | {"!no-unauthenticated", "!no-promote"}

WORDS = {
    "!warn": "needs a warning",
    "porn": "pornography",
    "sexual": "sexual content",
    "nudity": "nudity",
    "graphic-media": "violent or disturbing pictures",
    "gore": "violent or disturbing pictures",
    "self-harm": "self-harm",
    "sensitive": "a sensitive matter",
    "intolerant": "intolerance",
    "extremist": "extremism",
    "threat": "threats",
    "rude": "rudeness",
    "illicit": "illicit goods or deeds",
    "security": "a danger to the reader's account or device",
    "unsafe-link": "a dangerous link",
    "impersonation": "impersonation",
    "misinformation": "misinformation",
    "scam": "a scam",
    "engagement-farming": "engagement farming",
    "spam": "spam",
    "rumor": "a rumour",
    "misleading": "misleading",
    "inauthentic": "an inauthentic account",
    "bot": "an automated account",
}

MOST = 10  # labels that are told of one post


def warning(view: Mapping[str, Any], record: Mapping[str, Any], did: str) -> str:
    """What to know before reading, in words, "" where there is nothing. `view` may be empty: then the record's own
    labels are all there is. `did` wrote it."""
    own, others, person = dict.fromkeys(_own(record)), dict[str, None](), dict[str, None]()
    for value, source in _labels(view):
        (own if source == did else others)[value] = None
    for value, _ in _labels(fields(view.get("author"))):
        person[value] = None
    said = {"Its writer says": own, "Moderators say": others, "Of the account is said": person}
    told = ((who, _in_words(values)) for who, values in said.items())
    return " ".join(f"{who}: {words}." for who, words in told if words)


def is_gone(view: Mapping[str, Any]) -> bool:
    """Whether the network's moderators have taken the post, or its writer, from everybody's sight."""
    labels = [*_labels(view), *_labels(fields(view.get("author")))]
    return any(value in GONE for value, _ in labels)


def _labels(view: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(value, who gave it) of each label that stands."""
    for label in map(fields, items(view.get("labels"))):
        if (value := text(label.get("val"))) and label.get("neg") is not True:
            yield value, text(label.get("src"))


def _own(record: Mapping[str, Any]) -> list[str]:
    """What the writer put on the post: com.atproto.label.defs#selfLabels."""
    values = items(fields(record.get("labels")).get("values"))[:MOST]
    return [value for one in values if (value := text(fields(one).get("val")))]


def _in_words(values: Iterable[str]) -> str:
    told = [WORDS.get(value, value.replace("-", " ")[:128]) for value in values if value not in UNSAID]
    return ", ".join(dict.fromkeys(told[:MOST]))
