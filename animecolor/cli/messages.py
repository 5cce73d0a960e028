"""What the program says on stderr, and where its log goes. Data alone goes to stdout."""

from __future__ import annotations

import functools
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from animecolor.errors import UsageError, printable

LEVELS = ("debug", "info", "warning", "error")
FOR_PEOPLE = "animecolor: %(message)s"
FOR_FILES = "%(asctime)s %(levelname)s %(name)s: %(message)s"

OPTIONS = (
    click.option("--debug", is_flag=True, help="Log everything, with tracebacks."),
    click.option("--log-file", type=click.Path(path_type=Path), help="Write the log here."),
    click.option("--log-level", type=click.Choice(LEVELS), help="How much to log (warning)."),
    click.option("-q", "--quiet", is_flag=True, help="Log errors only; show no progress."),
    click.option("-v", "--verbose", count=True, help="Log what is chosen; twice: everything."),
)

R = TypeVar("R")


class _Printable(logging.Formatter):
    """Names from a clip end up in the log: none may command a terminal or begin a line."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return printable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        return "\n".join(map(printable, super().formatException(ei).split("\n")))


def say(sentence: str) -> None:
    """Tell the person one thing."""
    click.echo(f"animecolor: {printable(sentence)}", err=True)


def settle_stdout() -> None:
    """Drop what stdout does not take, its reader gone or its disk full, or Python fails at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def reporting(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command the options that decide how much it says."""

    @functools.wraps(command)
    def reported(*args: Any, log_file: Path | None, **rest: Any) -> R:
        chosen = {name: rest.pop(name) for name in ("debug", "log_level", "quiet", "verbose")}
        _set_up(_level(**chosen), log_file)
        return command(*args, **rest)

    for option in OPTIONS:
        reported = option(reported)
    return reported


def quiet() -> bool:
    """True when the person asked for silence."""
    return logging.getLogger("animecolor").getEffectiveLevel() >= logging.ERROR


def _level(debug: bool, log_level: str | None, quiet: bool, verbose: int) -> int:
    if debug or verbose > 1:
        return logging.DEBUG
    if log_level:
        return logging.getLevelNamesMapping()[log_level.upper()]
    if verbose:
        return logging.INFO
    return logging.ERROR if quiet else logging.WARNING


def _set_up(level: int, file: Path | None) -> None:
    logging.captureWarnings(True)  # other people's deprecations are not the user's business
    logging.getLogger("py.warnings").setLevel(logging.ERROR if level > logging.DEBUG else level)
    logger = logging.getLogger("animecolor")
    for handler in logger.handlers[:]:
        logger.removeHandler(handler)
        handler.close()
    try:
        handler = logging.FileHandler(file) if file else logging.StreamHandler()
    except OSError as error:
        raise UsageError(f"cannot write the log file {file}: {error.strerror}") from error
    brief = file is None and level > logging.DEBUG
    handler.setFormatter(_Printable(FOR_PEOPLE if brief else FOR_FILES))
    logger.addHandler(handler)
    logger.setLevel(level)
