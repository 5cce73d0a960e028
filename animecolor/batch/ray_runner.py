"""Workers on a Ray cluster: one actor a slot, begun anew when it dies. Ray is known here alone.

Ray places the actors and tells us when one is gone; what is tried again, and how often, is the
driver's to say, as on any engine. All machines must see the job's folder and the clips under the
same paths.
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any

from animecolor.batch.engine import Fault, Outcome, Perform, outcome
from animecolor.errors import AnimecolorError, MissingPiece

_LOOPBACK = "127.0.0.1"
"""Ray's dashboard knows no password, so nobody else's machine shall see it."""
_SILENCE_S = 5.0
"""After so long without an answer we ask whether anybody is still there."""


class _Actor:
    """A worker. Threads are set before anything that counts them is loaded."""

    def __init__(self, perform: Perform, threads: int) -> None:
        for name in ("OMP", "MKL", "OPENBLAS"):
            os.environ[f"{name}_NUM_THREADS"] = str(threads)
        os.environ["OPENCV_FOR_THREADS_NUM"] = str(threads)
        self._perform = perform

    def do(self, task: str) -> dict[str, Any]:
        """Do one task."""
        return self._perform(task)


class Ray:
    """An engine of Ray actors."""

    def __init__(
        self, perform: Perform, slots: int, threads: int, address: str | None, gpus: bool
    ) -> None:
        """Join a cluster, or begin one on this machine.

        Args:
            perform: what a worker does with a task; found by its name on every machine.
            slots: actors.
            threads: cores of each.
            address: ``ray://host:10001`` or ``host:6379``; None begins a cluster of our own.
            gpus: whether each actor has a GPU to itself.

        Raises:
            MissingPiece: Ray is not installed.
            AnimecolorError: there is no cluster at the address.
        """
        try:
            import ray
        except ImportError as error:
            raise MissingPiece(
                "rendering on Ray needs an extra: pip install 'animecolor[ray]'"
            ) from error
        self._ray: Any = ray
        self._perform, self._threads = perform, threads
        own = {"num_cpus": slots * threads, "dashboard_host": _LOOPBACK}
        where: dict[str, Any] = {"address": address} if address else {"address": "local", **own}
        try:
            ray.init(**where, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            reason = " ".join(str(error).split())[:200]
            raise AnimecolorError(f"no Ray cluster at {address or 'home'}: {reason}") from error
        kind = ray.remote(_Actor)
        self._kind = kind.options(num_cpus=threads, num_gpus=int(gpus), max_restarts=0)
        self._idle: list[tuple[str, Any]] = [self._begin(number) for number in range(slots)]
        self._busy: dict[Any, tuple[str, Any, Path]] = {}
        self._heard = time.monotonic()

    @property
    def free(self) -> int:
        """Actors without a task."""
        return len(self._idle)

    def submit(self, task: Path) -> str:
        """See ``Engine``."""
        name, actor = self._idle.pop(0)
        self._busy[actor.do.remote(str(task.resolve()))] = name, actor, task
        return name

    def wait_any(self, timeout_s: float) -> list[Outcome]:
        """See ``Engine``."""
        if not self._busy:
            return []
        ready, _ = self._ray.wait(list(self._busy), num_returns=1, timeout=timeout_s)
        if ready:
            self._heard = time.monotonic()
        elif time.monotonic() - self._heard > _SILENCE_S:
            self._check_alive()
            self._heard = time.monotonic()
        return [self._ended(each) for each in ready]

    def _check_alive(self) -> None:
        """Ray waits for ever for a machine to come back; a person would not.

        Raises:
            AnimecolorError: no machine of the cluster is left.
        """
        try:
            alive = any(node["Alive"] for node in self._ray.nodes())
        except (self._ray.exceptions.RayError, RuntimeError, OSError):
            alive = False
        if not alive:
            raise AnimecolorError("the Ray cluster is gone; render again: what is done stays")

    def close(self) -> None:
        """See ``Engine``. Actors end at once; what they left under a part's name is swept later."""
        for name, actor in [
            *self._idle,
            *((name, actor) for name, actor, _ in self._busy.values()),
        ]:
            del name
            self._ray.kill(actor)
        self._ray.shutdown()

    def _begin(self, number: int | str) -> tuple[str, Any]:
        name = number if isinstance(number, str) else f"ray-{number}"
        return name, self._kind.remote(self._perform, self._threads)

    def _ended(self, ref: Any) -> Outcome:
        name, actor, task = self._busy.pop(ref)
        try:
            told = self._ray.get(ref)
        except self._ray.exceptions.RayTaskError as error:
            self._idle.append((name, actor))
            return Outcome(task, name, fault=Fault.BUG, error=" ".join(str(error).split())[:500])
        except self._ray.exceptions.RayError as error:
            self._idle.append(self._begin(name))
            reason = " ".join(str(error).split())[:200]
            return Outcome(task, name, fault=Fault.LOST, error=f"its worker died ({reason})")
        self._idle.append((name, actor))
        return outcome(task, name, told)
