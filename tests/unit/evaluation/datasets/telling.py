"""What a benchmark says, in names that a test can compare."""

import os

import numpy as np


def stem(path):
    return os.path.splitext(os.path.basename(path))[0]


def gallery(benchmark):
    """The names of the gallery's images, sorted."""
    return sorted(stem(image.path) for image in benchmark.dataset.images)


def labels(benchmark):
    """The labels of each image of the gallery."""
    return {stem(image.path): set(image.labels) for image in benchmark.dataset.images}


def missing(benchmark):
    return sorted(os.path.basename(path) for path in benchmark.dataset.missing)


def judged(benchmark, protocol=0):
    """By the query's name: names of what is relevant and of what is junk, sorted."""
    names = [stem(image.path) for image in benchmark.dataset.images]
    return {
        one.query.name: tuple(
            sorted(names[position] for position in np.flatnonzero(mask)) for mask in (one.relevant, one.junk)
        )
        for one in benchmark.protocols[protocol].judge(benchmark.dataset)
    }
