"""Small versions of pictures."""

from __future__ import annotations

import numpy as np
from PIL import Image

from cbir.records import RGB

REDUCING_GAP = 3.0
"""A large picture is first shrunk by whole factors to this many times the wanted size: as good, and much faster."""


def thumbnail(pixels: RGB, size: int | tuple[int, int]) -> RGB:
    """``pixels`` (H, W, 3) made to fit in a box, its aspect kept; never enlarged.

    Args:
        pixels: the picture.
        size: the box's side, or its width and height.
    """
    box_width, box_height = (size, size) if isinstance(size, int) else size
    height, width = pixels.shape[:2]
    share = min(box_width / width, box_height / height)
    if share >= 1:
        return pixels
    fitting = max(1, round(width * share)), max(1, round(height * share))
    small = Image.fromarray(pixels).resize(fitting, Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)
    return np.asarray(small)
