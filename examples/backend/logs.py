"""One JSON object a line, with the job's id; never a secret, a presigned URL or an exception's own text."""

from __future__ import annotations

import json
import logging
import traceback

from .times import now_text

_EXTRAS = frozenset({"job_id", "attempt", "status", "reason", "seconds"})


class JsonLines(logging.Formatter):
    """An exception is shown as its type and its frames: its text may quote a presigned URL."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {"time": now_text(), "level": record.levelname, "message": record.getMessage()}
        line.update({key: value for key, value in vars(record).items() if key in _EXTRAS})
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["frames"] = [
                f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False)


def configure_logging(level: str) -> None:
    """This package's logger and the server's: requests and urllib3 would print whole URLs."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    for name, threshold in ((__package__, level), ("waitress", "WARNING")):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(threshold)
        logger.propagate = False
