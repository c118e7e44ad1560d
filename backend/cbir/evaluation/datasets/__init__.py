"""Where datasets come from: one module a form in which they are kept."""

from __future__ import annotations

import os

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.evaluation.datasets.base import Benchmark, DatasetFormat, ReadOptions
from cbir.evaluation.datasets.buildings import oxford5k, oxford105k, paris6k
from cbir.evaluation.datasets.class_folders import ClassFolders
from cbir.evaluation.datasets.corel1k import Corel1k
from cbir.evaluation.datasets.holidays import Holidays
from cbir.evaluation.datasets.labelled_folder import LabelledFolder
from cbir.evaluation.datasets.mirflickr25k import Mirflickr25k
from cbir.evaluation.datasets.revisited import Revisited
from cbir.evaluation.datasets.ukbench import UKBench
from cbir.ingest.labels import LABEL_COLUMN
from cbir.progress import Progress
from cbir.records import shown_path
from cbir.registry import Registry

FORMATS: Registry[DatasetFormat] = Registry("dataset format", group="cbir.dataset_formats")
FORMATS.register("labelled-folder", LabelledFolder)
FORMATS.register("class-folders", ClassFolders)
FORMATS.register("corel1k", Corel1k)
FORMATS.register("mirflickr25k", Mirflickr25k)
FORMATS.register("oxford5k", oxford5k)
FORMATS.register("oxford105k", oxford105k)
FORMATS.register("paris6k", paris6k)
FORMATS.register("revisited", Revisited)
FORMATS.register("holidays", Holidays)
FORMATS.register("ukbench", UKBench)

GENERAL = frozenset({"class-folders"})
"""Forms that a folder has only where it has no other one."""
WITHOUT_TABLE = frozenset(
    {
        "class-folders",
        "corel1k",
        "mirflickr25k",
        "oxford5k",
        "oxford105k",
        "paris6k",
        "revisited",
        "holidays",
        "ukbench",
    }
)
"""Forms that have no rows to filter and no columns to choose from."""


def read_benchmark(
    folder: str, options: ReadOptions, progress: Progress, format_name: str | None = None
) -> Benchmark:
    """Read a dataset of the named form, or of the one that the folder looks like.

    Raises:
        UnknownNameError: no form has this name.
        NotFoundError, InvalidRequestError: as `DatasetFormat.read`; or the folder fits no form, or several, or its
            form has no table and the options choose of one.
    """
    folder = os.path.abspath(folder)
    if not os.path.isdir(folder):
        raise NotFoundError(f"There is no folder {shown_path(folder)}.", remedy="Check the path.")
    form = FORMATS.get(format_name) if format_name else recognised(folder)
    if form.name in WITHOUT_TABLE and (options.where or options.label_column != LABEL_COLUMN):
        raise InvalidRequestError(
            f"A dataset of the form {form.name} has no table of which to choose rows or a column.",
            remedy="Leave --where and --label-column out, or put labels.csv beside its pictures.",
        )
    return form.read(folder, options, progress)


def recognised(folder: str) -> DatasetFormat:
    """The one form that a folder looks like.

    Raises:
        NotFoundError: it looks like none.
        InvalidRequestError: it looks like several.
    """
    fitting = [name for name in FORMATS.names() if FORMATS.get(name).recognises(folder)]
    if not fitting:
        raise NotFoundError(
            f"{shown_path(folder)} is no dataset: it has no labels.csv and looks like no other known form.",
            remedy="Put labels.csv beside images/, with the columns path,labels; or name the form: --format "
            f"{'|'.join(FORMATS.names())}.",
        )
    fitting = [name for name in fitting if name not in GENERAL] or fitting
    if len(fitting) > 1:
        raise InvalidRequestError(
            f"{shown_path(folder)} looks like several forms of datasets: {', '.join(fitting)}.",
            remedy=f"Name one: --format {fitting[0]}.",
        )
    return FORMATS.get(fitting[0])
