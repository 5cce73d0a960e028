"""Measure a clip in one pass: decode, find its shots, show every step to the watchers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing

import numpy as np

from animecolor.qa.columns import COLUMNS, Frames
from animecolor.qa.detect import Notes, Setting, Watch, Watcher
from animecolor.qa.measurement import About, Measurement
from animecolor.qa.motion import Motion
from animecolor.qa.request import Request
from animecolor.qa.triplets import Album
from animecolor.qa.view import Step, View
from animecolor.qa.views import Views, source_kind
from animecolor.qa.watchers import WATCHES
from animecolor.stages.prefetch import prefetch
from animecolor.video.info import VideoInfo

__all__ = ["Request", "measure"]

_AHEAD = 2
"""Steps whose motion is measured ahead, while the watchers look at the one before."""
_LOSSLESS = frozenset(
    {
        *("apng", "bmp", "dpx", "exr", "ffv1", "ffvhuff", "gif", "huffyuv", "magicyuv", "png"),
        *("qtrle", "rawvideo", "sgi", "targa", "tiff", "utvideo", "v210", "v410"),
    }
)


def measure(
    clip: VideoInfo,
    request: Request,
    watch: Callable[[int], None] | None = None,
    watches: Sequence[Watch] = WATCHES,
) -> Measurement:
    """Find out all there is to find out about a clip, before any limit is applied.

    Frames are looked at once, in order; memory grows by a row of numbers a frame and by no more
    than 100 sightings for each check and shot. Where the clips differ in length the part that all
    have is measured.

    Args:
        clip: from ``video.probe``.
        request: its companions and how closely to look.
        watch: called with the number of frames measured so far.
        watches: the measures and detectors.

    Raises:
        UsageError: a companion is of another shape, the range holds no frame, or a list of shots
            cannot be read.
        AnimecolorError: a clip is damaged.
    """
    views = Views(clip, request)
    album = Album()
    notes = Notes(album.want)
    with closing(iter(views)) as stream:
        setting = _setting(clip, request, views)
        watchers = [made for each in watches if (made := each(setting, notes)) is not None]
        steps = _steps(stream, Motion(_is_lossy(request.source or clip)))
        pts, shots = _run(steps, watchers, album, watch)
    for watcher in watchers:
        watcher.finish(views.lengths)
    sightings = notes.sightings()
    values = notes.columns(len(pts))
    for column in COLUMNS:
        values.setdefault(column.key, np.full(len(pts), np.nan, np.float32))
    return Measurement(
        _about(setting, views, pts, notes),
        Frames(np.asarray(pts, np.int64), np.asarray(shots, np.int32), values),
        sightings,
        album.finish(sightings),
        notes.of_shots(shots[-1] + 1),
    )


def _run(
    told: Generator[tuple[View, Step | None]],
    watchers: list[Watcher],
    album: Album,
    watch: Callable[[int], None] | None,
) -> tuple[list[int], list[int]]:
    """Show every frame to every watcher. Returns the frames' time stamps and shots."""
    pts: list[int] = []
    shots: list[int] = []
    with closing(prefetch(told, _AHEAD)) as steps:
        for view, step in steps:
            if step is None and pts:
                for watcher in watchers:
                    watcher.end()
            album.see(view)
            for watcher in watchers:
                if step is None:
                    watcher.begin(view)
                else:
                    watcher.push(step)
            pts.append(view.pts)
            shots.append(view.shot)
            if watch is not None:
                watch(len(pts))
    for watcher in watchers:
        watcher.end()
    return pts, shots


def _steps(stream: Iterable[View], motion: Motion) -> Generator[tuple[View, Step | None]]:
    """Every frame, and its step from the one before; None where a shot opens."""
    before: View | None = None
    for view in stream:
        opens = before is None or before.shot != view.shot
        yield view, None if opens or before is None else motion.step(before, view)
        before = view


def _setting(clip: VideoInfo, request: Request, views: Views) -> Setting:
    kind = source_kind(views.sources())
    return Setting(request, clip.rate, clip.height, clip.width, _is_lossy(clip), kind)


def _is_lossy(clip: VideoInfo) -> bool:
    """Half the chroma samples change colors as much as a codec does."""
    halved = clip.pix_fmt.startswith(("yuv42", "yuvj42", "yuv41", "yuva42", "nv1", "p01"))
    return clip.codec not in _LOSSLESS or halved


def _about(setting: Setting, views: Views, pts: list[int], notes: Notes) -> About:
    clip, request = views.clip, setting.request
    return About(
        clip=clip.path.name,
        frames=len(pts),
        height=clip.height,
        width=clip.width,
        rate=clip.rate,
        time_base=clip.time_base,
        start_pts=clip.start_pts,
        lossy=setting.lossy,
        coding=f"{clip.codec}, {clip.pix_fmt}",
        view_height=views.size[0],
        source=None if request.source is None else request.source.path.name,
        source_kind=setting.source_kind,
        reference=None if request.reference is None else request.reference.path.name,
        palette=None if request.palette is None else f"{len(request.palette.swatches)} colors",
        missing=tuple(notes.missing),
        first_frame=round((pts[0] - clip.start_pts) * clip.time_base * clip.rate),
    )
