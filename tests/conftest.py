"""Fixtures for all tests."""

import sqlite3  # noqa: F401 -- before any test imports Keras itself: see cbir.tensorflow_runtime

from tests.weights_fixture import mirror_wheel, test_cache, vgg16_weights

__all__ = ["mirror_wheel", "test_cache", "vgg16_weights"]

pytest_plugins = ["tests.elasticsearch_fixture"]
