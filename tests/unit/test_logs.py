"""Log lines: JSON for programs, words for a person."""

import io
import json
import logging
import sys

from cbir.logs import EXTRA, formatter_for


class Terminal(io.StringIO):
    def isatty(self):
        return True


def record(level=logging.INFO, **extra):
    made = logging.makeLogRecord({"name": "cbir.access", "levelno": level, "levelname": logging.getLevelName(level)})
    made.msg, made.args = "GET %s 200", ("/health",)
    setattr(made, EXTRA, extra)
    return made


def test_a_program_gets_one_json_object_with_all_fields():
    line = formatter_for(io.StringIO()).format(record(ms=1.5, route="/health"))
    assert json.loads(line).items() >= {"message": "GET /health 200", "level": "info", "ms": 1.5}.items()


def test_a_person_reads_what_was_and_how_long_it_took():
    line = formatter_for(Terminal()).format(record(ms=1.5, route="/health"))
    assert line.endswith("  GET /health 200 in 1.5 ms")


def test_a_person_sees_warnings_and_what_failed():
    failed = record(logging.ERROR)
    try:
        int("no number")
    except ValueError:
        failed.exc_info = sys.exc_info()
    line = formatter_for(Terminal()).format(failed)
    assert "Error: GET /health 200" in line
    assert line.endswith("'no number'")
