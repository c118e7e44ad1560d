"""TensorFlow, imported at the last moment and quietly, and its tensors as numpy arrays without a copy."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ENVIRONMENT = {
    # Errors only: its start-up notes would stand between a person and the answer.
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "KERAS_BACKEND": "tensorflow",
}


def import_tensorflow() -> Any:
    """The module `tensorflow`; the first call takes seconds. What the environment says already stays in force."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    # TensorFlow carries an SQLite without full-text search, which would be Python's own if it were loaded first
    import sqlite3  # noqa: F401

    import tensorflow as tf

    return tf


def view(tensor: Any) -> NDArray[np.float32]:
    """A CPU tensor's own memory, read-only; `tensor.numpy()` would copy it."""
    return np.asarray(memoryview(tensor))
