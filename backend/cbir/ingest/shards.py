"""A split of any folder by content, the same on every machine, without coordination."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cbir.errors import InvalidRequestError


@dataclass(frozen=True, slots=True)
class Shard:
    """Shard ``number`` of ``count``, counted from 1."""

    number: int = 1
    count: int = 1

    def holds(self, image_id: str) -> bool:
        """Whether an image belongs to this shard: 1 + (first 8 hex digits of its id mod count)."""
        return 1 + int(image_id[:8], 16) % self.count == self.number


WHOLE = Shard()
"""No split."""


def parse_shard(text: str) -> Shard:
    """`I/N` as a shard.

    Raises:
        InvalidRequestError: not of that form, or I not from 1 to N.
    """
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if match and 1 <= int(match[1]) <= int(match[2]):
        return Shard(int(match[1]), int(match[2]))
    raise InvalidRequestError(
        f"'{text}' is not a shard.", remedy="Write I/N with I from 1 to N, such as --shard 3/16."
    )
