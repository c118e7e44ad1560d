"""`hist-basic`: colours where they are, as five HSV histograms of parts of the picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cbir.records import RGB, Identity, Matrix, Vector
from cbir.weights.base import Weights

BINS = (9, 3, 3)
"""Bins of hue, saturation and value; hue is the slowest index."""
RANGES = (0, 180, 0, 256, 0, 256)
"""Lower and (excluded) upper ends of 8-bit hue, saturation and value."""
REGIONS = ("ellipse", "top-left", "top-right", "bottom-right", "bottom-left")
ELLIPSE_AXES = 0.375
"""Half axes of the ellipse, as a share of width and height."""

ELLIPSE, TOP_LEFT, TOP_RIGHT, BOTTOM_RIGHT, BOTTOM_LEFT = range(len(REGIONS))
BAND_PIXELS = 1 << 19

REGION_DIMS = BINS[0] * BINS[1] * BINS[2]
DIMS = len(REGIONS) * REGION_DIMS


@dataclass(frozen=True, slots=True)
class HistBasic:
    """The extractor, its pass and its family in one: there is nothing to load or to share."""

    name: str = "hist-basic"
    summary: str = "Colours and where they are: HSV histograms of the centre and of four corners. Needs no weights."
    dims: int = DIMS
    non_negative: bool = True
    default_metric: str = "chi2"
    weights: str = ""

    @property
    def family(self) -> HistBasic:
        """See `Extractor.family`."""
        return self

    def identity(self, weights: Weights) -> Identity:  # noqa: ARG002 - it has none
        """See `Extractor.identity`."""
        parameters = {
            "colour_space": "HSV, 8-bit, hue 0-180 (cv2.COLOR_RGB2HSV)",
            "bins": list(BINS),
            "regions": list(REGIONS),
            "ellipse_axes": ELLIPSE_AXES,
        }
        return Identity(self.name, 1, self.dims, self.non_negative, parameters)

    def open(self, extractors: Sequence[HistBasic], weights: Weights) -> HistBasic:  # noqa: ARG002 - see Family
        """See `Family.open`."""
        return self

    def prepare(self, image: RGB) -> Vector:
        """The whole work, on the decoding thread that has the pixels at hand; see `hist_basic`."""
        return hist_basic(image)

    def run(self, prepared: Sequence[Vector]) -> dict[str, Matrix]:
        """See `Pass.run`."""
        return {self.name: np.array(prepared, np.float32).reshape(len(prepared), self.dims)}


def hist_basic(image: RGB) -> Vector:
    """HSV histograms of five regions of an upright picture (H, W, 3), shape (405,), sum 1.

    The ellipse comes first, then the quadrants without it, clockwise from the top left. Each region's histogram is
    divided by 5 times its pixel count; a region without pixels is zeros, and the sum is smaller then.
    """
    height, width = image.shape[:2]
    inside = ellipse_mask(width, height)
    left, right = slice(0, width // 2), slice(width // 2, width)
    reach = int(ELLIPSE_AXES * width) + 2
    middle = slice(max(0, width // 2 - reach), width // 2 + reach)
    counts = np.zeros((len(REGIONS), REGION_DIMS))
    for rows in _bands(width, height):
        hsv = cv2.cvtColor(image[rows], cv2.COLOR_RGB2HSV)
        ellipse, rest = inside[rows], cv2.bitwise_not(inside[rows])
        corners = (TOP_LEFT, TOP_RIGHT) if rows.stop <= height // 2 else (BOTTOM_LEFT, BOTTOM_RIGHT)
        counts[ELLIPSE] += _histogram(hsv[:, middle], ellipse[:, middle])
        counts[corners[0]] += _histogram(hsv[:, left], rest[:, left])
        counts[corners[1]] += _histogram(hsv[:, right], rest[:, right])
    pixels = counts.sum(axis=1, keepdims=True)
    return np.asarray(counts / np.maximum(len(REGIONS) * pixels, 1), np.float32).reshape(DIMS)


def ellipse_mask(width: int, height: int) -> NDArray[np.uint8]:
    """255 inside the central ellipse and 0 outside, shape (height, width)."""
    mask = np.zeros((height, width), np.uint8)
    axes = (int(ELLIPSE_AXES * width), int(ELLIPSE_AXES * height))
    cv2.ellipse(mask, (width // 2, height // 2), axes, 0, 0, 360, 255, -1)
    return mask


def _bands(width: int, height: int) -> Iterator[slice]:
    """Rows of the upper half, then of the lower half, as many at a time as stay in a processor's cache."""
    step = max(1, BAND_PIXELS // width)
    for start, stop in ((0, height // 2), (height // 2, height)):
        for top in range(start, stop, step):
            yield slice(top, min(top + step, stop))


def _histogram(hsv: MatLike, mask: MatLike) -> NDArray[np.float32]:
    """Pixels per bin (81,) where ``mask`` is not 0."""
    if mask.size == 0:
        return np.zeros(REGION_DIMS, np.float32)
    return np.asarray(cv2.calcHist([hsv], [0, 1, 2], mask, BINS, RANGES), np.float32).reshape(REGION_DIMS)
