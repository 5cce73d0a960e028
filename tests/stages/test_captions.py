"""What a clip's shots are said to be: the run's caption, and the shot list's over it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from animecolor.config import Render, Shots
from animecolor.errors import UsageError
from animecolor.frame import Frame, Hint, Plane, Shot
from animecolor.models.colorizer import PerFrame
from animecolor.stages.captions import read_hints
from animecolor.stages.colorize import colorize
from animecolor.stages.shotlist import read_captions, read_shot_list
from animecolor.stages.shots import Clock

CLOCK = Clock(Fraction(24))


def frame(index: int, opens: bool = True, shot: int = 0) -> Frame:
    image = torch.zeros((3, 8, 8), dtype=torch.uint8)
    plane = torch.zeros((1, 8, 8))
    return Frame(image, index, Fraction(1, 24), index, opens_shot=opens, shot=shot, plane=plane)


def listed(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "shots.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_clip_without_words() -> None:
    assert read_hints(Render(), CLOCK)(frame(0)) == Hint()


def test_the_lists_caption_wins_over_the_runs(tmp_path: Path) -> None:
    path = listed(tmp_path, "start_frame,caption\n0,a red bus\n10,\n20,a blue bus, at sea\n")
    render = Render(caption="a cat", shots=Shots(list=path))
    hints = read_hints(render, CLOCK)
    assert [hints(frame(i)).caption for i in (0, 9, 10, 20, 30)] == [
        "a red bus", "a red bus", "a cat", "a blue bus", "a blue bus",
    ]  # fmt: skip


def test_a_run_from_the_middle_counts_as_the_list_does(tmp_path: Path) -> None:
    path = listed(tmp_path, "start_frame;caption\n0;one\n10;two, with a comma\n")
    hints = read_hints(Render(shots=Shots(list=path)), Clock(Fraction(24), start_pts=-10))
    assert hints(frame(0)).caption == "two, with a comma"


def test_lists_without_captions_say_nothing(tmp_path: Path) -> None:
    path = listed(tmp_path, "start_frame,name\n0,a\n7,b\n")
    assert read_captions(path, Fraction(24)) == {0: "", 7: ""}
    assert read_shot_list(path, Fraction(24)) == {0, 7}
    with pytest.raises(UsageError, match="cannot read the shot list"):
        read_captions(tmp_path / "none.csv", Fraction(24))


def test_each_shot_is_begun_with_its_own_words() -> None:
    heard: list[str] = []

    class Listener:
        reads = Plane.GRAY

        def paint(self, frames: Sequence[Frame], shot: Shot) -> Tensor:
            heard.extend([shot.hint.caption] * len(frames))
            return torch.zeros((len(frames), 3, 8, 8))

    frames: list[Any] = [frame(0), frame(1, False), frame(2, True, 1), frame(3, False, 1)]
    said = {0: "one", 2: "two"}
    done = list(colorize(frames, PerFrame(Listener()), hints=lambda f: Hint(said[f.index])))
    assert len(done) == 4
    assert heard == ["one", "one", "two", "two"]
