"""Programs that tests start: what they say line by line, and whether processes live."""

import os
import signal
import subprocess
import time

import psutil

LIMIT_S = 45


class Program:
    """A program whose lines, of stdout and stderr together, are read as they come."""

    def __init__(self, command, **arguments):
        self.lines = []
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1, **arguments
        )
        os.set_blocking(self._process.stdout.fileno(), False)
        self._rest = ""

    @property
    def pid(self):
        return self._process.pid

    @property
    def text(self):
        self._read()
        return "\n".join(self.lines)

    def line(self, start, after=0):
        """The first line that begins so, not among the first `after` ones; waits for it."""
        until(lambda: self._find(start, after) is not None, lambda: f"no line '{start}…' in:\n{self.text}")
        return self._find(start, after)

    def descendants(self):
        return [one.pid for one in psutil.Process(self.pid).children(recursive=True)]

    def signal(self, which):
        self._process.send_signal(which)

    def wait(self, limit_s=LIMIT_S):
        code = self._process.wait(limit_s)
        self._read()
        return code

    def close(self):
        """End it in any case, with all that it started; nothing of a test stays."""
        if self._process.poll() is None:
            left = self.descendants()
            self._process.kill()
            self._process.wait()
            for pid in left:
                if alive(pid):
                    os.kill(pid, signal.SIGKILL)
        self._process.stdout.close()

    def _find(self, start, after):
        self._read()
        return next((line for line in self.lines[after:] if line.startswith(start)), None)

    def _read(self):
        if self._process.stdout.closed:
            return
        try:
            while data := os.read(self._process.stdout.fileno(), 65536):
                *lines, self._rest = (self._rest + data.decode()).split("\n")
                self.lines += lines
        except BlockingIOError:
            return


def until(true, complaint, limit_s=LIMIT_S):
    """Wait until something is true."""
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline, complaint() if callable(complaint) else complaint
        time.sleep(0.02)


def alive(pid):
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def gone(pids, limit_s=LIMIT_S):
    until(lambda: not any(map(alive, pids)), lambda: f"still alive: {[one for one in pids if alive(one)]}", limit_s)
