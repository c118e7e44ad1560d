"""Describing a dataset: computed once, kept, resumed; what cannot be decoded is left out with its reason."""

import os
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from tests.unit.evaluation.reading import read_labelled_folder

from cbir.errors import ImageError
from cbir.evaluation import descriptors
from cbir.evaluation.dataset import Query
from cbir.progress import Silent
from cbir.searching.crops import Crop


class Heard(Silent):
    """Progress that remembers."""

    def __init__(self):
        self.total = self.done = 0
        self.said = []

    def start(self, task, total):
        assert task
        self.total = total

    def advance(self, steps=1):
        self.done += steps

    def say(self, text):
        self.said.append(text)


def test_each_image_gets_its_own_descriptor(reds_and_blues, describer, mean_colour):
    described = describer.describe(read_labelled_folder(str(reds_and_blues)), [mean_colour], Silent())
    rows = {
        os.path.basename(image.path): row.tolist()
        for image, row in zip(described.dataset.images, described.descriptors["mean-colour"], strict=True)
    }
    assert rows == {
        "r1.png": [250, 0, 0],
        "r2.png": [240, 9, 0],
        "b1.png": [0, 0, 250],
        "b2.png": [0, 9, 240],
        "g.png": [0, 255, 0],
    }


def test_the_second_time_nothing_is_computed(reds_and_blues, describer, mean_colour):
    dataset = read_labelled_folder(str(reds_and_blues))
    first = describer.describe(dataset, [mean_colour], Silent())
    assert mean_colour.log == [4, 1]
    second = describer.describe(dataset, [mean_colour], Silent())
    assert mean_colour.log == [4, 1]
    assert np.array_equal(first.descriptors["mean-colour"], second.descriptors["mean-colour"])


def test_a_renamed_file_is_known_and_a_new_one_is_computed(reds_and_blues, describer, mean_colour, make_dataset):
    describer.describe(read_labelled_folder(str(reds_and_blues)), [mean_colour], Silent())
    (reds_and_blues / "images/g.png").rename(reds_and_blues / "images/green.png")
    make_dataset({"new.png": "white"}, "path,labels\n")
    progress = Heard()
    described = describer.describe(read_labelled_folder(str(reds_and_blues)), [mean_colour], progress)
    assert mean_colour.log == [4, 1, 1]
    assert progress.total == progress.done == 1
    assert described.descriptors["mean-colour"].sum(axis=1).max() == 3 * 255


def test_another_version_is_computed_anew_and_another_extractor_beside_it(reds_and_blues, describer, mean_colour):
    dataset = read_labelled_folder(str(reds_and_blues))
    describer.describe(dataset, [mean_colour], Silent())
    newer, other = type(mean_colour)(version=2), type(mean_colour)(name="other")
    described = describer.describe(dataset, [newer, other], Silent())
    assert newer.log == other.log == [4, 1]
    assert list(described.descriptors) == ["mean-colour", "other"]


def test_an_interrupted_description_goes_on_where_it_stopped(reds_and_blues, describer, mean_colour, monkeypatch):
    monkeypatch.setattr(descriptors, "KEPT_TOGETHER", 2)
    describer.batch_size = 2

    class Interrupted(type(mean_colour)):
        def run(self, prepared):
            if len(self.log) == 2:
                raise KeyboardInterrupt
            return super().run(prepared)

    dataset = read_labelled_folder(str(reds_and_blues))
    with pytest.raises(KeyboardInterrupt):
        describer.describe(dataset, [Interrupted()], Silent())
    rest = mean_colour
    describer.describe(dataset, [rest], Silent())
    assert sum(rest.log) == 1


def test_a_bad_image_is_left_out_with_its_reason(reds_and_blues, describer, mean_colour):
    (reds_and_blues / "images/bad.png").write_bytes(b"no picture")
    (reds_and_blues / "images/cut.png").write_bytes((reds_and_blues / "images/r1.png").read_bytes()[:45])
    progress = Heard()
    described = describer.describe(read_labelled_folder(str(reds_and_blues)), [mean_colour], progress)
    assert {os.path.basename(failure.path) for failure in described.dataset.failures} == {"bad.png", "cut.png"}
    assert all(failure.reason and failure.remedy for failure in described.dataset.failures)
    assert len(described.dataset.images) == len(described.descriptors["mean-colour"]) == 5
    assert progress.total == progress.done == 7


def test_where_every_image_is_bad_the_error_tells_why(make_dataset, describer, mean_colour):
    folder = make_dataset({}, "path,labels\n")
    (folder / "images/bad.png").write_bytes(b"no picture")
    with pytest.raises(ImageError, match="None of the 1 images can be decoded"):
        describer.describe(read_labelled_folder(str(folder)), [mean_colour], Silent())


def test_a_file_that_changes_meanwhile_is_left_out(reds_and_blues, describer, mean_colour):
    dataset = read_labelled_folder(str(reds_and_blues))
    (reds_and_blues / "images/g.png").write_bytes((reds_and_blues / "images/r1.png").read_bytes())
    described = describer.describe(dataset, [mean_colour], Silent())
    (failure,) = described.dataset.failures
    assert "changed" in failure.reason
    assert len(described.dataset.images) == 4


def test_where_nothing_can_be_kept_the_evaluation_goes_on_and_says_so_once(
    reds_and_blues, describer, mean_colour, monkeypatch
):
    monkeypatch.setattr(descriptors, "KEPT_TOGETHER", 2)
    describer.cache.folder.write_text("in the way")
    progress = Heard()
    described = describer.describe(read_labelled_folder(str(reds_and_blues)), [mean_colour], progress)
    assert len(described.descriptors["mean-colour"]) == 5
    assert len(progress.said) == 1
    assert "cannot be kept" in progress.said[0]


def test_queries_that_are_parts_or_no_images_of_the_gallery_are_described_too(make_dataset, describer, mean_colour):
    """Left half red, right half blue: the query is the right half. Another query is a picture outside the gallery."""
    folder = make_dataset({"other.png": "lime"}, "path,labels\n")
    both = np.zeros((6, 8, 3), np.uint8)
    both[:, :4, 0] = both[:, 4:, 2] = 200
    Image.fromarray(both).save(folder / "images" / "both.png")
    read = read_labelled_folder(folder)
    (half,) = (image for image in read.images if image.path.endswith("both.png"))
    (green,) = (image for image in read.images if image is not half)
    queries = (Query("whole", half), Query("right", half, Crop(4, 0, 4, 6)), Query("outside", green))
    described = describer.describe(replace(read, images=(half,), queries=queries), [mean_colour], Silent())
    expected = [[100, 0, 100], [0, 0, 200], [0, 255, 0]]
    assert described.of_queries("mean-colour", queries).tolist() == expected
    assert described.descriptors["mean-colour"].tolist() == expected[:1]
    assert sum(mean_colour.log) == 3
    describer.describe(replace(read, images=(half,), queries=queries), [mean_colour], Silent())
    assert sum(mean_colour.log) == 3


def test_a_query_that_cannot_be_described_is_left_out_and_listed(make_dataset, describer, mean_colour):
    read = read_labelled_folder(make_dataset({"a.png": "red"}, "path,labels\n"))
    (image,) = read.images
    queries = (Query("beyond", image, Crop(4, 0, 40, 6)), Query("whole", image))
    described = describer.describe(replace(read, queries=queries), [mean_colour], Silent())
    assert [query.name for query in described.dataset.queries] == ["whole"]
    assert ["reaches beyond" in failure.reason for failure in described.dataset.failures] == [True]
    with pytest.raises(ImageError, match="reaches beyond"):
        describer.describe(replace(read, queries=queries[:1]), [mean_colour], Silent())
