"""Warnings of the library on stderr, their control characters written out: they name files and values of strangers."""

import logging

from lexiscope.core.plain import plain


class PlainFormatter(logging.Formatter):
    """Formatter whose lines hold no control character raw.

    Example:
        >>> PlainFormatter().format(logging.makeLogRecord({"msg": "\\x1b[2J"}))
        '\\\\x1b[2J'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Line of a record."""
        return plain(super().format(record))


def log_plainly() -> None:
    """Send what the library logs to stderr through `PlainFormatter`, once."""
    logger = logging.getLogger("lexiscope")
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(PlainFormatter())
        logger.addHandler(handler)
