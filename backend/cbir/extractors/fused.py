"""`cnn-fused`: `cnn-conv` and `cnn-hist-fixed` in one descriptor, from one forward pass.

Its cosine is (1 − w)·cosine(conv) + w·(Bhattacharyya coefficient of the histograms): both parts have length one
before they are weighted, the histograms by their roots. So any engine searches the fusion as it searches any vector.
"""

from __future__ import annotations

import numpy as np

from cbir.extractors import fixed_histogram, vgg16
from cbir.extractors.scaling import l2_normalised
from cbir.extractors.vgg16 import Values, Vgg16Extractor
from cbir.records import Matrix

HISTOGRAM_WEIGHT = 0.95
"""w. Large, because the coefficients of any two images' histograms lie close to 1 and differ little."""


def cnn_fused() -> Vgg16Extractor:
    """What parts of objects there are, and how strong all patterns from edges on are."""
    conv, histogram = vgg16.cnn_conv(), fixed_histogram.cnn_hist_fixed()

    def describe(values: Values) -> Matrix:
        return joined(conv.describe(values[-1:]), histogram.describe(values[:-1]))

    return Vgg16Extractor(
        name="cnn-fused",
        summary="cnn-conv and cnn-hist-fixed in one: parts of objects, and textures and patterns. Choose it to find "
        "the very same thing again.",
        dims=conv.dims + histogram.dims,
        layers=(*histogram.layers, *conv.layers),
        describe=describe,
        parameters={
            "conv": dict(conv.parameters),
            "histogram": dict(histogram.parameters),
            "histogram weight": HISTOGRAM_WEIGHT,
        },
    )


def joined(conv: Matrix, histograms: Matrix) -> Matrix:
    """[√(1−w)·conv, √w·√histogram] (N, 512 + 4416), each half of length one before it is weighted."""
    parts = (1 - HISTOGRAM_WEIGHT, l2_normalised(conv)), (HISTOGRAM_WEIGHT, l2_normalised(np.sqrt(histograms)))
    return np.concatenate([np.float32(np.sqrt(weight)) * rows for weight, rows in parts], axis=1)
