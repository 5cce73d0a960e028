"""Adapting to a show: only the changes learn, the best are kept, and what does not help is not."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.utils import parametrize

from animecolor.errors import AnimecolorError, UsageError
from animecolor.frame import Plane
from animecolor.models.adapter import merge
from animecolor.models.anchor import AnchorNet, host
from animecolor.models.anchor.net import Anchor
from animecolor.models.colorizer import Colorizer
from animecolor.models.weights import Header, save
from animecolor.training import adapt as module
from animecolor.training.adapt import Effort, Pupil, adapt
from animecolor.training.clips import Clip, draw_folder
from animecolor.training.drift import drift, moved
from animecolor.training.lesson import Exam, Lesson, look_at
from animecolor.training.lowrank import changes_of, limit
from animecolor.training.samples import Mix
from animecolor.training.show import Finals, examined, read_show
from animecolor.training.sources import last_of, rest_of
from animecolor.training.strokes import Strokes
from animecolor.training.world import World

SMALL = AnchorNet(width=4, blocks=1, value=4)
FLAT = World(half=False)
HOW = (Plane.LINE, torch.device("cpu"), torch.float32)


class Marks:
    """An exam that gives these marks, one after the other."""

    frames = 3

    def __init__(self, *marks: float) -> None:
        self._marks: Iterator[float] = iter(marks)

    def score(self, colorizer: Colorizer, known: bool) -> float:
        return next(self._marks)

    def __str__(self) -> str:
        return "three frames"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    return list(draw_folder(range(2), (64, 64), 8, tmp_path_factory.mktemp("toon")))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(4)
    path = tmp_path_factory.mktemp("weights") / "base.safetensors"
    save(path, Header("anchor", SMALL.model_dump(), {}), SMALL.build().state_dict())
    return path


def lesson(clips: list[Clip], exam: Exam | None) -> Lesson:
    look = look_at(Plane.LINE, 32, Strokes(), shrink=1.5)
    return Lesson(Plane.LINE, Mix([clips], [1.0]), look, exam, [])


def test_changes_start_as_none_and_name_every_weight() -> None:
    net = AnchorNet(width=8, blocks=1, value=4).build().eval()
    before = copy.deepcopy(net)
    weights = limit(net)
    assert {id(w) for w in weights} == {id(w) for w in net.parameters() if w.requires_grad}
    assert all(torch.equal(w, before.get_parameter(n)) for n, w in _changed(net, before))
    changes = changes_of(net)
    assert {name.rsplit(".", 1)[0] for name in changes} == dict(before.named_parameters()).keys()
    merged = copy.deepcopy(before)
    merge(merged, changes)
    assert all(torch.equal(w, before.state_dict()[n]) for n, w in merged.state_dict().items())
    full = sum(weight.numel() for weight in before.parameters())
    assert sum(change.numel() for change in changes.values()) < full / 2


def _changed(net: torch.nn.Module, like: torch.nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    for name, _ in like.named_parameters():
        owner, _, weight = name.rpartition(".")
        yield name, getattr(net.get_submodule(owner), weight)


def test_only_changes_learn_and_statistics_stay(clips: list[Clip], base: Path) -> None:
    pupil = Pupil(lesson(clips, None), base, Effort(), FLAT)
    before = {name: value.clone() for name, value in pupil.net.state_dict().items()}
    for step in (1, 2):
        pupil.step(step, pupil.data[step])
    moving = {
        name for name, value in pupil.net.state_dict().items() if not value.equal(before[name])
    }
    assert moving
    assert all(".parts." in name for name in moving)


def test_what_is_written_paints_as_what_was_trained(clips: list[Clip], base: Path) -> None:
    pupil = Pupil(lesson(clips, None), base, Effort(), FLAT)
    trained = pupil.nets["average"]
    for name, change in trained.named_parameters():
        if ".parts." in name:
            change.data.add_(0.1 * torch.randn(change.shape))
    watched = examined(clips[0], Plane.LINE)
    wanted = watched.roll(host(_settled(trained), *HOW), known=True)
    written = watched.roll(pupil.hosted(pupil.changes), known=True)
    torch.testing.assert_close(written, wanted, atol=5e-3, rtol=0)
    assert float((written - watched.roll(pupil.hosted({}), known=True)).abs().max()) > 0.02


def _settled(net: torch.nn.Module) -> Anchor:
    """A copy with its changes made part of its weights by torch itself."""
    settled = copy.deepcopy(net)
    for layer in settled.modules():
        for name in list(getattr(layer, "parametrizations", {})):
            parametrize.remove_parametrizations(layer, name)
    assert isinstance(settled, Anchor)
    return settled


def test_the_best_changes_are_kept(
    clips: list[Clip], base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EXAMINED_EVERY", 1)
    marks = Marks(20, 22, 21, 18, 9, 22, 10)
    adapted = adapt(lesson(clips, marks), base, Effort(steps=3), FLAT)
    again = Pupil(lesson(clips, None), base, Effort(), FLAT)
    for step in (1, 2):
        again.step(step, again.data[step])
    assert all(torch.equal(again.changes[name], kept) for name, kept in adapted.changes.items())
    assert adapted.scores is not None
    assert str(adapted.scores) == (
        "on three frames (3 frames): from painted frames 18.00 -> 22.00 dB, "
        "from nothing 9.00 -> 10.00 dB"
    )
    assert adapted.record["steps"] == 3
    assert adapted.record["held_out"]["adapted"] == 22


@pytest.mark.parametrize("reached", [17.0, 18.0, 18.04])
def test_what_does_not_help_is_refused(clips: list[Clip], base: Path, reached: float) -> None:
    marks = Marks(reached, 18, 9, reached, 12)
    with pytest.raises(AnimecolorError, match=r"does not help.*18\.00 -> 1[78]\.0"):
        adapt(lesson(clips, marks), base, Effort(steps=1), FLAT)


def test_without_an_exam_the_last_changes_are_kept(
    clips: list[Clip], base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EXAMINED_EVERY", 1)
    adapted = adapt(lesson(clips, None), base, Effort(steps=2), FLAT)
    again = Pupil(lesson(clips, None), base, Effort(), FLAT)
    for step in (1, 2):
        again.step(step, again.data[step])
    assert all(torch.equal(again.changes[name], kept) for name, kept in adapted.changes.items())
    assert adapted.scores is adapted.record["held_out"] is None


def test_no_frame_is_both_learned_and_examined(tmp_path: Path, clips: list[Clip]) -> None:
    for clip in clips:
        (learned,), (examined,) = rest_of([clip], 0.4), last_of([clip], 0.4, 3)
        assert (learned.first, learned.last) == (0, 5)
        assert (examined.first, examined.last) == (5, 8)
    show = read_show(["toon:0-1x10"], Plane.LINE, 0.3, tmp_path)
    assert show.exam is not None
    assert show.exam.frames == 4
    assert [(seen.name, seen.frames) for seen in show.seen] == [("toon:0-1x10", 14)]
    with pytest.raises(UsageError, match="larger --held-out"):
        read_show(["toon:0-0x10"], Plane.LINE, 0.1, tmp_path)
    with pytest.raises(UsageError, match="no clip has 4 frames before its last 90%"):
        read_show(["toon:0-0x10"], Plane.LINE, 0.9, tmp_path)


def test_an_exam_tells_a_painter_from_a_holder(clips: list[Clip], base: Path) -> None:
    """A network that paints mid-grey scores by its distance from the film, not by its memory."""
    pupil = Pupil(lesson(clips, None), base, Effort(), FLAT)
    exam = Finals([examined(clip, Plane.GRAY) for clip in clips], 1.0)
    hosted = pupil.hosted({})
    assert exam.score(hosted, known=True) > exam.score(hosted, known=False)


def test_drift_begins_at_rest_and_moves_everything_alike() -> None:
    places = drift((40, 56), 4, np.random.default_rng(5))
    assert places.shape == (4, 40, 56, 2)
    y, x = np.mgrid[:40, :56]
    np.testing.assert_allclose(places[0], np.stack((x, y), -1), atol=1e-4)
    steps = np.abs(np.diff(places, axis=0)).max((1, 2, 3))
    np.testing.assert_allclose(steps, steps[0], rtol=1e-3)
    assert steps[0] > 0.5
    picture = np.random.default_rng(6).integers(0, 256, (40, 56, 3)).astype(np.uint8)
    frames = moved(picture, places)
    assert np.array_equal(frames[0], picture)
    assert np.array_equal(moved(picture[..., 1].copy(), places), frames[..., 1])
    assert np.array_equal(places, drift((40, 56), 4, np.random.default_rng(5)))
