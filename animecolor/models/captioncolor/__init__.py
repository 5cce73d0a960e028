"""Colorization from language hosted: every frame on its own, by the caption of its shot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor

from animecolor.color import lab_to_rgb, rgb_to_lab, with_luma
from animecolor.frame import Frame, Plane, Shot
from animecolor.models.captioncolor.bins import ANNEALED, decode
from animecolor.models.captioncolor.minilm import SIZE, read_minilm
from animecolor.models.captioncolor.net import CaptionNet, Reader, Sentence, Variant
from animecolor.models.captioncolor.words import digest, numbers, vocabulary
from animecolor.models.colorizer import PerFrame
from animecolor.models.device import channels_last
from animecolor.models.sizing import crop_to, pad_to

Ears = Callable[[Sequence[str]], Tensor]
"""N captions -> what ``CaptionNet.read`` takes."""

MULTIPLE = 8
"""The trunk halves its input three times."""


class CaptionerNet(BaseModel):
    """Which variant, and its size; width 64, depth 300 and hidden 256 as published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    variant: Variant = "film"
    width: int = Field(default=64, ge=4, le=256)
    depth: int = Field(default=300, ge=4, le=1024)
    """Numbers a word."""
    hidden: int = Field(default=256, ge=4, le=1024)
    """Numbers a direction of the LSTM."""
    side: int = Field(default=224, ge=32, le=1024)
    """Short side in pixels of the pictures it was trained on: larger ones are reduced to it."""
    text: Literal["lstm", "minilm"] = "lstm"
    """What reads captions: an LSTM of its own, as published, or a frozen sentence encoder."""
    vocabulary: str = Field(default_factory=digest)
    """Digest of the words it was trained with."""

    @model_validator(mode="after")
    def _same_words(self) -> Self:
        if self.vocabulary != digest():
            raise ValueError("it was trained with another vocabulary")
        return self

    def build(self) -> CaptionNet:
        """Make the network, with random weights."""
        reader: Reader | Sentence | None = None
        if self.variant != "fcnn" and self.text == "minilm":
            reader = Sentence(SIZE, 2 * self.hidden)
        elif self.variant != "fcnn":
            reader = Reader(len(vocabulary()) + 2, self.depth, self.hidden)
        net = CaptionNet(self.variant, self.width, reader)
        net.side = self.side
        return net


@dataclass(frozen=True, slots=True)
class Captioncolor:
    """The network as a still colorizer."""

    net: CaptionNet
    reads: Plane
    device: torch.device
    dtype: torch.dtype
    ears: Ears = numbers
    temperature: float = ANNEALED

    def paint(self, frames: Sequence[Frame], shot: Shot) -> Tensor:
        """Paint frames from their luma, which they keep, as the shot's caption says."""
        for frame in frames:
            if frame.plane is None:
                raise ValueError(f"frame {frame.index} has no plane: take luma first")
        planes = torch.stack([frame.plane for frame in frames if frame.plane is not None])
        return self.color(planes, [shot.hint.caption] * len(frames)).cpu()

    def color(self, planes: Tensor, captions: Sequence[str]) -> Tensor:
        """Paint pictures by their captions.

        Args:
            planes: (N, 1, H, W) float32 luma in [0, 1], of any size.
            captions: N sentences, empty where nothing is said.

        Returns:
            (N, 3, H, W) float32 RGB in [0, 1].
        """
        planes = planes.to(self.device)
        lightness = rgb_to_lab(planes.expand(-1, 3, -1, -1))[:, :1]
        small = self._reduced(lightness)
        chroma = decode(self.logits(small, captions), self.temperature)
        large = F.interpolate(chroma, scale_factor=4, mode="bicubic", align_corners=False)
        large = crop_to(large, (small.shape[-2], small.shape[-1]))
        if small is not lightness:
            large = F.interpolate(large, lightness.shape[-2:], mode="bilinear")
        return with_luma(lab_to_rgb(torch.cat((lightness, large), 1)), planes)

    def _reduced(self, lightness: Tensor) -> Tensor:
        """The picture at the size the network knows; things larger than those it fragments."""
        height, width = lightness.shape[-2:]
        scale = self.net.side / min(height, width)
        if scale >= 1:
            return lightness
        size = (max(1, round(height * scale)), max(1, round(width * scale)))
        return F.interpolate(lightness, size, mode="area")

    def logits(self, lightness: Tensor, captions: Sequence[str]) -> Tensor:
        """(N, 1, H, W) L in [0, 100] -> (N, 625, ceil H / 8 * 2, ceil W / 8 * 2) float32."""
        caption = self.net.read(self.ears(captions).to(self.device))
        scaled = pad_to(lightness / 50 - 1, MULTIPLE).to(self.dtype)
        ready = scaled.contiguous(memory_format=torch.channels_last)
        answer: Tensor = self.net(ready, caption.to(self.dtype)).float()
        return answer


def ready(net: CaptionNet, reads: Plane, device: torch.device, dtype: torch.dtype) -> Captioncolor:
    """Put a network on its device in its arithmetic; captions are read in float32.

    Raises:
        MissingPiece: it hears through a sentence encoder that is not installed.
    """
    net = channels_last(net.eval().requires_grad_(False).to(device, dtype))
    if net.reader is not None:
        net.reader.float()
    return Captioncolor(net, reads, device, dtype, ears_of(net))


def ears_of(net: CaptionNet) -> Ears:
    """What turns captions into what a network reads."""
    return read_minilm() if isinstance(net.reader, Sentence) else numbers


def host(net: CaptionNet, reads: Plane, device: torch.device, dtype: torch.dtype) -> PerFrame:
    """The same, hosted frame by frame."""
    return PerFrame(ready(net, reads, device, dtype))
