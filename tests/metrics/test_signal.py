"""Levels, changes and fidelity of 8-bit pictures agree with FFmpeg, scikit-image and our own."""

from __future__ import annotations

import re
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from av.filter import Graph
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from animecolor.color import delta_e_2000, rgb_to_lab
from animecolor.metrics import fidelity, palette, pictures, signal
from animecolor.video.ffmpeg import find_ffmpeg
from tests.filmed import frames

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def bikes() -> list[Picture]:
    return frames("bikes.mp4", 6)


def tensor(picture: Picture) -> torch.Tensor:
    return torch.from_numpy(picture).permute(2, 0, 1)[None]


def codes(picture: Picture) -> Picture:
    """(3, h, w) full-range Y, Cb and Cr, from the equations of ITU-R BT.709."""
    red, green, blue = np.moveaxis(picture.astype(np.float64), 2, 0)
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return np.rint([y, (blue - y) / 1.8556 + 128, (red - y) / 1.5748 + 128]).astype(np.uint8)


def signalstats(clip: list[Picture]) -> list[dict[str, float]]:
    """What FFmpeg's filter says; the codes are ours, as swscale rounds chroma down."""
    graph, step = Graph(), Fraction(1, 24)
    size = {"width": clip[0].shape[1], "height": clip[0].shape[0]}
    chain = [
        graph.add_buffer(**size, format="yuv444p", time_base=step),
        graph.add("signalstats"),
        graph.add("buffersink"),
    ]
    for one, other in zip(chain, chain[1:], strict=False):
        one.link_to(other)
    graph.configure()
    told = []
    for number, picture in enumerate(clip):
        frame = VideoFrame.from_ndarray(codes(picture), format="yuv444p")
        frame.pts, frame.time_base = number, step
        graph.push(frame)
        found = graph.pull().metadata
        told.append({key: float(found[f"lavfi.signalstats.{key}"]) for key in KEYS})
    return told


KEYS = ("YAVG", "UAVG", "VAVG", "YDIF")


def test_levels_are_those_of_signalstats(bikes: list[Picture]) -> None:
    told = signalstats(bikes)
    for number, picture in enumerate(bikes):
        expected = [told[number][key] for key in KEYS]
        assert signal.levels(picture) == pytest.approx(
            expected[:3], abs=0.2
        )  # it rounds every code
        if number:
            lumas = [signal.luma_of(each) for each in bikes[number - 1 : number + 1]]
            assert signal.change(lumas[0], lumas[1]) == pytest.approx(expected[3], abs=0.05)
    assert told[1]["YDIF"] > 1  # it moves


def test_colorfulness_is_that_of_the_tensors(bikes: list[Picture]) -> None:
    expected = palette.colorfulness(tensor(bikes[0]).float() / 255).item()
    assert signal.colorfulness(bikes[0]) == pytest.approx(expected, rel=1e-4)


def test_gray_is_gray_whatever_its_level() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    assert signal.gray_share(signal.chroma_of(ramp)) == 1
    tinted = ramp.copy()
    tinted[:, :128, 0] += 40
    assert signal.gray_share(signal.chroma_of(tinted)) == pytest.approx(0.5)


def test_a_streamed_cdc_is_that_of_the_clip(bikes: list[Picture]) -> None:
    drift = palette.Drift()
    assert np.isnan(drift.value)
    for picture in bikes:
        drift.push(picture)
    clip = torch.cat([tensor(picture) for picture in bikes]).float() / 255
    assert drift.value == pytest.approx(palette.cdc(clip), abs=1e-9)
    assert drift.value > 1e-3


def test_fidelity_is_that_of_the_tensors_and_of_scikit_image(bikes: list[Picture]) -> None:
    one, other = bikes[0], bikes[3]
    pair = tensor(one), tensor(other)
    assert pictures.psnr(one, other) == pytest.approx(fidelity.psnr(*pair).item(), abs=1e-3)
    assert pictures.psnr(one, one) == fidelity.LARGEST_DB
    assert pictures.ssim(one, other) == pytest.approx(fidelity.ssim(*pair).item(), abs=1e-4)
    theirs = structural_similarity(
        one,
        other,
        channel_axis=2,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
    )
    assert pictures.ssim(one, other) == pytest.approx(theirs, abs=2e-3)  # theirs pads the rim
    labs = [rgb_to_lab(each[0].double() / 255) for each in pair]
    expected = delta_e_2000(*labs)[0].numpy()
    assert np.abs(pictures.delta_e(one, other) - expected).max() < 0.15
    assert pictures.delta_e(one, other).mean() == pytest.approx(expected.mean(), rel=2e-3)
    assert pictures.delta_e(one, other, 4).shape == (one.shape[0] // 4, one.shape[1] // 4)
    with pytest.raises(ValueError, match="11 pixels"):
        pictures.ssim(one[:10], other[:10])


def test_fidelity_agrees_with_the_ffmpeg_program(bikes: list[Picture], tmp_path: Path) -> None:
    size = f"{bikes[0].shape[1]}x{bikes[0].shape[0]}"
    for name, clip in (("a", bikes[:3]), ("b", bikes[3:])):
        (tmp_path / f"{name}.rgb").write_bytes(b"".join(each.tobytes() for each in clip))
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-i"]
    inputs = [*raw, str(tmp_path / "a.rgb"), *raw, str(tmp_path / "b.rgb")]
    for name, measure, digits in (("psnr", pictures.psnr, 0.02), ("ssim", pictures.ssim, 0.02)):
        kept = f"[0]format=gbrp[a];[1]format=gbrp[b];[a][b]{name}=f=-"
        argv = [find_ffmpeg(), "-v", "error", *inputs, "-lavfi", kept, "-f", "null", "-"]
        said = subprocess.run(argv, capture_output=True, check=True, timeout=60).stdout.decode()
        pattern = r"psnr_avg:([\d.]+)" if name == "psnr" else r"All:([\d.]+)"
        theirs = [float(value) for value in re.findall(pattern, said)]
        ours = [measure(a, b) for a, b in zip(bikes[:3], bikes[3:], strict=True)]
        # FFmpeg's SSIM takes 8 x 8 blocks for windows.
        assert ours == pytest.approx(theirs, abs=digits if name == "psnr" else 0.03)
        assert len(theirs) == 3
