"""A show's adapter: small changes of a network's weights, merged when the network is loaded.

A weight is changed by a product of two thin matrices, W + up @ down (LoRA, Hu et al. 2021, eq. 3),
or, where that would not be smaller, by a full difference. Merged, the network has its own shape
again, so a run with an adapter costs what a run without one does.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from animecolor.errors import AnimecolorError, MissingPiece, UsageError
from animecolor.frame import Plane

MAX_BYTES = 64 << 20
"""A file larger than this is no adapter of ours."""
MAX_RANK = 64
UP, DOWN, FULL = "up", "down", "full"
"""What a change consists of: (out, rank) and (rank, in * kernel) matrices, or all of it."""

Changes = Mapping[str, Tensor]
"""By ``<weight>.up``, ``<weight>.down`` or ``<weight>.full``; float16."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What an adapter was made for."""

    model: str
    """What its weights say they are of."""
    base_sha256: str
    """Of the weights file it changes."""
    reads: Plane


def save(path: Path, fit: Fit, record: Mapping[str, Any], changes: Changes) -> None:
    """Write an adapter to ``path``, which exists only for the caller (see ``video.part``).

    Args:
        path: the file.
        fit: what it is for.
        record: how it came about: steps, seconds, what it saw, scores.
        changes: float16.
    """
    tensors = {name: change.detach().cpu().contiguous() for name, change in changes.items()}
    metadata = {
        "adapter": fit.model,
        "base_sha256": fit.base_sha256,
        "reads": fit.reads.value,
        "record": json.dumps(dict(record)),
    }
    save_file(tensors, path, metadata=metadata)


def read_record(path: Path) -> tuple[Fit, dict[str, Any]]:
    """Read what an adapter says of itself, without its tensors.

    Raises:
        MissingPiece: there is no such file.
        AnimecolorError: it is not an adapter of ours.
    """
    if not path.is_file():
        raise MissingPiece(f"there is no adapter at {path}")
    if path.stat().st_size > MAX_BYTES:
        raise AnimecolorError(f"{path} is not an adapter: it is larger than 64 MiB")
    try:
        with safe_open(path, framework="pt") as file:
            said = file.metadata() or {}
        fit = Fit(said["adapter"], said["base_sha256"], Plane(said["reads"]))
        record = json.loads(said["record"])
        if not isinstance(record, dict):
            raise ValueError("its record is not a table")
        return fit, record
    except (SafetensorError, ValueError, KeyError, OSError, RecursionError) as error:
        raise AnimecolorError(f"{path} is not an animecolor adapter ({error})") from error


def merge_into(net: nn.Module, path: Path, wanted: Fit, weights: Path) -> None:
    """Change the weights of ``net`` as an adapter says.

    Args:
        net: filled with ``weights``, in float32.
        path: the adapter.
        wanted: the model and the plane it must be for; ``base_sha256`` that of ``weights``.
        weights: what a complaint names.

    Raises:
        MissingPiece: there is no such file.
        UsageError: it is for another model, other weights or another plane.
        AnimecolorError: it is damaged, or does not fit the network.
    """
    fit, _ = read_record(path)
    if fit.model != wanted.model:
        raise UsageError(f"{path} is an adapter of {fit.model!r}, not of {wanted.model!r}")
    if fit.base_sha256 != wanted.base_sha256:
        raise UsageError(f"{path} was made for other weights than {weights}: make it again")
    if fit.reads is not wanted.reads:
        raise UsageError(f"{path} was made for {fit.reads} input, not for {wanted.reads}")
    known = dict(net.named_parameters())
    try:
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118
                piece = file.get_slice(name)
                _check(path, name, tuple(piece.get_shape()), known)
                if piece.get_dtype() != "F16":
                    raise AnimecolorError(f"{path} does not fit: {name} is not float16")
            changes = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise AnimecolorError(f"{path} is damaged ({error})") from error
    try:
        merge(net, changes)
    except ValueError as error:
        raise AnimecolorError(f"{path} is damaged: {error}") from error


def merge(net: nn.Module, changes: Changes) -> None:
    """Add changes to the weights of ``net``, in place.

    Raises:
        ValueError: one is not finite, or its two matrices do not belong together.
    """
    known = dict(net.named_parameters())
    parts: dict[str, dict[str, Tensor]] = {}
    for name, change in changes.items():
        weight, part = name.rsplit(".", 1)
        parts.setdefault(weight, {})[part] = change.float()
    with torch.no_grad():
        for weight, found in parts.items():
            if {*found} not in ({FULL}, {UP, DOWN}):
                raise ValueError(f"{weight} has {', '.join(sorted(found))}, which is no change")
            if UP in found and found[UP].shape[1] != len(found[DOWN]):
                raise ValueError(f"the change of {weight} has two ranks")
            change = found[FULL] if FULL in found else found[UP] @ found[DOWN]
            if not bool(torch.isfinite(change).all()):
                raise ValueError(f"the change of {weight} is not a number")
            known[weight].add_(change.view_as(known[weight]).to(known[weight].device))


def _check(
    path: Path, name: str, shape: tuple[int, ...], known: Mapping[str, nn.Parameter]
) -> None:
    """Refuse a tensor by its name and shape, before it is read."""
    weight, _, part = name.rpartition(".")
    if weight not in known or part not in (UP, DOWN, FULL):
        raise AnimecolorError(f"{path} does not fit: the network has no {name}")
    whole = tuple(known[weight].shape)
    fits = shape == whole
    if part != FULL:
        fits = len(whole) > 1 and len(shape) == 2
        if fits:
            side, rank = shape if part == UP else shape[::-1]
            fits = side == (whole[0] if part == UP else math.prod(whole[1:])) and (
                1 <= rank <= MAX_RANK
            )
    if not fits:
        raise AnimecolorError(f"{path} does not fit: {name} is {shape}, for a weight {whole}")
