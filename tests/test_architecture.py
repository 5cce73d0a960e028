"""The rules of the house: who may import whom, lint, types, and how big things may grow.

Every checker is also shown a planted violation, so that a rule that has stopped looking fails.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "animecolor"
FILE_LINES, FUNCTION_LINES, PARAMETERS = 350, 60, 6
VAGUE = {"utils", "util", "core", "common", "base", "helpers", "helper", "misc", "tools"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(*folders: str) -> Iterator[Path]:
    """Every Python file of the given top-level folders."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def functions(tree: ast.Module) -> Iterator[Function]:
    """Every function and method, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def is_click_command(function: Function) -> bool:
    """A click callback takes one parameter an option; click, not a caller, fills them."""
    return any("command" in ast.unparse(mark) for mark in function.decorator_list)


def parameters(function: Function) -> int:
    """How many parameters a caller sees: all but self and cls."""
    a = function.args
    names = [p.arg for p in (*a.posonlyargs, *a.args)]
    bound = bool(names) and names[0] in {"self", "cls"}
    return len(names) - bound + len(a.kwonlyargs)


def over_budget(code: str) -> list[str]:
    """Budgets that this source breaks."""
    found = []
    lines = code.count("\n")
    if lines > FILE_LINES:
        found.append(f"{lines} lines")
    for function in functions(ast.parse(code)):
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > FUNCTION_LINES:
            found.append(f"{function.name} has {length} lines")
        if parameters(function) > PARAMETERS and not is_click_command(function):
            found.append(f"{function.name} has {parameters(function)} parameters")
    return found


def careless(code: str) -> list[str]:
    """Prints, bare excepts, star imports and unfinished work."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            found.append(f"line {node.lineno}: bare except")
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
            found.append(f"line {node.lineno}: print")
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            found.append(f"line {node.lineno}: star import")
        if isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node):
            found.append(f"line {node.lineno}: stub")
    found += [f"{match.group()} mark" for match in re.finditer(r"\b(TODO|FIXME|XXX)\b", code)]
    return found


def vague(path: Path) -> bool:
    """True for a module or folder named after nothing."""
    return bool(VAGUE & {path.stem, *path.relative_to(ROOT).parent.parts})


def faults(check: Callable[[str], list[str]], *folders: str) -> dict[str, list[str]]:
    """What a checker finds, by file."""
    found = {str(path.relative_to(ROOT)): check(path.read_text()) for path in sources(*folders)}
    return {path: complaints for path, complaints in found.items() if complaints}


def test_size_budgets() -> None:
    assert faults(over_budget, "animecolor", "scripts", "tests") == {}


def test_nothing_careless() -> None:
    assert faults(careless, "animecolor") == {}


def test_modules_are_named_after_something() -> None:
    assert [path for path in sources("animecolor", "scripts", "tests") if vague(path)] == []


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("x = 1\n" * 351, "351 lines"),
        ("def f():\n" + "    x = 1\n" * 60, "f has 61 lines"),
        ("class A:\n    def f(self, a, b, c, d, e, *, g, h): ...\n", "f has 7 parameters"),
        ("async def f(a, b, c, d, e, g, h): ...\n", "f has 7 parameters"),
    ],
)
def test_budgets_see_a_planted_violation(code: str, complaint: str) -> None:
    assert over_budget(code) == [complaint]


def test_budgets_pass_at_the_limit() -> None:
    assert over_budget("x = 1\n" * 350) == []
    assert over_budget("class A:\n    def f(self, a, b, c, d, e, g): ...\n") == []
    assert over_budget("@group.command()\ndef f(a, b, c, d, e, g, h): ...\n") == []


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("print(1)\n", "line 1: print"),
        ("try:\n    x\nexcept:\n    y\n", "line 3: bare except"),
        ("from os import *\n", "line 1: star import"),
        ("raise NotImplementedError\n", "line 1: stub"),
        ("x = 1  # TO" + "DO later\n", "TO" + "DO mark"),
    ],
)
def test_carelessness_is_seen(code: str, complaint: str) -> None:
    assert careless(code) == [complaint]


def test_vague_names_are_seen() -> None:
    assert vague(PACKAGE / "video" / "utils.py")
    assert vague(PACKAGE / "core" / "probe.py")
    assert not vague(PACKAGE / "video" / "probe.py")


def run_tool(*argv: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment, quietly."""
    return subprocess.run(argv, cwd=cwd, capture_output=True, text=True, timeout=600)


def ruff(*argv: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run ruff on a tree."""
    return run_tool(sys.executable, "-m", "ruff", *argv, cwd=cwd)


def lint_imports(cwd: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Check the import contracts of the package in ``cwd``."""
    only = [word for name in contracts for word in ("--contract", name)]
    call = "import sys; sys.path.insert(0, '.'); from importlinter.cli import *; " + (
        "lint_imports_command()"
    )
    return run_tool(sys.executable, "-c", call, "--no-cache", *only, cwd=cwd)


def test_ruff_finds_nothing() -> None:
    done = ruff("check", ".")
    assert done.returncode == 0, done.stdout


def test_code_is_formatted() -> None:
    done = ruff("format", "--check", ".")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("code", ['print("hello")\n', "import os\n", "def f():\n    return 1\n"])
def test_ruff_sees_a_planted_violation(code: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "planted.py").write_text(f'"""Planted."""\n\n{code}')
    assert ruff("check", ".", cwd=tmp_path).returncode == 1


def test_ruff_sees_a_planted_format(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "planted.py").write_text("x = { 'a':1 }\n")
    assert ruff("format", "--check", ".", cwd=tmp_path).returncode == 1


def test_types_are_strict() -> None:
    done = run_tool(sys.executable, "-m", "mypy")
    assert done.returncode == 0, done.stdout


def test_mypy_sees_a_planted_violation(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("def f(x): return x\n")
    config = ("--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(tmp_path))
    done = run_tool(sys.executable, "-m", "mypy", *config, str(planted), cwd=tmp_path)
    assert "no-untyped-def" in done.stdout


def test_imports_keep_the_contracts() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("contract", "where", "code"),
    [
        ("layers", "errors.py", "import animecolor.frame"),
        ("layers", "stages/planted.py", "import animecolor.pipeline"),
        ("layers", "video/planted.py", "import animecolor.models"),
        ("layers", "planted/__init__.py", ""),
        ("av", "stages/planted.py", "import av"),
        ("ray", "training/planted.py", "import ray"),
        ("models", "models/planted/__init__.py", "import animecolor.models.tcvc"),
    ],
)
def test_contracts_see_a_planted_import(
    contract: str, where: str, code: str, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    ignore = shutil.ignore_patterns("__pycache__", "*.safetensors")
    shutil.copytree(PACKAGE, tmp_path / "animecolor", ignore=ignore)
    planted = tmp_path / "animecolor" / where
    planted.parent.mkdir(exist_ok=True)
    with planted.open("a") as file:
        file.write(f"\n{code}\n")
    done = lint_imports(tmp_path, contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout, done.stdout
