"""The command line: ``animecolor run``, ``keyframes``, ``palette``, ``adapt``, ``train`` and so on.

Commands import torch, kornia, av and pydantic inside their bodies, so that ``--help`` is instant.
"""

from __future__ import annotations

import importlib
import logging
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import click

import animecolor
from animecolor.cli.messages import say, settle_stdout
from animecolor.errors import AnimecolorError

COMMANDS = (
    *("run", "keyframes", "palette", "batch", "adapt"),
    *("train", "eval", "qa", "models", "doctor"),
)
INTERRUPTED, TERMINATED = 128 + signal.SIGINT, 128 + signal.SIGTERM

log = logging.getLogger(__name__)


class Terminated(BaseException):
    """SIGTERM arrived: unwind as for Ctrl-C, so that nothing is left half-written."""


class _Commands(click.Group):
    """Imports a command's module only when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"animecolor.cli.{cmd_name}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(animecolor.__version__, prog_name="animecolor")
def commands() -> None:
    """Colour animation: line art or grey clips in, coloured clips out."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 done, 1 the job failed, 2 the request is wrong, 3 a check failed, 4 a part was quarantined
    and the rest is done, 5 this machine lacks something, 130 Ctrl-C, 143 terminated.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        return _guarded(arguments)
    finally:
        settle_stdout()
        signal.signal(signal.SIGTERM, before)


def _guarded(arguments: list[str]) -> int:
    """Turn whatever a command raises into a sentence and a code."""
    try:
        code = commands.main(arguments, prog_name="animecolor", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        say("stopped; nothing is half-written.")
        return INTERRUPTED
    except Terminated:
        say("terminated; nothing is half-written.")
        return TERMINATED
    except AnimecolorError as error:
        if isinstance(error.__cause__, BrokenPipeError):
            return error.exit_code
        log.debug("where it came from", exc_info=True)
        say(str(error))
        return error.exit_code
    except BrokenPipeError:
        return 1
    except OSError as error:
        log.debug("where it came from", exc_info=True)
        say(f"{error.filename or 'the system'}: {error.strerror or _one_line(error)}")
        return 1
    except Exception as error:
        log.debug("where it came from", exc_info=True)
        say(
            f"this is a bug ({type(error).__name__}: {_one_line(error)}); "
            "run again with --debug and report what it prints."
        )
        return 1


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _terminate(signum: int, frame: FrameType | None) -> None:
    raise Terminated
