"""Blocks of a test: what must be raised in it, what is logged in it, and the environment it runs in."""

# ruff: noqa: S101, N801  # a suite is made of assertions; these read as what they do

from __future__ import annotations

import logging
import os
from typing import Any


class raises:
    """That the block raises one of these; `what` it was."""

    def __init__(self, kind: type[Exception] | tuple[type[Exception], ...]) -> None:
        self.kind = kind
        self.what: Any = None

    def __enter__(self) -> raises:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        kinds = self.kind if isinstance(self.kind, tuple) else (self.kind,)
        wanted = " or ".join(one.__name__ for one in kinds)
        assert error is not None, f"nothing was raised, and {wanted} should be"
        self.what = error
        other = isinstance(error, Exception) and not isinstance(error, (AssertionError, *kinds))
        assert not other, f"{type(error).__name__} was raised, and {wanted} should be: {error}"
        return isinstance(error, kinds)


class logged(logging.Handler):
    """Every word that is logged in the block, by whomever and however quietly."""

    def __enter__(self) -> list[str]:
        self.told: list[str] = []
        root = logging.getLogger()
        self._level = root.level
        root.setLevel(logging.DEBUG)
        root.addHandler(self)
        return self.told

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(record.getMessage())

    def __exit__(self, *error: object) -> None:
        logging.getLogger().removeHandler(self)
        logging.getLogger().setLevel(self._level)


class environment:
    def __init__(self, **values: str) -> None:
        self._values = values

    def __enter__(self) -> None:
        self._before = {name: os.environ.get(name) for name in self._values}
        os.environ.update(self._values)

    def __exit__(self, *error: object) -> None:
        for name, value in self._before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
