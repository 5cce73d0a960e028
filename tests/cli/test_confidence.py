"""``run --confidence``: the heat map, its tables, and what is refused."""

from __future__ import annotations

import csv
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import torch

from animecolor.cli import main
from animecolor.stages.heat import HOTTEST, HeatTape, heat, heat_tape
from animecolor.video.info import VideoInfo
from tests.cli.conftest import EXPECTED, draw
from tests.cli.test_keyframes import paint
from tests.stages.drawings import frame

Capture = pytest.CaptureFixture[str]


def run(clip: Path, *flags: object) -> int:
    return main(["run", str(clip), *map(str, flags)])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def pictures(path: Path) -> tuple[list[float], np.ndarray]:
    with av.open(str(path)) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        frames = list(container.decode(video=0))
    return [f.time for f in frames], np.stack([f.to_ndarray(format="rgb24") for f in frames])


def test_heat_and_tables_of_two_shots(tmp_path: Path, doubting: list[str]) -> None:
    """Frame 0 is painted, the rest is in doubt; the result is what it is without all this."""
    uneven = "setpts='N*N*1001/24000/TB/4'"
    sound = ("-f", "lavfi", "-i", "sine=duration=0.5")
    vfr = ("-vf", uneven, "-fps_mode", "vfr", "-enc_time_base", "1:24000")
    clip = draw(tmp_path / "clip.mp4", *vfr, inputs=sound)
    (tmp_path / "cuts.csv").write_text("start_frame\n0\n7\n")
    paint(tmp_path / "keys" / "0.png")
    flags = [*doubting, "--cuts", tmp_path / "cuts.csv", "--keyframes", tmp_path / "keys"]
    plain, told = tmp_path / "plain.mkv", tmp_path / "told.mkv"
    assert run(clip, *flags, "--no-audio", "-o", plain) == 0
    assert run(clip, *flags, "--no-audio", "-o", told, "--confidence", tmp_path / "doubt.mp4") == 0
    times, shown = pictures(tmp_path / "doubt.mp4")
    right, result = pictures(told)
    assert times == pytest.approx(right, abs=1e-3)
    assert np.array_equal(result, pictures(plain)[1])
    # The drawing dims the heat, so that frames are compared in their brightest tenth.
    bright = np.quantile(shown.reshape(12, -1, 3), 0.9, axis=1)
    assert (bright[0] < 120).all()
    assert (bright[1:, :2] > 200).all()

    first, second = rows(tmp_path / "doubt.csv")
    assert [first[c] for c in ("first_frame", "last_frame", "frames")] == ["0", "6", "7"]
    assert [second[c] for c in ("first_frame", "last_frame", "frames")] == ["7", "11", "5"]
    assert float(first["expected_error"]) == pytest.approx(EXPECTED * 6 / 7, abs=1e-3)
    assert float(first["doubtful_share"]) == pytest.approx(6 / 7, abs=1e-3)
    assert float(second["expected_error"]) == pytest.approx(EXPECTED, abs=1e-3)
    assert float(second["start_s"]) == float(second["worst_s"]) == pytest.approx(times[7], abs=1e-3)
    frames = rows(tmp_path / "doubt.frames.csv")
    assert [int(row["frame"]) for row in frames] == list(range(12))
    assert [int(row["shot"]) for row in frames] == [0] * 7 + [1] * 5
    assert {row["clip"] for row in frames} == {"clip.mp4"}
    assert float(frames[0]["expected_error"]) == 0
    assert [float(row["time_s"]) for row in frames] == pytest.approx(times, abs=1e-3)


def test_a_held_frame_counts_and_numbers_are_the_clips(tmp_path: Path, doubting: list[str]) -> None:
    clip = draw(tmp_path / "clip.mkv", "-vf", "fps=6,fps=24", "-c:v", "ffv1")
    out = tmp_path / "doubt.mkv"
    assert run(clip, *doubting, "--mode", "gray", "--start", "4f", "--confidence", out) == 0
    frames = rows(tmp_path / "doubt.frames.csv")
    assert [int(row["frame"]) for row in frames] == list(range(4, 12))
    assert sum(int(row["held"]) for row in frames) == 6
    assert {row["expected_error"] for row in frames} == {frames[0]["expected_error"]}
    (shot,) = rows(tmp_path / "doubt.csv")
    assert (shot["first_frame"], shot["frames"]) == ("4", "8")


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--model", "tcvc", "--confidence", "d.mp4"], "tcvc cannot tell its confidence"),
        (["--confidence", "d.avi"], "d.avi: the heat map's extension must be one of .mp4"),
        (["--confidence", "clip.mp4"], "clip.mp4 is the input; name another output"),
        (["-o", "d.mp4", "--confidence", "d.mp4"], "d.mp4 is the output; name another heat map"),
        (["--review", "d.mp4", "--confidence", "d.mp4"], "d.mp4 is the review clip"),
        (["--confidence", "there.mp4"], "there.csv exists; pass -y to replace it"),
        (["--confidence", "no/d.mp4"], "no: no such folder"),
    ],
)
def test_a_wrong_heat_map_is_refused_before_any_work(
    flags: list[str],
    sentence: str,
    clip: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(clip.parent)
    Path("there.csv").write_text("mine")
    assert run(Path("clip.mp4"), *flags) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1
    assert {path.name for path in clip.parent.iterdir()} == {"clip.mp4", "there.csv"}


@pytest.mark.parametrize(("broken", "left"), [("__call__", set()), ("end_shot", {"result"})])
def test_what_breaks_off_leaves_no_half_of_it(
    broken: str, left: set[str], clip: Path, doubting: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the last frame nothing is left; after it the result stays, with its record."""
    whole = getattr(HeatTape, broken)

    def stop(tape: HeatTape, *frames: object) -> None:
        whole(tape, *frames)
        if tape.clip.written == 12:
            raise KeyboardInterrupt

    monkeypatch.setattr(HeatTape, broken, stop)
    assert run(clip, *doubting, "--confidence", clip.with_name("doubt.mp4")) == 130
    made = {"clip.color.mp4", "clip.color.mp4.run.toml"} if left else set()
    assert {path.name for path in clip.parent.iterdir()} == {"clip.mp4"} | made


def test_a_full_disk_is_a_sentence_about_the_table(
    clip: Path, doubting: list[str], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def writerow(self, row: object) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(csv, "writer", lambda *args, **more: Full())
    assert run(clip, *doubting, "--confidence", clip.with_name("doubt.mp4")) == 1
    assert capsys.readouterr().err.endswith("doubt.frames.csv: the disk is full\n")
    assert [path.name for path in clip.parent.iterdir()] == ["clip.mp4"]


def test_more_error_is_lighter_on_a_fixed_scale_and_lines_stay_visible() -> None:
    luma = np.full((8, 64), 255, np.uint8)
    luma[4] = 0
    error = torch.linspace(0, HOTTEST, 64).expand(1, 8, 64)
    lightness = cv2.cvtColor(heat(luma, error), cv2.COLOR_RGB2LAB)[..., 0].astype(int)
    assert (np.diff(lightness[0]) >= 0).all()
    assert lightness[0, -1] - lightness[0, 0] > 150
    assert (lightness[4] < 0.75 * lightness[0]).all()
    assert np.array_equal(heat(luma, error * 9)[:, -1], heat(luma, error)[:, -1])
    half = heat(luma, torch.full((1, 4, 32), HOTTEST / 2))
    assert half.shape == (8, 64, 3)


def test_a_colorizer_that_cannot_tell_is_a_bug_not_a_cold_map(tmp_path: Path, clip: Path) -> None:
    from animecolor.config import Limits
    from animecolor.video.probe import probe

    info: VideoInfo = probe(clip, Limits())
    with (
        pytest.raises(ValueError, match="frame 0 has no expected error"),
        heat_tape(tmp_path / "doubt.mp4", info) as tape,
    ):
        tape(frame(np.zeros((64, 96, 3), np.uint8)))
    assert not list(tmp_path.glob("*doubt*"))
