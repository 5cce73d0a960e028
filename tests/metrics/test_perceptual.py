"""LPIPS equals the reference package on the same trunk, and is never made up."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from animecolor.errors import UsageError
from animecolor.metrics import perceptual
from animecolor.metrics.perceptual import Lpips, find_lpips


def import_lpips() -> Any:
    """The reference, also where torchvision was built for another torch and lacks its operators."""
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        # LPIPS uses none of them: that they are declared is enough.
        global _operators
        _operators = torch.library.Library("torchvision", "FRAGMENT")
        _operators.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _operators.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import lpips

    return lpips


@pytest.fixture(scope="module")
def reference() -> Any:
    torch.manual_seed(0)
    return import_lpips().LPIPS(net="alex", pnet_rand=True, verbose=False)


@pytest.fixture(scope="module")
def trunk(reference: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference's random trunk, saved as torchvision saves the true one."""
    weights = {
        f"features.{name.partition('.')[2]}": weight
        for name, weight in reference.net.state_dict().items()
    }
    assert len(weights) == 10
    unnamed = tmp_path_factory.mktemp("trunk") / "unnamed.pth"
    torch.save({**weights, "classifier.1.weight": torch.zeros(4, 4)}, unnamed)
    digest = hashlib.sha256(unnamed.read_bytes()).hexdigest()
    return unnamed.rename(unnamed.with_name(f"alexnet-test-{digest[:8]}.pth"))


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No weights of this machine."""
    monkeypatch.setenv("ANIMECOLOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.fixture
def known(trunk: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The trunk, as the one that is looked for."""
    monkeypatch.setattr(perceptual, "TRUNK", trunk.name)
    return trunk


def pictures(size: tuple[int, int], count: int = 9) -> tuple[Tensor, Tensor]:
    chance = torch.Generator().manual_seed(3)
    truth = torch.rand(count, 3, *size, generator=chance)
    noise = torch.randn(truth.shape, generator=chance) * torch.linspace(0.01, 0.3, count).view(
        -1, 1, 1, 1
    )
    return (truth + noise).clamp(0, 1), truth


@pytest.mark.parametrize("size", [(64, 64), (31, 90)])
def test_agrees_with_the_reference(size: tuple[int, int], reference: Any, known: Path) -> None:
    ours = find_lpips(known)
    assert isinstance(ours, Lpips)
    painted, truth = pictures(size)
    with torch.no_grad():
        theirs = reference(painted, truth, normalize=True).flatten()
    found = ours(painted, truth)
    assert found.shape == (9,)
    assert torch.allclose(found, theirs, rtol=1e-5, atol=1e-8)
    assert found[0] < found[-1]
    assert ours(truth, truth).tolist() == [0] * 9


@pytest.mark.parametrize("place", ["home/models", "torch/hub/checkpoints"])
def test_the_trunk_is_found(place: str, known: Path, tmp_path: Path) -> None:
    assert isinstance(find_lpips(), str)
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place / known.name).symlink_to(known)
    assert isinstance(find_lpips(), Lpips)


def test_no_trunk_is_a_sentence_that_names_the_places(tmp_path: Path) -> None:
    why = find_lpips()
    assert isinstance(why, str)
    assert "put alexnet-owt-7be5be79.pth into" in why
    assert str(tmp_path / "home" / "models") in why
    assert str(tmp_path / "torch" / "hub" / "checkpoints") in why


def test_another_file_is_not_the_trunk(trunk: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is not alexnet-owt-7be5be79\.pth: its SHA-256 differs"):
        find_lpips(trunk)
    with pytest.raises(UsageError, match="cannot read"):
        find_lpips(tmp_path / "absent.pth")
    (tmp_path / "home" / "models").mkdir(parents=True)
    (tmp_path / "home" / "models" / perceptual.TRUNK).write_bytes(b"damaged")
    assert "SHA-256 differs" in str(find_lpips())


def test_a_file_that_is_no_network_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for content in (b"not a pickle", b""):
        name = f"alexnet-test-{hashlib.sha256(content).hexdigest()[:8]}.pth"
        monkeypatch.setattr(perceptual, "TRUNK", name)
        (tmp_path / name).write_bytes(content)
        assert "LPIPS cannot read its weights" in str(find_lpips(tmp_path / name))


def test_without_the_package_there_is_no_metric(
    known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert find_lpips(known) == "LPIPS needs the extra 'metrics': pip install 'animecolor[metrics]'"


def test_impossible_pairs_are_refused(known: Path) -> None:
    ours = find_lpips(known)
    assert isinstance(ours, Lpips)
    with pytest.raises(ValueError, match="cannot compare"):
        ours(torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 33))
    with pytest.raises(ValueError, match="31 pixels"):
        ours(torch.rand(1, 3, 30, 40), torch.rand(1, 3, 30, 40))
