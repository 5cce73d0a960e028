"""``keyframes`` and ``run --keyframes`` from end to end, and every sentence they can end with."""

from __future__ import annotations

import hashlib
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from animecolor.cli import main
from animecolor.cli.checks import imaginary_clip
from animecolor.config import Limits, Render, read_layer, settle
from animecolor.errors import AnimecolorError, UsageError
from animecolor.stages.export import check_export
from animecolor.stages.ink import drawing
from animecolor.stages.paintings import read_paintings, read_still
from animecolor.video.info import Kind
from tests.cli.conftest import ffmpeg
from tests.cli.test_help import HEAVY, python

Capture = pytest.CaptureFixture[str]


def keyframes(clip: Path, *flags: object) -> int:
    return main(["keyframes", str(clip), "--size", "64", *map(str, flags)])


def run(clip: Path, *flags: object) -> int:
    return main(["run", str(clip), "--progress", "none", *map(str, flags)])


def paint(
    path: Path, color: tuple[int, ...] = (30, 60, 200), size: tuple[int, int] = (64, 96)
) -> Path:
    """A picture of one BGR or BGRA color."""
    path.parent.mkdir(exist_ok=True)
    assert cv2.imwrite(str(path), np.full((*size, len(color)), color, np.uint8))
    return path


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def folder(clip: Path) -> Path:
    """An export of the clip's first frame and of frame 7."""
    target = clip.with_name("keys")
    cuts = clip.with_name("cuts.csv")
    cuts.write_text("start_frame\n0\n7\n")
    assert keyframes(clip, "-o", target, "--cuts", cuts, "--per-shot", 1) == 0
    return target


def test_what_is_exported(folder: Path, clip: Path) -> None:
    names = {"000000.png", "000000.line.png", "000007.png", "000007.line.png", "keys.toml"}
    assert held(folder).keys() == names
    keys = tomllib.loads((folder / "keys.toml").read_text())
    assert (keys["version"], keys["source"]) == (1, "clip.mp4")
    with av.open(str(clip)) as container:
        frames = list(container.decode(video=0))
    truth = np.stack([f.to_ndarray(format="bgr24") for f in frames]).astype(int)
    for key, number in zip(keys["key"], (0, 7), strict=True):
        assert (key["frame"], key["shot"]) == (number, number // 7)
        assert key["pts"] == frames[number].pts
        assert key["time_s"] == pytest.approx(number / 24, abs=1e-6)
        assert keys["time_base"] == str(frames[number].time_base)
        data = (folder / key["file"]).read_bytes()
        assert key["sha256"] == hashlib.sha256(data).hexdigest()
        line = cv2.imread(str(folder / key["file"].replace(".png", ".line.png")), -1)
        assert line.shape == (64, 96)
        assert set(np.unique(line)) == {0, 255}
        assert (line == 255).mean() > 0.5
        picture = cv2.imread(str(folder / key["file"]), -1)
        # FFmpeg's conversion is not quite ours, but the frame is told from its neighbours.
        assert np.abs(truth - picture).mean((1, 2, 3)).argmin() == number


def test_a_painted_run_differs_and_says_where_keyframes_are(
    folder: Path, clip: Path, fast: list[str], capsys: Capture
) -> None:
    flags = [*fast, "--cuts", clip.with_name("cuts.csv"), "--encode", "master"]
    plain, keyed = clip.with_name("plain.mkv"), clip.with_name("keyed.mkv")
    assert run(clip, *flags, "-o", plain) == 0
    paint(folder / "000007.png")
    flags += ["-o", keyed, "--keyframes", folder]
    capsys.readouterr()
    assert run(clip, *flags, "-n") == 0
    where = "1 in shot 1; none in shot 0, nor after shot 1\n"
    assert f"keyframes  {where}" in capsys.readouterr().out
    assert run(clip, *flags, "-v") == 0
    said = capsys.readouterr().err
    assert "1 exported frames are not painted and are left out" in said
    assert f"keyframes: {where}" in said
    with av.open(str(plain)) as one, av.open(str(keyed)) as other:
        frames = zip(one.decode(video=0), other.decode(video=0), strict=True)
        same = [np.array_equal(*(f.to_ndarray(format="rgb24") for f in pair)) for pair in frames]
    assert same == [True] * 7 + [False] * 5


def test_the_config_names_the_folder_from_where_it_lies(folder: Path, clip: Path) -> None:
    config = clip.with_name("show.toml")
    config.write_text('keyframes = "keys"\n')
    assert settle([read_layer(config)]).keyframes == folder
    assert run(clip, "--config", config, "-n") == 2  # nothing painted: it was looked for


def test_exporting_again_never_touches_what_was_painted(
    folder: Path, clip: Path, capsys: Capture
) -> None:
    paint(folder / "000007.png")
    paint(folder / "000000.line.png")
    paint(folder / "000003.png")  # a frame of the painter's own choice
    (folder / "notes.psd").write_text("layers")
    before = held(folder)
    assert keyframes(clip, "-o", folder) == 2
    assert "is a folder that is not empty; pass -y" in capsys.readouterr().err
    assert held(folder) == before
    assert keyframes(clip, "-o", folder, "--cuts", "none", "--per-shot", 1, "-y") == 0
    assert f"{folder / '000000.line.png'} is painted and was kept" in capsys.readouterr().err
    after = held(folder)
    kept = ("000007.png", "000000.line.png", "000003.png", "notes.psd", "000000.png")
    assert all(after[name] == before[name] for name in kept)
    listed = tomllib.loads(after["keys.toml"].decode())["key"]
    assert [key["file"] for key in listed] == ["000000.png", "000007.png"]
    assert listed[1]["sha256"] != hashlib.sha256(after["000007.png"]).hexdigest()


def test_an_unpainted_frame_no_longer_chosen_goes(
    folder: Path, clip: Path, capsys: Capture
) -> None:
    capsys.readouterr()
    assert keyframes(clip, "-o", folder, "--cuts", "none", "--per-shot", 1, "-y") == 0
    assert capsys.readouterr().out == f"{folder} (frames: 1, shots: 1)\n"
    assert held(folder).keys() == {"000000.png", "000000.line.png", "keys.toml"}


def test_a_failure_leaves_no_folder(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert keyframes(clip, "-o", clip.with_name("keys")) == 1
    assert [path.name for path in clip.parent.iterdir()] == [clip.name]


def large(path: Path) -> None:
    paint(path)
    data = bytearray(path.read_bytes())
    data[16:24] = (60000).to_bytes(4) * 2
    path.write_bytes(data)


def cut_short(path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    assert cv2.imwrite(str(path), noise)
    path.write_bytes(path.read_bytes()[:3000])


def animated(path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=96x64:duration=0.2", "-f", "apng", path)


@pytest.mark.parametrize(
    ("name", "make", "end"),
    [
        (
            "note.txt",
            lambda path: path.write_text("hello"),
            (2, "holds no painted frame: name them"),
        ),
        ("12.png", paint, (2, "12.png: the clip ends with frame 11")),
        ("3.png", lambda path: path.write_text("hello"), (1, "no picture that can be decoded")),
        ("3.png", lambda path: path.touch(), (1, "3.png is empty")),
        ("3.png", large, (1, "is 60000x60000, more than the limit of 8192 pixels a side")),
        ("3.png", cut_short, (1, "3.png")),
        ("3.png", animated, (1, "3.png is animated; a painting is one still picture")),
        (
            "3.png",
            lambda p: paint(p, size=(64, 90)),
            (2, "is 90x64 and cannot be a frame of a clip"),
        ),
        ("keys.toml", lambda path: path.write_text("version = 2"), (2, "keys.toml: version = 2:")),
        ("keys.toml", lambda path: path.write_text("= 2"), (2, "keys.toml is not a TOML file")),
    ],
)
def test_a_wrong_folder_is_one_sentence(
    name: str,
    make: Callable[[Path], object],
    end: tuple[int, str],
    clip: Path,
    fast: list[str],
    capsys: Capture,
) -> None:
    folder = clip.with_name("keys")
    folder.mkdir()
    make(folder / name)
    code, sentence = end
    assert run(clip, *fast, "--keyframes", folder) == code
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1
    assert {path.name for path in clip.parent.iterdir()} == {clip.name, "keys"}


def test_other_refusals(folder: Path, clip: Path, fast: list[str], capsys: Capture) -> None:
    elsewhere = shutil.copy(clip, clip.with_name("other.mp4"))
    paint(folder / "000003.png")
    paint(folder / "3.png")
    missing = clip.with_name("missing")
    for command, sentence in (
        (["run", clip, *fast, "--keyframes", missing], "missing: No such file or directory"),
        (["run", clip, *fast, "--keyframes", folder], "3.png and 000003.png are both frame 3"),
        (
            ["keyframes", clip, "-o", clip],
            "clip.mp4 is a file; keyframes are written into a folder",
        ),
        (["keyframes", clip, "-o", clip.parent, "-y"], "holds the input; name another folder"),
        (["keyframes", elsewhere, "-o", folder, "-y"], "is of the clip clip.mp4, not of other.mp4"),
        (["keyframes", clip, "-o", missing / "keys"], "missing: no such folder"),
    ):
        assert main([str(word) for word in command]) == 2
        said = capsys.readouterr().err
        assert sentence in said
        assert len(said.splitlines()) == 1


def test_standard_input_cannot_be_read_twice(tmp_path: Path) -> None:
    pipe = replace(imaginary_clip(), kind=Kind.PIPE, path=Path("-"))
    with pytest.raises(UsageError, match="read twice, and standard input cannot"):
        read_paintings(tmp_path, pipe, Render())
    with pytest.raises(UsageError, match="reads the clip twice, and standard input cannot"):
        check_export(tmp_path / "keys", pipe, False)


def test_another_size_is_resized_and_outsiders_are_left_out_aloud(
    clip: Path, fast: list[str], capsys: Capture
) -> None:
    folder = clip.with_name("keys")
    paint(folder / "3.png", size=(128, 191))
    paint(folder / "9.png")
    assert run(clip, *fast, "--keyframes", folder, "-n", "--frames", 6) == 0
    said = capsys.readouterr().err.splitlines()
    assert said[0].endswith("3.png is 191x128, the clip is 96x64: resized")
    assert said[1].endswith("painted, but not in this part of the clip: 9.png")


def test_a_painted_line_art_file_is_pointed_out(
    folder: Path, clip: Path, fast: list[str], capsys: Capture
) -> None:
    line = paint(folder / "000007.line.png")
    assert run(clip, *fast, "--keyframes", folder) == 2
    assert f"{line} was painted but is not read: save it as 000007.png" in capsys.readouterr().err


def test_alpha_lies_on_white_and_any_png_is_read(tmp_path: Path) -> None:
    half = read_still(paint(tmp_path / "1.png", (0, 0, 200, 128)), Limits())
    assert np.abs(drawing(half)[0, 0].astype(int) - (227, 127, 127)).max() <= 1
    ramp = np.linspace(0, 65535, 64 * 96 * 3).reshape(64, 96, 3).astype(np.uint16)
    assert cv2.imwrite(str(tmp_path / "2.png"), ramp[..., ::-1])
    deep = drawing(read_still(tmp_path / "2.png", Limits()))
    assert np.abs(deep - ramp / 257).max() <= 1
    passes = tmp_path / "3.png"
    ffmpeg("-i", tmp_path / "1.png", "-flags", "+ildct", passes)
    assert passes.read_bytes()[28] == 1  # Adam7
    assert np.array_equal(drawing(read_still(passes, Limits())), drawing(half))
    with pytest.raises(AnimecolorError, match="more than the limit of 80 pixels"):
        read_still(passes, Limits(max_side=80))


def test_help_imports_nothing_heavy() -> None:
    done = python(
        "import sys; from animecolor.cli import main; main(['keyframes', '--help']); "
        "sys.stderr.write(' '.join(sys.modules))"
    )
    assert HEAVY & set(done.stderr.split()) == set()
    assert "--per-shot" in done.stdout
