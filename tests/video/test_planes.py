"""Small pictures from planes show what the whole picture, shrunk, would."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame

from animecolor.config import Limits, Range
from animecolor.frame import to_array
from animecolor.video.decode import decode
from animecolor.video.planes import shrunk
from animecolor.video.probe import probe
from animecolor.video.tags import Layout, resolve_tags


def smooth(size: tuple[int, int]) -> np.ndarray:
    """Colors inside the gamut, without edges, so that the place of chroma does not tell."""
    coarse = np.random.default_rng(3).integers(60, 200, (5, 7, 3), np.uint8)
    return cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p", "yuv444p"])
@pytest.mark.parametrize("matrix", [1, 4, 5, 6, 7, 9])
@pytest.mark.parametrize("levels", [1, 2])
def test_a_small_picture_is_the_whole_one_shrunk(
    tmp_path: Path, pixels: str, matrix: int, levels: int
) -> None:
    """Every matrix and range, as swscale reads them; H.264 says where its chroma lies."""
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"qp": "0"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, pixels
        stream.codec_context.colorspace, stream.codec_context.color_range = matrix, levels
        frame = VideoFrame.from_ndarray(smooth((240, 320)), format="rgb24")
        container.mux(stream.encode(frame.reformat(format=pixels)))
        container.mux(stream.encode(None))
    clip = probe(path, Limits())
    assert (clip.color.matrix, clip.color.full_range) == (matrix, levels == 2)
    (whole,), (small,) = (
        list(decode(clip, Range(), Limits(), size)) for size in (None, (120, 160))
    )
    assert whole.size == (240, 320)
    assert small.size == (120, 160)
    wanted = cv2.resize(to_array(whole.image), (160, 120), interpolation=cv2.INTER_AREA)
    apart = cv2.absdiff(wanted, np.ascontiguousarray(to_array(small.image)))
    assert apart.max() <= 3
    assert apart.mean() < 0.6


@pytest.mark.parametrize("pixels", ["yuva420p", "rgb24", "gray", "yuv420p10le"])
def test_other_pictures_are_read_whole(pixels: str) -> None:
    """Alpha, grey, RGB and deep pictures are left to swscale."""
    frame = VideoFrame(320, 240, pixels)
    assert shrunk(frame, resolve_tags((1, 1, 1, 1), Layout.YUV, 1080), (120, 160)) is None


def test_no_plane_is_enlarged() -> None:
    """Chroma of half the size is interpolated by swscale, as everywhere else."""
    frame = VideoFrame(320, 240, "yuv420p")
    tags = resolve_tags((1, 1, 1, 1), Layout.YUV, 1080)
    assert shrunk(frame, tags, (121, 160)) is None
    assert shrunk(frame, tags, (120, 160)) is not None
