"""Fixtures for all tests."""

import signal
import sqlite3  # noqa: F401 -- before any test imports Keras itself: see cbir.tensorflow_runtime

from tests.weights_fixture import mirror_wheel, test_cache, vgg16_weights

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell starts what runs in its background so, and programs that tests interrupt would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

__all__ = ["mirror_wheel", "test_cache", "vgg16_weights"]

pytest_plugins = ["tests.elasticsearch_fixture"]
