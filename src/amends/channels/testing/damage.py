"""Damaging a recorded payload as networks, proxies and crashed writers do, for the contract suite."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

WRONG: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**30, "", "x", "\x00", "9999-99-99T99:99:99Z", "0001-01-01T00:00:00+23:59", [], {},
    [None], {"$type": "nothing.known"}, "https://example.org/\ud83d", "a" * 70_000,
)  # fmt: skip


def damaged(payload: bytes, chance: Random) -> bytes:
    """`payload` with one to three faults. JSON (one document, or one a line) loses keys and gains wrong values; any
    payload is cut short or has bytes changed."""
    for _ in range(chance.randint(1, 3)):
        fault = chance.choice((_in_json, _in_json, _in_json, _cut, _changed))
        payload = fault(payload, chance)
    return payload


def _in_json(payload: bytes, chance: Random) -> bytes:
    lines = payload.split(b"\n")
    at = chance.randrange(len(lines))
    try:
        document = json.loads(lines[at])
    except ValueError:
        return payload
    places = list(_places(document))
    if places:
        holder, key = chance.choice(places)
        if chance.random() < 0.3:
            del holder[key]
        else:
            holder[key] = chance.choice(WRONG)
    lines[at] = json.dumps(document).encode()
    return b"\n".join(lines)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) inside."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _cut(payload: bytes, chance: Random) -> bytes:
    return payload[: chance.randrange(len(payload) + 1)]


def _changed(payload: bytes, chance: Random) -> bytes:
    if not payload:
        return payload
    at = chance.randrange(len(payload))
    return payload[:at] + bytes([chance.randrange(256)]) + payload[at + 1 :]
