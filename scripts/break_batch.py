"""Break a batch in every way we know, render again, and look whether anything was lost.

    python scripts/break_batch.py --faults 50 --seed 1
    python scripts/break_batch.py --faults 12 --engine ray

A small season is rendered undisturbed, which is the truth. Then it is rendered anew for each fault:
a worker, the driver or Ray's node is killed at a random moment, the disk is full, a clip is damaged
in the middle, weights are changed, the clock jumps by a day. After `render` again the results have
to be the truth to the byte, every file with a final name has to be whole, no part may be left, and
nothing may have been rendered twice but the shots that were in flight. Ends with code 1 otherwise.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import click
from break_season import (
    ACTOR,
    SHOTS,
    SLOTS,
    Season,
    Violation,
    build,
    check,
    finish,
    outlived,
    processes,
    whole,
)

CLOCK = (
    "import os, time\n_true = time.time\ntime.time = lambda: _true() + float(os.environ['JUMP'])\n"
)
FAULTS = ("worker", "driver", "worker", "driver", "full", "corrupt", "weights", "clock")


def kill(season: Season, chance: random.Random, target: str, longest_s: float) -> int:
    """Kill something at a random moment, or several times while it lasts."""
    season.forget()
    driver = season.start()
    limit = time.monotonic() + chance.uniform(0.3, longest_s)
    while time.monotonic() < limit and driver.poll() is None:
        time.sleep(0.02)
    losses = 0
    victims = {
        "worker": lambda: processes(ACTOR[season.engine], season.root, driver.pid),
        "driver": lambda: [driver.pid],
        "node": lambda: processes("raylet/raylet", season.root, driver.pid),
    }[target]()
    for victim in victims[:1] if driver.poll() is None else []:
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
            losses = 1
    driver.communicate(timeout=300)
    outlived(season)
    before = season.shot_files()
    for file in before:
        whole(file)
    finish(season)
    # What is handed to a cluster that is gone counts as a try, though nothing is rendered.
    handed = 2 if season.engine == "ray" else 1
    return check(season, before, 2 * len(SHOTS), SLOTS * losses * handed)


def full(season: Season, chance: random.Random) -> int:
    """The job's disk is full after some of the shots."""
    season.forget()
    season.job.mkdir()
    room = chance.randrange(300, 420)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={room}k", "tmpfs", str(season.job)], check=True
    )
    try:
        code, said = season.render()
        if code != 1 or "full" not in said:
            raise Violation(f"a full disk ended with code {code}: {said}")
        before = season.shot_files()
        for file in before:
            whole(file)
        subprocess.run(["mount", "-o", "remount,size=64m", str(season.job)], check=True)
        finish(season)
        return check(season, before, season.tries(), 0)
    finally:
        shutil.rmtree(season.root / "colored", ignore_errors=True)
        subprocess.run(["umount", "--lazy", str(season.job)], check=True)


def corrupt(season: Season, chance: random.Random) -> int:
    """A clip is damaged in the middle, and put right again."""
    season.forget()
    clip = season.root / "b.mkv"
    saved, stat = clip.read_bytes(), clip.stat()
    bad = bytearray(saved)
    at = chance.randrange(len(bad) // 3, 2 * len(bad) // 3)
    bad[at : at + 400] = chance.randbytes(400)
    clip.write_bytes(bytes(bad))
    code, _ = season.render()
    clip.write_bytes(saved)
    os.utime(clip, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    if code != 4:
        raise Violation(f"a damaged clip ended with code {code}")
    if season.results() != {"a.mkv": season.truth["a.mkv"]}:
        raise Violation("the episode beside the damaged one is not there, or the damaged one is")
    before = season.shot_files()
    finish(season)
    return check(season, before, 2 * len(SHOTS), 0)


def weights(season: Season, chance: random.Random) -> int:
    """Weights are changed between two runs, and changed back."""
    season.forget()
    finish(season)
    first = season.shot_files()
    own, other = season.root / "w.safetensors", season.root / "other.safetensors"
    saved = own.read_bytes()
    own.write_bytes(other.read_bytes())
    finish(season)
    if set(season.results().values()) & set(season.truth.values()):
        raise Violation("other weights made the same picture")
    if any(season.shot_files().get(file) != inode for file, inode in first.items()):
        raise Violation("shots of the first weights were overwritten")
    own.write_bytes(saved)
    before, tries = season.shot_files(), season.tries()
    finish(season)
    return check(season, before, tries, 0)


def clock(season: Season, chance: random.Random) -> int:
    """The clock jumps by a day, and files come from the future."""
    season.forget()
    with tempfile.TemporaryDirectory() as place:
        Path(place, "sitecustomize.py").write_text(CLOCK)
        jump = str(chance.choice((-86400, 86400)))
        driver = season.start(JUMP=jump, PYTHONPATH=place)
        time.sleep(chance.uniform(2.0, 5.0))
        driver.kill()
        driver.communicate(timeout=300)
        outlived(season)
        before = season.shot_files()
        for file in before:
            os.utime(file, (2**32, 2**32) if jump[0] == "-" else (1, 1))
        finish(season)
    return check(season, before, 2 * len(SHOTS))


@click.command()
@click.option("--faults", type=int, default=50)
@click.option("--seed", type=int, default=1)
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local")
def main(faults: int, seed: int, engine: str) -> None:
    """Break it so many times."""
    chance = random.Random(seed)
    kinds = ("worker", "driver", "node") if engine == "ray" else FAULTS
    others: dict[str, Callable[[Season, random.Random], int]] = {
        "full": full,
        "corrupt": corrupt,
        "weights": weights,
        "clock": clock,
    }
    done: Counter[str] = Counter()
    twice: Counter[str] = Counter()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="break-") as folder:
        season = build(Path(folder), engine)
        begun = time.monotonic()
        season.forget()
        finish(season)
        longest_s = time.monotonic() - begun
        click.echo(f"undisturbed: {longest_s:.1f} s, {2 * len(SHOTS)} shots")
        for number in range(faults):
            kind = kinds[number % len(kinds)]
            try:
                if kind in others:
                    again = others[kind](season, chance)
                else:
                    again = kill(season, chance, kind, longest_s)
                twice[kind] += again
                done[kind] += 1
                click.echo(f"{number + 1:3} {kind:8} {again} rendered twice")
            except (Violation, subprocess.SubprocessError) as error:
                failed += 1
                click.echo(f"{number + 1:3} {kind:8} FAILED: {error}")
    for kind in sorted(set(kinds)):
        click.echo(f"{kind:8} {done[kind]:3} survived, {twice[kind]} shots rendered twice")
    click.echo(f"{failed} of {faults} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
