"""The compiled loops are loaded on first use, which in a server may be in several threads at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

TWO_THREADS = """
import sys, threading

half_way, other_began = threading.Event(), threading.Event()


class Watch:
    # Stops the thread that loads numba half-way, until the other one had time to run into it.
    def find_spec(self, name, path=None, target=None):
        if name == "numba.core.decorators":
            half_way.set()
            other_began.wait()
            threading.Event().wait(0.2)


def load(module):
    try:
        __import__(module)
    except BaseException as error:
        failed.append(f"{module}: {error!r}")


failed = []
sys.meta_path.insert(0, Watch())
first = threading.Thread(target=load, args=["numba"])
first.start()
half_way.wait()
second = threading.Thread(target=load, args=[sys.argv[1]])
second.start()
other_began.set()
first.join()
second.join()
sys.exit("; ".join(failed) or 0)
"""


LOOPS = ("metrics.kernels", "metrics.tiles", "metrics.prefetching", "extractors.channel_kernels")


@pytest.mark.parametrize("module", LOOPS)
def test_loops_can_be_loaded_while_another_thread_loads_numba(module: str) -> None:
    """Two first searches of a server at once: neither meets a half-loaded numba."""
    ended = subprocess.run(
        [sys.executable, "-c", TWO_THREADS, f"cbir.{module}"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
