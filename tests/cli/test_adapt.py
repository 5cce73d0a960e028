"""``animecolor adapt``, and runs with what it makes, as a person would type them."""

from __future__ import annotations

from pathlib import Path

import pytest

from animecolor.cli import main
from animecolor.training import adapt as module
from tests.cli.conftest import draw, ffmpeg

CPU = ["--device", "cpu", "--precision", "fp32"]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a very narrow anchor."""
    import torch

    from animecolor.models.anchor import AnchorNet
    from animecolor.models.weights import Header, save

    torch.manual_seed(0)
    size = AnchorNet(width=4, blocks=1, value=4)
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    save(path, Header("anchor", size.model_dump(), {}), size.build().state_dict())
    return path


@pytest.fixture
def brief(small: Path, tmp_path: Path) -> list[str]:
    """Flags that make it quick; the first is its target."""
    target = tmp_path / "show.safetensors"
    steps = ["--steps", "1", "--weights", str(small), "--cache", str(tmp_path / "cache")]
    return [f"--output={target}", *steps, *CPU]


def target_of(brief: list[str]) -> Path:
    """Where the adapter goes."""
    return Path(brief[0].removeprefix("--output="))


def learn(*argv: object) -> int:
    return main(["adapt", *map(str, argv)])


def paint_keys(clip: Path, frames: tuple[int, ...]) -> Path:
    """A folder with these frames of the clip, as if painted."""
    folder = clip.parent / "keys"
    folder.mkdir()
    for frame in frames:
        one = ("-vf", rf"select=eq(n\,{frame})", "-frames:v", 1)
        ffmpeg("-i", clip, *one, folder / f"{frame:06d}.png")
    return folder


def test_a_show_is_learned_and_run_with(
    clip: Path,
    small: Path,
    brief: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(module, "LEAST_GAIN", -100.0)  # one step proves nothing
    assert learn(clip, "--held-out", "0.5", *brief) == 0
    target = target_of(brief)
    said = capsys.readouterr().out
    assert said.startswith(f"{target} (")
    assert "on the last 50% of every clip (5 frames): from painted frames" in said
    assert learn(clip, *brief) == 2
    assert "exists: -y replaces it" in capsys.readouterr().err
    run = ["run", str(clip), "--model", "anchor", "--size", "64", *CPU]
    adapted = ["--adapter", str(target)]
    assert main([*run, "--weights", str(small), *adapted]) == 0
    assert f'adapter = "{target}"' in next(clip.parent.glob("*.run.toml")).read_text("utf-8")
    assert main([*run, *adapted, "-y"]) == 2
    assert "was made for other weights than" in capsys.readouterr().err
    assert main([*run, "--weights", str(small), *adapted, "--mode", "gray", "-y"]) == 2
    assert "was made for line input, not for gray" in capsys.readouterr().err
    assert main([*run, "--adapter", "nowhere", "-y"]) == 5


def test_what_does_not_help_is_not_written(
    clip: Path,
    brief: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(module, "LEAST_GAIN", 100.0)
    assert learn(clip, "--held-out", "0.5", "-q", *brief) == 1
    said = capsys.readouterr().err
    assert "it does not help, so nothing is written; on the last 50%" in said
    assert said.count("\n") == 1
    assert not list(clip.parent.glob("*show*"))


@pytest.mark.parametrize("mode", ["lineart", "gray"])
def test_painted_keyframes_are_learned(
    mode: str,
    clip: Path,
    brief: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from animecolor.models.adapter import read_record

    monkeypatch.setattr(module, "LEAST_GAIN", -100.0)
    keys = paint_keys(clip, (1, 5, 11))
    how = ["--keyframes", keys, "--size", "64", "--cuts", "none", "--mode", mode]
    assert learn(clip, *how, *brief) == 0
    assert "on the painted frame 5 (1 frame): from painted frames" in capsys.readouterr().out
    fit, record = read_record(target_of(brief))
    assert fit.reads == ("gray" if mode == "gray" else "line")
    assert [seen["name"] for seen in record["seen"]] == ["clip.mp4, frame 1", "clip.mp4, frame 11"]
    assert record["held_out"]["frames"] == 1


def test_two_keyframes_prove_nothing(
    clip: Path, brief: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    how = ["--keyframes", paint_keys(clip, (0, 11)), "--size", "64", "--cuts", "none"]
    assert learn(clip, *how, *brief) == 2
    assert "paint more, or say --unproven" in capsys.readouterr().err
    assert not target_of(brief).exists()
    assert learn(clip, *how, "--unproven", *brief) == 0
    assert "unproven: nothing was held out" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "code", "sentence"),
    [
        (["--model", "tcvc"], 2, "tcvc cannot be adapted; --model anchor can"),
        (["--model", "tcvb"], 2, "there is no model 'tcvb'"),
        (["--size", "64"], 2, "go with --keyframes"),
        (["--unproven"], 2, "go with --keyframes"),
        (["--keyframes", "keys", "--held-out", "0.5"], 2, "--held-out goes with colored clips"),
        (["--keyframes", "keys", "clip.mp4"], 2, "--keyframes are of one clip"),
        (["--keyframes", "keys"], 2, "cannot read the keyframes in"),
        (["--held-out", "0.1"], 2, "name longer clips, or a larger --held-out"),
        (["--device", "teapot"], 2, "is not a device"),
    ],
)
def test_a_wrong_request_is_one_sentence(
    flags: list[str],
    code: int,
    sentence: str,
    clip: Path,
    brief: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert learn(clip, *brief, *flags) == code
    assert sentence in capsys.readouterr().err.splitlines()[-1]
    assert not target_of(brief).exists()


def test_weights_of_another_network_are_refused(
    clip: Path, tiny: Path, brief: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert learn(clip, *brief, "--weights", tiny) == 1
    assert "holds weights of 'tcvc', not of 'anchor'" in capsys.readouterr().err


def test_a_clip_that_is_none(
    tmp_path: Path, brief: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert learn(tmp_path / "nothing.mp4", *brief) == 2
    short = draw(tmp_path / "short.mp4", "-frames:v", 2)
    assert learn(short, *brief) == 2
    assert "has no shot of 4 frames" in capsys.readouterr().err
