"""A mistake in a query, told so that it can be seen: the text, cut at the very character."""

from __future__ import annotations

from typing import NamedTuple

from amends.listening import QueryError


class Mistake(NamedTuple):
    """`before`, `at` and `after` are the query; `at` is the character, or a space where something is missing."""

    message: str
    before: str
    at: str
    after: str
    suggestion: str


def mistake(text: str, error: QueryError) -> Mistake:
    """Where and what, from the error."""
    place = min(max(error.position, 0), len(text))
    return Mistake(error.message, text[:place], text[place : place + 1] or " ", text[place + 1 :], error.suggestion)
