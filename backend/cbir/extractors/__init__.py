"""The extractors that come with the program: names and where they are made, nothing imported before it is wanted."""

from __future__ import annotations

from cbir.extractors import fixed_histogram, fused, keras_applications, vgg16
from cbir.extractors.base import EXTRACTORS, Extractor

__all__ = ["EXTRACTORS"]


def _hist_basic() -> Extractor:
    from cbir.extractors.hsv import HistBasic

    return HistBasic()


EXTRACTORS.register("hist-basic", _hist_basic)
EXTRACTORS.register("cnn-hist", vgg16.cnn_hist)
EXTRACTORS.register("cnn-hist-fixed", fixed_histogram.cnn_hist_fixed)
EXTRACTORS.register("cnn-basic", vgg16.cnn_basic)
EXTRACTORS.register("cnn-conv", vgg16.cnn_conv)
EXTRACTORS.register("cnn-fused", fused.cnn_fused)
EXTRACTORS.register_pattern(
    vgg16.LAYER_PREFIX,
    vgg16.layer_code,
    "LAYER: the neural code of any layer of VGG16 by Keras' name, such as vgg16:fc1 or vgg16:fc1-linear.",
)
EXTRACTORS.register_pattern(
    keras_applications.PREFIX,
    keras_applications.keras_extractor,
    "NAME: any model of keras.applications, such as keras:EfficientNetV2B0; fetch its weights first.",
)
