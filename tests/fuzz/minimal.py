"""A smaller picture that shows the same fault."""

from collections.abc import Callable

ATTEMPTS = 120
"""Each one costs a process."""


def minimal(data: bytes, shows: Callable[[bytes], bool], attempts: int = ATTEMPTS) -> bytes:
    """``data`` without parts that the fault does not need: halves first, then ever smaller parts."""
    size = len(data) // 2
    while size and attempts:
        at = 0
        while at < len(data) and attempts:
            shorter = data[:at] + data[at + size :]
            attempts -= 1
            if shorter and shows(shorter):
                data = shorter
            else:
                at += size
        size //= 2
    return data
