"""Pictures for tests, made on the spot."""

from pathlib import Path

import numpy as np
from PIL import Image


def noise(seed, width=48, height=32):
    """A smooth picture with colours of its own, different for every seed."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def save(path, seed=0, **options):
    """Save a picture of `noise` and return its path as text."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    noise(seed).save(path, **options)
    return str(path)
