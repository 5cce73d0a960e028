"""The fault-injection suite of ``qa``: what it finds of planted faults, and what it finds in vain.

    python scripts/score_qa.py [--quick | --every N] [--only PART_OF_A_NAME] [--plan NAME]

Clean clips of every family (``qa_families``) are inspected as they are, and with faults planted
into them (``tests/qa/faults.py``, ``qa_plans``): once lossless and once as H.264 4:2:0, with and
without the source that a studio has. A fault counts as found when a check that is a right answer
passes the profile's limit at its frame, one more or less, in a box that overlaps it; as located
when it begins at that frame and its box is at most four times as large. Whatever is found where
nothing was planted is false; findings of one area are one. Half of the clips, by a checksum of
their names, are held out: no threshold was tuned on them, and theirs are the figures to quote.
"""

from __future__ import annotations

import glob
import gzip
import json
import os
import pickle
import sys
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
# Beside this file, and in the tests, which have no package of their own.
from qa_families import Builder, families, is_held_out
from qa_plans import PLANS
from qa_tables import print_tables

from animecolor.qa.sighting import Sighting
from animecolor.qa.verdict.profile import read_profile
from tests.qa.inspection import WAYS, Way, in_vain, inspect
from tests.qa.reels import Reel
from tests.qa.truth import Truth

MAIN = ("spots", "areas", "series", "levels")
"""Plans of which every clip gets two."""
OTHER = ("paints", "restless", "order", "blinking", "lasting", "gray", "drain", "missing")
"""Plans of which every clip gets one."""
NONE = "none"
"""Instead of a plan: only clean clips."""
QUICK = 24
"""Every so many clips are in the quick subset."""


@dataclass(slots=True)
class Result:
    """One clip inspected in one way."""

    name: str
    family: str
    plan: str
    """Of the faults, or empty: the clip is clean."""
    variant: str
    frames: int
    clean: int
    """Frames with nothing planted."""
    seconds: float
    truths: list[dict[str, Any]] = field(default_factory=list)
    false: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done with one clip."""

    name: str
    build: Builder
    number: int
    plans: tuple[str, ...]
    profile: str
    folder: Path
    keep: bool


def score(result: Result, truths: list[Truth], sightings: list[Sighting], way: Way) -> None:
    """Match what was seen with what was planted."""
    for truth in truths:
        if truth.needs and not way.sourced:
            continue
        found = [s for s in sightings if truth.is_found_by(s)]
        row = asdict(truth)
        row["right"] = sorted(truth.right)
        row["found"] = bool(found)
        row["located"] = any(truth.is_located_by(s) for s in found)
        row["by"] = {s.check.value: s.value for s in sorted(found, key=lambda s: s.value)}
        result.truths.append(row)


def work(task: Task) -> list[Result]:
    """Inspect one clip: clean in two ways, and with each plan's faults in one."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    reel = kept(task.name, task.build, task.folder / "drawn")
    half = task.number % 2 * 2
    runs = [("", WAYS[half]), ("", WAYS[half + 1])]
    for turn, plan in enumerate(plan for plan in task.plans if plan != NONE):
        way = WAYS[(task.number // 2 + turn) % 4]
        if plan in ("order", "missing", "lasting"):  # nobody could know without
            way = Way(True, way.lossy)
        if reel.alpha is not None:  # H.264 has none
            way = Way(way.sourced, False)
        runs.append((plan, way))
    return [result for plan, way in runs if (result := _one(task, reel, plan, way)) is not None]


def _one(task: Task, reel: Reel, plan: str, way: Way) -> Result | None:
    """One clip in one way; None where the plan finds no place for a fault."""
    rng = np.random.default_rng(zlib.crc32(f"{task.name}/{plan}".encode()))
    faulty, truths = PLANS[plan](reel, rng) if plan else (reel, [])
    if plan and not truths:
        return None
    begun = time.monotonic()
    # Another run may be inspecting the same clips.
    folder = task.folder / "clips" / ("kept" if task.keep else str(os.getpid()))
    stem = folder / f"{task.name}.{plan or 'clean'}.{way}"
    sightings = inspect(faulty, way, stem, read_profile(task.profile))
    if not task.keep:
        for path in folder.glob(f"{glob.escape(stem.name)}.*"):
            path.unlink()
        folder.rmdir()
    hit = {f for truth in truths for f in range(truth.first, truth.last + 1)}
    frames, spent = len(faulty.pictures), time.monotonic() - begun
    result = Result(task.name, reel.family, plan, str(way), frames, frames - len(hit), spent)
    score(result, truths, sightings, way)
    result.false = [
        asdict(s) | {"check": s.check.value} for s in in_vain(truths, sightings, reel.rate)
    ]
    return result


def kept(name: str, build: Builder, folder: Path) -> Reel:
    """A clip from the folder of those drawn before, or drawn now; delete the folder to redraw."""
    path = folder / f"{name}.pickle.gz"
    if path.is_file():
        with gzip.open(path) as file:
            reel: Reel = pickle.load(file)
        return reel
    reel = build()
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with gzip.open(part, "wb", compresslevel=1) as file:
        pickle.dump(reel, file, protocol=5)
    part.replace(path)
    return reel


def tasks(made: dict[str, Builder], given: Task, only: str, every: int) -> Iterator[Task]:
    """What to do; every clip gets plans in turn, the same ones every time."""
    for number, (name, build) in enumerate(made.items()):
        if only not in name or number % every:
            continue
        step = number // every
        turned = MAIN[step % 4], MAIN[(step + 1 + step // 4 % 3) % 4], OTHER[step % len(OTHER)]
        yield Task(
            name, build, step, given.plans or turned, given.profile, given.folder, given.keep
        )


@click.command()
@click.option("--quick", "every", flag_value=QUICK, type=int, help="A few clips, in a minute.")
@click.option("--every", default=1, type=int, help="Only every so many clips.")
@click.option("--only", default="", help="Clips whose name contains this.")
@click.option("--plan", "plans", multiple=True, type=click.Choice([NONE, *PLANS]))
@click.option("--profile", default="tv", help="Name or file.")
@click.option("--jobs", default=1, help="Processes.")
@click.option("--data", default=Path("data/clips"), type=click.Path(path_type=Path))
@click.option(
    "--folder", default=Path("runs/qa"), type=click.Path(path_type=Path), help="For intermediates."
)
@click.option("--keep", is_flag=True, help="Keep the clips that were inspected.")
def main(
    every: int,
    only: str,
    plans: tuple[str, ...],
    profile: str,
    jobs: int,
    data: Path,
    folder: Path,
    keep: bool,
) -> None:
    """Print the tables in Markdown; every miss and every false finding goes to FOLDER."""
    given = Task("", partial(Reel, "", "", (), ()), 0, plans, profile, folder, keep)
    todo = list(tasks(families(data), given, only, every))
    results: list[Result] = []
    begun = time.monotonic()
    with ProcessPoolExecutor(jobs) as pool:
        for task, some in zip(todo, pool.map(work, todo), strict=True):
            results += some
            false = sum(len(result.false) for result in some)
            rows = [row for result in some for row in result.truths]
            missed = sum(not row["found"] for row in rows)
            click.echo(f"{task.name}: {missed} of {len(rows)} missed, {false} false", err=True)
    rows = [asdict(result) | {"held_out": is_held_out(result.name)} for result in results]
    folder.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%H%M%S")
    (folder / f"results-{stamp}.json").write_text(json.dumps(rows, indent=1))
    print_tables(rows)
    frames = sum(row["frames"] for row in rows)
    click.echo(
        f"\n{frames} frames inspected in {time.monotonic() - begun:.0f} s by {jobs} process(es); "
        f"every miss and false finding: {folder}/results-{stamp}.json"
    )


if __name__ == "__main__":
    main()
