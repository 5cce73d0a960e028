"""A small season to be broken: its truth, and whether it is whole (see ``break_batch.py``)."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import av
import cv2
import numpy as np

SHOTS = (5, 3, 7, 4, 6, 3, 5, 4)
"""Frames of the shots of an episode."""
SLOTS = 2
MANIFEST = """\
[defaults]
config = "look.toml"
encode = "master"
[[episode]]
name = "a"
source = "a.mkv"
shots = "list.csv"
[[episode]]
name = "b"
source = "b.mkv"
shots = "list.csv"
"""
LOOK = 'mode = "gray"\n[network]\nsize = 64\nweights = "w.safetensors"\nmodel = "tcvc"\n'
ACTOR = {"local": "batch worker", "ray": "ray::_Actor"}
"""What is in the command line of a worker."""


class Violation(Exception):
    """Something was lost, doubled or half-written."""


@dataclass
class Season:
    """A folder with two episodes."""

    root: Path
    engine: str = "local"
    truth: dict[str, str] = field(default_factory=dict)

    @property
    def job(self) -> Path:
        return self.root / "season.job"

    def start(self, **more: str) -> subprocess.Popen[str]:
        """A driver, begun."""
        words = [sys.executable, "-m", "animecolor", "batch", "render", "season.toml"]
        words += ["--workers", str(SLOTS), "--threads", "1", "--engine", self.engine]
        return subprocess.Popen(
            words,
            cwd=self.root,
            env={**os.environ, **more},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def render(self, **more: str) -> tuple[int, str]:
        """A driver, from its beginning to its end: exit code and what it said."""
        driver = self.start(**more)
        _, said = driver.communicate(timeout=300)
        if "Traceback" in said:
            raise Violation(f"a traceback: {said}")
        return driver.returncode, said

    def forget(self) -> None:
        """As if nothing had ever been rendered."""
        shutil.rmtree(self.job, ignore_errors=True)
        shutil.rmtree(self.root / "colored", ignore_errors=True)

    def results(self) -> dict[str, str]:
        """Digest of each result."""
        return {file.name: digest(file) for file in sorted((self.root / "colored").glob("*.mkv"))}

    def shot_files(self) -> dict[Path, int]:
        """Shot files with a final name, and what tells whether one was written again."""
        files = self.job.glob("*/shots/*.mkv")
        return {file: file.stat().st_ino for file in files if not file.name.startswith(".")}

    def tries(self) -> int:
        """How often shots went to a worker."""
        with sqlite3.connect(self.job / "ledger.sqlite") as ledger:
            return int(ledger.execute("SELECT sum(tries) FROM shot").fetchone()[0] or 0)


def digest(file: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def build(root: Path, engine: str) -> Season:
    """Draw the episodes, save two sets of weights, render the truth."""
    import torch

    from animecolor.models.tcvc import TcvcNet
    from animecolor.models.weights import Header, save

    rng = np.random.default_rng(0)
    for name in "ab":
        with av.open(str(root / f"{name}.mkv"), "w") as out:
            stream = out.add_stream("ffv1", rate=24, options={"slicecrc": "1", "level": "3"})
            stream.width, stream.height, stream.pix_fmt = 96, 64, "bgr0"
            for frames in SHOTS:
                colors = rng.integers(0, 256, (4, 3)).tolist()
                for number in range(frames):
                    picture = np.full((64, 96, 3), colors[0], np.uint8)
                    for part, color in enumerate(colors[1:]):
                        cv2.circle(picture, (20 + 25 * part + number, 32), 11, color, -1)
                    out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            out.mux(stream.encode(None))
    starts = np.cumsum([0, *SHOTS[:-1]]).tolist()
    (root / "list.csv").write_text("start_frame\n" + "".join(f"{start}\n" for start in starts))
    (root / "season.toml").write_text(MANIFEST)
    (root / "look.toml").write_text(LOOK)
    size = {"width": 4, "blocks": 1}
    for name in ("w", "other"):
        weights = TcvcNet(**size).build().state_dict()
        save(root / f"{name}.safetensors", Header("tcvc", size, {}), weights)
        torch.manual_seed(1)
    season = Season(root, engine)
    code, said = season.render()
    if code:
        raise SystemExit(f"the season cannot be rendered at all: {said}")
    season.truth = season.results()
    return season


def check(season: Season, before: dict[Path, int], tries: int, spare: int = SLOTS) -> int:
    """Whether the season is whole after a fault. Returns the shots that were rendered twice."""
    if season.results() != season.truth:
        raise Violation("a result is not the truth")
    parts = [file for file in season.root.rglob("*.part*") if "color" in file.parts[-2]]
    parts += list(season.job.rglob("*.part*"))
    if parts:
        raise Violation(f"left behind: {parts[0]}")
    after = season.shot_files()
    again = [file for file, inode in before.items() if after.get(file) != inode]
    if again:
        raise Violation(f"rendered again though it was done: {again[0]}")
    if len(after) < 2 * len(SHOTS):
        raise Violation(f"{2 * len(SHOTS) - len(after)} shots are lost")
    for file in after:
        whole(file)
    twice = season.tries() - tries
    if not 0 <= twice <= spare:
        raise Violation(f"{twice} shots were rendered twice, {spare} were in flight at most")
    return twice


def whole(file: Path) -> None:
    """Refuse a shot file that cannot be read to its end."""
    first = int(file.stem.split("-")[0])
    expected = dict(zip(np.cumsum([0, *SHOTS[:-1]]).tolist(), SHOTS, strict=True))[first]
    try:
        with av.open(str(file)) as container:
            frames = sum(1 for _ in container.decode(video=0))
    except av.error.FFmpegError as error:
        raise Violation(f"{file} cannot be read: {error}") from error
    if frames != expected:
        raise Violation(f"{file} has {frames} frames of {expected}")


def finish(season: Season) -> int:
    """Render until all is done. Returns how often it took."""
    for count in (1, 2, 3):
        code, said = season.render()
        if code == 0:
            return count
    raise Violation(f"the job does not end: {said}")


def processes(word: str, root: Path, driver: int = 0) -> list[int]:
    """Processes with this word in their command line, at home in a folder or under a driver."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            ours = (entry / "cwd").resolve() == root.resolve() or driver in ancestors(entry)
            if word in line and ours:
                found.append(int(entry.name))
    return found


def ancestors(entry: Path) -> list[int]:
    """Numbers of the processes above one."""
    found: list[int] = []
    while entry.name not in ("0", "1"):
        parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
        found.append(int(parent))
        entry = entry.with_name(parent)
    return found


def outlived(season: Season) -> None:
    """Wait for the workers of a dead driver to end by themselves."""
    limit = time.monotonic() + 120
    while processes(ACTOR[season.engine], season.root):
        if time.monotonic() > limit:
            raise Violation("workers outlive their driver")
        time.sleep(0.05)
