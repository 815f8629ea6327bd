"""What is wrong with a query, where, and how it could read instead."""

from __future__ import annotations


class QueryError(ValueError):
    """A query that can't be used as it stands.

    `message` is for the person who wrote it. `position` counts characters from 0 and may be the length of the text,
    when something is missing at its end. `suggestion` is a whole query that parses, or "" where none can be guessed.
    """

    def __init__(self, message: str, position: int = 0, suggestion: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.suggestion = suggestion
