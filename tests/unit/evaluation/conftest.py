"""A tiny dataset, an extractor that counts its work, and what both need."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from PIL import Image

from cbir.demo.gallery import make_gallery
from cbir.evaluation.cache import DescriptorCache
from cbir.evaluation.descriptors import Describer
from cbir.records import Identity


class NoWeights:
    """For extractors that need none."""

    def available(self, name):
        raise AssertionError(name)

    def tensors(self, name):
        raise AssertionError(name)

    def digest(self, name, tensors=None):
        raise AssertionError(name, tensors)


@dataclass(eq=False)
class MeanColour:
    """An extractor whose descriptor (3,) is the mean of each colour channel; it notes what it had to do."""

    name: str = "mean-colour"
    version: int = 1
    non_negative: bool = True
    log: list = field(default_factory=list)
    """Images in each batch that was described."""
    summary: str = ""
    dims: int = 3
    default_metric: str = "euclidean"
    weights: str = ""

    @property
    def family(self):
        return self

    def identity(self, _):
        return Identity(self.name, self.version, self.dims, self.non_negative)

    def open(self, *_):
        return self

    def prepare(self, image):
        return image.astype(np.float64).mean(axis=(0, 1))

    def run(self, prepared):
        self.log.append(len(prepared))
        return {self.name: np.array(prepared, np.float32)}


@pytest.fixture(scope="session")
def gallery(tmp_path_factory):
    """The demo gallery; where it was made for other tests, it is found there."""
    return make_gallery(tmp_path_factory.getbasetemp() / "demo-gallery")


@pytest.fixture
def mean_colour():
    return MeanColour()


@pytest.fixture
def describer(tmp_path):
    return Describer(NoWeights(), DescriptorCache(tmp_path / "cache"), batch_size=4)


@pytest.fixture
def make_dataset(tmp_path):
    """Make a dataset folder: pictures of one colour by name, and the text of `labels.csv`."""

    def make(colours, table, name="pictures"):
        folder = tmp_path / name
        (folder / "images").mkdir(parents=True, exist_ok=True)
        for file, colour in colours.items():
            path = folder / "images" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (8, 6), colour).save(path)
        (folder / "labels.csv").write_text(table)
        return folder

    return make


@pytest.fixture
def reds_and_blues(make_dataset):
    """Two reds, two blues, and a green without a label."""
    return make_dataset(
        {"r1.png": (250, 0, 0), "r2.png": (240, 9, 0), "b1.png": (0, 0, 250), "b2.png": (0, 9, 240), "g.png": "lime"},
        "path,labels\nimages/r1.png,red\nimages/r2.png,red\nimages/b1.png,blue\nimages/b2.png,blue\n",
    )
