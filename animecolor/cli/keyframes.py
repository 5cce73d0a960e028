"""``animecolor keyframes``: choose the frames worth painting and export them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from animecolor.cli.messages import quiet, reporting
from animecolor.cli.options import CONFIG, DRAWING, FILE, PROGRESS, options, settled
from animecolor.cli.plan import expected_frames
from animecolor.cli.progress import progress
from animecolor.cli.run import look_at
from animecolor.errors import AnimecolorError, UsageError, printable

if TYPE_CHECKING:
    from animecolor.config import Render
    from animecolor.stages.doubtlist import Doubt
    from animecolor.video.info import VideoInfo

_NEAR_S = 1e-5
"""Times in a table are rounded to six places."""

WHERE = (
    click.option("-o", "--output", "folder", type=FILE, required=True, help="Folder to write."),
    click.option("-y", "--overwrite", is_flag=True, help="Export again; painted files stay."),
    click.option(
        "--after",
        type=FILE,
        metavar="RESULT",
        help="Add frames that `run --confidence RESULT` left in doubt.",
    ),
    click.option(
        "--per-shot",
        type=click.IntRange(1, 100),
        help="At most so many frames of a shot [2; new ones, with --after: 1].",
    ),
    click.option("--most", type=click.IntRange(1), help="With --after: so many frames in all."),
)


@click.command(context_settings={"show_default": False})
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@options(WHERE, DRAWING, (CONFIG, PROGRESS))
@reporting
def keyframes(
    source: Path,
    folder: Path,
    overwrite: bool,
    after: Path | None,
    per_shot: int | None,
    most: int | None,
    config: Path | None,
    meter: str,
    **flags: Any,
) -> None:
    """Choose the frames of INPUT worth painting, and export them with their line art.

    Of every shot the first drawing is chosen, then the frames that differ most from those chosen.
    Paint over the PNG files, then colour the rest with `animecolor run INPUT --keyframes DIR`.

    With `--confidence RESULT` that run tells where its colours are in doubt, and `--after RESULT`
    adds the frames to DIR whose painting would help most; what is there stays.
    """
    from animecolor.stages.export import check_export

    if most is not None and after is None:
        raise click.UsageError("--most is for --after; --per-shot says how many of each shot")
    render = settled(flags, config)
    info = look_at(source, render)
    check_export(folder, info, overwrite or after is not None)
    if after is not None:
        _add(after, folder, info, render, Budget(per_shot or 1, most))
        return

    from animecolor.pipeline import export_keyframes

    total = expected_frames(info, render.range)
    with progress("none" if quiet() else meter, total) as watch:
        keys = export_keyframes(info, folder, render, per_shot or 2, watch)
    shots = len({key.shot for key in keys.key})
    click.echo(f"{printable(str(folder))} (frames: {len(keys.key)}, shots: {shots})")


@dataclass(frozen=True, slots=True)
class Budget:
    """How many frames may be proposed."""

    per_shot: int
    most: int | None


def _add(told: Path, folder: Path, info: VideoInfo, render: Render, budget: Budget) -> None:
    """Propose frames by what a run said of its doubt, add them to the folder and list them."""
    from animecolor.pipeline import add_keyframes
    from animecolor.stages.doubt import WORTH, propose
    from animecolor.stages.doubtlist import frames_table, read_doubts
    from animecolor.stages.paintings import painted_frames

    path = frames_table(told)
    doubts = read_doubts(path)
    _check_is_of(doubts[-1], path, info)
    stamps, numbers = painted_frames(folder, info)

    def is_painted(doubt: Doubt) -> bool:
        return doubt.pts in stamps or doubt.frame in numbers

    proposals = propose(doubts, is_painted, budget.per_shot, budget.most)
    if not proposals:
        raise AnimecolorError(
            f"{path} leaves no frame to propose: all are painted, or their expected error is "
            f"below {WORTH}"
        )
    add_keyframes(info, folder, render, proposals)
    for proposal in proposals:
        frame = proposal.doubt
        click.echo(
            f"frame {frame.frame} at {frame.time_s:.3f} s in shot {frame.shot}: "
            f"expected error {proposal.expected_error:.3f}"
        )
    click.echo(f"{printable(str(folder))} (frames added: {len(proposals)})")


def _check_is_of(doubt: Doubt, path: Path, info: VideoInfo) -> None:
    """Refuse a table of another clip, which has another name or counts time otherwise."""
    from animecolor.stages.keylist import source_name

    if doubt.clip != source_name(info):
        raise UsageError(f"{path} is of the clip {doubt.clip}, not of {source_name(info)}")
    if abs(float(doubt.pts * info.time_base) - doubt.time_s) > _NEAR_S:
        raise UsageError(f"{path} is of another clip: its time stamps count time otherwise")
