"""Ctrl-C and SIGTERM leave nothing half-written."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("sent", "code", "said"),
    [
        (signal.SIGINT, 130, "animecolor: stopped; nothing is half-written."),
        (signal.SIGTERM, 143, "animecolor: terminated; nothing is half-written."),
    ],
)
@pytest.mark.parametrize("encode", ["web", "png"])
def test_stopping_leaves_only_the_source(
    sent: signal.Signals, code: int, said: str, encode: str, fast: list[str], long_clip: Path
) -> None:
    review = str(long_clip.with_name("review.mp4"))
    flags = [*fast, "--encode", encode, "--review", review, "--progress", "json", "--cuts", "none"]
    child = subprocess.Popen(
        [sys.executable, "-m", "animecolor", "run", str(long_clip), *flags],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr
    line = child.stderr.readline()
    assert json.loads(line)["frame"] < 1440, line
    child.send_signal(sent)
    _, rest = child.communicate(timeout=60)
    assert child.returncode == code, rest
    assert rest.splitlines()[-1] == said
    assert "Traceback" not in rest
    assert [file.name for file in long_clip.parent.iterdir()] == ["long.mp4"]
