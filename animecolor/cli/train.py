"""``animecolor train``: make weights from one file."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import click

from animecolor.cli.messages import reporting
from animecolor.errors import printable

FILE = click.Path(path_type=Path)


@click.command(context_settings={"show_default": False})
@click.argument("config", type=FILE)
@click.option("--folder", type=FILE, help="Where logs and checkpoints go, instead of the file's.")
@click.option(
    "--film", "films", multiple=True, metavar="PATTERN", help="Train on these videos; repeatable."
)
@click.option("--start", metavar="MODEL|FILE", help="Begin with these weights: fine-tuning.")
@click.option("--steps", type=int, help="Steps in all, instead of the file's.")
@click.option("--minutes", type=float, help="Stop after so long, ready to go on later.")
@click.option("--device", default="auto", metavar="NAME", help="auto, cuda or cpu.")
@click.option("--precision", type=click.Choice(["bf16", "fp32"]), default="bf16", help="[bf16]")
@click.option("--export", "target", type=FILE, help="Only write the last checkpoint's weights.")
@click.option("-y", "--overwrite", is_flag=True, help="Let --export replace a file.")
@reporting
def train(
    config: Path,
    films: tuple[str, ...],
    device: str,
    precision: str,
    target: Path | None,
    overwrite: bool,
    **flags: Any,
) -> None:
    """Train what CONFIG says, going on from the last checkpoint in its folder.

    Under `torchrun --nproc-per-node N -m animecolor train CONFIG` N processes share the work.
    """
    from animecolor.training.run import export, read_config, run
    from animecolor.training.world import join_world

    names = {"steps": "schedule.steps", "minutes": "schedule.minutes"}
    changes = {names.get(k, k): _plain(v) for k, v in flags.items() if v is not None}
    if films:
        changes["data.films"] = list(films)
    settings = read_config(config, changes)
    if target is not None:
        if target.exists() and not overwrite:
            raise click.UsageError(f"{target} exists: -y replaces it")
        progress = export(settings, target)
        click.echo(f"{printable(str(target))} (step {progress.step})")
        return
    logger = logging.getLogger("animecolor")
    logger.setLevel(min(logger.level, logging.INFO))
    with join_world(device, half=precision == "bf16") as world:
        if not world.leads:
            logger.setLevel(logging.ERROR)
        run(settings, world)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value
