"""The report as a folder of files, which appears whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from animecolor.errors import UsageError
from animecolor.qa.document import Document, as_json
from animecolor.qa.report.compose import Material, compose
from animecolor.qa.report.junit import junit
from animecolor.qa.report.markers import edl, otio
from animecolor.qa.report.page import page
from animecolor.qa.report.tables import frames_table, shots_table, sightings_table
from animecolor.qa.verdict.judge import Verdict
from animecolor.video.part import part_tree, write_errors

JSON, FRAMES, SHOTS, SIGHTINGS = "report.json", "frames.csv", "shots.csv", "sightings.csv"
PAGE, EDL, OTIO, JUNIT = "index.html", "markers.edl", "markers.otio", "junit.xml"
FILES = (JSON, FRAMES, SHOTS, SIGHTINGS, PAGE, EDL, OTIO, JUNIT)
COMPARISON = "compare.html"
"""Page of several results side by side, where some were given."""
OTHERS = "compare"
"""Folder of the others' reports."""
WORST = "worst"
"""Folder of the pictures."""
_PICTURE = re.compile(r"\d{3,4}_(before|frame|after|heat)\.jpg")


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """One clip judged."""

    material: Material
    verdict: Verdict
    document: Document

    @property
    def pictures(self) -> dict[int, Mapping[str, bytes]]:
        """Number of a picture -> view -> JPEG."""
        return {number: shown.jpegs for number, shown in enumerate(self.material.shown, 1)}


def report(material: Material, verdict: Verdict) -> Report:
    """Put a report together."""
    return Report(material, verdict, compose(material, verdict))


def files(made: Report) -> Iterator[tuple[str, bytes]]:
    """Name within the report's folder and content of every file."""
    document, measurement = made.document, made.material.measurement
    texts = {
        JSON: as_json(document),
        FRAMES: frames_table(measurement),
        SHOTS: shots_table(document),
        SIGHTINGS: sightings_table(measurement, made.verdict.findings),
        PAGE: page(document, measurement.frames, made.pictures),
        EDL: edl(document),
        OTIO: otio(document),
        JUNIT: junit(document),
    }
    for name, text in texts.items():
        yield name, text.encode("utf-8", "replace")
    for number, jpegs in made.pictures.items():
        for view, data in jpegs.items():
            yield picture_name(number, view), data


def picture_name(number: int, view: str) -> str:
    """``worst/012_before.jpg``."""
    return f"{WORST}/{number:03}_{view}.jpg"


def write(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write a report's files; a report that is there is replaced as a whole.

    Args:
        folder: to be made; its parent exists. See ``check_folder`` for what may be in it.
        contents: name within the folder -> content.

    Raises:
        AnimecolorError: the disk is full or the folder cannot be written.
    """
    with part_tree(folder) as part, write_errors(folder):
        for name, data in contents.items():
            path = part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def check_folder(folder: Path, overwrite: bool) -> None:
    """Refuse before any work a folder that may not be replaced.

    Raises:
        UsageError: it is a file, or holds a report and may not be replaced, or holds anything else.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder for the report")
    if not folder.is_dir():
        return
    entries = list(folder.iterdir())
    if strange := _strange(folder):
        raise UsageError(f"{folder} holds {strange} too; name a folder for the report only")
    if entries and not overwrite:
        raise UsageError(f"{folder} is not empty; pass -y to replace the report in it")


def is_report(folder: Path) -> bool:
    """Whether this is a folder that ``write`` has made."""
    return (folder / JSON).is_file() and (folder / FRAMES).is_file()


def _strange(folder: Path) -> str | None:
    """Something in the folder that no report has, which replacing it would lose."""
    for entry in folder.iterdir():
        link = entry.is_symlink()
        if entry.name in (*FILES, COMPARISON) and entry.is_file() and not link:
            continue
        if entry.name == WORST and entry.is_dir() and not link:
            alien = [e.name for e in entry.iterdir() if not _PICTURE.fullmatch(e.name)]
            if alien:
                return f"{WORST}/{alien[0]}"
            continue
        if entry.name == OTHERS and entry.is_dir() and not link:
            for other in entry.iterdir():
                if not other.is_dir() or (inside := _strange(other)):
                    return f"{OTHERS}/{other.name}" + (f"/{inside}" if other.is_dir() else "")
            continue
        return entry.name
    return None
