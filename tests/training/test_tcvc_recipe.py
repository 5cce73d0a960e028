"""TCVC's recipe: its rhythm, its conditioning, its learning, and a resume that changes nothing."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from animecolor.frame import Plane
from animecolor.models.registry import load_model
from animecolor.models.weights import Header, save
from animecolor.training.clips import Clip, draw_folder
from animecolor.training.loop import Schedule, train
from animecolor.training.pairs import Look, Mix, draw_pairs
from animecolor.training.recipes.tcvc import TcvcConfig, TcvcRecipe

LOOK = Look(crops=(32,), pixels=2 * 32 * 32, shrink=1.5)
CONFIG = TcvcConfig(
    width=8, blocks=1, generator_rate=1e-3, style=10, content=0.5, average=0.9, look=LOOK
)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    return list(draw_folder(range(2), (64, 64), 4, tmp_path_factory.mktemp("toon")))


def recipe(clips: list[Clip], **changes: object) -> TcvcRecipe:
    mix = Mix([clips], [1.0])
    return TcvcRecipe(CONFIG.model_copy(update=changes), mix, [draw_pairs(mix, LOOK, (9, 9))])


def test_pairs_are_neighbours_drawn_the_same_way(clips: list[Clip]) -> None:
    mix = Mix([clips], [1.0])
    gray = draw_pairs(mix, LOOK.model_copy(update={"gray": 1.0}), (1, 1))
    luma = (gray.color * torch.tensor([0.2126, 0.7152, 0.0722]).view(1, 1, 3, 1, 1)).sum(2)
    torch.testing.assert_close(gray.plane[:, :, 0], luma, atol=1e-5, rtol=0)
    line = draw_pairs(mix, LOOK.model_copy(update={"gray": 0.0}), (1, 1))
    assert line.plane.shape == (2, 2, 1, 32, 32)
    assert float(line.plane.mean()) > 0.5  # mostly paper
    again = draw_pairs(mix, LOOK.model_copy(update={"gray": 0.0}), (1, 1))
    assert torch.equal(line.plane, again.plane)
    assert torch.equal(line.color, again.color)


def test_the_discriminator_steps_on_the_first_and_every_twelfth(clips: list[Clip]) -> None:
    subject = recipe(clips)
    moved = []
    for step in range(1, 26):
        before = copy.deepcopy(subject.discriminator.state_dict())
        subject.step(step, subject.batch(1))
        after = subject.discriminator.state_dict()
        names = [n for n in before if n.endswith("original")]
        moved.append(any(not torch.equal(before[n], after[n]) for n in names))
    assert [step for step, new in enumerate(moved, start=1) if new] == [1, 12, 24]


@pytest.mark.parametrize(("true", "own"), [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)])
def test_the_previous_frame_is_black_true_or_own(
    clips: list[Clip], true: float, own: float
) -> None:
    subject = recipe(clips, true_previous=true, own_previous=own)
    batch = subject.batch(1)
    previous = subject._previous(1, batch)
    if true:
        assert torch.equal(previous, batch.color[:, 0])
    elif own:
        with torch.no_grad():
            expected = subject.generator(batch.plane[:, 0], torch.zeros_like(batch.color[:, 0]))
        torch.testing.assert_close(previous, expected)
    else:
        assert float(previous.abs().max()) == 0


def test_it_learns_and_its_export_loads(clips: list[Clip], tmp_path: Path) -> None:
    subject = recipe(clips)
    batch = subject.batch(1)
    losses = [subject.step(step, batch)["l1"] for step in range(1, 61)]
    assert losses[-1] < 0.75 * losses[0]
    weights, net = subject.export()
    path = tmp_path / "tcvc.safetensors"
    save(path, Header("tcvc", net, {}), weights)
    colorizer = load_model("tcvc", Plane.LINE, path, "cpu")
    for name, weight in subject.average.state_dict().items():
        assert torch.equal(
            colorizer.net.state_dict()[name].float(), weight.half().to(colorizer.dtype).float()
        )


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(
    clips: list[Clip], tmp_path: Path
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    schedule = Schedule(steps=6, log_every=2, save_every=3, sheet_every=3, validate_every=6)
    train(recipe(clips, own_previous=0.5), schedule, whole)
    train(recipe(clips, own_previous=0.5), schedule.model_copy(update={"steps": 3}), parts)
    last = recipe(clips, own_previous=0.5)
    assert train(last, schedule, parts) == 6
    states = [
        torch.load(folder / "last.ckpt", weights_only=True)["nets"] for folder in (whole, parts)
    ]
    for net in states[0]:
        for name, weight in states[0][net].items():
            assert torch.equal(weight, states[1][net][name]), (net, name)
    assert (parts / "sheet-000006.png").stat().st_size > 0
    scores = (parts / "validation.csv").read_text().splitlines()
    assert scores[0].startswith("step,psnr_blank,psnr_carried,psnr_plane,psnr_mean")
    assert all(np.isfinite([float(value) for value in scores[1].split(",")]))
