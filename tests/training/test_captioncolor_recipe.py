"""The recipe of `captioncolor`: its published loss, and that each variant learns."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from animecolor.color import rgb_to_lab
from animecolor.models.captioncolor import CaptionerNet
from animecolor.models.captioncolor.bins import NEUTRAL, encode
from animecolor.models.weights import Header, save
from animecolor.training.captioned import Album, Sight
from animecolor.training.hearing import card_rows, count_bins
from animecolor.training.pages import Page, draw_pages
from animecolor.training.recipes import captioncolor
from animecolor.training.recipes.captioncolor import CaptioncolorRecipe, Config
from animecolor.training.world import World

NET = CaptionerNet(width=8, depth=16, hidden=16)
CONFIG = Config(net=NET, rate=3e-3, average=0.9, sight=Sight(crop=32, count=4, silent=0))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Page]:
    return list(draw_pages(range(8), tmp_path_factory.mktemp("pages")))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captioncolor, "COUNTED", 4)
    monkeypatch.setattr(captioncolor, "EXAM", 1)


def recipe(pages: list[Page], **changes: object) -> CaptioncolorRecipe:
    album = Album(pages[:4], (), pages[4:], ())
    return CaptioncolorRecipe(CONFIG.model_copy(update=changes), album, World(half=False))


def net(variant: str) -> CaptionerNet:
    return CaptionerNet.model_validate(NET.model_dump() | {"variant": variant})


def test_the_published_defaults() -> None:
    config = Config()
    assert (config.net.width, config.net.depth, config.net.hidden) == (64, 300, 256)
    assert (config.rate, config.power, config.uniform) == (1e-3, 1.0, 0.5)
    assert (config.sight.crop, config.sight.count) == (224, 24)


def test_the_loss_is_rebalanced_cross_entropy_at_a_quarter(pages: list[Page]) -> None:
    subject = recipe(pages)
    batch = subject.data[1]
    subject.net.reader.drop.p = 0.0  # type: ignore[union-attr, assignment]
    lightness = rgb_to_lab(batch.plane.expand(-1, 3, -1, -1))[:, :1] / 50 - 1
    wanted = encode(rgb_to_lab(batch.color)[:, 1:])[:, 2::4, 2::4]
    logits = subject.net(lightness, subject.net.read(batch.tokens))
    assert logits.shape == (4, 625, 8, 8)
    each = F.cross_entropy(logits, wanted, reduction="none")
    expected = (each * subject._weight[wanted]).mean()
    assert subject.step(1, batch)["loss"] == pytest.approx(expected.item(), rel=1e-3)
    assert float(count_bins(subject.data, 2).sum()) == pytest.approx(1)


@pytest.mark.parametrize("variant", ["fcnn", "concat", "film"])
def test_it_learns_pictures_by_heart(pages: list[Page], variant: str) -> None:
    subject = recipe(pages, net=net(variant))
    batch = subject.data[1]
    losses = [subject.step(step, batch)["loss"] for step in range(1, 61)]
    assert losses[-1] < 0.45 * losses[0]
    weights, shape = subject.export()
    assert shape["variant"] == variant
    assert CaptionerNet(**shape).build().load_state_dict(weights)


def test_a_validation_has_its_baselines(pages: list[Page]) -> None:
    subject = recipe(pages)
    scores = subject.validate()
    assert list(scores) == [
        "off@1", "ab", "mute", "grey", "acc@1", "acc@5", "grey@1", "common@5",
        "followed", "moved", "leaked",
    ]  # fmt: skip
    exam = torch.cat([batch.color for batch in subject._exam.batches])
    neutral = encode(rgb_to_lab(exam[..., 2::4, 2::4])[:, 1:]) == NEUTRAL
    assert scores["grey@1"] == pytest.approx(100 * float(neutral.float().mean()), abs=1e-3)
    assert scores["acc@1"] <= scores["acc@5"]
    assert subject.sheet().shape[2] == 3
    rows = {row["what"].split(",")[0]: row for row in card_rows(scores, "run this")}
    assert rows["acc@5"]["value"] == scores["acc@5"]
    assert rows["acc@5"]["baselines"] == {"five commonest": scores["common@5"]}
    assert all(row["baselines"] for row in rows.values())


def test_a_listener_begins_from_a_trunk_that_cannot_listen(
    pages: list[Page], tmp_path: Path
) -> None:
    deaf = recipe(pages, net=net("fcnn"))
    deaf.step(1, deaf.data[1])
    weights, shape = deaf.export()
    path = tmp_path / "fcnn.safetensors"
    save(path, Header("captioncolor", shape, {}), weights)
    for variant in ("concat", "film"):
        subject = recipe(pages, net=net(variant))
        own = {name: weight.clone() for name, weight in subject.net.fusions.state_dict().items()}
        subject.begin_from(path)
        begun = subject.net.state_dict()
        assert all(torch.equal(begun[name], weight.half().float() if weight.is_floating_point()
                               else weight) for name, weight in weights.items())  # fmt: skip
        assert all(torch.equal(begun[f"fusions.{name}"], weight) for name, weight in own.items())
