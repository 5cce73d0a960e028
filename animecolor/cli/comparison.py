"""``animecolor qa --compare``: several results of one source, each with its own report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from animecolor.cli.inspection import Look
from animecolor.errors import UsageError

if TYPE_CHECKING:
    from animecolor.qa.document import Document
    from animecolor.qa.report.files import Report

MOST = 12
"""Results on one page."""


def compared_before(clip: Path) -> tuple[Path, ...]:
    """The reports below one that is judged again, which keep their places."""
    from animecolor.qa.report.files import OTHERS, is_report

    folder = clip / OTHERS
    if not (is_report(clip) and folder.is_dir()):
        return ()
    return tuple(sorted(path for path in folder.iterdir() if is_report(path)))


def contents_of(paths: Sequence[Path], reports: Sequence[Report], look: Look) -> dict[str, bytes]:
    """The files of a report; with others also theirs, and a page of all.

    Args:
        paths: clips or folders of reports, the one under test first.
        reports: what was found out of each.
        look: how they were measured.
    """
    from animecolor.qa.report.compare import Side, compare_page
    from animecolor.qa.report.files import COMPARISON, OTHERS, PAGE, files

    contents = dict(files(reports[0]))
    if len(reports) == 1:
        return contents
    sides = []
    for number, (path, report) in enumerate(zip(paths, reports, strict=True)):
        folder = f"{OTHERS}/{number:02}/" if number else ""
        if number:
            contents |= {f"{folder}{name}": data for name, data in files(report)}
        frames = report.material.measurement.frames
        name, link = report.document.clip.clip, f"{folder}{PAGE}"
        stills = _stills(path, look, report, [made.document for made in reports])
        sides.append(Side(name, report.document, frames, report.pictures, link, stills))
    contents[COMPARISON] = compare_page(sides).encode("utf-8", "replace")
    return contents


def check_count(others: Sequence[Path]) -> None:
    """Refuse more results than a page can show.

    Raises:
        UsageError: there are.
    """
    if len(others) >= MOST:
        raise UsageError(f"--compare shows {MOST - 1} others at most, not {len(others)}")


def _stills(
    path: Path, look: Look, report: Report, documents: Sequence[Document]
) -> dict[int, bytes]:
    """Pictures of the frames that the page shows of every result, taken from the clip."""
    from animecolor.config import Limits, Range
    from animecolor.qa.report.compare import worst_frames
    from animecolor.qa.report.files import is_report
    from animecolor.qa.snapshots import snapshots
    from animecolor.video.probe import probe

    if is_report(path):
        return {}
    first = report.document.clip.first_frame
    wanted = {worst.frame - first for worst in worst_frames(documents)}
    limits = Limits()
    taken = snapshots(probe(path, limits), Range(**look.range), limits, wanted)
    return {index + first: data for index, data in taken.items()}
