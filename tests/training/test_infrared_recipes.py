"""The recipes of the three infrared systems: their terms, their learning, their exports."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image, ImageFilter

from animecolor.models.weights import Header, load_into, save
from animecolor.training import losses
from animecolor.training.descent import SETTLING
from animecolor.training.exhibit import Constants, Exhibit, means_by_group, tensors
from animecolor.training.pairs import Material, Pair, read_pairs
from animecolor.training.patches import Batch, Patches
from animecolor.training.recipes import asymgan, scgan, snet
from animecolor.training.world import World
from tests.training.infrared import draw_pair, write_pairs

FLAT = Patches(sides=(64,), pixels=4 * 64**2, shrink=1.0, flip=0.0)
SNET = snet.Config(net={"width": 8}, edge_width=8, rate=3e-3, average=0.9, look=FLAT)
SCGAN = scgan.Config(net={"width": 8}, rival_width=8, rate=2e-3, average=0.9, look=FLAT)
ASYMGAN = asymgan.Config(
    net={"width": 8, "blocks": 2},
    back_width=8,
    rival_width=8,
    rate=2e-3,
    average=0.9,
    look=FLAT.model_copy(update={"paired": False}),
)
RECIPES = {"snet": (snet, SNET), "scgan": (scgan, SCGAN), "asymgan": (asymgan, ASYMGAN)}


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """A handful of pairs, on both sides: these recipes shall learn them by heart."""
    home = tmp_path_factory.mktemp("pairs")
    pairs = read_pairs(write_pairs(home / "few", range(4)), home / "cache")
    return Material(pairs, pairs)


def recipe(name: str, material: Material, **changes: Any) -> Any:
    module, config = RECIPES[name]
    return module.build(config.model_copy(update=changes), material, World(half=False))


def test_the_published_defaults() -> None:
    config = snet.Config()
    assert (config.rate, config.mse, config.edge, config.net.width) == (1e-4, 1, 1, 64)
    assert (config.look.sides, config.look.pixels, config.net.refine) == ((224,), 4 * 224**2, False)
    config = scgan.Config()
    assert (config.adversarial, config.mse, config.ssim) == (0.65, 0.20, 0.15)
    assert config.look.sides == (64,)
    config = asymgan.Config()
    assert (config.back, config.cycle, config.identity) == (1, 10, 0)
    assert config.look.paired is False


def test_edges_are_pillows() -> None:
    _, rgb = draw_pair(3)
    picture = torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255
    found = losses.find_edges(picture)
    wanted = np.asarray(Image.fromarray(rgb).filter(ImageFilter.FIND_EDGES), np.float32) / 255
    theirs = torch.from_numpy(wanted).permute(2, 0, 1)[None]
    inside = (..., slice(1, -1), slice(1, -1))
    torch.testing.assert_close(found[inside], theirs[inside], atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("changes", "parts", "trained"),
    [
        ({}, ["mse", "edge", "norm"], True),
        ({"edge": 0.0}, ["mse", "norm"], False),
        (
            {"edge": 0.0, "net": {"width": 8, "refine": True}},
            ["mse", "unrefined", "norm"],
            False,
        ),
    ],
)
def test_snet_with_its_edge_loss_without_and_refined(
    material: Material, changes: dict[str, Any], parts: list[str], trained: bool
) -> None:
    config = snet.Config.model_validate(SNET.model_dump() | changes)
    subject = snet.build(config, material, World(half=False))
    before = copy.deepcopy(subject.edges.state_dict())
    assert list(subject.step(1, subject.data[1])) == parts
    moved = any(
        not torch.equal(before[name], now) for name, now in subject.edges.state_dict().items()
    )
    assert moved is trained


def test_the_edge_loss_reaches_colornet(material: Material) -> None:
    subject = recipe("snet", material)
    batch = subject.data[1]
    painted = subject.net(batch.nir)
    found = subject.edges(painted - batch.rgb)
    F.mse_loss(found, losses.find_edges(batch.rgb[:, :1])).backward()
    gradient = subject.net.color.first[0].weight.grad
    assert gradient is not None
    assert float(gradient.abs().max()) > 0


def test_scgan_logs_each_term_and_what_it_adds(material: Material) -> None:
    logged = recipe("scgan", material).step(1, recipe("scgan", material).data[1])
    for name, weight in (("adversarial", 0.65), ("mse", 0.20), ("ssim", 0.15)):
        assert logged[f"{name}_added"] == pytest.approx(weight * logged[name], rel=1e-5)
    assert logged["adversarial_added"] > 10 * logged["mse_added"]  # units differ that much
    alone = recipe("scgan", material, adversarial=0.0)
    assert "rival" not in alone.step(1, alone.data[1])


def test_scgans_third_term_is_one_minus_ssim(material: Material) -> None:
    subject = recipe("scgan", material)
    batch = subject.data[1]
    assert float(2 * losses.ssim(batch.rgb, batch.rgb)) == pytest.approx(0, abs=1e-5)
    from animecolor.metrics.fidelity import ssim

    noisy = (batch.rgb + 0.1 * torch.rand_like(batch.rgb)).clamp(0, 1)
    wanted = 1 - float(ssim(noisy, batch.rgb).mean())
    assert float(2 * losses.ssim(noisy, batch.rgb)) == pytest.approx(wanted, abs=0.03)


def test_asymgan_trains_four_networks(material: Material) -> None:
    subject = recipe("asymgan", material)
    names = ("colors", "back", "color_rival", "nir_rival")
    before = {name: copy.deepcopy(subject.nets[name].state_dict()) for name in names}
    logged = subject.step(1, subject.data[1])
    assert list(logged) == [
        "color",
        "back",
        "cycle",
        "identity",
        "color_rival",
        "back_rival",
        "norm",
    ]
    for name in names:
        now = subject.nets[name].state_dict()
        moved = [
            k for k in now if k.endswith("weight") and not torch.equal(before[name][k], now[k])
        ]
        assert moved, name


def test_asymgan_never_compares_a_painting_with_its_pair(material: Material) -> None:
    """Its losses may not change when the batch's colors change places."""
    batch = recipe("asymgan", material).data[1]
    turned = Batch(batch.nir, batch.rgb.roll(1, 0))
    one, other = (recipe("asymgan", material).step(1, given) for given in (batch, turned))
    for name in ("color", "back", "cycle"):
        assert one[name] == pytest.approx(other[name], rel=1e-4)


@pytest.mark.parametrize(
    ("name", "changes", "gain"),
    [
        ("snet", {"rate": 5e-3}, 1.5),
        # Against a rival it paints what deceives; by its other terms it learns what is true.
        ("scgan", {"rate": 5e-3, "adversarial": 0.0}, 0.5),
    ],
)
def test_the_paired_recipes_learn_two_pictures_by_heart(
    material: Material, name: str, changes: dict[str, Any], gain: float
) -> None:
    few = Material(material.training[:2], material.training[:2])
    look = FLAT.model_copy(update={"pixels": 2 * 64**2})
    subject = recipe(name, few, **changes, look=look)
    for step in range(1, 141):
        subject.step(step, subject.data[step])
    scores = subject.validate()
    assert list(scores)[:4] == ["psnr", "ssim", "ae", "copy_psnr"]
    constants = ("copy", "mean", "table")
    assert scores["psnr"] > max(scores[f"{answer}_psnr"] for answer in constants) + gain
    assert scores["ae"] < min(scores[f"{answer}_ae"] for answer in constants) - 1


def test_asymgans_cycle_closes(material: Material) -> None:
    subject = recipe("asymgan", material)
    cycles = [subject.step(step, subject.data[step])["cycle"] for step in range(1, 61)]
    assert np.mean(cycles[-5:]) < 0.6 * np.mean(cycles[:5])


@pytest.mark.parametrize("name", RECIPES)
def test_what_is_exported_normalizes_by_its_own_statistics(name: str, material: Material) -> None:
    """Not by those of the network in training, which has other weights."""
    subject = recipe(name, material, rate=1e-2)
    for step in range(1, 4):
        subject.step(step, subject.data[step])
    state = torch.get_rng_state()
    subject.validate()
    assert torch.equal(state, torch.get_rng_state())
    first = next(m for m in subject._average.net.modules() if isinstance(m, torch.nn.Conv2d))
    norm = next(m for m in subject._average.net.modules() if isinstance(m, torch.nn.BatchNorm2d))
    assert norm.momentum == 0.1
    net = copy.deepcopy(subject._average.net)
    seen: list[torch.Tensor] = []
    hook = next(m for m in net.modules() if isinstance(m, torch.nn.Conv2d))
    hook.register_forward_hook(lambda m, i, out: seen.append(out.mean((0, 2, 3))))
    with torch.no_grad():
        for step in SETTLING:
            net(subject.data[step].nir)
    # scgan's noise has mean 0, so that it moves the mean of what a layer makes but little.
    close = {"atol": 0.05} if name == "scgan" else {"atol": 1e-4}
    torch.testing.assert_close(norm.running_mean, torch.stack(seen).mean(0), rtol=0, **close)
    assert first.weight.shape == hook.weight.shape
    weights, _ = subject.export()
    key = next(key for key in weights if key.endswith("running_mean"))
    assert torch.equal(weights[key], norm.running_mean)


@pytest.mark.parametrize("name", RECIPES)
def test_an_export_loads_into_the_same_network(
    name: str, material: Material, tmp_path: Path
) -> None:
    subject = recipe(name, material)
    subject.step(1, subject.data[1])
    weights, size = subject.export()
    save(tmp_path / "net.safetensors", Header(name, size, {}), weights)
    again = type(subject.config.net)(**size).build()
    load_into(again, tmp_path / "net.safetensors")
    fresh = recipe(name, material, seed=2)
    fresh.begin_from(tmp_path / "net.safetensors")
    for key, weight in fresh.export()[0].items():
        assert torch.equal(weight.float(), weights[key].half().float())
    assert subject.sheet().shape == (4 * 192, 4 * 192, 3)


def test_the_constant_answers_know_training_only(material: Material) -> None:
    constants = Constants.fit(material.training)
    nir, truth = tensors(material.training[0])
    answers = constants.answers(nir)
    mean = np.mean([pair.rgb().reshape(-1, 3).mean(0) / 255 for pair in material.training], 0)
    np.testing.assert_allclose(answers["mean"][0, :, 5, 5], mean, atol=1e-4)
    assert torch.equal(answers["copy"][0, 1], nir[0, 0])
    level = int(material.training[0].nir()[10, 10])
    seen = [pair.rgb()[pair.nir() == level] for pair in material.training]
    wanted = np.concatenate(seen).mean(0) / 255
    np.testing.assert_allclose(answers["table"][0, :, 10, 10], wanted, atol=2e-3)
    perfect = Exhibit(material.training[:1], constants).score(lambda _: truth / 255)
    assert (perfect["psnr"], perfect["ae"]) == (100, pytest.approx(0, abs=1e-4))


def test_groups_are_scored_by_themselves(material: Material, tmp_path: Path) -> None:
    other = write_pairs(tmp_path / "others", range(2))
    for path in sorted(other.iterdir()):
        path.rename(path.with_name(path.name.replace("scene", "street")))
    pairs: list[Pair] = [*material.training, *read_pairs(other, tmp_path)]
    exhibit = Exhibit(pairs, Constants.fit(material.training))
    rows = list(exhibit.rows(lambda nir: nir.expand(-1, 3, -1, -1)))
    groups = means_by_group(rows)
    assert sorted(groups) == ["scene", "street"]
    for group in groups.values():
        assert group["painted"] == group["copy"]
    assert cv2.imread(str(other / "street_000_nir.png")) is not None
