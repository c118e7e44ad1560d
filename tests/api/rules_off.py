"""Leaves out one safety rule after the other and sees that a test of each fails.

    python tests/api/rules_off.py

Prints for each rule the tests that failed without it; ends with 1 where there are none, or where tests fail though
every rule is in force.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from cbir.api.security import RULES

TESTS = Path(__file__).with_name("test_security.py")
VARIABLE = "CBIR_TEST_WITHOUT_RULE"
"""Read by `conftest.py` alone: the program itself has no such switch."""
_FAILED = re.compile(r"^(?:FAILED|ERROR) \S+::(test_\w+)", re.MULTILINE)


def failing_tests(rule: str) -> list[str]:
    """Names of the first few tests that fail without this rule; with all rules where it is empty."""
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "-rfE", "--maxfail=3", str(TESTS)]
    ended = subprocess.run(
        command, env={**os.environ, VARIABLE: rule}, capture_output=True, text=True, check=False, cwd=TESTS.parents[2]
    )
    return list(dict.fromkeys(_FAILED.findall(ended.stdout)))


def main() -> int:
    """Print what was found; the exit code."""
    found = {name: failing_tests(name) for name in ("", *(rule.name for rule in RULES))}
    for name, failed in found.items():
        which = f"without {name}" if name else "with all rules"
        print(f"{which}: {', '.join(failed) or 'no test fails'}")  # noqa: T201 — a program for the terminal
    return int(bool(found.pop("")) or not all(found.values()))


if __name__ == "__main__":
    sys.exit(main())
