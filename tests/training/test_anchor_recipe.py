"""The recipe of `anchor`: every way to know a shot, what is fair to ask, and that it learns."""

from __future__ import annotations

import pytest
import torch

from animecolor.models.anchor import AnchorNet, planes
from animecolor.training.clips import Clip, draw_folder
from animecolor.training.look import Look
from animecolor.training.recipe import Material
from animecolor.training.recipes.anchor import WAYS, AnchorRecipe, Config, ways
from animecolor.training.samples import Mix
from animecolor.training.world import World

LOOK = Look(crops=(32,), pixels=3 * 32 * 32, frames=4, shrink=1.5)
CONFIG = Config(net=AnchorNet(width=4, blocks=1, value=4), rate=3e-3, average=0.9, look=LOOK)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    return list(draw_folder(range(2), (64, 64), 6, tmp_path_factory.mktemp("toon")))


def recipe(clips: list[Clip], **changes: object) -> AnchorRecipe:
    material = Material(Mix([clips], [1.0]), {"toon": clips[:1]})
    return AnchorRecipe(CONFIG.model_copy(update=changes), material, World(half=False))


def test_no_frame_is_painted_that_is_known() -> None:
    for way in ways(6).values():
        assert not {*way.keys, way.sheet} & set(way.painted)
        assert way.before is None or way.before + 1 == way.painted[0]
    assert set(ways(6)) == set(WAYS)


@pytest.mark.parametrize("name", list(WAYS))
def test_every_way_is_a_step(clips: list[Clip], name: str) -> None:
    subject = recipe(clips, ways={name: 1.0})
    before = {k: v.clone() for k, v in subject.net.state_dict().items()}
    losses = subject.step(1, subject.data[1])
    assert all(abs(value) < 100 for value in losses.values())
    after = subject.net.state_dict()
    assert any(not torch.equal(before[k], after[k]) for k in before)


@pytest.mark.parametrize("norms", ["learn", "keep"])
def test_norms_follow_the_batches_or_stay(clips: list[Clip], norms: str) -> None:
    subject = recipe(clips, norms=norms)
    before = {k: v.clone() for k, v in subject.net.state_dict().items() if "running" in k}
    subject.step(1, subject.data[1])
    same = all(torch.equal(before[k], subject.net.state_dict()[k]) for k in before)
    assert same == (norms == "keep")


def test_from_nothing_a_made_up_palette_is_not_asked_for(clips: list[Clip]) -> None:
    subject = recipe(clips, ways={"none": 1.0}, look=LOOK.model_copy(update={"remap": 1.0}))
    losses = subject.step(1, subject.data[1])
    assert losses["l1"] == losses["painted"] == 0
    known = recipe(clips, ways={"first": 1.0}, look=LOOK.model_copy(update={"remap": 1.0}))
    assert known.step(1, known.data[1])["l1"] > 0


def test_the_loaders_make_what_inference_reads(clips: list[Clip]) -> None:
    batch, shown = recipe(clips, look=LOOK.model_copy(update={"gray": 0.5})).data[2]
    assert shown.planes.shape == (4, 3, 3, 32, 32)
    for sample in range(3):
        wanted = planes(batch.plane[sample], batch.gray[sample : sample + 1].expand(4))
        assert torch.equal(shown.planes[:, sample], wanted)


def test_it_learns_to_carry(clips: list[Clip]) -> None:
    subject = recipe(clips, ways={"first": 1.0})
    batch = subject.data[1]
    losses = [subject.step(step, batch)["l1"] for step in range(1, 61)]
    assert losses[-1] < 0.6 * losses[0]
    scores = subject.validate()
    assert next(iter(scores)) == "rollout"
    weights, net = subject.export()
    assert AnchorNet(**net).build().load_state_dict(weights)
