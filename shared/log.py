"""One event, one line of JSON: structlog, with no personal data and no newline that could forge a line."""

from __future__ import annotations

import logging
import re
import sys

import structlog

ERROR_MOST_CHARACTERS = 500  # a driver's error may quote a whole statement

log = structlog.stdlib.get_logger("ponteiro")


def configure(*, level: str = "INFO", pretty: bool = False) -> None:
    """Send every log line, ours and the libraries', to standard error; `pretty` for people at a terminal."""
    renderer = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if pretty
        else structlog.processors.JSONRenderer()
    )
    shared_processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _hide_values_of_traceback,
    ]
    structlog.configure(
        processors=[*shared_processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared_processors))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("aiosqlite", "httpx", "httpcore", "alembic", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def describe(error: BaseException) -> str:
    """An error in one line, for the log and for the table of parked facts, without the values of rows."""
    text = _hide_values(f"{type(error).__name__}: {error}")[:ERROR_MOST_CHARACTERS]
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _hide_values_of_traceback(
    _logger: object, _level: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    if "exception" in event:
        event["exception"] = _hide_values(str(event["exception"]))
    return event


def _hide_values(text: str) -> str:
    r"""The text of an error without the row that PostgreSQL or its driver quotes in it.

    >>> _hide_values('duplicate key "contacts"\nDETAIL:  Key (email)=(ana@cliente.example) already exists.\n[SQL: x]')
    'duplicate key "contacts"\nDETAIL: [hidden]\n[SQL: x]'
    """
    return _QUOTED.sub(r"\1 [hidden]", text)


# What is quoted may have lines of its own: it ends where SQLAlchemy, or the next traceback of a chain, goes on.
_QUOTED = re.compile(
    r"(DETAIL:|query argument \$\d+:|input syntax for type [\w ]+:).*?(?=\n\[SQL|\n\nThe above exc|\n\nDuring han|\Z)",
    re.DOTALL,
)
