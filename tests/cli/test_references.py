"""``run --reference`` and ``run --keyframe-model``: what they change, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import torch

from animecolor.cli import main
from animecolor.config import Lines, LineSource, Mode, Network, Render
from animecolor.errors import UsageError
from animecolor.frame import Plane
from animecolor.models.registry import find_reader
from animecolor.stages.canny import canny_plane
from animecolor.stages.sheets import read_sheets
from tests.cli.test_keyframes import animated, cut_short, large, paint
from tests.stages.drawings import figure

Capture = pytest.CaptureFixture[str]
RED = (30, 30, 220)


def run(clip: Path, *flags: object) -> int:
    return main(["run", str(clip), *map(str, flags)])


def mean_color(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        frames = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
    assert len(frames) == 12
    return np.stack(frames).mean((0, 1, 2))


def save(path: Path, picture: np.ndarray) -> Path:
    order = [2, 1, 0, *range(3, picture.shape[2])]
    assert cv2.imwrite(str(path), picture[..., order])
    return path


def render(*paths: Path, **more: object) -> Render:
    return Render.model_validate({"references": paths, "network": Network(size=64)} | more)


def test_a_sheet_colors_the_clip_and_two_are_said(
    clip: Path, doubting: list[str], capsys: Capture
) -> None:
    """The tiny network blends what it finds in equal shares, so that a red sheet reddens."""
    red = paint(clip.with_name("red.png"), RED)
    plain, redder = clip.with_name("plain.mkv"), clip.with_name("redder.mkv")
    assert run(clip, *doubting, "-o", plain) == 0
    assert run(clip, *doubting, "-o", redder, "--reference", red) == 0
    before, after = mean_color(plain), mean_color(redder)
    assert after[0] - after[2] > before[0] - before[2] + 10
    other = paint(clip.with_name("tall.png"), RED, (300, 100))
    capsys.readouterr()
    words = ["--reference", red, "--reference", other, "-n", "--keyframe-model", "tcvc"]
    assert run(clip, *doubting, *words) == 0
    said = capsys.readouterr().out
    assert "references    red.png at 96x64, tall.png at 64x192\n" in said
    assert "keyframes by  tcvc\n" in said


def test_the_config_names_sheets_and_the_record_repeats_them(
    clip: Path, doubting: list[str]
) -> None:
    paint(clip.with_name("red.png"), RED)
    show = clip.with_name("show.toml")
    show.write_text('references = ["red.png"]\n')
    assert run(clip, *doubting, "--config", show) == 0
    result = clip.with_name("clip.color.mp4")
    again = clip.with_name("again.mp4")
    assert run(clip, "--config", f"{result}.run.toml", "-o", again) == 0
    assert again.read_bytes() == result.read_bytes()


@pytest.mark.parametrize("size", [(90, 160), (400, 130), (32, 40)])
def test_a_sheet_is_read_as_the_clips_frames_are(size: tuple[int, int], tmp_path: Path) -> None:
    """Shrunk to the working size, never enlarged, its aspect kept."""
    picture = figure(3, size=size, paint=True)
    path = save(tmp_path / "sheet.png", picture)
    (gray,) = read_sheets(render(path, mode=Mode.GRAY))
    height, width = gray.color.shape[1:]
    assert min(height, width) == min(64, *size)
    assert height / width == pytest.approx(size[0] / size[1], rel=0.05)
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA) / np.float32(255)
    assert np.abs(gray.color.permute(1, 2, 0).numpy() - small).max() < 1e-6
    luma = small @ np.float32([0.2126, 0.7152, 0.0722])
    assert np.abs(gray.plane[0].numpy() - luma).max() < 1e-5
    for source in (LineSource.INK, LineSource.CANNY):
        (line,) = read_sheets(render(path, lines=Lines(source=source)))
        assert torch.equal(line.color, gray.color)
        drawn = canny_plane(gray.plane[0].numpy(), Lines())
        assert np.array_equal(line.plane[0].numpy(), drawn)
        assert 0 < drawn.mean() < 1


def test_any_picture_is_read(tmp_path: Path) -> None:
    """Transparent on white, 16 bits, grey, and one pixel."""
    clear = np.zeros((64, 64, 4), np.uint8)
    clear[:32] = (200, 0, 0, 255)
    deep = np.full((64, 64, 3), 0x8000, np.uint16)
    paths = [
        save(tmp_path / "clear.png", clear),
        save(tmp_path / "deep.png", deep),
        save(tmp_path / "one.png", np.full((1, 1, 3), 255, np.uint8)),
        tmp_path / "gray.jpg",
    ]
    assert cv2.imwrite(str(paths[3]), np.full((64, 64), 51, np.uint8))
    laid, half, one, gray = (sheet.color for sheet in read_sheets(render(*paths)))
    assert laid[:, 60, 60].tolist() == [1, 1, 1]
    assert laid[:, 4, 4].tolist() == pytest.approx([200 / 255, 0, 0], abs=0.01)
    assert half[:, 9, 9].tolist() == pytest.approx([0.5] * 3, abs=0.01)
    assert one.shape == (3, 4, 4)
    assert gray[:, 9, 9].tolist() == pytest.approx([0.2] * 3, abs=0.01)


@pytest.mark.parametrize(
    ("make", "end"),
    [
        (lambda path: None, (2, "sheet.png: no such file")),
        (lambda path: path.write_text("hello"), (1, "sheet.png")),
        (lambda path: path.touch(), (1, "sheet.png is empty")),
        (large, (1, "is 60000x60000, more than the limit of 8192 pixels a side")),
        (cut_short, (1, "sheet.png")),
        (animated, (1, "sheet.png is animated; a painting is one still picture")),
    ],
)
def test_a_wrong_sheet_is_one_sentence(
    make: Callable[[Path], object],
    end: tuple[int, str],
    clip: Path,
    doubting: list[str],
    capsys: Capture,
) -> None:
    sheet = clip.with_name("sheet.png")
    make(sheet)
    before = {path.name for path in clip.parent.iterdir()}
    for words in ([], ["-n"]):
        assert run(clip, *doubting, "--reference", sheet, *words) == end[0]
        said = capsys.readouterr().err
        assert end[1] in said
        assert len(said.splitlines()) == 1
    assert {path.name for path in clip.parent.iterdir()} == before


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--model", "tcvc", "--reference", "x.png"], "tcvc takes no references; these do: anchor"),
        (["--keyframe-model", "anchor"], "anchor carries colours on; name another model"),
        (["--keyframe-model", "dall-e"], "there is no model 'dall-e'"),
    ],
)
@pytest.mark.parametrize("dry", [[], ["-n"]])
def test_what_a_model_cannot_do_is_refused(
    flags: list[str], sentence: str, dry: list[str], clip: Path, capsys: Capture
) -> None:
    assert run(clip, *flags, *dry) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1
    assert [path.name for path in clip.parent.iterdir()] == [clip.name]


def test_a_painter_that_reads_another_plane_is_refused() -> None:
    with pytest.raises(UsageError, match="tcvc does not read nir; it reads line, gray"):
        find_reader("tcvc", Plane.NIR)


def test_a_keyframe_model_paints_only_what_no_person_did(clip: Path, doubting: list[str]) -> None:
    """Frame 0 of the first shot is painted; the second shot is the other model's to begin."""
    cuts, keys = clip.with_name("cuts.csv"), clip.with_name("keys")
    cuts.write_text("start_frame\n0\n7\n")
    paint(keys / "0.png", RED)
    flags = [*doubting, "--cuts", cuts, "--keyframes", keys, "--encode", "master", "--mode", "gray"]
    results = []
    for words in ([], ["--keyframe-model", "tcvc"], ["--keyframe-model", "tcvc-faithful"]):
        target = clip.with_name(f"{len(results)}.mkv")
        told = ["--confidence", target.with_suffix(".mp4")]
        assert run(clip, *flags, *words, *told, "-o", target) == 0
        with av.open(str(target)) as container:
            frames = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
        results.append(np.stack(frames))
    alone, one, other = results
    same = [np.array_equal(*pair) for pair in zip(alone, one, strict=True)]
    assert same == [True] * 7 + [False] * 5
    assert not np.array_equal(one[7], other[7])
