"""What planning an episode costs: the one reading of its clip, on this machine.

    python scripts/bench_plan.py episode.mp4
    python scripts/bench_plan.py episode.mp4 --before HEAD~1   # and how cuts were found then

With ``--before`` the cut finder of that commit sees the same frames in the same run, in turns, and
every verdict of the two is compared. Processor time is what others on the machine cannot change;
two cores need at least half of it, and at least what the busiest thread takes.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from animecolor.batch.survey import survey
from animecolor.config import Range, Render
from animecolor.stages.cuts import LOOK_AHEAD, CutFinder
from animecolor.video.decode import decode
from animecolor.video.info import VideoInfo
from animecolor.video.probe import probe

EPISODE = 36_000
"""Frames of 25 minutes."""
CUTS = "animecolor/stages/cuts.py"


def finder_of(commit: str) -> Callable[[], Any]:
    """``CutFinder`` as it was in a commit."""
    told = subprocess.run(["git", "show", f"{commit}:{CUTS}"], capture_output=True, check=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cuts_before.py"
        path.write_bytes(told.stdout)
        spec = importlib.util.spec_from_file_location("cuts_before", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["cuts_before"] = module
        spec.loader.exec_module(module)
    found: Callable[[], Any] = module.CutFinder
    return found


def compare(source: VideoInfo, before: Callable[[], Any]) -> None:
    """Print what both finders take of a frame, and where they disagree."""
    finders = [before(), CutFinder()]
    spent = [0.0, 0.0]
    cuts = others = count = 0
    for frame in decode(source, Range(), Render().limits):
        said = [False, False]
        # In turns, so that neither always finds the picture in the cache.
        for which in (0, 1) if count % 2 else (1, 0):
            began = time.thread_time()
            said[which] = finders[which].push(frame)
            spent[which] += time.thread_time() - began
        count += 1
        cuts += said[1]
        others += said[0] != said[1]
    for _ in range(LOOK_AHEAD):
        last = [finder.push_last() for finder in finders]
        cuts += last[1]
        others += last[0] != last[1]
    then, now = (1000 * each / count for each in spent)
    print(f"finding cuts: {then:.2f} -> {now:.2f} ms of processor a frame, {then / now:.2f} times")
    print(f"{count} frames, {cuts} cuts, {others} verdicts that differ")


@click.command()
@click.argument("clip", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--before", help="Commit whose cut finder is compared.")
def main(clip: Path, before: str | None) -> None:
    """Print what planning takes of a frame, and of an episode of 25 minutes."""
    source = probe(clip, Render().limits)
    began, processor, own = time.perf_counter(), time.process_time(), time.thread_time()
    found = survey(source, Render())
    taken = time.perf_counter() - began, time.process_time() - processor, time.thread_time() - own
    clock, threads, finding = (1000 * each / found.frames for each in taken)
    print(f"{found.frames} frames of {source.width}x{source.height}, {len(found.starts)} shots")
    print(f"survey: {clock:.2f} ms a frame by the clock, {1000 / clock:.0f} frames/s")
    print(f"        {threads:.2f} ms of processor, {finding:.2f} of it after decoding")
    print(f"{EPISODE} frames: {EPISODE * clock / 1000:.0f} s, ", end="")
    print(f"{EPISODE * threads / 2000:.0f} s at least on two cores")
    if before:
        compare(source, finder_of(before))


if __name__ == "__main__":
    main()
