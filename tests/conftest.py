"""What every test shares: one torch thread a worker, and no network."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest

# Two workers on two cores: more threads than cores make everything slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """After installation nothing may need a network; a test that reaches for one fails."""
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)
