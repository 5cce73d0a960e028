"""The models there are: an explicit list, and one way to load each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from torch import nn

from animecolor.config import Precision
from animecolor.errors import AnimecolorError, UsageError
from animecolor.frame import Plane
from animecolor.models import anchor, asymgan, captioncolor, koalarization, scgan, snet, tcvc
from animecolor.models.adapter import Fit, merge_into
from animecolor.models.card import ModelCard, read_card
from animecolor.models.colorizer import Colorizer
from animecolor.models.device import pick_device, pick_dtype
from animecolor.models.weights import Header, load_into, read_header, sha256

log = logging.getLogger(__name__)

HOME = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """How a model is built, hosted and described."""

    name: str
    build: Callable[[Mapping[str, Any]], nn.Module]
    """Checkpoint configuration -> network; pydantic refuses what is wrong."""
    host: Callable[[Any, Plane, torch.device, torch.dtype], Colorizer]
    """Puts what ``build`` made on its device, in its arithmetic, behind the protocol."""
    family: str = ""
    """The model whose folder it lives in, where it differs from that one in its weights only."""
    takes_references: bool = False
    """Takes colors from ``Shot.references``."""
    takes_captions: bool = False
    """Reads ``Shot.hint``."""
    carries: tuple[Plane, ...] = ()
    """Planes that it paints nothing from, but on which it carries a keyframe's colors on."""
    tells_error: bool = False
    """Is hosted as a ``Doubting`` colorizer."""

    @property
    def network(self) -> str:
        """What its checkpoints say they are."""
        return self.family or self.name

    @property
    def weights(self) -> Path:
        """The weights that ship inside the package."""
        return HOME / self.network / "weights" / f"{self.name}.safetensors"

    @property
    def card_path(self) -> Path:
        """Where its card lies."""
        return HOME / self.network / (f"{self.name}.toml" if self.family else "card.toml")

    @property
    def card(self) -> ModelCard:
        """The model's card, read from its folder."""
        return read_card(self.card_path)


def _tcvc(name: str, family: str = "") -> ModelSpec:
    return ModelSpec(name, lambda config: tcvc.TcvcNet(**config).build(), tcvc.host, family)


MODELS: dict[str, ModelSpec] = {
    spec.name: spec
    for spec in (
        ModelSpec(
            "anchor",
            lambda config: anchor.AnchorNet(**config).build(),
            anchor.host,
            takes_references=True,
            carries=(Plane.NIR,),
            tells_error=True,
        ),
        _tcvc("tcvc"),
        _tcvc("tcvc-faithful", family="tcvc"),
        ModelSpec(
            "koalarization",
            lambda config: koalarization.KoalaNet(**config).build(),
            koalarization.host,
        ),
        ModelSpec(
            "captioncolor",
            lambda config: captioncolor.CaptionerNet(**config).build(),
            captioncolor.host,
            takes_captions=True,
        ),
        ModelSpec("snet", lambda config: snet.SNetSize(**config).build(), snet.host),
        ModelSpec("scgan", lambda config: scgan.ScganSize(**config).build(), scgan.host),
        ModelSpec("asymgan", lambda config: asymgan.AsymganSize(**config).build(), asymgan.host),
    )
}


def load_model(
    name: str,
    reads: Plane,
    weights: Path | None = None,
    device: str = "auto",
    precision: Precision = Precision.AUTO,
    adapter: Path | None = None,
) -> Colorizer:
    """Load a model ready to colour.

    Args:
        name: a key of ``MODELS``.
        reads: the plane it will be given.
        weights: a checkpoint; the one inside the package when None.
        device: ``auto``, ``cpu``, ``mps``, ``cuda`` or ``cuda:N``.
        precision: arithmetic of the network.
        adapter: what ``animecolor adapt`` made for these weights (see ``models.adapter``).

    Raises:
        UsageError: no such model, it does not read that plane, no such device, or the adapter is
            for another model, other weights or another plane.
        MissingPiece: the weights, the adapter or the device are not here.
        AnimecolorError: the checkpoint or the adapter is damaged or of another model.
    """
    spec = find_reader(name, reads, carrying=True)
    where = pick_device(device)
    dtype = pick_dtype(precision, where)
    path = weights or spec.weights
    header = read_header(path)
    if header.model != spec.network:
        raise AnimecolorError(f"{path} holds weights of {header.model!r}, not of {spec.network!r}")
    if spec.card.notice and weights is None:
        log.warning("%s: %s", name, spec.card.notice)
    net = _build(spec, header, path)
    load_into(net, path)
    if adapter is not None:
        merge_into(net, adapter, Fit(spec.network, sha256(path), reads), path)
    return spec.host(net, reads, where, dtype)


def find(name: str) -> ModelSpec:
    """Look a model up by name; UsageError lists the names there are."""
    if name not in MODELS:
        raise UsageError(f"there is no model {name!r}; there are: {', '.join(MODELS)}")
    return MODELS[name]


def find_reader(name: str, reads: Plane, carrying: bool = False) -> ModelSpec:
    """Look up a model that shall read this plane, or carry colors on over it if it is given some.

    Raises:
        UsageError: it does not; says what it reads, and which models would.
    """
    spec = find(name)
    if reads.value in spec.card.reads or (carrying and reads in spec.carries):
        return spec
    able = [other.name for other in MODELS.values() if reads.value in other.card.reads]
    others = f"; {reads.value} is read by {', '.join(able)}" if able else ""
    raise UsageError(
        f"{name} does not read {reads.value}; it reads {', '.join(spec.card.reads)}{others}"
    )


def weights_of(name: str) -> Path:
    """The weights that a model's name or a file's stands for; UsageError when it is neither."""
    if name in MODELS:
        return MODELS[name].weights
    if not Path(name).is_file():
        raise UsageError(f"{name!r} is neither a weights file nor one of: {', '.join(MODELS)}")
    return Path(name)


def _build(spec: ModelSpec, header: Header, path: Path) -> nn.Module:
    """Lay the network out without filling it: its weights are about to be loaded."""
    try:
        with torch.device("meta"):
            return spec.build(header.config)
    except (ValidationError, TypeError) as error:
        raise AnimecolorError(f"{path} describes a network {spec.name} cannot build") from error
