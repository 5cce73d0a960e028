"""Where the time and the memory of a run go, on this machine.

    python scripts/bench_pipeline.py                 # everything: a table in Markdown
    python scripts/bench_pipeline.py --only network  # the network's cost against stock fp32

Stages are timed one after the other in one thread, each by the time inside its own ``next``; the
end-to-end rate is the real pipeline with its reader thread. Memory is the peak of a whole
``animecolor run`` in a process of its own, for 10 s and 120 s of the same clip.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import click
import cv2
import numpy as np
import torch
from torch import nn

from animecolor.config import Limits, Lines, LineSource, Network, Output, Precision, Range, Render
from animecolor.frame import Frame, Plane, Shot, from_array, to_array
from animecolor.models.device import has_bf16, pick_device, pick_dtype
from animecolor.models.registry import load_model
from animecolor.models.tcvc.net import Generator
from animecolor.pipeline import colorize_video
from animecolor.stages.colorize import colorize
from animecolor.stages.finish import finish
from animecolor.stages.lines import draw_lines
from animecolor.stages.shots import mark_shots
from animecolor.stages.unique import mark_held
from animecolor.video.decode import decode
from animecolor.video.encode import encode
from animecolor.video.probe import probe

SAMPLE = Path(__file__).parent.parent / "samples" / "picnic.mp4"
STAGES = ("decode", "shots", "lines", "holds", "network", "finish", "encode")
SIZES = {"360p": (360, 640), "720p": (720, 1280), "1080p": (1080, 1920)}


@dataclass
class Clock:
    """Time spent in a stage: in its own ``next`` less what it waited for the stage before."""

    name: str
    spent_s: float = 0.0
    inner_s: float = 0.0

    def around(self, frames: Iterator[Frame], before: Clock | None) -> Iterator[Frame]:
        """Pass frames through, counting."""
        frames = iter(frames)
        while True:
            inner = before.spent_s if before else 0.0
            began = time.perf_counter()
            frame = next(frames, None)
            self.spent_s += time.perf_counter() - began
            self.inner_s += before.spent_s - inner if before else 0.0
            if frame is None:
                return
            yield frame

    @property
    def own_s(self) -> float:
        """Seconds that are this stage's own."""
        return self.spent_s - self.inner_s


def make_clip(path: Path, size: tuple[int, int], frames: int) -> None:
    """Write ``frames`` frames of the sample at ``size``, over and over, at 24 fps."""
    source = probe(SAMPLE, Limits())
    pictures = [to_array(f.image) for f in decode(source, Range(frames=min(frames, 120)), Limits())]

    def grown() -> Iterator[Frame]:
        base = Fraction(1, 24)
        for index in range(frames):
            picture = cv2.resize(pictures[index % len(pictures)], size[::-1])
            yield Frame(from_array(picture), index, base, index, duration=1)

    like = replace(source, width=size[1], height=size[0], time_base=Fraction(1, 24))
    encode(grown(), path, Output(audio=False, subtitles=False), like)


def stage_shares(clip: Path, short: int) -> dict[str, float]:
    """Milliseconds a frame of each stage, one thread of stages, line-art mode."""
    source, clocks = probe(clip, Limits()), {}
    last: Clock | None = None

    def timed(name: str, frames: Iterator[Frame]) -> Iterator[Frame]:
        nonlocal last
        clock = clocks[name] = Clock(name)
        before, last = last, clock
        return clock.around(frames, before)

    network = load_model("tcvc", Plane.LINE)
    frames = timed("decode", decode(source, Range(), Limits()))
    frames = timed("shots", mark_shots(frames, Render().shots))
    frames = timed("lines", draw_lines(frames, Lines(source=LineSource.CANNY), short))
    frames = timed("holds", mark_held(frames))
    frames = timed("network", colorize(frames, network))
    frames = timed("finish", finish(frames))
    began = time.perf_counter()
    count = encode(frames, clip.with_suffix(".out.mp4"), Output(), source)
    whole = time.perf_counter() - began
    shares = {name: 1000 * clock.own_s / count for name, clock in clocks.items()}
    shares["encode"] = 1000 * whole / count - sum(shares.values())
    return shares


def end_to_end(clip: Path, short: int) -> float:
    """Frames a second of the real pipeline."""
    render = Render(network=Network(size=short), lines=Lines(source=LineSource.CANNY))
    colorizer = load_model("tcvc", Plane.LINE)
    began = time.perf_counter()
    count = colorize_video(clip, clip.with_suffix(".out.mp4"), colorizer, render)
    return count / (time.perf_counter() - began)


def peak_mib(clip: Path) -> float:
    """Peak resident memory of ``animecolor run`` on a clip, in MiB; a small network input."""
    command = [sys.executable, "-m", "animecolor", "run", str(clip), "-y", "--size", "64"]
    command += ["-o", str(clip.with_suffix(".out.mp4")), "--lines", "canny", "--progress", "none"]
    child = subprocess.Popen(command)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return usage.ru_maxrss / (1 if sys.platform == "linux" else 1024) / 1024


def stock() -> nn.Module:
    """The published generator as anyone would write it: fp32, contiguous, PyTorch's own norm."""
    net = Generator()

    def swap(module: nn.Module) -> None:
        for name, child in module.named_children():
            if type(child).__name__ == "InstanceNorm":
                setattr(module, name, nn.InstanceNorm2d(1))
            else:
                swap(child)

    swap(net)
    return net.eval()


def pairs(first: Callable[[], object], second: Callable[[], object], rounds: int) -> list[float]:
    """Ratios of two calls timed in turn, so that both see the same machine."""
    ratios = []
    for call in (first, second):
        call()
    for _ in range(rounds):
        times = []
        for call in (first, second):
            began = time.perf_counter()
            call()
            times.append(time.perf_counter() - began)
        ratios.append(times[0] / times[1])
    return ratios


def network_cost(size: tuple[int, int] = (256, 256), rounds: int = 7) -> None:
    """Print the cost of our network step as a ratio to stock fp32, same process, same size."""
    device = pick_device("auto")
    plane, black = torch.rand(1, 1, *size, device=device), torch.zeros(1, 3, *size, device=device)
    net = stock().to(device)
    image = from_array(np.zeros((*size, 3), np.uint8))
    frame = Frame(image, 0, Fraction(1, 24), 0, plane=plane[0].cpu())
    ours = load_model("tcvc", Plane.LINE, precision=Precision.AUTO)
    memory = ours.begin(Shot())

    def run_stock() -> None:
        with torch.inference_mode():
            net(plane, black).cpu()  # waits for a GPU

    def run_ours() -> None:
        with torch.inference_mode():
            ours([frame], memory)

    ratios = pairs(run_stock, run_ours, rounds)
    began = time.perf_counter()
    run_ours()
    ours_ms = 1000 * (time.perf_counter() - began)
    dtype = pick_dtype(Precision.AUTO, device)
    print(
        f"network at {size[1]}x{size[0]} on {device}, {dtype}: {ours_ms:.0f} ms a frame; "
        f"stock fp32 takes {statistics.median(ratios):.1f} times as long "
        f"(lowest {min(ratios):.1f}, highest {max(ratios):.1f}, {rounds} pairs)"
    )


def machine() -> str:
    """What this was measured on."""
    text = Path("/proc/cpuinfo")
    flags = text.read_text("ascii", "replace") if text.is_file() else ""
    extras = [name for name in ("amx_bf16", "avx512_bf16", "avx512f", "avx2") if name in flags]
    cores = os.cpu_count()
    return (
        f"{platform.machine()}, {cores} cores, {torch.get_num_threads()} threads, "
        f"{' '.join(extras) or 'no vector extensions listed'}, bf16 in hardware: {has_bf16()}, "
        f"torch {torch.__version__}"
    )


@click.command()
@click.option("--only", type=click.Choice(["network", "stages", "memory"]))
@click.option("--frames", default=48, help="Frames of the stage clips.")
@click.option("--size", "short", default=256, help="Short side of the network's picture.")
def main(only: str | None, frames: int, short: int) -> None:
    """Print where time and memory go."""
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        # First: a child's peak counts what its parent held when it was forked.
        if only in (None, "memory"):
            memory(Path(folder))
        if only in (None, "network"):
            network_cost()
        if only in (None, "stages"):
            stages(Path(folder), frames, short)


def stages(folder: Path, frames: int, short: int) -> None:
    """Print what each stage takes of a frame, at three sizes."""
    heads = "size", "fps end to end", *STAGES
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for name, size in SIZES.items():
        clip = folder / f"{name}.mp4"
        make_clip(clip, size, frames)
        shares = stage_shares(clip, short)
        total = sum(shares.values())
        cells = [f"{ms:.1f} ms ({100 * ms / total:.0f} %)" for ms in shares.values()]
        print(f"| {name} | {end_to_end(clip, short):.1f} | {' | '.join(cells)} |")


def memory(folder: Path) -> None:
    """Print the peak memory of a short and of a long clip."""
    peaks = {}
    for seconds in (10, 120):
        clip = folder / f"{seconds}.mp4"
        make_clip(clip, SIZES["360p"], 24 * seconds)
        peaks[seconds] = peak_mib(clip)
    print(
        f"\npeak memory at 640x360: {peaks[10]:.0f} MiB for 10 s, {peaks[120]:.0f} MiB for "
        f"120 s ({100 * (peaks[120] / peaks[10] - 1):+.1f} %)"
    )


if __name__ == "__main__":
    main()
