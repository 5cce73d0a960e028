"""Colorization from language (Manjunatha, Iyyer, Boyd-Graber, Davis 2018): one trunk, 3 variants.

``fcnn`` is Zhang et al. (2016), which reads lightness alone. ``concat`` and ``film`` give every one
of its eight blocks the caption: beside the features, through a 1x1 convolution, or as a scale and a
shift of each channel. The papers' exact equations of both are not known; these are ours.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from animecolor.models.captioncolor.bins import BINS
from animecolor.models.captioncolor.words import PADDING

Variant = Literal["fcnn", "concat", "film"]

BLOCKS = ((1, 2, 2, 1), (2, 2, 2, 1), (4, 3, 2, 1), (8, 3, 1, 1), (8, 3, 1, 2), (8, 3, 1, 2),
          (8, 3, 1, 1))  # fmt: skip
"""Width (in units of the first), convolutions, stride of the last one, dilation."""


class Reader(nn.Module):
    """A caption as one vector: the last states of an LSTM in both directions.

    Args:
        words: size of the vocabulary, padding and unknown included.
        depth: numbers a word.
        hidden: numbers a direction.
    """

    def __init__(self, words: int, depth: int, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, depth, padding_idx=PADDING)
        self.size = 2 * hidden
        self.drop = nn.Dropout(0.2)
        self.lstm = nn.LSTM(depth, hidden, batch_first=True, bidirectional=True)

    def forward(self, tokens: Tensor) -> Tensor:
        """(N, T) int64, padded -> (N, 2 * hidden) float32."""
        lengths = (tokens != PADDING).sum(1).clamp(min=1).cpu()
        with torch.autocast(tokens.device.type, enabled=False):
            words = self.drop(self.embedding(tokens))
            packed = pack_padded_sequence(words, lengths, batch_first=True, enforce_sorted=False)
            _, (last, _) = self.lstm(packed)
        return torch.cat((last[0], last[1]), 1)


class Sentence(nn.Module):
    """A frozen encoder's sentence as one vector of the network's own.

    Args:
        given: numbers that the encoder gives.
        size: numbers that the network takes.
    """

    def __init__(self, given: int, size: int) -> None:
        super().__init__()
        self.size = size
        self.layer = nn.Linear(given, size)
        self.drop = nn.Dropout(0.2)

    def forward(self, sentence: Tensor) -> Tensor:
        """(N, given) of length 1 -> (N, size)."""
        # Of length 1 among hundreds, each number is small: brought to a spread of about 1.
        caption: Tensor = self.layer(self.drop(sentence * sentence.shape[1] ** 0.5))
        return caption


class Film(nn.Module):
    """Feature-wise scale and shift by the caption (Perez et al. 2018): (1 + gamma) x + beta."""

    def __init__(self, channels: int, caption: int) -> None:
        super().__init__()
        self.layer = nn.Linear(caption, 2 * channels)
        nn.init.normal_(self.layer.weight, 0, 0.02)
        nn.init.zeros_(self.layer.bias)

    def forward(self, features: Tensor, caption: Tensor) -> Tensor:
        """(N, C, H, W) and (N, D) -> (N, C, H, W)."""
        gamma, beta = self.layer(caption)[..., None, None].chunk(2, 1)
        turned: Tensor = features * (1 + gamma) + beta
        return turned


class Concat(nn.Module):
    """The caption beside the features at every place, through a 1x1 convolution."""

    def __init__(self, channels: int, caption: int) -> None:
        super().__init__()
        self.features = nn.Conv2d(channels, channels, 1)
        self.caption = nn.Linear(caption, channels, bias=False)
        nn.init.dirac_(self.features.weight)  # begins as the trunk without a caption
        assert self.features.bias is not None
        nn.init.zeros_(self.features.bias)
        nn.init.normal_(self.caption.weight, 0, 0.02)

    def forward(self, features: Tensor, caption: Tensor) -> Tensor:
        """(N, C, H, W) and (N, D) -> (N, C, H, W)."""
        mixed: Tensor = self.features(features) + self.caption(caption)[..., None, None]
        return mixed


class CaptionNet(nn.Module):
    """Lightness and a caption -> a distribution over bins of chroma at a quarter of the size.

    Attributes:
        side: short side in pixels of the pictures it knows.

    Args:
        variant: how the caption comes in.
        width: channels of the first block; 64 as published (trunk 32.15 M parameters).
        reader: what reads captions; None for ``fcnn``.
    """

    def __init__(self, variant: Variant, width: int, reader: Reader | Sentence | None) -> None:
        super().__init__()
        self.side = 224
        self.reader = reader
        blocks: list[nn.Module] = []
        channels = 1
        for wide, count, stride, dilation in BLOCKS:
            layers: list[nn.Module] = []
            for number in range(1, count + 1):
                step = stride if number == count else 1
                layers += [_conv(channels, wide * width, step, dilation), nn.ReLU(True)]
                channels = wide * width
            blocks.append(nn.Sequential(*layers, nn.BatchNorm2d(channels)))
        blocks.append(_last_block(channels, 4 * width))
        self.blocks = nn.ModuleList(blocks)
        widths = [wide * width for wide, *_ in BLOCKS] + [4 * width]
        caption = 0 if reader is None else reader.size
        fusion = {"fcnn": None, "concat": Concat, "film": Film}[variant]
        self.fusions = nn.ModuleList(fusion(wide, caption) for wide in widths if fusion)
        self.head = nn.Conv2d(4 * width, BINS, 1)

    def read(self, said: Tensor) -> Tensor:
        """(N, T) words, or (N, given) sentences -> (N, D) the caption, nothing for ``fcnn``."""
        if self.reader is None:
            return torch.zeros((len(said), 0), device=said.device)
        caption: Tensor = self.reader(said)
        return caption

    def forward(self, lightness: Tensor, caption: Tensor) -> Tensor:
        """Predict chroma.

        Args:
            lightness: (N, 1, H, W), L / 50 - 1, H and W multiples of 8.
            caption: (N, D) from ``read``.

        Returns:
            (N, 625, H / 4, W / 4) logits.
        """
        features = lightness
        for number, block in enumerate(self.blocks):
            features = block(features)
            if len(self.fusions):
                features = self.fusions[number](features, caption.to(features.dtype))
        logits: Tensor = self.head(torch.relu(features))
        return logits


def _conv(fan_in: int, fan_out: int, stride: int, dilation: int) -> nn.Conv2d:
    return nn.Conv2d(fan_in, fan_out, 3, stride, dilation, dilation)


def _last_block(fan_in: int, fan_out: int) -> nn.Sequential:
    """Twice the size, then two convolutions; the published one ends without a norm."""
    return nn.Sequential(
        nn.ConvTranspose2d(fan_in, fan_out, 4, 2, 1), nn.ReLU(True),
        nn.Conv2d(fan_out, fan_out, 3, padding=1), nn.ReLU(True),
        nn.Conv2d(fan_out, fan_out, 3, padding=1),
    )  # fmt: skip
