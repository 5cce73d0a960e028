"""The preview shows what the timesheet exposes, back to front, frame by frame."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from animecolor.cels.folder import Cut, read_cut
from animecolor.cels.preview import preview_digest, write_preview
from animecolor.config import Output, Render
from tests.cels.drawings import save, with_sheet

RED, BLUE, WHITE = (220, 40, 40), (40, 40, 220), (255, 255, 255)


def cel(color: tuple[int, int, int], left: int, alpha: bool) -> Image.Image:
    """A 16-pixel square with a white middle on a 64x48 ground."""
    picture = np.full((48, 64, 3), 255, np.uint8)
    picture[16:32, left : left + 16] = color
    picture[20:28, left + 4 : left + 12] = 255
    if not alpha:
        return Image.fromarray(picture)
    cover = np.zeros((48, 64), np.uint8)
    cover[16:32, left : left + 16] = 255
    return Image.fromarray(np.dstack((picture, cover)))


@pytest.fixture
def cut(tmp_path: Path) -> Cut:
    """A red square on white paper, and from frame 2 to 3 a blue one before it on transparency."""
    save(cel(RED, 8, alpha=False), tmp_path / "A/a1.png")
    save(cel(RED, 40, alpha=False), tmp_path / "A/a2.png")
    save(cel(BLUE, 16, alpha=True), tmp_path / "B/b1.png")
    sheet = {"A": {0: "1", 4: "2"}, "B": {2: "1", 4: "SYMBOL_NULL_CELL"}}
    with_sheet(tmp_path, sheet, 6)
    return read_cut(tmp_path)


def files(cut: Cut) -> dict[str, Path]:
    return {drawing.name: drawing.path for layer in cut.layers for drawing in layer.drawings}


def frames(cut: Cut, tmp_path: Path, render: Render) -> list[NDArray[np.uint8]]:
    target = tmp_path / "preview.mp4"
    write_preview(cut, files(cut), target, render)
    with av.open(str(target)) as clip:
        assert clip.streams.video[0].average_rate == 24
        return [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]


def near(pixel: NDArray[np.uint8], color: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - color).max() < 45)


def test_cels_are_stacked_as_the_sheet_says(cut: Cut, tmp_path: Path) -> None:
    shown = frames(cut, tmp_path, Render())
    assert len(shown) == 6
    for number, frame in enumerate(shown):
        assert near(frame[18, 10], RED if number < 4 else WHITE)
        assert near(frame[18, 30], BLUE if number in (2, 3) else WHITE)
        before = BLUE if number in (2, 3) else RED if number < 2 else WHITE
        assert near(frame[18, 20], before)
        assert near(frame[18, 50], WHITE if number < 4 else RED)


def test_white_inside_a_cel_is_paint_unless_retas_says_otherwise(tmp_path: Path) -> None:
    save(cel(RED, 8, alpha=False), tmp_path / "A/a1.png")
    save(cel(BLUE, 8, alpha=False), tmp_path / "B/b1.png")
    under = np.array(cel(RED, 8, alpha=False))
    under[16:32, 8:24] = RED
    save(Image.fromarray(under), tmp_path / "A/a1.png")
    with_sheet(tmp_path, {"A": {0: "1"}, "B": {0: "1"}}, 1)
    cut = read_cut(tmp_path)
    (shown,) = frames(cut, tmp_path, Render())
    assert near(shown[24, 16], WHITE)
    (shown,) = frames(cut, tmp_path, Render(output=Output(retas=True)))
    assert near(shown[24, 16], RED)


def test_cels_of_another_size_share_their_middle(tmp_path: Path) -> None:
    save(Image.new("RGB", (65, 49), RED), tmp_path / "A/a1.png")
    save(Image.new("RGB", (17, 9), BLUE), tmp_path / "B/b1.png")
    with_sheet(tmp_path, {"A": {0: "1"}, "B": {0: "1"}}, 1)
    (shown,) = frames(read_cut(tmp_path), tmp_path, Render())
    assert shown.shape == (49, 65, 3)
    assert near(shown[24, 32], BLUE)
    assert near(shown[24, 20], RED)
    assert near(shown[18, 32], RED)


def test_the_digest_changes_with_what_is_shown(cut: Cut) -> None:
    before = preview_digest(cut, files(cut))
    assert preview_digest(cut, files(cut)) == before
    save(cel(BLUE, 8, alpha=False), cut.path / "A/a1.png")
    repainted = preview_digest(cut, files(cut))
    assert repainted != before
    with_sheet(cut.path, {"A": {0: "1"}, "B": {0: "1"}}, 6)
    assert preview_digest(read_cut(cut.path), files(cut)) != repainted
