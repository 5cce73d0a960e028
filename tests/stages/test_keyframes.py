"""Frames to paint: chosen, exported, painted over, and handed to the shot they belong to."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from animecolor import pipeline
from animecolor.config import Lines, LineSource, Mode, Network, Range, Render, Shots
from animecolor.errors import UsageError
from animecolor.frame import Frame, Plane, Shot
from animecolor.pipeline import export_keyframes, find_keyframes, mode_of, paint
from animecolor.stages import novelty
from animecolor.stages.keylist import read_key_list
from animecolor.stages.novelty import ENOUGH, choose
from animecolor.training.toon import draw_clip
from animecolor.video.info import VideoInfo
from animecolor.video.probe import probe
from tests.cli.conftest import draw as draw_pattern
from tests.stages.drawings import Picture, figure, frame, reencoded
from tests.training.test_clips import write_video
from tests.video.conftest import film

SIZE = (96, 128)
CUT, FRAMES = 7, 15
LINES = Lines()


@dataclass
class Spy:
    """Paints grey; remembers what it was told and shown."""

    reads: Plane = Plane.LINE
    span: int = 2
    shots: list[Shot] = field(default_factory=list)
    seen: dict[int, Frame] = field(default_factory=dict)

    def begin(self, shot: Shot) -> None:
        self.shots.append(shot)

    def __call__(self, frames: Sequence[Frame], memory: None) -> tuple[Tensor, None]:
        self.seen |= {frame.index: frame for frame in frames}
        assert frames[0].plane is not None
        return torch.full((len(frames), 3, *frames[0].plane.shape[-2:]), 0.5), None


def drawn(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(T, H, W, 3) true colors and ink of a drawn shot."""
    frames = list(draw_clip(seed, SIZE, count))
    ink = np.stack([np.repeat(frame.ink[..., None], 3, axis=2) for frame in frames])
    return np.stack([frame.color for frame in frames]), ink


@dataclass(frozen=True)
class Show:
    """A clip of two shots behind two blank frames, as ink and in color."""

    folder: Path
    color: np.ndarray

    def render(self, kind: str, **more: object) -> Render:
        lines = {"canny": LineSource.CANNY, "auto": LineSource.AUTO}.get(kind, LineSource.INK)
        said = {
            "mode": Mode.GRAY if kind == "gray" else Mode.LINEART,
            "network": Network(size=64),
            "lines": Lines(source=lines),
            "shots": Shots(list=self.folder / "cuts.csv"),
            "hold": False,
        }
        return Render.model_validate(said | more)

    def source(self, kind: str, render: Render) -> VideoInfo:
        name = "color" if kind in ("gray", "canny") else "ink"
        return probe(self.folder / f"{name}.mkv", render.limits)


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Show:
    folder = tmp_path_factory.mktemp("show")
    blank = np.full((2, *SIZE, 3), 250, np.uint8)
    shots = drawn(3, CUT - 2), drawn(8, FRAMES - CUT)
    # The second shot darkens after its first frame, whose paper all of it must be read against.
    light = np.array([0.95] + [0.8] * (FRAMES - CUT - 1)).reshape(-1, 1, 1, 1)
    inks = np.concatenate([blank, shots[0][1], (shots[1][1] * light).astype(np.uint8)])
    colors = np.concatenate([blank, shots[0][0], shots[1][0]])
    write_video(folder / "ink.mkv", inks)
    write_video(folder / "color.mkv", colors)
    (folder / "cuts.csv").write_text(f"start_frame\n0\n{CUT}\n")
    return Show(folder, colors)


def save(path: Path, picture: np.ndarray) -> None:
    """Write an (H, W, 3 or 4) picture as a painter's program would."""
    path.parent.mkdir(exist_ok=True)
    assert cv2.imwrite(str(path), picture[..., [2, 1, 0, *range(3, picture.shape[2])]])


def painted_run(source: VideoInfo, render: Render) -> Spy:
    spy = Spy(Plane.GRAY if render.mode is Mode.GRAY else Plane.LINE)
    assert mode_of(spy) is render.mode
    for _ in paint(source, spy, render):
        pass
    return spy


@pytest.mark.parametrize("kind", ["ink", "canny", "gray", "auto"])
def test_a_painted_export_comes_back_with_the_very_plane(
    kind: str, show: Show, tmp_path: Path
) -> None:
    render = show.render(kind)
    source = show.source(kind, render)
    keys = export_keyframes(source, tmp_path / "keys", render)
    chosen = [key for key in keys.key if key.shot == 1][-1]
    # What a color clip shows is what was exported: painted with that, it would be unpainted.
    painting = (
        show.color[chosen.frame] if kind in ("ink", "auto") else show.color[chosen.frame] // 2
    )
    save(tmp_path / "keys" / chosen.file, painting)
    spy = painted_run(source, replace_keys(render, tmp_path / "keys"))
    assert [len(shot.keyframes) for shot in spy.shots] == [0, 1]
    (keyframe,) = spy.shots[1].keyframes
    assert keyframe.index == chosen.frame
    plane = spy.seen[chosen.frame].plane
    assert plane is not None
    assert torch.equal(keyframe.plane, plane)
    height, width = plane.shape[-2:]
    reduced = cv2.resize(painting, (width, height), interpolation=cv2.INTER_AREA)
    assert torch.equal(keyframe.color, torch.from_numpy(reduced / np.float32(255)).permute(2, 0, 1))


def replace_keys(render: Render, folder: Path, **part: object) -> Render:
    return render.model_copy(update={"keyframes": folder, "range": Range.model_validate(part)})


@pytest.mark.parametrize("kind", ["auto", "ink", "gray"])
def test_every_plane_of_the_first_pass_is_the_streams(
    kind: str, show: Show, tmp_path: Path
) -> None:
    """All frames painted, the blank ones before ``auto`` decides too, in files named plainly."""
    for number, picture in enumerate(show.color):
        save(tmp_path / "keys" / f"{number}.png", picture)
    render = replace_keys(show.render(kind), tmp_path / "keys")
    spy = painted_run(show.source(kind, render), render)
    keyframes = [key for shot in spy.shots for key in shot.keyframes]
    assert [key.index for key in keyframes] == list(range(FRAMES))
    assert [len(shot.keyframes) for shot in spy.shots] == [CUT, FRAMES - CUT]
    for key in keyframes:
        plane = spy.seen[key.index].plane
        assert plane is not None
        assert torch.equal(key.plane, plane)


def test_a_number_means_the_frame_of_the_file_wherever_one_starts(
    show: Show, tmp_path: Path
) -> None:
    save(tmp_path / "keys" / "000011.png", show.color[11])
    whole = replace_keys(show.render("ink"), tmp_path / "keys")
    later = replace_keys(whole, tmp_path / "keys", start="9f")
    source = show.source("ink", whole)
    for render, shot, index in ((whole, 1, 11), (later, 0, 2)):
        spy = painted_run(source, render)
        (keyframe,) = spy.shots[shot].keyframes
        assert keyframe.index == index
        assert torch.equal(keyframe.plane, spy.seen[index].plane)  # type: ignore[arg-type]


@pytest.fixture
def uneven(tmp_path: Path) -> Path:
    """A clip whose frames are ever farther apart, so that no rate counts them."""
    timing = "setpts='N*N*1001/24000/TB/4'"
    flags = ("-vf", timing, "-fps_mode", "vfr", "-enc_time_base", "1:24000")
    return draw_pattern(tmp_path / "uneven.mp4", *flags, seconds=1)


def test_time_stamps_find_the_frames_of_a_variable_rate(uneven: Path, tmp_path: Path) -> None:
    render = Render(network=Network(size=64), shots=Shots(detect=False), hold=False)
    source = probe(uneven, render.limits)
    folder = tmp_path / "keys"
    later = render.model_copy(update={"range": Range(start="2.0")})
    (key,) = export_keyframes(source, folder, later, 1).key
    save(folder / key.file, np.full((64, 96, 3), 9, np.uint8))
    for part in ({}, {"start": "1.0"}, {"start": "2.0"}):
        spy = painted_run(source, replace_keys(render, folder, **part))
        (keyframe,) = spy.shots[0].keyframes
        assert spy.seen[keyframe.index].pts == key.pts


def test_a_real_film_keeps_its_numbers(tmp_path: Path) -> None:
    render = Render(network=Network(size=64), range=Range(start="48f", frames=4), hold=False)
    source = probe(film("bigbuckbunny.mp4"), render.limits)
    (key,) = export_keyframes(source, tmp_path / "keys", render, 1).key
    assert (key.file, key.frame, key.time_s) == ("000048.png", 48, 48 / 25)
    exported = cv2.imread(str(tmp_path / "keys" / key.file))
    assert exported.shape == (720, 1280, 3)
    save(tmp_path / "keys" / key.file, 255 - exported)
    spy = painted_run(source, replace_keys(render, tmp_path / "keys", start="1.84", frames=4))
    (keyframe,) = spy.shots[0].keyframes
    assert spy.seen[keyframe.index].pts == key.pts
    assert torch.equal(keyframe.plane, spy.seen[keyframe.index].plane)  # type: ignore[arg-type]


def test_the_first_pass_ends_with_the_last_keyframe_and_leaves_no_thread(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    def counted(*args: object) -> Iterator[Frame]:
        for decoded in real(*args):  # type: ignore[arg-type]
            read.append(decoded.index)
            yield decoded

    real = pipeline.decode
    monkeypatch.setattr(pipeline, "decode", counted)
    monkeypatch.setattr(pipeline, "prefetch", lambda frames: frames)
    render = replace_keys(show.render("ink"), tmp_path / "keys")
    save(tmp_path / "keys" / "4.png", show.color[4])
    found = find_keyframes(show.source("ink", render), render)
    assert read == [0, 1, 2, 3, 4]
    assert str(found) == "1 in shot 0; none after shot 0"
    monkeypatch.undo()
    threads = threading.active_count()
    find_keyframes(show.source("ink", render), render)
    assert threading.active_count() == threads


def planes(pictures: Sequence[Picture]) -> Iterator[Frame]:
    """The pictures as drawn frames of one shot."""
    from animecolor.stages.lines import draw_lines

    frames = [frame(picture, n, opens_shot=n == 0) for n, picture in enumerate(pictures)]
    return draw_lines(frames, Lines(source=LineSource.CANNY), 128)


def chosen(pictures: Sequence[Picture], most: int) -> list[int]:
    return [choice.index for choice in choose(planes(pictures), most, LINES)]


def test_only_what_is_new_is_chosen() -> None:
    held = [figure(1, 0, (180, 320), paint=True)] * 6
    grain = np.random.default_rng(0).normal(0, 3, (6, 180, 320, 3))
    noisy = [np.clip(p + g, 0, 255).astype(np.uint8) for p, g in zip(held, grain, strict=True)]
    assert chosen(reencoded(noisy, 30), 9) == [0]
    other, third = (figure(seed, 0, (180, 320), paint=True) for seed in (4, 9))
    clip = [*held[:3], other, other, third, *held[:2]]
    assert chosen(clip, 9) == [0, 3, 5]
    assert len(chosen(clip, 2)) == 2
    assert chosen(clip, 1) == [0]


def test_a_fade_is_no_key_and_an_empty_shot_has_none() -> None:
    blank = np.full((180, 320, 3), 255, np.uint8)
    assert chosen([blank, blank, *[figure(1, 0, (180, 320))] * 4, blank], 3) == [2]
    assert chosen([blank] * 3, 3) == []


def test_a_long_shot_is_thinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(novelty, "_MOST", 8)
    first, other = (figure(seed, 0, (180, 320)) for seed in (1, 4))
    zero, novel = chosen([first] * 50 + [other] * 50, 2)
    assert zero == 0
    assert novel >= 50
    reel = novelty._Reel(0)
    for drawing in planes([first] * 40):
        reel.add(drawing, LINES)
    assert len(reel.sketches) <= 8
    assert reel.indices == list(range(0, 40, 8))


def test_novelty_is_what_the_other_lacks() -> None:
    a, b = np.zeros((2, 4, 4), np.float32)
    a[:2], b[1:3] = 1, 1
    others = np.stack([a, b, a * 0.01])
    got = novelty.novelty(a, others, 8)
    np.testing.assert_allclose(got, [0, 0.5, 0], atol=1e-6)
    assert novelty.novelty(b, a[None] * 0.01, 8)[0] < 0.01 < ENOUGH


def test_lists_of_other_clips_are_refused(show: Show, tmp_path: Path) -> None:
    render = show.render("ink")
    source = show.source("ink", render)
    folder = tmp_path / "keys"
    export_keyframes(source, folder, render, 1)
    save(folder / "000003.png", show.color[3])
    keyed = replace_keys(render, folder)
    find_keyframes(source, keyed)
    with pytest.raises(UsageError, match=r"is of the clip ink\.mkv, not of color\.mkv"):
        find_keyframes(show.source("gray", render), keyed)
    with pytest.raises(UsageError, match=r"time stamps count 1/[0-9]+ s, those of .* 1/7 s"):
        find_keyframes(replace(source, time_base=Fraction(1, 7)), keyed)
    text = (folder / "keys.toml").read_text()
    keys = read_key_list(folder)
    assert keys is not None
    pts = keys.key[0].pts
    (folder / "keys.toml").write_text(text.replace(f"pts = {pts}", f"pts = {pts + 1}", 1))
    with pytest.raises(UsageError, match=f"no frame of this one has the time stamp {pts + 1}"):
        find_keyframes(source, keyed)
