"""`python -m tests.serving.trial PARTS`: a supervisor over small programs.

PARTS is a JSON list of objects: name, code (of Python), vital, patience_s. In the code `ready()` tells the supervisor
that the program answers, and `end(action)` is what SIGTERM leads to.
"""

import json
import os
import sys
from contextlib import closing

from cbir import logs
from cbir.errors import CbirError
from cbir.serving.children import Part
from cbir.serving.lifeline import Lifeline
from cbir.serving.supervisor import Supervisor

PRELUDE = """
import os, signal, subprocess, sys, time
from cbir.serving.lifeline import watch
watch({lifeline}, patience_s=2)
def say(text): print(text, os.getpid(), flush=True)
def ready(): os.write({tell}, b"1")
def on_term(action): signal.signal(signal.SIGTERM, lambda *_: action())
def wait():
    while True: time.sleep(60)
"""


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(parts):
    logs.write_to(sys.stderr)
    reading, tell = os.pipe()
    with closing(Lifeline()) as lifeline:
        prelude = PRELUDE.format(lifeline=lifeline.descriptor, tell=tell)
        made = [
            Part(
                name=part.pop("name"),
                command=(sys.executable, "-c", prelude + part.pop("code")),
                environment=os.environ,
                descriptors=(lifeline.descriptor, tell),
                **part,
            )
            for part in parts
        ]
        try:
            Supervisor(made, reading).run(lambda: say("answers"), lambda: say("stops"))
        except CbirError as error:
            say(f"error {error}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
