"""What a 1080p frame costs when it is painted as flats, stage by stage, on this machine.

    python scripts/bench_finish.py                # 12 drawings of the cartoon generator
    python scripts/bench_finish.py --held 2       # on twos

Every stage is timed by the processor time of its thread inside its own ``next``, and each step of
the flats by that inside its function; the lowest of all drawings is the machine's own, the mean is
what a busy one takes. The budget of a frame on two cores at 24 fps is 83 ms of processor time.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
import torch

from animecolor.config import Lines, LineSource, Network, Output, Range, Render, Shots
from animecolor.frame import Frame, Keyframe, Plane
from animecolor.models.registry import load_model
from animecolor.stages import flats
from animecolor.stages.colorize import colorize
from animecolor.stages.finish import finish
from animecolor.stages.flats import Flatten
from animecolor.stages.ink import drawing
from animecolor.stages.lines import draw_lines
from animecolor.stages.originals import Originals
from animecolor.stages.paintings import read_still
from animecolor.stages.shots import mark_shots
from animecolor.stages.sizing import shrink, unit
from animecolor.stages.unique import mark_held
from animecolor.training.toon import draw_clip
from animecolor.video.decode import decode
from animecolor.video.encode import encode
from animecolor.video.probe import probe

SIZE = 1080, 1920
STEPS = ("classify", "find_regions", "vote", "settle", "fill", "cover_of", "compose")
Spent = dict[str, list[float]]


def write_cels(folder: Path, seed: int, drawings: int, held: int) -> None:
    """Ink a cartoon as numbered PNG files, each drawing ``held`` times, and paint the first."""
    cels = folder / "cels"
    cels.mkdir()
    for number, toon in enumerate(draw_clip(seed, SIZE, drawings)):
        page = cv2.merge([np.asarray(toon.ink)] * 3)
        for again in range(held):
            cv2.imwrite(str(cels / f"a{number * held + again:04d}.png"), page)
        if number == 0:
            cv2.imwrite(str(folder / "painted.png"), np.ascontiguousarray(toon.color[..., ::-1]))


def timed(name: str, frames: Iterator[Frame], spent: Spent) -> Iterator[Frame]:
    """Pass frames on, noting the processor time of each ``next``, earlier stages included."""
    stream = iter(frames)
    while True:
        began = time.thread_time()
        frame = next(stream, None)
        if frame is None:
            return
        spent[name].append(time.thread_time() - began)
        yield frame


def watch_steps(spent: Spent) -> None:
    """Note the processor time of each step of the flats."""

    def around(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **more: Any) -> Any:
            began = time.thread_time()
            done = step(*args, **more)
            spent[name].append(time.thread_time() - began)
            return done

        return run

    for name in STEPS:
        setattr(flats, name, around(name, getattr(flats, name)))


def measure(folder: Path, short: int) -> tuple[Spent, Spent, int]:
    """Colour the cels; seconds of every stage with those before it, and of every step."""
    source = probe(folder / "cels", Render().limits)
    stages: Spent = defaultdict(list)
    steps: Spent = defaultdict(list)
    watch_steps(steps)
    network = load_model(Network().model, Plane.LINE)
    lines = Lines(source=LineSource.INK)
    drawn = next(draw_lines(decode(source, Range(), Render().limits), lines, short))
    assert drawn.plane is not None
    size = drawn.plane.shape[-2:]
    painted = drawing(read_still(folder / "painted.png", Render().limits))
    small = torch.from_numpy(unit(shrink(painted, (size[0], size[1])))).permute(2, 0, 1)
    key = Keyframe(0, drawn.plane, small, folder / "painted.png")
    keys = {0: (key,)}
    frames = timed("decode", decode(source, Range(), Render().limits), stages)
    frames = timed("shots", mark_shots(frames, Shots(detect=False)), stages)
    frames = timed("lines", draw_lines(frames, lines, short), stages)
    frames = timed("holds", mark_held(frames), stages)
    frames = timed("network", colorize(frames, network, keys), stages)
    paint = Flatten(originals=Originals(keys))
    frames = timed("finish", finish(frames, lines, paint), stages)
    began, all_began = time.thread_time(), time.process_time()
    count = encode(frames, folder / "out.mp4", Output(), source)
    stages["encode"] = [time.thread_time() - began]
    stages["all threads"] = [time.process_time() - all_began]
    return stages, steps, count


def print_shares(stages: Spent, count: int) -> None:
    """Print what each stage takes of a frame by itself, in the mean."""
    before = 0.0
    threads = 1000 * stages.pop("all threads")[0] / count
    whole = 1000 * stages["encode"][0] / count
    print("| stage | ms a frame | share |\n|---|---|---|")
    for name, each in stages.items():
        upto = 1000 * sum(each) / count
        print(f"| {name} | {upto - before:.1f} | {100 * (upto - before) / whole:.0f} % |")
        before = upto
    print(f"| all | {whole:.1f} | 100 % |")
    print(f"\nWith the threads of decoder and encoder: {threads:.1f} ms a frame.")


@click.command()
@click.option("--seed", default=1_000_000, help="Which cartoon; the generator trains on others.")
@click.option("--drawings", default=12)
@click.option("--held", default=1, help="Frames that each drawing stays up.")
@click.option("--size", "short", default=256, help="Short side of the network's picture.")
def main(seed: int, drawings: int, held: int, short: int) -> None:
    """Print where the time of a 1080p frame goes when it is painted as flats."""
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_cels(folder, seed, drawings, held)
        stages, steps, count = measure(folder, short)
    print(f"{count} frames of {SIZE[1]}x{SIZE[0]}, {Fraction(1, held)} drawing a frame\n")
    print_shares(stages, count)
    print("\n| step of the flats | ms a drawing, lowest | mean |\n|---|---|---|")
    for step in STEPS:
        each = [1000 * one for one in steps[step]] or [0.0]
        print(f"| {step} | {min(each):.1f} | {sum(each) / len(each):.1f} |")


if __name__ == "__main__":
    main()
