"""Koalarization's recipe: its published loss, its embeddings, and that it learns pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from animecolor.color import rgb_to_lab
from animecolor.models.koalarization import KoalaNet
from animecolor.models.koalarization.branch import Looker
from animecolor.models.weights import Header, save
from animecolor.training.clips import Clip, draw_folder
from animecolor.training.look import Look
from animecolor.training.recipe import Material
from animecolor.training.recipes.koalarization import Config, KoalarizationRecipe, embed
from animecolor.training.samples import Mix
from animecolor.training.world import World

LOOK = Look(crops=(32,), pixels=4 * 32 * 32, frames=1, gray=1.0, shrink=1.2)
CONFIG = Config(net=KoalaNet(width=8), rate=2e-3, average=0.9, look=LOOK)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    return list(draw_folder(range(3), (64, 64), 3, tmp_path_factory.mktemp("toon")))


def recipe(clips: list[Clip], **changes: object) -> KoalarizationRecipe:
    material = Material(Mix([clips[:2]], [1.0]), {"toon": clips[2:]})
    return KoalarizationRecipe(CONFIG.model_copy(update=changes), material, World(half=False))


def test_the_published_defaults() -> None:
    config = Config()
    assert (config.net.width, config.rate, config.blind) == (64, 1e-3, 0)
    assert (config.look.crops, config.look.pixels) == ((224,), 100 * 224 * 224)


def test_the_loss_is_the_mean_squared_error_of_scaled_chroma(clips: list[Clip]) -> None:
    subject = recipe(clips)
    batch = subject.data[1]
    lightness = rgb_to_lab(batch.plane[:, 0].expand(-1, 3, -1, -1))[:, :1] / 50 - 1
    seen = torch.stack([subject._seen[name] for name in batch.names])
    truth = rgb_to_lab(batch.color[:, 0])[:, 1:] / 127
    with torch.no_grad():
        expected = F.mse_loss(subject.net(lightness, seen), truth)
    assert subject.step(1, batch)["mse"] == pytest.approx(float(expected), rel=1e-4)


def test_embeddings_are_of_whole_pictures_and_kept(clips: list[Clip]) -> None:
    looker = Looker("lite0")
    first = embed(clips, looker, "lite0")
    assert set(first) == {clip.key for clip in clips}
    assert float((first[clips[0].key] - first[clips[1].key]).abs().max()) > 0.1
    assert clips[0].color_path.with_suffix(".lite0.pt").is_file()
    again = embed(clips, Looker("none"), "lite0")  # read, not looked at again
    assert all(torch.equal(first[key], again[key]) for key in first)


def test_a_share_of_samples_is_blind(clips: list[Clip]) -> None:
    names = [clips[0].key] * 400
    rows = recipe(clips, blind=0.25)._embeddings(1, names)
    share = float((rows.abs().amax(1) == 0).float().mean())
    assert 0.18 < share < 0.32
    assert torch.equal(rows, recipe(clips, blind=0.25)._embeddings(1, names))


def test_it_learns_and_its_export_is_what_it_hosts(clips: list[Clip], tmp_path: Path) -> None:
    subject = recipe(clips)
    batch = subject.data[1]
    losses = [subject.step(step, batch)["mse"] for step in range(1, 121)]
    assert losses[-1] < 0.25 * losses[0]
    scores = subject.validate()
    assert list(scores)[:5] == ["ab", "rgb", "gray", "mean", "table"]
    assert subject.sheet().shape[2] == 3
    weights, net = subject.export()
    assert KoalaNet(**net).build().load_state_dict(weights)
    path = tmp_path / "koala.safetensors"
    save(path, Header("koalarization", net, {}), weights)
    again = recipe(clips)
    again.begin_from(path)
    for name, weight in again.net.state_dict().items():
        assert torch.equal(weight, weights[name].half().float())


def test_without_a_branch(clips: list[Clip]) -> None:
    subject = recipe(clips, net=KoalaNet(width=4, branch="none"))
    assert subject.step(1, subject.data[1])["mse"] > 0
