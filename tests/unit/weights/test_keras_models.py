from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.unruly_site import Site

from cbir.download import checksums
from cbir.errors import UnknownNameError, WeightsError
from cbir.weights import keras_models
from cbir.weights.sources import HttpSource
from cbir.weights.store import UnknownContentError, WeightStore

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras with numpy 2

NAME = "keras:MobileNetV3Small"
Make = Callable[..., WeightStore]


@pytest.fixture(scope="module")
def model() -> object:
    import keras

    keras.utils.set_random_seed(5)
    return keras.applications.MobileNetV3Small(weights=None, include_top=False, pooling="avg")


@pytest.fixture(scope="module")
def file(model: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in the format of Keras' own downloads."""
    from keras.src.legacy.saving import legacy_h5_format

    path = tmp_path_factory.mktemp("keras") / "model.h5"
    with h5py.File(path, "w") as h5:
        legacy_h5_format.save_weights_to_hdf5_group(h5, model)
    return path


@pytest.fixture(scope="module")
def new_file(model: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as Keras 3 saves weights."""
    path = tmp_path_factory.mktemp("keras") / "model.weights.h5"
    model.save_weights(path)
    return path


@pytest.fixture
def published(site: Site, file: Path, monkeypatch: pytest.MonkeyPatch) -> HttpSource:
    """``file`` on a web server, declared by Keras as the model's."""
    source = HttpSource(site.url("/m.h5", file.read_bytes()), md5=checksums(file).md5)
    monkeypatch.setattr(keras_models, "declared_source", lambda _: source)
    return source


def test_every_model_of_keras_has_a_name() -> None:
    names = keras_models.model_names()
    assert {"EfficientNetV2B0", "VGG16", "ResNet50", "ConvNeXtTiny", "MobileNetV3Large", "NASNetMobile"} <= set(names)
    assert "preprocess_input" not in names


def test_a_name_that_keras_does_not_have_gets_the_nearest_one(store_of: Make) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'keras:ResNet50'"):
        store_of().fetch("keras:ResNet5")
    assert not store_of().folder.exists()


@pytest.mark.parametrize(
    ("name", "file_name", "known"),
    [
        (
            "EfficientNetV2B0",
            "efficientnet_v2/efficientnetv2-b0_notop.h5",
            {"md5": "893217f2bb855e2983157299931e43ff"},
        ),
        (
            "ConvNeXtTiny",
            "convnext/convnext_tiny_notop.h5",
            {"sha256": "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1"},
        ),
        ("MobileNet", "mobilenet/mobilenet_1_0_224_tf_no_top.h5", {}),
    ],
)
def test_address_and_checksum_are_those_that_keras_declares(name: str, file_name: str, known: dict[str, str]) -> None:
    from keras.src.utils import file_utils

    before = file_utils.get_file
    [source] = keras_models.KerasSet.called(f"keras:{name}").sources
    assert source == HttpSource(f"https://storage.googleapis.com/tensorflow/keras-applications/{file_name}", **known)
    assert file_utils.get_file is before


def test_fetched_weights_make_the_same_model(
    published: HttpSource, store_of: Make, model: object, said: list[str]
) -> None:
    import keras

    store = store_of()
    tensors = store.tensors(NAME)
    assert said == [f"Fetching MobileNetV3Small's weights, once, from {published.url}"]
    again = keras.applications.MobileNetV3Small(weights=None, include_top=False, pooling="avg")
    again.set_weights(list(tensors.values()))
    for ours, theirs in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    [row] = store.status()
    assert (row.name, row.original, row.source) == (NAME, True, published.url)


def test_a_local_file_is_imported_as_a_model_with_leave(store_of: Make, file: Path) -> None:
    store = store_of(offline=True)
    with pytest.raises(UnknownContentError, match=r"other weights than the published ones of keras:MobileNetV3Small"):
        store.import_file(file, NAME)
    [row] = store.import_file(file, NAME, allow_unknown=True)
    assert (row.name, row.available, row.original) == (NAME, True, False)
    assert row.licence
    assert store.verify(NAME) is None


def test_the_digest_depends_neither_on_the_format_nor_on_the_models_made_before(
    store_of: Make, file: Path, new_file: Path, tmp_path: Path
) -> None:
    """Keras counts layers without a name across the whole process."""
    first, second = (store_of(offline=True, folder=tmp_path / name) for name in ("first", "second"))
    first.import_file(file, NAME, allow_unknown=True)
    second.import_file(new_file, NAME, allow_unknown=True)
    assert first.digest(NAME) == second.digest(NAME)
    assert list(first.tensors(NAME)) == list(second.tensors(NAME))


def test_a_file_of_another_model_does_not_fit(store_of: Make, file: Path) -> None:
    with pytest.raises(WeightsError, match=r"does not fit MobileNetV3Large's weights"):
        store_of(offline=True).import_file(file, "keras:MobileNetV3Large", allow_unknown=True)


def test_a_file_that_lacks_a_layer_is_noticed(store_of: Make, new_file: Path, tmp_path: Path) -> None:
    """Keras itself only warns, and leaves the layer's random initial weights in the model."""
    path = tmp_path / "less.weights.h5"
    path.write_bytes(new_file.read_bytes())
    with h5py.File(path, "r+") as h5:
        del h5["layers/conv2d_3"]
    store = store_of(offline=True)
    with pytest.raises(WeightsError, match=r"does not fit MobileNetV3Small's weights"):
        store.import_file(path, NAME, allow_unknown=True)
    assert not store.available(NAME)


def test_a_file_that_is_not_keras_does_not_fit(store_of: Make, tmp_path: Path) -> None:
    (tmp_path / "w.weights.h5").write_bytes(b"not HDF5")
    with pytest.raises(WeightsError, match=r"does not fit MobileNetV3Small's weights"):
        store_of(offline=True).import_file(tmp_path / "w.weights.h5", NAME, allow_unknown=True)


def test_cached_weights_are_read_without_tensorflow(store_of: Make, file: Path) -> None:
    import subprocess
    import sys

    store = store_of(offline=True)
    store.import_file(file, NAME, allow_unknown=True)
    script = (
        "import sys; from pathlib import Path; from cbir.weights.store import WeightStore\n"
        f"store = WeightStore(Path({str(store.folder)!r}), offline=True, announce=print)\n"
        f"assert store.available({NAME!r}) and store.tensors({NAME!r}) and len(store.digest({NAME!r})) == 64\n"
        "assert store.status()\n"
        "print(sorted({'tensorflow', 'keras', 'onnx', 'h5py'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
