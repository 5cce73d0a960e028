"""TCVC's recipe: its rhythm, what it is shown before, its unrolling, and its learning."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from animecolor.frame import Plane
from animecolor.models.registry import load_model
from animecolor.models.weights import Header, save
from animecolor.training.clips import Clip, draw_folder
from animecolor.training.look import Look
from animecolor.training.recipe import Material
from animecolor.training.recipes.tcvc import Config, TcvcRecipe
from animecolor.training.samples import Mix
from animecolor.training.world import World

LOOK = Look(crops=(32,), pixels=4 * 32 * 32, shrink=1.5)
CONFIG = Config(
    width=8,
    blocks=1,
    generator_rate=1e-3,
    judge="lite0",
    style=10,
    content=0.5,
    average=0.9,
    look=LOOK,
)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    return list(draw_folder(range(2), (64, 64), 4, tmp_path_factory.mktemp("toon")))


def recipe(clips: list[Clip], **changes: object) -> TcvcRecipe:
    material = Material(Mix([clips], [1.0]), {"toon": clips[:1]})
    return TcvcRecipe(CONFIG.model_copy(update=changes), material, World(half=False))


def first_previous(subject: TcvcRecipe) -> tuple[torch.Tensor, torch.Tensor]:
    batch = subject.data[1]
    return subject._first_previous(1, batch, batch.plane, batch.color), batch.color[:, 0]


def test_the_discriminator_steps_on_the_first_and_every_twelfth(clips: list[Clip]) -> None:
    subject = recipe(clips)
    moved = []
    for step in range(1, 26):
        before = copy.deepcopy(subject.discriminator.state_dict())
        subject.step(step, subject.data[1])
        after = subject.discriminator.state_dict()
        names = [n for n in before if n.endswith("original")]
        moved.append(any(not torch.equal(before[n], after[n]) for n in names))
    assert [step for step, new in enumerate(moved, start=1) if new] == [1, 12, 24]


def test_the_published_defaults() -> None:
    config = Config()
    assert (config.width, config.blocks, config.judge) == (64, 8, "vgg19")
    assert (config.adversarial, config.l1, config.style, config.content) == (1, 10, 1000, 1)
    assert (config.generator_rate, config.discriminator_rate) == (1e-4, 1e-5)
    assert (config.discriminator_every, config.blank, config.seed) == (12, 0.5, 123)
    assert (config.look.frames, config.degrade, config.own, config.rivalry) == (2, 0, 0, "bce")


def test_the_first_previous_frame_is_black_or_true(clips: list[Clip]) -> None:
    previous, truth = first_previous(recipe(clips, blank=0.0))
    assert torch.equal(previous, truth)
    previous, _ = first_previous(recipe(clips, blank=1.0))
    assert float(previous.abs().max()) == 0
    draws = [first_previous(recipe(clips, blank=0.5, seed=seed)) for seed in range(40)]
    black = torch.cat([p.flatten(1).amax(1) == 0 for p, _ in draws])
    assert 0.35 < black.float().mean() < 0.65


def test_a_spoiled_previous_frame_differs_but_is_still_that_frame(clips: list[Clip]) -> None:
    previous, truth = first_previous(recipe(clips, blank=0.0, degrade=1.0))
    change = (previous - truth).abs().mean()
    assert 0.005 < change < (truth.mean() - truth).abs().mean()
    assert float(previous.min()) >= 0
    assert float(previous.max()) <= 1


def test_a_blank_start_may_have_seen_its_own_painting(clips: list[Clip]) -> None:
    subject = recipe(clips, blank=1.0, own=1, seed=3)
    batch = subject.data[1]
    with torch.no_grad():
        once = subject.generator(batch.plane[:, 0], torch.zeros_like(batch.color[:, 0]))
    found = [subject._first_previous(s, batch, batch.plane, batch.color) for s in range(12)]
    black = [float(f.abs().max()) == 0 for f in found]
    own = [torch.allclose(f, once, atol=1e-5) for f in found]
    assert [b or o for b, o in zip(black, own, strict=True)] == [True] * 12
    assert any(black)
    assert any(own)


def test_a_remapped_sample_never_starts_blank(clips: list[Clip]) -> None:
    subject = recipe(clips, blank=1.0)
    batch = subject.data[1]
    marked = replace(batch, remapped=torch.tensor([True, False, True, False]))
    previous = subject._first_previous(1, marked, batch.plane, batch.color)
    assert (previous.flatten(1).amax(1) > 0).tolist() == [True, False, True, False]


def test_the_gradient_runs_back_through_the_paintings(clips: list[Clip]) -> None:
    """Unrolled, the last frame's loss alone must reach the network through the frames before."""
    subject = recipe(clips, blank=0.0, look=LOOK.model_copy(update={"frames": 3}))
    batch = subject.data[1]
    first = subject.generator(batch.plane[:, 1], batch.color[:, 0])
    first.retain_grad()
    second = subject.generator(batch.plane[:, 2], first)
    (second - batch.color[:, 2]).abs().mean().backward()
    assert first.grad is not None
    assert float(first.grad.abs().max()) > 0
    losses = subject.step(1, batch)
    assert set(losses) == {"adversarial", "l1", "style", "content", "norm"}


def test_steadiness_along_the_motion_is_a_loss_of_its_own(clips: list[Clip]) -> None:
    look = LOOK.model_copy(update={"frames": 3, "motion": True, "strides": (1,)})
    subject = recipe(clips, look=look, warped=1.0)
    batch = subject.data[1]
    assert batch.motion is not None
    assert batch.motion.flow.shape == (4, 2, 32, 32, 2)
    flat = batch.color[:, 0].mean((2, 3), keepdim=True).expand(-1, -1, 32, 32)
    assert float(subject._unsteadiness(torch.cat([flat] * 2), batch.motion)) < 1e-6
    flickering = torch.cat((flat, flat * 0.8))
    assert float(subject._unsteadiness(flickering, batch.motion)) > 0.01
    assert "warped" in subject.step(1, batch)
    with pytest.raises(ValueError, match="warped needs"):
        Config(warped=1.0)


@pytest.mark.parametrize("frames", [2, 3])
def test_it_learns_and_its_export_loads(clips: list[Clip], tmp_path: Path, frames: int) -> None:
    subject = recipe(clips, look=LOOK.model_copy(update={"frames": frames}))
    batch = subject.data[1]
    losses = [subject.step(step, batch)["l1"] for step in range(1, 61)]
    assert losses[-1] < 0.75 * losses[0]
    weights, net = subject.export()
    path = tmp_path / "tcvc.safetensors"
    save(path, Header("tcvc", net, {}), weights)
    colorizer = load_model("tcvc", Plane.LINE, path, "cpu")
    for name, weight in weights.items():
        assert torch.equal(
            colorizer.net.state_dict()[name].float(), weight.half().to(colorizer.dtype).float()
        )
    again = recipe(clips)
    again.begin_from(path)
    for name, weight in again.generator.state_dict().items():
        assert torch.equal(weight, weights[name].half().float())


def test_validation_names_the_figure_to_choose_by_first(clips: list[Clip]) -> None:
    subject = recipe(clips)
    scores = subject.validate()
    assert list(scores) == ["rollout", "blank", "own", "alone", "plane", "mean", "hold"]
    assert scores["rollout"] == pytest.approx((scores["blank"] + scores["own"]) / 2)
    assert scores["hold"] > scores["blank"]  # an untrained network is worse than a still
    assert subject.sheet().shape == (5 * 192, 2 * 192, 3)
