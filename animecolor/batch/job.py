"""A job's folder: beside the manifest, one run's at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from animecolor.batch.ledger import Ledger, State
from animecolor.batch.manifest import Episode, Manifest
from animecolor.batch.plan import Plan, plan_episode
from animecolor.batch.survey import Watch
from animecolor.errors import AnimecolorError
from animecolor.video.claim import Busy, claimed, sweep

SHOT_FILES = "shots"
_LOOK_AGAIN_S = 1.0


def folder_of(manifest: Path) -> Path:
    """Where the job of a manifest is kept: ``season.job`` for ``season.toml``."""
    return manifest.with_suffix(".job")


@contextmanager
def working(manifest: Manifest, wait: bool = False) -> Iterator[Ledger]:
    """Have a job to oneself; what a killed run left half-written is swept away.

    Args:
        manifest: whose job.
        wait: until another run has ended, rather than refuse.

    Raises:
        Busy: another run is at work.
        AnimecolorError: the system refused.
    """
    folder = folder_of(manifest.path)
    while True:
        try:
            with claimed(folder):
                for episode in manifest.episodes:
                    own = folder / episode.name
                    for place in (own, own / "tasks", own / SHOT_FILES):
                        sweep(place)
                    sweep(episode.output.parent, f"{episode.output.stem[:40]}.")
                ledger = Ledger(folder)
                try:
                    yield ledger
                finally:
                    ledger.close()
                return
        except Busy:
            if not wait:
                raise
            time.sleep(_LOOK_AGAIN_S)


def plan_job(
    manifest: Manifest,
    ledger: Ledger,
    watch: Callable[[Episode], Watch] | None = None,
    complain: Callable[[Episode, str], None] = lambda episode, error: None,
) -> list[Plan]:
    """Plan every episode; one that cannot be planned is written down as such and left out.

    Args:
        manifest: the episodes.
        ledger: takes over what is planned.
        watch: sees the frames of an episode whose clip is read.
        complain: hears why an episode is left out.
    """
    ledger.keep([episode.name for episode in manifest.episodes])
    plans = []
    for episode in manifest.episodes:
        own = folder_of(manifest.path) / episode.name
        try:
            plans.append(plan_episode(episode, own, watch(episode) if watch else None))
        except AnimecolorError as error:
            complain(episode, str(error))
            ledger.fail_episode(episode.name, episode.output, str(error))
    ledger.take(plans)
    return plans


def spare_files(ledger: Ledger, plans: Sequence[Plan], everything: bool) -> list[Path]:
    """Shot files that are needed no more.

    Args:
        ledger: what has become of the shots.
        plans: what is asked for.
        everything: those of episodes that are not joined, too.

    Returns:
        Files in the folders of shots that are of no planned shot, and of episodes that are done.
    """
    done = {row.name for row in ledger.episodes() if row.state is State.DONE}
    kept = {
        job.task.result.stem
        for plan in plans
        for job in plan.jobs
        if plan.episode.name not in done and not everything
    }
    folders = {plan.folder / SHOT_FILES for plan in plans}
    files = [file for folder in folders if folder.is_dir() for file in folder.iterdir()]
    return sorted(file for file in files if file.stem not in kept)
