"""Runs: killed and resumed, shared by two processes, started from weights, refused when wrong."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from animecolor.cli import main
from animecolor.errors import AnimecolorError, UsageError
from animecolor.models.weights import read_header
from animecolor.training.checkpoint import Progress, restore
from animecolor.training.clock import Clock
from animecolor.training.descent import Average, descend
from animecolor.training.loop import Schedule
from animecolor.training.run import export, prepare, read_config
from animecolor.training.world import World

CONFIGS = Path(__file__).parents[2] / "configs" / "train"

CONFIG = """
folder = "{home}/run"

[recipe]
name = "tcvc"
width = 4
blocks = 1
judge = "lite0"
style = 1.0
content = 0.1
own = 1

[recipe.look]
crops = [32]
pixels = {pixels}
frames = 3

[data]
cache = "{home}/cache"
toon_clips = 2
toon_size = [64, 64]
toon_frames = 4

[data.weights]
toon = 1.0

[schedule]
steps = {steps}
log_every = 1
save_every = 2
sheet_every = 100
validate_every = 100
workers = 1
"""


def write_config(home: Path, steps: int = 8, pixels: int = 2 * 32 * 32) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    path = home / "tiny.toml"
    path.write_text(CONFIG.format(home=home, steps=steps, pixels=pixels))
    return path


def losses(folder: Path) -> list[dict[str, str]]:
    """The rows of a run's table, without what the clock says."""
    with (folder / "losses.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [{k: v for k, v in row.items() if k not in ("step_s", "wait")} for row in rows]


def train(config: Path, *options: str, torchrun: int = 0) -> subprocess.Popen[str]:
    launcher = [sys.executable, "-m"]
    if torchrun:
        launcher += ["torch.distributed.run", f"--nproc-per-node={torchrun}", "--standalone", "-m"]
    command = [*launcher, "animecolor", "train", str(config), "--device", "cpu", *options]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process: subprocess.Popen[str]) -> None:
    _, said = process.communicate(timeout=240)
    assert process.returncode == 0, said


def test_a_killed_run_resumes_to_the_same_losses(tmp_path: Path) -> None:
    whole = write_config(tmp_path / "whole", steps=12)
    finish(train(whole))
    killed = write_config(tmp_path / "killed", steps=12)
    folder = tmp_path / "killed" / "run"
    process = train(killed)
    step = random.Random(11).randint(3, 10)
    table = folder / "losses.csv"
    deadline = time.monotonic() + 120
    while not (table.is_file() and len(table.read_text().splitlines()) > step):
        assert time.monotonic() < deadline
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    state = torch.load(folder / "last.ckpt", weights_only=True)
    assert 2 <= state["step"] < 12
    finish(train(killed))
    assert losses(folder) == losses(tmp_path / "whole" / "run")
    states = [
        torch.load(tmp_path / name / "run" / "last.ckpt", weights_only=True)
        for name in ("whole", "killed")
    ]
    for net in states[0]["nets"]:
        for name, weight in states[0]["nets"][net].items():
            assert torch.equal(weight, states[1]["nets"][net][name]), (net, name)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_says_one_sentence(tmp_path: Path, sent: int, code: int) -> None:
    config = write_config(tmp_path, steps=100_000)
    process = train(config, "--log-level", "info")
    table = tmp_path / "run" / "losses.csv"
    deadline = time.monotonic() + 120
    while not (table.is_file() and len(table.read_text().splitlines()) > 2):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(sent)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert said.splitlines()[-1].endswith("nothing is half-written.")
    assert "Traceback" not in said


def test_two_processes_follow_the_curve_of_one_with_twice_the_batch(tmp_path: Path) -> None:
    one = write_config(tmp_path / "one", steps=6, pixels=4 * 32 * 32)
    two = write_config(tmp_path / "two", steps=6, pixels=2 * 32 * 32)
    alone, shared = train(one, "--precision", "fp32"), train(two, "--precision", "fp32", torchrun=2)
    finish(alone)
    finish(shared)
    curves = [losses(tmp_path / name / "run") for name in ("one", "two")]
    assert len(curves[0]) == len(curves[1]) == 6
    for row, other in zip(*curves, strict=True):
        for name in ("adversarial", "l1", "style", "content"):
            assert float(row[name]) == pytest.approx(float(other[name]), rel=2e-3), (row, name)
    lone = write_config(tmp_path / "lone", steps=6, pixels=2 * 32 * 32)
    finish(train(lone, "--precision", "fp32"))
    last = losses(tmp_path / "lone" / "run")[-1]
    assert float(last["l1"]) != pytest.approx(float(curves[0][-1]["l1"]), rel=2e-3)


def test_export_best_and_fine_tuning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_config(tmp_path, steps=2)
    target = tmp_path / "tiny.safetensors"
    assert main(["train", str(config), "--export", str(target)]) == 2
    assert "holds no checkpoint" in capsys.readouterr().err
    assert main(["train", str(config), "--device", "cpu"]) == 0
    assert main(["train", str(config), "--export", str(target)]) == 0
    assert main(["train", str(config), "--export", str(target)]) == 2
    header = read_header(target)
    assert (header.model, header.config) == ("tcvc", {"width": 4, "blocks": 1})
    assert header.training["steps"] == 2
    best = tmp_path / "run" / "best.safetensors"
    assert read_header(best).training["validation"] == pytest.approx(
        float((tmp_path / "run" / "validation.csv").read_text().splitlines()[1].split(",")[1]), 1e-4
    )
    assert (tmp_path / "run" / "events").is_dir()
    tuned = read_config(config, {"start": str(target), "folder": str(tmp_path / "tuned")})
    recipe = prepare(tuned, World(half=False))
    weights, _ = recipe.export()
    for name, weight in torch.load(tmp_path / "run" / "last.ckpt", weights_only=True)["nets"][
        "average"
    ].items():
        assert torch.equal(weights[name], weight.half().float())


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    config = write_config(tmp_path, steps=2)
    assert main(["train", str(config), "--device", "cpu", "-q"]) == 0
    wider = read_config(config, {"recipe.width": 8})
    with pytest.raises(AnimecolorError, match="not a checkpoint of this run"):
        export(wider, tmp_path / "x.safetensors")
    (tmp_path / "run" / "last.ckpt").write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(AnimecolorError, match="not a checkpoint of this run"):
        restore(tmp_path / "run", prepare(read_config(config), World()))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"recipe.name": "nobody"}, "not one of: anchor, "),
        ({"recipe.widht": 8}, "unknown key widht"),
        ({"schedule.steps": 0}, "schedule.steps = 0"),
        ({"schedule.save_every": 3, "schedule.log_every": 2}, "multiple of log_every"),
        ({"data.nothing": 1}, "\\[data\\]: unknown key nothing"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        read_config(write_config(tmp_path), changes)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_training_file_of_the_repository_can_be_read(path: Path) -> None:
    assert read_config(path).folder == Path("runs", path.stem)


def test_a_file_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(tmp_path / "none.toml")]) == 2
    assert "No such file" in capsys.readouterr().err


def test_rates_cool_down_to_a_tenth() -> None:
    schedule = Schedule(steps=100, cooldown=20)
    assert schedule.rate(1) == schedule.rate(80) == 1
    assert schedule.rate(90) == pytest.approx(10**-0.5)
    assert schedule.rate(100) == pytest.approx(0.1)
    assert Schedule(steps=10).rate(10) == 1


def test_a_gradient_is_clipped_and_an_endless_one_refused() -> None:
    weight = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    sgd = torch.optim.SGD([weight], lr=1.0)
    norm = descend((weight**2).sum() / 2, sgd, World(), clip=1.0)
    assert norm == pytest.approx(5.0)
    torch.testing.assert_close(weight.data, torch.tensor([2.4, 3.2]))
    with pytest.raises(AnimecolorError, match="diverged"):
        descend((weight * float("nan")).sum(), sgd, World(), clip=1.0)


def test_the_average_follows() -> None:
    net = torch.nn.Linear(1, 1, bias=False)
    net.weight.data.fill_(0.0)
    average = Average(net, 0.75)
    net.weight.data.fill_(4.0)
    for wanted in (1.0, 1.75):
        average.follow(net)
        assert average.net.weight.item() == pytest.approx(wanted)


def test_the_clock_tells_waiting_from_working() -> None:
    clock = Clock(10, 5.0)

    def slow() -> object:
        for item in range(2):
            time.sleep(0.05)
            yield item

    for _ in clock.waiting(slow()):
        time.sleep(0.05)
    lap = clock.lap(12)
    assert 0.3 < lap["wait"] < 0.7
    assert lap["step_s"] >= 0.1
    assert clock.total_s > 5.2
    assert Progress().step == 0
