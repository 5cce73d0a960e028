"""The README keeps up with the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from animecolor.cli.options import PRESETS
from animecolor.cli.run import run

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DOCUMENTS = sorted(ROOT.glob("*.md"))


def test_every_option_of_run_is_listed() -> None:
    spelled = {name for option in run.params for name in option.opts if name.startswith("--")}
    hidden = {"--input"}
    table = set(re.findall(r"--[a-z-]+", README))
    assert spelled - hidden - table == {"--quiet", "--verbose"}  # listed as -q and -v
    assert {"-q", "-v", "-e", "-o", "-y", "-n"} <= set(re.findall(r"(?<![-\w])-[a-z]\b", README))


def test_every_encode_preset_is_listed() -> None:
    assert all(f"`{name}`" in README for name in PRESETS)


def test_its_commands_are_make_targets() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = set(re.findall(r"^make (\w+)", README, re.MULTILINE))
    assert commands == {"demo", "test"}
    assert commands <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_its_python_runs_as_far_as_the_names_go() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    compile(block, "README.md", "exec")
    exec(block.splitlines()[0], {})
