"""Read a labelled folder as the command line does."""

from cbir.evaluation.datasets import read_benchmark
from cbir.evaluation.datasets.base import ReadOptions
from cbir.progress import Silent


def read_labelled_folder(folder, *, progress=None, **options):
    return read_benchmark(str(folder), ReadOptions(**options), progress or Silent(), "labelled-folder").dataset
