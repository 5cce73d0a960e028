"""What doctor finds, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from animecolor.cli import checks, main
from animecolor.cli.checks import Finding, State


def test_this_machine_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    findings = {found["topic"]: found for found in json.loads(capsys.readouterr().out)}
    assert {"python", "torch", "cpu", "encode web", "encode master", "disk"} <= findings.keys()
    assert all(found["state"] in ("ok", "warn") for found in findings.values())


def test_a_failure_ends_with_5(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> Iterator[Finding]:
        yield Finding("encode web", State.OK, "libx264")
        raise RuntimeError("no such thing")

    monkeypatch.setattr(checks, "CHECKS", (broken,))
    assert main(["doctor"]) == 5
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        "ok    encode web          libx264",
        "fail  broken              RuntimeError: no such thing",
    ]
    assert captured.err == "animecolor: not ready: broken\n"


def test_two_opencv_builds_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_version", lambda name: "5.0" if "opencv" in name else None)
    (found,) = checks._opencv()
    assert found.state is State.WARN
    assert "opencv-python-headless" in found.detail


def test_a_missing_package_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_version", lambda name: None)
    found = {finding.topic: finding.state for finding in checks._versions()}
    assert found["torch"] is State.FAIL


def test_a_torchvision_for_another_torch_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.metadata, "requires", lambda name: ["torch==2.13.0"])
    monkeypatch.setattr(checks, "_version", lambda name: "2.13.0+cpu")
    assert list(checks._torchvision()) == []
    monkeypatch.setattr(checks, "_version", lambda name: "2.14.0")
    assert [found.state for found in checks._torchvision()] == [State.WARN]
