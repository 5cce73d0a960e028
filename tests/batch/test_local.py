"""Workers as processes: they die, print nonsense, never start; and end with whoever began them."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from animecolor.batch.engine import Fault, Outcome
from animecolor.batch.local import Local
from animecolor.errors import AnimecolorError

WORKER = """
import json, os, signal, sys, time
print("a library says hello")
print(json.dumps([1, 2]))
for line in sys.stdin:
    task = line.strip()
    if task.endswith("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    if task.endswith("leave"):
        sys.exit(3)
    if task.endswith("sleep"):
        time.sleep(60)
    if task.endswith("bad"):
        print(json.dumps({"error": "no", "fault": "failed"}), flush=True)
        continue
    told = {"frames": 1, "seconds": 0.5, "threads": os.environ["OMP_NUM_THREADS"]}
    told |= {"gpu": os.environ.get("CUDA_VISIBLE_DEVICES"), "pid": os.getpid()}
    print(json.dumps(told), flush=True)
"""


def engine(folder: Path, slots: int = 1, devices: tuple[str, ...] = ()) -> Local:
    command = (sys.executable, "-c", WORKER)
    return Local(slots, 3, folder / "logs", devices, command)


def ended(engine: Local, count: int = 1) -> list[Outcome]:
    found: list[Outcome] = []
    limit = time.monotonic() + 30
    while len(found) < count and time.monotonic() < limit:
        found += engine.wait_any(0.2)
    return found


def do(engine: Local, task: str) -> Outcome:
    engine.submit(Path(task))
    (outcome,) = ended(engine)
    return outcome


def test_a_worker_lives_on_and_has_its_threads(tmp_path: Path) -> None:
    local = engine(tmp_path)
    first, second = do(local, "a"), do(local, "b")
    assert first.told is not None
    assert second.told is not None
    assert first.told["pid"] == second.told["pid"]
    assert (first.told["threads"], first.seconds, first.worker) == ("3", 0.5, "local-0")
    assert do(local, "bad").fault is Fault.FAILED
    local.close()
    with pytest.raises(ProcessLookupError):
        os.kill(first.told["pid"], 0)


def test_a_worker_that_dies_is_begun_anew(tmp_path: Path) -> None:
    local = engine(tmp_path)
    for how, said in (("die", "signal 9"), ("leave", "code 3")):
        assert do(local, "a").fault is None
        lost = do(local, how)
        assert (lost.fault, said in lost.error) == (Fault.LOST, True)
    assert do(local, "a").fault is None
    local.close()


def test_a_worker_that_is_killed_from_outside_loses_its_task_alone(tmp_path: Path) -> None:
    local = engine(tmp_path, slots=2)
    assert local.free == 2
    local.submit(Path("sleep"))
    local.submit(Path("a"))
    assert local.free == 0
    (done,) = ended(local)
    assert done.task == Path("a")
    victim = next(slot for slot in local._slots if slot.task is not None).process
    assert victim is not None
    victim.send_signal(signal.SIGKILL)
    (lost,) = ended(local)
    assert (lost.task, lost.fault) == (Path("sleep"), Fault.LOST)
    assert local.free == 2
    local.close()


def test_workers_that_cannot_start_end_the_run(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "import sys; print('no', file=sys.stderr); sys.exit(1)")
    local = Local(1, 1, tmp_path / "logs", (), command)
    local.submit(Path("a"))
    with pytest.raises(AnimecolorError, match=r"ends with code 1 at once; see .*worker-0.log"):
        ended(local)
    assert (tmp_path / "logs/worker-0.log").read_text() == "no\n"
    local.close()


def test_devices_are_dealt_out(tmp_path: Path) -> None:
    local = engine(tmp_path, slots=3, devices=("0", "1"))
    for task in ("a", "b", "c"):
        local.submit(Path(task))
    told = [outcome.told for outcome in ended(local, 3)]
    assert sorted(str(each["gpu"]) for each in told if each) == ["0", "0", "1"]
    local.close()
