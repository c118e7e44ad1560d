"""A supervisor over small programs, all of them real processes."""

import json
import os
import re
import signal
import sys
import time

import pytest

from cbir.serving import children
from cbir.serving.children import Child, Part
from tests.serving.processes import Program, alive, gone, until

WAITS = "say('{name} runs'); on_term(lambda: (say('{name} ends'), sys.exit())); wait()"
WEB = {"name": "web", "code": f"{WAITS.format(name='web').replace('wait()', 'ready(); wait()')}", "vital": True}
HELPER = {"name": "helper", "code": WAITS.format(name="helper")}


@pytest.fixture
def supervise():
    """Starts a supervisor over some parts."""
    started = []

    def start(*parts, before=()):
        started.append(Program([*before, sys.executable, "-m", "tests.serving.trial", json.dumps(parts)]))
        return started[-1]

    yield start
    for program in started:
        program.close()


def pid_in(line):
    return int(line.rsplit(" ", 1)[1])


def test_parts_start_in_order_and_end_in_the_opposite_one(supervise):
    program = supervise(HELPER, WEB)
    program.line("answers")
    program.line("helper runs")
    pids = program.descendants()
    program.signal(signal.SIGTERM)
    assert program.wait() == 0
    said = [line for line in program.lines if re.match(r"answers|stops|\w+ ends", line)]
    assert [line.split()[0] for line in said] == ["answers", "stops", "web", "helper"]
    logged = [json.loads(line)["message"].split()[0] for line in program.lines if " started (process" in line]
    assert logged == ["helper", "web"]
    gone(pids)


def test_a_part_that_is_killed_is_started_again_with_what_it_started_gone(supervise):
    code = "child = subprocess.Popen(['sleep', '600']); print('sleeper', child.pid, flush=True);" + HELPER["code"]
    program = supervise(HELPER | {"code": code}, WEB)
    sleeper, first = (pid_in(program.line(start)) for start in ("sleeper", "helper runs"))
    program.line("answers")
    seen = len(program.lines)
    os.kill(first, signal.SIGKILL)
    second = pid_in(program.line("helper runs", after=seen))
    assert second != first
    assert f"helper (process {first}) was killed by SIGKILL; it is started again in 0.5 s" in program.text
    gone([first, sleeper])
    assert alive(second)


def test_a_web_server_that_does_not_start_ends_everything(supervise):
    program = supervise(HELPER, {"name": "web", "code": "sys.exit(7)", "vital": True})
    assert program.wait() == 1
    assert "error The web does not run: it ended with status 7. Its lines above say why." in program.text
    assert program.text.count("web started") == 1


def test_a_web_server_that_answered_once_gets_more_attempts(supervise):
    program = supervise({"name": "web", "code": "ready(); time.sleep(0.3); sys.exit(7)", "vital": True})
    program.line("answers")
    until(lambda: program.text.count("web started") == 2, lambda: program.text)


def test_a_part_that_runs_once_is_not_started_again(supervise):
    program = supervise({"name": "early", "code": "say('early done')", "once": True}, WEB)
    program.line("early done")
    program.line("answers")
    until(lambda: "ended with status 0" in program.text, lambda: program.text)
    time.sleep(1.5)
    assert program.text.count("early started") == 1
    program.signal(signal.SIGTERM)
    assert program.wait() == 0


def test_a_part_that_does_not_end_is_killed(supervise):
    stubborn = {"name": "helper", "code": "on_term(lambda: say('no')); say('runs'); wait()", "patience_s": 0.5}
    program = supervise(stubborn, WEB)
    pid = pid_in(program.line("runs"))
    program.line("answers")
    program.signal(signal.SIGINT)
    assert program.wait() == 0
    assert f"helper (process {pid}) does not end; it is killed" in program.text
    gone([pid])


def test_a_second_interrupt_does_not_wait(supervise):
    stubborn = {
        "name": "web",
        "code": "on_term(lambda: say('no')); ready(); wait()",
        "patience_s": 600,
        "vital": True,
    }
    program = supervise(stubborn)
    program.line("answers")
    program.signal(signal.SIGINT)
    program.line("no")
    pids = program.descendants()
    program.signal(signal.SIGINT)
    assert program.wait(10) == 0
    gone(pids)


def test_it_outlives_its_terminal_where_nohup_says_so(supervise):
    program = supervise(WEB, before=("sh", "-c", "trap '' HUP; exec \"$@\"", "sh"))
    program.line("answers")
    program.signal(signal.SIGHUP)
    time.sleep(0.5)
    assert alive(program.pid)
    assert "stops" not in program.text
    program.signal(signal.SIGTERM)
    assert program.wait() == 0


def test_children_and_theirs_end_with_a_supervisor_that_is_killed(supervise):
    code = "subprocess.Popen(['sleep', '600']); say('helper runs'); wait()"
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN); say('deaf runs'); wait()"
    program = supervise(HELPER | {"code": code}, {"name": "deaf", "code": deaf}, WEB)
    for line in ("answers", "helper runs", "deaf runs"):
        program.line(line)
    pids = program.descendants()
    assert len(pids) == 4
    program.signal(signal.SIGKILL)
    program.wait()
    gone(pids, limit_s=20)


def test_each_start_in_a_row_waits_twice_as_long_up_to_a_limit(monkeypatch):
    child = Child(Part("part", (sys.executable, "-c", "raise SystemExit(3)"), {}))
    delays = []
    for _ in range(8):
        child.start()
        until(child.ended, "it does not end")
        delays.append(child.put_off())
    assert delays == [0.5, 1, 2, 4, 8, 16, 30, 30]
    monkeypatch.setattr(children, "STEADY_S", 0)
    child.start()
    until(child.ended, "it does not end")
    assert child.put_off() == 0.5
