"""Kinds of jobs that misbehave or take their time, as another package could bring them."""

import os
import signal
import time

from cbir.errors import ConflictError
from cbir.ingest import indexing
from cbir.ingest.walk import Failure
from cbir.jobs import child
from cbir.jobs.filling import Index


class Kind:
    def check(self, arguments):
        return dict(arguments)


def note(path, text):
    with open(path, "a") as file:
        file.write(text + "\n")


class Steps(Kind):
    """`steps` of `seconds` each, noted in the file `log`."""

    def run(self, work):
        asked = work.arguments
        note(asked["log"], f"begin {asked['name']}")
        try:
            work.progress.start("Stepping", asked["steps"])
            for _ in range(asked["steps"]):
                time.sleep(asked["seconds"])
                work.progress.advance()
            return {"steps": asked["steps"]}
        finally:
            note(asked["log"], f"end {asked['name']}")


class Meet(Kind):
    """Ends when another job has made the file `other`; makes the file `mine` itself."""

    def run(self, work):
        note(work.arguments["mine"], "here")
        work.progress.start("Waiting", None)
        while not os.path.exists(work.arguments["other"]):
            time.sleep(0.02)
            work.progress.advance()
        return {}


class Gate(Kind):
    """One step that nothing interrupts, until the file `gate` is there."""

    def run(self, work):
        child.ALONE_S = work.arguments["alone_s"]
        work.progress.start("Waiting", 1)
        note(work.arguments["log"], "begin")
        for _ in range(3000):
            if os.path.exists(work.arguments["gate"]):
                break
            time.sleep(0.02)
        note(work.arguments["log"], "end")
        work.progress.advance()
        return {}


class OftenCommitted(Index):
    """`index` that takes its time and commits every few images, so that a kill falls between two commits."""

    def run(self, work):
        read = indexing.read_image_file

        def read_slowly(*arguments):
            time.sleep(0.05)
            return read(*arguments)

        indexing.COMMIT_IMAGES = 4
        indexing.read_image_file = read_slowly
        return super().run(work)


class Refuse(Kind):
    def run(self, work):
        work.progress.fail(Failure("a.jpg", "It is odd.", "Look."))
        raise ConflictError(f"It cannot be, {work.library.settings.data_dir}/collections says.", remedy="Do else.")


class Bug(Kind):
    def run(self, work):
        raise ZeroDivisionError


class Exit(Kind):
    def run(self, work):
        os._exit(3)


class Segfault(Kind):
    def run(self, work):
        os.kill(os.getpid(), signal.SIGSEGV)
        time.sleep(60)


class NoFile(Kind):
    def run(self, work):
        with open(work.library.settings.data_dir / "nothing"):
            pass


KINDS = {
    "steps": Steps,
    "meet": Meet,
    "gate": Gate,
    "often-committed": OftenCommitted,
    "refuse": Refuse,
    "bug": Bug,
    "exit": Exit,
    "segfault": Segfault,
    "no-file": NoFile,
}
