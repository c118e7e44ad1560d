import os
import subprocess
import sys

import numpy as np

from cbir.tensorflow_runtime import import_tensorflow, view


def test_what_the_environment_says_stays_in_force(monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    import_tensorflow()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
    assert os.environ["KERAS_BACKEND"] == "tensorflow"


def test_a_view_is_the_tensors_own_memory_and_cannot_be_written():
    tensor = import_tensorflow().constant([[1.5, 2.5]])
    one, other = view(tensor), view(tensor)
    assert one.tolist() == [[1.5, 2.5]]
    assert np.shares_memory(one, other)
    assert not one.flags.writeable


def test_a_view_keeps_the_memory_when_the_tensor_is_gone():
    tf = import_tensorflow()
    views = [view(tf.constant(np.full((64, 1024), number, np.float32)) + 0) for number in range(20)]
    assert [float(each.min()) for each in views] == list(range(20))


def test_full_text_search_works_in_a_process_that_loaded_tensorflow_first():
    """TensorFlow's libraries export an SQLite of their own, without FTS5."""
    program = (
        "from cbir.tensorflow_runtime import import_tensorflow\n"
        "import_tensorflow()\n"
        "import sqlite3\n"
        "sqlite3.connect(':memory:').execute('CREATE VIRTUAL TABLE words USING fts5(word)')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
