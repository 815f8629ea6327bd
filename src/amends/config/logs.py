"""Logs: structlog, for our own lines and for those of libraries alike."""

from __future__ import annotations

import logging
import re
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog
from structlog.processors import ExceptionRenderer, JSONRenderer
from structlog.tracebacks import ExceptionDictTransformer

from amends.config.conf import Conf

SECRET = re.compile(r"password|passwd|secret|token|authori[sz]ation|cookie|credential|api_?key|jwt", re.IGNORECASE)
ADDRESS = re.compile(r"(/(?:hooks|join|key|sign-in)/)[^/?\s'\"]+")  # whoever knows one of these is let in
SIZE, FILES = 5_000_000, 5  # bytes of a log file before the next is begun, and how many are kept
QUIET = ("httpx2", "httpcore2", "websockets", "asyncio", "uvicorn.access")  # they log addresses, which may hold tokens


def hide_secrets(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Nothing under a name that smells of a secret is written down."""
    event.pop("color_message", None)  # uvicorn says everything twice
    for name in event:
        if name != "event" and SECRET.search(name):
            event[name] = "(hidden)"
    return event


def hide_addresses(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Nor the part of an address that is a secret."""
    for name, value in event.items():
        if isinstance(value, str) or name == "request":
            event[name] = ADDRESS.sub(r"\1(hidden)", str(value))
    return event


def configure(conf: Conf, process: str) -> None:
    """Log as the settings say. `process` ("web", "work") names the file, since processes can't share one that turns."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
        hide_addresses,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[conf.log_level]),
        cache_logger_on_first_use=True,
    )
    screen = logging.StreamHandler(sys.stderr)
    handlers: list[logging.Handler] = [screen]
    if conf.log_json:
        traces = ExceptionDictTransformer(show_locals=False)  # a local variable may be a secret
        screen.setFormatter(_formatter(shared, ExceptionRenderer(traces), JSONRenderer()))
    else:
        screen.setLevel(logging.WARNING)
        screen.setFormatter(_formatter(shared, _lines(colors=sys.stderr.isatty())))
        file = _file(conf.home / "logs" / f"{process}.log")
        file.setFormatter(_formatter(shared, _lines(colors=False)))
        handlers.append(file)
    logging.basicConfig(level=conf.log_level, handlers=handlers, force=True)
    logging.raiseExceptions = False  # a full disk must not fill the screen as well
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[conf.log_level]))


def _lines(*, colors: bool) -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)


def _formatter(shared: list[Any], *last: Any) -> logging.Formatter:
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, *last])


def _file(path: Path) -> logging.Handler:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return RotatingFileHandler(path, maxBytes=SIZE, backupCount=FILES - 1, delay=True, encoding="utf-8")
