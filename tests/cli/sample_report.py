"""Reports to judge, and the command that does it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from animecolor.cli import main
from animecolor.qa.report.files import files, report, write
from animecolor.qa.verdict.judge import judge
from animecolor.qa.verdict.profile import read_profile
from tests.qa import measurements


def qa(*words: object) -> int:
    """Run the command."""
    return main(["qa", *map(str, words)])


def write_faulty(folder: Path) -> Path:
    """A report of a clip with a fault of every kind."""
    of = measurements.faulty()
    write(folder, dict(files(report(measurements.material(of), judge(of, read_profile("tv"))))))
    return folder


def document(folder: Path) -> dict[str, Any]:
    """What ``report.json`` holds."""
    found: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    return found
