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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import cast

import click
import cv2
import torch
from torch import nn

from animecolor.config import (
    Limits,
    Lines,
    LineSource,
    Network,
    Output,
    Precision,
    Range,
    Render,
    Shots,
)
from animecolor.frame import Frame, Keyframe, Plane, Shot, from_array, to_array
from animecolor.models.anchor import Anchored
from animecolor.models.anchor.net import Anchor
from animecolor.models.colorizer import Colorizer, Memory
from animecolor.models.device import has_bf16, pick_device, pick_dtype
from animecolor.models.registry import find, load_model
from animecolor.models.tcvc.net import Generator
from animecolor.models.weights import read_header
from animecolor.pipeline import colorize_video
from animecolor.stages.colorize import colorize
from animecolor.stages.finish import finish
from animecolor.stages.lines import draw_lines
from animecolor.stages.shots import mark_shots
from animecolor.stages.sizing import shrink, unit
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

    network = load_model(Network().model, Plane.LINE)
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
    colorizer = load_model(Network().model, Plane.LINE)
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


def network_cost(name: str, rounds: int = 7) -> None:
    """Print the cost of a network's step, and its ratio to stock fp32, same process, same size.

    The step is all that a frame costs: reading the plane, motion, network, remembering. tcvc is
    shown what it was published with, 256x256; anchor two frames of the sample, the first painted.
    """
    device, dtype = pick_device("auto"), pick_dtype(Precision.AUTO, pick_device("auto"))
    ours = load_model(name, Plane.LINE)
    if isinstance(ours, Anchored):
        frames = _sample_frames(288)
        spec = find("anchor")
        net = spec.build(read_header(spec.weights).config).eval().to(device)
        theirs: Colorizer = Anchored(cast(Anchor, net), Plane.LINE, device, torch.float32)
    else:
        plane, black = torch.rand(1, 256, 256), torch.zeros(3, 256, 256)
        frames = [Frame(black, i, Fraction(1, 24), i, plane=plane, color=black) for i in range(2)]
        theirs = Stock(stock().to(device), Plane.LINE)
    first, second = frames
    assert first.plane is not None
    assert first.color is not None
    shot = Shot(first=1, keyframes=(Keyframe(0, first.plane, first.color),))
    steps = [Step(colorizer, second, colorizer.begin(shot)) for colorizer in (theirs, ours)]
    ratios = pairs(*steps, rounds)
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        steps[1]()
        took.append(1000 * (time.perf_counter() - began))
    height, width = first.plane.shape[-2:]
    print(
        f"{name} at {width}x{height} on {device}, {dtype}: {statistics.median(took):.0f} ms a "
        f"frame (lowest {min(took):.0f}); stock fp32 takes {statistics.median(ratios):.1f} times "
        f"as long (lowest {min(ratios):.1f}, highest {max(ratios):.1f}, {rounds} pairs)"
    )


@dataclass
class Step:
    """One frame painted, again and again."""

    colorizer: Colorizer
    frame: Frame
    memory: Memory

    def __call__(self) -> None:
        with torch.inference_mode():
            self.colorizer([self.frame], self.memory)


@dataclass
class Stock:
    """tcvc's generator without anything of ours around it."""

    net: nn.Module
    reads: Plane
    span: int = 1

    def begin(self, shot: Shot) -> Memory:
        return shot.keyframes[0].color[None]

    def __call__(self, frames: Sequence[Frame], memory: Memory) -> tuple[torch.Tensor, Memory]:
        (frame,) = frames
        assert frame.plane is not None
        device = next(self.net.parameters()).device
        return self.net(frame.plane[None].to(device), memory.to(device)).cpu(), memory


def _sample_frames(short: int) -> list[Frame]:
    """The sample's first two frames with their lines drawn, and their true colors."""
    frames = mark_shots(decode(probe(SAMPLE, Limits()), Range(frames=2), Limits()), Shots())
    drawn = []
    for frame in draw_lines(frames, Lines(source=LineSource.CANNY), short):
        assert frame.plane is not None
        picture = shrink(to_array(frame.image), frame.plane.shape[-2:])
        drawn.append(replace(frame, color=torch.from_numpy(unit(picture)).permute(2, 0, 1)))
    return drawn


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
            for name in ("anchor", "tcvc"):
                network_cost(name)
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
