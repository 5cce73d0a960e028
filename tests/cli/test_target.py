"""Where a result goes by default, and what may not be overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from animecolor.cli.target import (
    STDIO,
    check_layers,
    check_review,
    check_spares,
    check_target,
    default_target,
    place_of,
    record_of,
)
from animecolor.config import Finish, Render
from animecolor.errors import UsageError


@pytest.mark.parametrize(
    ("source", "encode", "target"),
    [
        ("a/clip.mp4", "web", "a/clip.color.mp4"),
        ("a/clip.mkv", "web", "a/clip.color.mkv"),
        ("a/clip.MOV", "web", "a/clip.color.mov"),
        ("a/clip.avi", "web", "a/clip.color.mp4"),
        ("a/clip", "web", "a/clip.color.mp4"),
        ("a/clip.mp4", "master", "a/clip.color.mkv"),
        ("a/clip.mkv", "prores4444", "a/clip.color.mov"),
        ("a/clip.mp4", "png", "a/clip.color"),
        ("a/v1.2.mp4", "web", "a/v1.2.color.mp4"),
        ("a/ink.####.png", "web", "a/ink.color.mp4"),
        ("a/ink_%04d.png", "exr", "a/ink.color"),
        ("a/%04d.png", "web", "a/a.color.mp4"),
        ("-", "web", "-"),
    ],
)
def test_default_is_beside_the_input(source: str, encode: str, target: str) -> None:
    assert default_target(Path(source), encode) == Path(target)


def test_a_folder_names_its_result(tmp_path: Path) -> None:
    folder = tmp_path / "shot.010"
    folder.mkdir()
    assert default_target(folder, "web") == tmp_path / "shot.010.color.mp4"
    percent = tmp_path / "100% done.mp4"
    percent.touch()
    assert default_target(percent, "web") == tmp_path / "100% done.color.mp4"


def test_the_record_is_named_after_the_result() -> None:
    assert record_of(Path("a/clip.color.mp4")) == Path("a/clip.color.mp4.run.toml")


@pytest.mark.parametrize("name", ["A####.tga", "A%04d.png"])
def test_a_pattern_stands_for_its_folder(name: str, tmp_path: Path) -> None:
    target = tmp_path / "out" / name
    assert place_of(target) == tmp_path / "out"
    assert record_of(target) == tmp_path / "out.run.toml"
    (tmp_path / "out").mkdir()
    check_target(target, tmp_path / "in.mp4", overwrite=False)
    (tmp_path / "out" / "A0001.png").touch()
    with pytest.raises(UsageError, match="not empty; pass -y"):
        check_target(target, tmp_path / "in.mp4", overwrite=False)


def test_layers_and_the_rest_do_not_lie_in_one_another(tmp_path: Path) -> None:
    source, layers = tmp_path / "in.mp4", tmp_path / "L"
    check_layers(layers, source, {"output": tmp_path / "out.mp4"}, overwrite=False)
    for taken in (layers, layers / "flats" / "out.mp4", tmp_path):
        with pytest.raises(UsageError, match="lie in one another"):
            check_layers(layers, source, {"output": taken}, overwrite=True)
    layers.mkdir()
    with pytest.raises(UsageError, match="L holds the input"):
        check_layers(layers, layers / "in.mp4", {}, overwrite=True)


def test_what_the_run_reads_is_never_replaced(tmp_path: Path) -> None:
    """A folder is replaced as a whole: painted keyframes in it would be lost."""
    out = tmp_path / "out"
    palette, sheets = Finish(palette=tmp_path / "cast.toml"), (tmp_path / "sheet.png",)
    render = Render(finish=palette, keyframes=tmp_path / "keys", references=sheets)
    check_spares([out, tmp_path / "L", tmp_path / "keys.mp4"], render)
    for made in (
        Render(keyframes=out),
        Render(keyframes=out / "keys"),
        Render(references=(out / "1.png",)),
        Render(finish=Finish(palette=out / "palette.toml")),
    ):
        for target in (out, out / "a####.png"):
            with pytest.raises(UsageError, match=r"out holds .*, which is read"):
                check_spares([tmp_path / "o.mp4", target], made)


def test_existing_files_need_permission(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    check_target(target, tmp_path / "in.mp4", overwrite=False)
    target.touch()
    check_target(target, tmp_path / "in.mp4", overwrite=True)
    with pytest.raises(UsageError, match="exists; pass -y"):
        check_target(target, tmp_path / "in.mp4", overwrite=False)
    check_target(STDIO, tmp_path / "in.mp4", overwrite=False)


def test_a_record_needs_permission_too(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    record_of(target).write_text("mode = 'gray'")
    with pytest.raises(UsageError, match=r"out\.mp4\.run\.toml exists; pass -y"):
        check_target(target, tmp_path / "in.mp4", overwrite=False)
    check_target(target, tmp_path / "in.mp4", overwrite=True)


def test_a_place_without_a_name_is_no_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="has no name"):
        check_target(Path("."), tmp_path.parent / "in.mp4", overwrite=False)


def test_the_input_is_never_overwritten(tmp_path: Path) -> None:
    source, alias = tmp_path / "in.mp4", tmp_path / "alias.mp4"
    source.touch()
    alias.hardlink_to(source)
    for target in (source, alias):
        with pytest.raises(UsageError, match="is the input"):
            check_target(target, source, overwrite=True)


def test_only_a_folder_of_images_is_replaced(tmp_path: Path) -> None:
    source, target = tmp_path / "in.mp4", tmp_path / "out"
    target.mkdir()
    check_target(target, source, overwrite=False)
    (target / "0001.png").touch()
    with pytest.raises(UsageError, match="not empty"):
        check_target(target, source, overwrite=False)
    check_target(target, source, overwrite=True)
    with pytest.raises(UsageError, match="holds the input"):
        check_target(target, target / "%04d.png", overwrite=True)
    (target / "0002.PNG").touch()
    check_target(target, source, overwrite=True)
    (target / "thesis.doc").touch()
    with pytest.raises(UsageError, match=r"holds thesis\.doc too"):
        check_target(target, source, overwrite=True)


@pytest.mark.parametrize("target", ["../frames", "../alias", "../elsewhere/../frames", "."])
def test_the_folder_of_the_input_has_many_names(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = tmp_path / "frames"
    frames.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "alias").symlink_to(frames)
    (frames / "ink.0001.png").touch()
    monkeypatch.chdir(frames)
    with pytest.raises(UsageError, match="holds the input"):
        check_target(Path(target), Path("ink.####.png"), overwrite=True)


def test_the_review_is_not_the_result_by_another_name(tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(tmp_path)
    review, source = tmp_path / "alias" / "out.mp4", tmp_path / "in.mp4"
    with pytest.raises(UsageError, match="is the output"):
        check_review(review, tmp_path / "out.mp4", source, overwrite=True)
