"""The judges: frozen, verified, and of the published shape."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch

from animecolor.errors import MissingPiece
from animecolor.training import features
from animecolor.training.features import Lite0, Vgg19


def torchvisions_layers() -> torch.nn.Sequential:
    """VGG19's features as torchvision lists them, with random weights: for plumbing, no score."""
    torch.manual_seed(0)
    layers: list[torch.nn.Module] = []
    channels = 3
    for block, repeats in enumerate((2, 2, 4, 4, 4)):
        for _ in range(repeats):
            width = min(64 * 2**block, 512)
            layers += [torch.nn.Conv2d(channels, width, 3, padding=1), torch.nn.ReLU()]
            channels = width
        layers.append(torch.nn.MaxPool2d(2, 2))
    return torch.nn.Sequential(*layers).eval()


@pytest.fixture(scope="module")
def vgg19_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vgg") / "vgg19.pth"
    state = torchvisions_layers().state_dict()
    torch.save({f"features.{key}": value for key, value in state.items()}, path)
    return path


def test_vgg19_is_torchvisions_up_to_relu5_2(
    vgg19_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hashlib.sha256(vgg19_file.read_bytes()).hexdigest()
    monkeypatch.setattr(features, "VGG19_SHA256", digest[:8])
    picture = torch.rand(1, 3, 64, 48)
    with torch.inference_mode():
        seen = Vgg19(vgg19_file)(picture)
        levels, found = picture, []
        for layer in torchvisions_layers():
            levels = layer(levels)
            if isinstance(layer, torch.nn.ReLU):
                found.append(levels)
    # ReLUs in order: 1_1 1_2 2_1 2_2 3_1 3_2 3_3 3_4 4_1 4_2 4_3 4_4 5_1 5_2 5_3 5_4
    for level, index in zip(seen.content, (0, 2, 4, 8, 12), strict=True):
        torch.testing.assert_close(level, found[index])
    for level, index in zip(seen.style, (3, 7, 11, 13), strict=True):
        torch.testing.assert_close(level, found[index])


def test_vgg19_of_another_hash_is_refused(vgg19_file: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingPiece, match="not the VGG19 file we know"):
        Vgg19(vgg19_file)
    with pytest.raises(MissingPiece, match="No such file"):
        Vgg19(tmp_path / "none.pth")


def test_without_vgg19_the_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unplugged(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", unplugged)
    with pytest.raises(MissingPiece, match=r"put vgg19-dcbb9e9d\.pth there"):
        Vgg19()


def test_lite0_is_frozen_and_sees_five_strides() -> None:
    judge = Lite0().train()
    assert not judge.training
    assert not any(weight.requires_grad for weight in judge.parameters())
    seen = judge(torch.rand(1, 3, 64, 64, requires_grad=True))
    assert [level.shape[-1] for level in seen.content] == [32, 16, 8, 4, 2]
    assert seen.content[0].requires_grad  # judges pass gradients on to what was painted
