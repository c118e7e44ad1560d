"""What extractors need is loaded once, and anew when their identity changes."""

import pytest
from tests.unit.describing.doubles import Means, NoWeights, plain

from cbir.describing.base import LocalDescriber
from cbir.describing.extractions import MAX_LOADED, Extractions, fingerprint, named
from cbir.errors import ImageError, PluginError
from cbir.records import Identity


class Scaled(Means):
    """Multiplies by a weight, which is a part of the identity."""

    def identity(self, weights):
        return Identity(self.name, 1, 3, non_negative=True, weights=str(weights.scale))

    def open(self, _extractors, weights):
        weights.loaded += 1
        scale = weights.scale_at_loading()
        opened = Means(self.name)
        opened.prepare = lambda image: scale * image.mean(axis=(0, 1))
        return opened


class Weights:
    def __init__(self):
        self.scale, self.loaded, self.before_loading = 2, 0, []

    def scale_at_loading(self):
        """What another process does between the look at the identity and the loading happens here."""
        if self.before_loading:
            self.scale = self.before_loading.pop()
        return self.scale


def test_weights_are_loaded_once():
    weights = Weights()
    describer = LocalDescriber(weights)
    for _ in range(3):
        assert describer.describe(plain((1, 2, 3)), Scaled()).tolist() == [2, 4, 6]
    assert weights.loaded == 1


def test_weights_that_were_imported_anew_are_noticed():
    weights = Weights()
    describer = LocalDescriber(weights)
    describer.describe(plain((1, 2, 3)), Scaled())
    weights.scale = 5
    assert describer.describe(plain((1, 2, 3)), Scaled()).tolist() == [5, 10, 15]
    assert weights.loaded == 2


def test_weights_that_change_while_they_are_loaded_do_not_pass_for_the_old_ones():
    weights = Weights()
    weights.before_loading = [7]
    loaded = Extractions(weights).of(Scaled())
    assert loaded.fingerprint == fingerprint(Identity("means", 1, 3, non_negative=True, weights="7"))
    assert loaded.extraction.prepare(plain((1, 1, 1)))[0].tolist() == [7, 7, 7]
    assert weights.loaded == 2


def test_a_bounded_number_stays_loaded_those_used_last():
    extractions = Extractions(NoWeights())
    first, *others = [Means(f"means{number}") for number in range(MAX_LOADED + 1)]
    kept = extractions.of(first)
    second = extractions.of(others[0])
    assert extractions.of(first) is kept
    for one in others[1:]:
        extractions.of(one)
    assert extractions.of(first) is kept
    assert extractions.of(others[0]) is not second


@pytest.mark.parametrize(
    "other",
    [
        Identity("b", 1, 3, non_negative=True),
        Identity("a", 2, 3, non_negative=True),
        Identity("a", 1, 4, non_negative=True),
        Identity("a", 1, 3, non_negative=False),
        Identity("a", 1, 3, non_negative=True, parameters={"x": 1}),
        Identity("a", 1, 3, non_negative=True, weights="0"),
    ],
    ids=["name", "version", "dims", "sign", "parameters", "weights"],
)
def test_whatever_differs_in_an_identity_differs_in_its_fingerprint(other):
    assert fingerprint(other) != fingerprint(Identity("a", 1, 3, non_negative=True))


def test_the_order_of_parameters_does_not_count():
    one, two = ({"x": 1, "y": [2]}, {"y": [2], "x": 1})
    assert fingerprint(Identity("a", 1, 3, True, one)) == fingerprint(Identity("a", 1, 3, True, two))


def test_a_fault_of_foreign_code_names_the_extractor_and_our_errors_pass():
    with pytest.raises(PluginError, match="'theirs' failed") as caught, named("theirs"):
        {}["missing"]
    assert isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(ImageError), named("theirs"):
        raise ImageError("no picture")
