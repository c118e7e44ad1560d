"""A library uses the running describer of its data folder, and the command line does without where there is none."""

from dataclasses import replace

import numpy as np
import pytest
from tests.pictures import save
from tests.unit.describing.conftest import serving
from tests.unit.describing.doubles import Means, NoWeights, Weightless, plain

from cbir.collection import Library
from cbir.describing import connections
from cbir.describing.base import LocalDescriber
from cbir.describing.client import RemoteDescriber, SharedDescriber
from cbir.errors import IdentityMismatchError, UnavailableError, UnknownNameError, WeightsError
from cbir.extractors import EXTRACTORS
from cbir.searching.examples import example_from_file
from cbir.searching.search import Search, find
from cbir.searching.steps import Steps


@pytest.fixture
def make(settings):
    """A describer that shares, for the command line (`locally`) or a web worker."""
    made = []

    def make(*, locally):
        made.append(RemoteDescriber(settings, NoWeights()))
        return SharedDescriber(made[-1], LocalDescriber(NoWeights()), locally=locally)

    yield make
    for one in made:
        one.connections.close()


def test_where_a_describer_runs_it_does_the_work(make, server, registered):
    here = Means()
    assert make(locally=True).describe(plain((1, 2, 3)), here).tolist() == [1, 2, 3]
    assert (here.passes, registered["means"].passes) == ([], [1])


def test_the_command_line_does_without_where_none_runs_or_it_is_lost(make, settings, registered):
    here, there, describer = Means(), registered["means"], make(locally=True)
    assert describer.describe(plain((1, 2, 3)), here).tolist() == [1, 2, 3]
    assert (here.passes, there.passes) == ([1], [])
    with serving(settings):
        assert describer.describe(plain((4, 5, 6)), here).tolist() == [4, 5, 6]
    assert (here.passes, there.passes) == ([1], [1])
    assert describer.describe(plain((7, 8, 9)), here).tolist() == [7, 8, 9]
    assert (here.passes, there.passes) == ([1, 1], [1])


def test_a_web_worker_never_loads_what_the_describer_should(make, settings, registered):
    here, describer = Means(), make(locally=False)
    with pytest.raises(UnavailableError) as caught:
        describer.describe(plain((1, 2, 3)), here)
    assert caught.value.remedy
    with serving(settings):
        assert describer.describe(plain((1, 2, 3)), here).tolist() == [1, 2, 3]
    with pytest.raises(UnavailableError):
        describer.describe(plain((1, 2, 3)), here)
    assert here.passes == []


@pytest.mark.parametrize(
    ("extractor", "error"), [(Means(version=2), IdentityMismatchError), (Means("nowhere"), UnknownNameError)]
)
def test_what_a_describer_of_another_version_cannot_do_the_command_line_does_itself(make, server, extractor, error):
    assert make(locally=True).describe(plain((1, 2, 3)), extractor).tolist() == [1, 2, 3]
    with pytest.raises(error):
        make(locally=False).describe(plain((1, 2, 3)), extractor)


def test_an_error_of_the_extractor_is_no_reason_to_try_again_here(make, server):
    with pytest.raises(WeightsError):
        make(locally=True).describe(plain((1, 2, 3)), Weightless("weightless"))


def test_extractors_without_weights_are_never_sent(make, settings, monkeypatch):
    def refuse(*_):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(connections.Connections, "_open", refuse)
    image = np.asarray(plain((200, 30, 30)))
    vector = make(locally=False).describe(image, EXTRACTORS.get("hist-basic"))
    # one colour: all pixels of each of the five regions fall into one bin, which counts a fifth
    assert sorted(vector[vector > 0].tolist()) == pytest.approx([0.2] * 5)


def search_by_file(collection, path):
    steps = Steps()
    return find(collection, Search(positives=(example_from_file(str(path), steps),)), steps)


def test_a_library_searches_through_the_describer(settings, registered, tmp_path):
    far = replace(settings, data_dir=settings.data_dir)
    path = save(tmp_path / "picture.png")
    library = Library(far, describe_locally=False)
    library.create("photos", ["means"])
    with library.open("photos") as collection:
        with pytest.raises(UnavailableError):
            search_by_file(collection, path)
        with serving(far):
            assert search_by_file(collection, path).hits == ()
    assert registered["means"].passes == [1]


def test_a_library_that_describes_nothing_opens_no_socket(settings, registered, monkeypatch):
    def refuse(*_):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(connections.Connections, "_open", refuse)
    library = Library(settings)
    library.create("photos", ["means"])
    with library.open("photos") as collection:
        assert collection.stored.count() == 0
