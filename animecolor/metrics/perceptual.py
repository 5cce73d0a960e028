"""How far two pictures look apart to a network: LPIPS, which learned from human judgments, and the
plain distance of features."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from animecolor.errors import UsageError

TRUNK = "alexnet-owt-7be5be79.pth"
"""AlexNet as torchvision publishes it; the name ends in the first digits of its SHA-256."""

SMALLEST = 31
"""Side in pixels below which nothing is left for the last features."""

_TAPS = (1, 4, 7, 9, 11)


@dataclass(frozen=True, slots=True, eq=False)
class Lpips:
    """LPIPS version 0.1 on AlexNet (Zhang et al. 2018), equal to the package ``lpips``.

    That package draws AlexNet from torchvision, which must match torch to the build; the
    convolutions are all that is needed of it, so they are laid out here.
    """

    trunk: nn.Sequential
    """``alexnet_features`` with its published weights."""
    heads: tuple[Tensor, ...]
    """(1, C, 1, 1) for each of the five features: what a difference in a channel counts."""

    @torch.inference_mode()
    def __call__(self, painted: Tensor, truth: Tensor) -> Tensor:
        """Distance of each picture; 0 is equal, lower is better.

        Args:
            painted: (N, 3, H, W) float RGB in [0, 1], on the CPU.
            truth: the same shape.

        Returns:
            (N,) float32.

        Raises:
            ValueError: the shapes differ, or a side is below 31 pixels.
        """
        if painted.shape != truth.shape:
            raise ValueError(f"cannot compare {tuple(painted.shape)} with {tuple(truth.shape)}")
        if min(painted.shape[-2:]) < SMALLEST:
            raise ValueError(f"LPIPS needs at least {SMALLEST} pixels a side")
        pairs = zip(painted.float(), truth.float(), strict=True)
        return torch.cat([self._distance(p[None], t[None]) for p, t in pairs])

    @torch.inference_mode()
    def features(self, pictures: Tensor) -> list[Tensor]:
        """What ``between`` compares: pictures that are compared twice need be read but once.

        Args:
            pictures: (N, 3, H, W) float RGB in [0, 1], at least 31 pixels a side.
        """
        return self._features(pictures)

    @torch.inference_mode()
    def between(self, painted: Sequence[Tensor], truth: Sequence[Tensor]) -> Tensor:
        """(N,) distance of pictures whose ``features`` are known."""
        levels = zip(painted, truth, self.heads, strict=True)
        apart = [((p - t).square() * head).sum(1).mean((1, 2)) for p, t, head in levels]
        return torch.stack(apart).sum(0)

    def _distance(self, painted: Tensor, truth: Tensor) -> Tensor:
        return self.between(self._features(painted), self._features(truth))

    def _features(self, pictures: Tensor) -> list[Tensor]:
        shift = pictures.new_tensor((-0.030, -0.088, -0.188))[:, None, None]
        scale = pictures.new_tensor((0.458, 0.448, 0.450))[:, None, None]
        signal = (2 * pictures - 1 - shift) / scale
        found = []
        for index, layer in enumerate(self.trunk):
            signal = layer(signal)
            if index in _TAPS:
                found.append(unit_length(signal))
        return found


def unit_length(features: Tensor) -> Tensor:
    """(N, C, H, W) -> the same, every pixel's features of length one, or nothing."""
    return features / (features.square().sum(1, keepdim=True).sqrt() + 1e-10)


def feature_distance(painted: Sequence[Tensor], truth: Sequence[Tensor]) -> Tensor:
    """How far the features of pictures lie apart; 0 is equal, lower is better.

    Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric" (2018),
    eq. 1 without its learned weights: squared difference of features of unit length, summed over
    channels, averaged over space; and averaged over the levels, so that it lies in [0, 4].

    Args:
        painted: a level each, (N, C, H, W) float from ``unit_length``.
        truth: the same of the true pictures.

    Returns:
        (N,) float32.

    Raises:
        ValueError: the two differ in levels or shapes.
    """
    if [p.shape for p in painted] != [t.shape for t in truth]:
        raise ValueError("cannot compare features of different shapes")
    levels = [(p - t).square().sum(1).mean((1, 2)) for p, t in zip(painted, truth, strict=True)]
    return torch.stack(levels).mean(0)


def find_lpips(path: Path | None = None) -> Lpips | str:
    """The metric, or one sentence that says why there is none: never random weights.

    The heads come from the installed package ``lpips``, read without importing it. AlexNet comes
    from the first of ``path``, ``$ANIMECOLOR_HOME/models`` and torch's hub cache that has it, and
    is checked by hash; nothing is downloaded.

    Args:
        path: the file of AlexNet's weights, where it lies elsewhere.

    Raises:
        UsageError: ``path`` is given and is not that file.
    """
    spec = importlib.util.find_spec("lpips")
    if spec is None or spec.origin is None:
        return "LPIPS needs the extra 'metrics': pip install 'animecolor[metrics]'"
    heads = Path(spec.origin).parent / "weights" / "v0.1" / "alex.pth"
    file = path or next((place for place in _places() if place.is_file()), None)
    if file is None:
        places = " or ".join(str(place.parent) for place in _places())
        return f"LPIPS needs AlexNet's weights: put {TRUNK} into {places}"
    try:
        if not _is_alexnet(file):
            sentence = f"{file} is not {TRUNK}: its SHA-256 differs"
            if path is not None:
                raise UsageError(sentence)
            return sentence
        return Lpips(_load_trunk(file), _load_heads(heads))
    except (OSError, EOFError, RuntimeError, KeyError, pickle.UnpicklingError) as error:
        reason = str(error).partition("\n")[0]
        if path is not None and isinstance(error, OSError):
            raise UsageError(f"cannot read {path}: {reason}") from error
        return f"LPIPS cannot read its weights ({reason})"


def alexnet_features() -> nn.Sequential:
    """The convolutions of AlexNet as torchvision numbers them (Krizhevsky 2014), untrained."""
    return nn.Sequential(
        nn.Conv2d(3, 64, 11, stride=4, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(64, 192, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(192, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1),
        nn.ReLU(),
    )


def _places() -> list[Path]:
    home = os.environ.get("ANIMECOLOR_HOME")
    ours = [Path(home) / "models" / TRUNK] if home else []
    return [*ours, Path(torch.hub.get_dir()) / "checkpoints" / TRUNK]


def _is_alexnet(file: Path) -> bool:
    digits = TRUNK.removesuffix(".pth").rpartition("-")[2]
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest().startswith(digits)


def _load_trunk(file: Path) -> nn.Sequential:
    saved = torch.load(file, map_location="cpu", weights_only=True)
    features = {
        name.removeprefix("features."): weight
        for name, weight in saved.items()
        if name.startswith("features.")
    }
    with torch.device("meta"):
        trunk = alexnet_features()
    trunk.load_state_dict(features, assign=True)
    return trunk.requires_grad_(False).eval()


def _load_heads(file: Path) -> tuple[Tensor, ...]:
    saved = torch.load(file, map_location="cpu", weights_only=True)
    return tuple(saved[f"lin{level}.model.1.weight"] for level in range(len(_TAPS)))
