"""How a command ends: its exit code, one sentence on stderr, never a traceback."""

from __future__ import annotations

import errno
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from animecolor import cli
from animecolor.cli import main
from animecolor.errors import AnimecolorError, MissingPiece, UsageError


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """Make ``doctor`` raise whatever the test puts in this list."""
    raised: list[BaseException] = []

    @click.command()
    def doctor() -> None:
        raise raised[0]

    monkeypatch.setattr(cli._Commands, "get_command", lambda self, ctx, name: doctor)
    return raised


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (AnimecolorError("the disk is full"), 1, "animecolor: the disk is full"),
        (UsageError("x.mp4 exists"), 2, "animecolor: x.mp4 exists"),
        (MissingPiece("no weights"), 5, "animecolor: no weights"),
        (KeyboardInterrupt(), 130, "animecolor: stopped; nothing is half-written."),
        (cli.Terminated(), 143, "animecolor: terminated; nothing is half-written."),
        (
            OSError(errno.ENOSPC, "No space left on device", "a.mp4"),
            1,
            "animecolor: a.mp4: No space left on device",
        ),
        (
            RuntimeError("shape\nmismatch"),
            1,
            "animecolor: this is a bug (RuntimeError: shape mismatch); "
            "run again with --debug and report what it prints.",
        ),
    ],
)
def test_every_error_is_a_code_and_a_sentence(
    error: BaseException,
    code: int,
    sentence: str,
    failing: list[BaseException],
    capsys: pytest.CaptureFixture[str],
) -> None:
    failing.append(error)
    assert main(["doctor"]) == code
    captured = capsys.readouterr()
    assert captured.err.strip() == sentence
    assert captured.out == ""


def test_unknown_commands_and_options_end_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["colour"]) == 2
    assert "No such command 'colour'" in capsys.readouterr().err
    assert main(["run", "--colour"]) == 2
    assert "No such option '--colour'" in capsys.readouterr().err
    assert main(["run"]) == 2
    assert "name one INPUT" in capsys.readouterr().err
    assert main(["run", "a.mp4", "-i", "b.mp4"]) == 2
    assert main(["run", "a.mp4", "-e", "crf"]) == 2
    assert "'crf' is not key=value" in capsys.readouterr().err


def test_debug_shows_the_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = str(tmp_path / "missing.mp4")
    assert main(["run", missing]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert main(["run", missing, "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_the_log_can_go_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "run.log"
    assert main(["run", str(tmp_path / "no.mp4"), "-vv", "--log-file", str(log)]) == 2
    assert "Traceback" in log.read_text()
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert main(["run", "no.mp4", "--log-file", str(tmp_path / "no" / "run.log")]) == 2
    assert "cannot write the log file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "level"),
    [
        ([], logging.WARNING),
        (["-v"], logging.INFO),
        (["-vv"], logging.DEBUG),
        (["--debug"], logging.DEBUG),
        (["-q"], logging.ERROR),
        (["--log-level", "info"], logging.INFO),
    ],
)
def test_how_much_is_logged(flags: list[str], level: int, tmp_path: Path) -> None:
    main(["run", str(tmp_path / "missing.mp4"), *flags])
    assert logging.getLogger("animecolor").level == level


def test_a_reader_that_leaves_is_no_error_message() -> None:
    """``animecolor ... | head -0``: quiet, whatever is still buffered."""
    code = (
        "import sys; from animecolor import cli; from animecolor.cli import main; import click\n"
        "@click.command()\n"
        "def doctor(): [click.echo('x' * 1000) for _ in range(1000)]\n"
        "cli._Commands.get_command = lambda *a: doctor\n"
        "sys.exit(main(['doctor']))\n"
    )
    reader, writer = os.pipe()
    child = subprocess.Popen([sys.executable, "-c", code], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    os.close(reader)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 1
    assert said == b""


@pytest.mark.parametrize("command", [["models", "list"], ["--help"], ["models", "verify"]])
def test_a_full_stdout_is_one_sentence(command: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "animecolor", *command],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    assert done.returncode == 1
    assert done.stderr == b"animecolor: the system: No space left on device\n"


def test_names_cannot_command_a_terminal(
    failing: list[BaseException], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(UsageError("\x1b]0;x\x07\n絵\u3000コンテ.mp4 \udcff exists"))
    assert main(["doctor"]) == 2
    assert capsys.readouterr().err == "animecolor:  ]0;x  絵\u3000コンテ.mp4   exists\n"
    assert main(["doctor"]) == 2


@pytest.mark.parametrize("flags", [[], ["--debug"]])
def test_nor_do_they_through_the_log(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(tmp_path / "no\x1b[2J\n.mp4"), *flags]) == 2
    logging.getLogger("animecolor").warning("%s is odd", "in\x1b[2J\r.mp4")
    said = capsys.readouterr().err
    assert "in [2J .mp4 is odd\n" in said
    assert "no [2J .mp4" in said
    assert not {"\x1b", "\r"} & set(said)


def test_main_puts_the_signal_handler_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    main(["--version"])
    assert signal.getsignal(signal.SIGTERM) is before
