"""One safetensors file a checkpoint: it says what it is, and loads strictly, never by pickle."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from animecolor.errors import AnimecolorError, MissingPiece

MAX_BYTES = 2 << 30
"""A weights file larger than this is not one of ours."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a checkpoint says of itself."""

    model: str
    """Name in the registry."""
    config: Mapping[str, Any]
    """Keyword arguments of the network's configuration."""
    training: Mapping[str, Any]
    """How it was trained: recipe, steps, hours, hash of the training configuration."""


def save(path: Path, header: Header, weights: Mapping[str, Tensor]) -> None:
    """Write ``weights`` under ``path``, complete or not at all.

    They become float16, those apart that would not fit: a batch norm's variance may pass 65,504.
    """
    tensors = {name: _halve(weight.detach()).contiguous() for name, weight in weights.items()}
    metadata = {
        "model": header.model,
        "config": json.dumps(dict(header.config)),
        "training": json.dumps(dict(header.training)),
    }
    part = path.with_name(path.name + ".part")
    save_file(tensors, part, metadata=metadata)
    part.chmod(0o644)  # safetensors leaves it to its owner alone, and a package is for everyone
    os.replace(part, path)


def read_header(path: Path) -> Header:
    """Read what a checkpoint says of itself, without its tensors.

    Raises:
        MissingPiece: there is no such file.
        AnimecolorError: it is not a checkpoint of ours.
    """
    if not path.is_file():
        raise MissingPiece(f"there are no weights at {path}")
    if path.stat().st_size > MAX_BYTES:
        raise AnimecolorError(f"{path} is not a checkpoint: it is larger than 2 GiB")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
        fields = {name: json.loads(metadata[name]) for name in ("config", "training")}
        if not all(isinstance(value, dict) for value in fields.values()):
            raise ValueError("its header is not a table")
        return Header(metadata["model"], fields["config"], fields["training"])
    except (SafetensorError, ValueError, KeyError, OSError, RecursionError) as error:
        raise AnimecolorError(f"{path} is not an animecolor checkpoint ({error})") from error


def load_into(net: nn.Module, path: Path) -> None:
    """Fill ``net`` with the weights of ``path``; names and shapes must match exactly.

    ``net`` may lie on the meta device: a hostile header that describes a giant costs nothing then.

    Raises:
        AnimecolorError: they do not, a weight is not finite, or the file is damaged.
    """
    wanted = {name: tuple(weight.shape) for name, weight in net.state_dict().items()}
    try:
        with safe_open(path, framework="pt") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            if shapes != wanted:
                raise AnimecolorError(f"{path} does not fit: {_difference(shapes, wanted)}")
            weights = {name: file.get_tensor(name).float() for name in shapes}
    except (SafetensorError, OSError) as error:
        raise AnimecolorError(f"{path} is damaged ({error})") from error
    if not all(bool(torch.isfinite(weight).all()) for weight in weights.values()):
        raise AnimecolorError(f"{path} is damaged: a weight is not a number")
    net.load_state_dict(weights, strict=True, assign=True)


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _halve(weight: Tensor) -> Tensor:
    half = weight.half()
    return half if torch.equal(torch.isfinite(half), torch.isfinite(weight)) else weight


def _difference(shapes: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    names = sorted(set(shapes) | set(wanted))
    first = next(name for name in names if shapes.get(name) != wanted.get(name))
    return f"{first} is {shapes.get(first, 'missing')}, not {wanted.get(first, 'expected')}"
