"""How candidates are found, by name. A new strategy is a file that defines it and a line here, or an entry point of
another package.
"""

from __future__ import annotations

from cbir.strategies.base import STRATEGIES, Strategy
from cbir.strategies.exact import exact

__all__ = ["STRATEGIES", "Strategy"]

STRATEGIES.register("exact", exact)
