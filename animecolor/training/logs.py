"""What a run writes for people: CSV tables, TensorBoard events and sheets of pictures."""

from __future__ import annotations

import csv
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
from numpy.typing import NDArray

log = logging.getLogger("animecolor")


class Logs:
    """The files of one run's folder. A process that does not lead writes nothing."""

    def __init__(self, folder: Path, step: int, leads: bool = True) -> None:
        """Args:
        folder: where they lie.
        step: the step a run goes on from; rows after it, of a run that was killed, are dropped.
        leads: whether this process writes at all.
        """
        self._folder, self._leads = folder, leads
        self._events: Any = None
        if not leads:
            return
        for table in folder.glob("*.csv"):
            _drop_after(table, step)
        try:
            from tensorboardX import SummaryWriter
        except ImportError:
            log.info("no TensorBoard events: install animecolor[train] for them")
        else:
            self._events = SummaryWriter(str(folder / "events"), purge_step=step + 1)

    def numbers(self, table: str, step: int, values: Mapping[str, float]) -> None:
        """Add a row to ``<table>.csv``, and a point to each of its curves."""
        if not self._leads:
            return
        path = self._folder / f"{table}.csv"
        row = {"step": str(step)} | {name: f"{value:.6g}" for name, value in values.items()}
        fresh = not path.is_file()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(row))
            if fresh:
                writer.writeheader()
            writer.writerow(row)
        if self._events:
            for name, value in values.items():
                self._events.add_scalar(f"{table}/{name}", value, step)
            self._events.flush()

    def picture(self, step: int, sheet: NDArray[Any]) -> None:
        """Write (H, W, 3) uint8 RGB as ``sheet-<step>.png``."""
        if not self._leads:
            return
        cv2.imwrite(str(self._folder / f"sheet-{step:06d}.png"), sheet[..., ::-1])
        if self._events:
            self._events.add_image("sheet", sheet, step, dataformats="HWC")

    def close(self) -> None:
        """Close the event file."""
        if self._events:
            self._events.close()


def _drop_after(table: Path, step: int) -> None:
    head, *rows = table.read_text("utf-8").splitlines(keepends=True)
    kept = [
        row for row in rows if row.split(",", 1)[0].isdigit() and int(row.split(",")[0]) <= step
    ]
    if len(kept) < len(rows):
        part = table.with_suffix(".part")
        part.write_text(head + "".join(kept), "utf-8")
        os.replace(part, table)
