"""Fixtures for all tests."""

from tests.weights_fixture import mirror_wheel, test_cache, vgg16_weights

__all__ = ["mirror_wheel", "test_cache", "vgg16_weights"]

pytest_plugins = ["tests.elasticsearch_fixture"]
